"""The language as an automaton, written by `make generate` from `grammar/lbsh.lark`."""

# fmt: off
# ruff: noqa: E501

from oyster.automaton import Automaton, of_rows

AUTOMATON: Automaton = of_rows(
    keywords={
        "interface": "INTERFACE",
        "internal": "INTERNAL",
        "external": "EXTERNAL",
        "net": "NET",
        "gw": "GW",
        "addr": "ADDR",
        "service": "SERVICE",
        "pool": "POOL",
        "add": "ADD",
        "remove": "REMOVE",
        "probe": "PROBE",
        "drain": "DRAIN",
        "resume": "RESUME",
        "failover": "FAILOVER",
        "include": "INCLUDE",
        "status": "STATUS",
        "save": "SAVE",
        "help": "HELP",
        "is": "IS",
        "as": "AS",
        "for": "FOR",
        "to": "TO",
        "from": "FROM",
        "in": "IN",
        "with": "WITH",
        "sticky": "STICKY",
        "reflect": "REFLECT",
        "port": "PORT_WORD",
        "balance": "BALANCE",
        "weight": "WEIGHT",
        "backup": "BACKUP",
        "every": "EVERY",
        "timeout": "TIMEOUT",
        "rise": "RISE",
        "fall": "FALL",
        "file": "FILE",
        "device": "DEVICE",
        "sync": "SYNC",
        "peer": "PEER",
        "password": "PASSWORD",
        "skew": "SKEW",
    },
    reserved=frozenset((
        "add",
        "addr",
        "as",
        "drain",
        "external",
        "failover",
        "for",
        "from",
        "gw",
        "help",
        "in",
        "include",
        "interface",
        "internal",
        "is",
        "net",
        "pool",
        "probe",
        "reflect",
        "remove",
        "resume",
        "save",
        "service",
        "status",
        "sticky",
        "to",
        "with",
    )),
    terminals={
        "STRING": "STRING",
        "NEW_SERVICE": "WORD",
        "SERVICE_NAME": "WORD",
        "NEW_POOL": "WORD",
        "POOL_NAME": "WORD",
        "NEW_DEVICE": "WORD",
        "IFNAME": "ANY",
        "PARAM": 'ANY | STRING | ","',
        "ADDRESS": "WORD",
        "NETWORK": "WORD",
        "TARGET": "WORD",
        "LEAVING": "WORD",
        "PROTOCOL": "LETTERS",
        "PORT": "WORD",
        "SERVER_PORT": "WORD",
        "STICKY_TIME": "DIGITS",
        "ALGORITHM": "WORD",
        "WEIGHT_VALUE": "WORD",
        "METHOD": "WORD",
        "METHOD_ARGUMENT": "STRING",
        "PROBE_OPTION": "LETTERS",
        "PROBE_WORD": "WORD",
        "EVERY_TIME": "WORD",
        "TIMEOUT_TIME": "WORD",
        "RISE_COUNT": "WORD",
        "FALL_COUNT": "WORD",
        "SKEW_VALUE": "WORD",
        "SUBJECT": "WORD",
        "TOPIC": "ANY",
        "COMMA": '","',
    },
    rows=(
        (("INTERFACE", 1), ("INTERNAL", 2), ("EXTERNAL", 3), ("SERVICE", 4), ("POOL", 5), ("ADD", 6), ("REMOVE", 7), ("PROBE", 8), ("DRAIN", 9), ("RESUME", 10), ("FAILOVER", 11), ("INCLUDE", 12), ("STATUS", 13), ("SAVE", 14), ("HELP", 15),),  # 0
        (("INTERNAL", 16), ("EXTERNAL", 16),),  # 1
        (("NET", 17), ("GW", 18),),  # 2
        (("NET", 17), ("ADDR", 18),),  # 3
        (("NEW_SERVICE", 19),),  # 4
        (("NEW_POOL", 20),),  # 5
        (("TARGET", 21),),  # 6
        (("LEAVING", 22),),  # 7
        (("SERVICE_NAME", 23),),  # 8
        (("ADDRESS", 24),),  # 9
        (("ADDRESS", 25),),  # 10
        (("DEVICE", 26), ("SYNC", 27), ("PASSWORD", 28),),  # 11
        (("STRING", 29),),  # 12
        (("SUBJECT", 29),),  # 13
        (("STRING", 29),),  # 14
        (("TOPIC", 29),),  # 15
        (("IFNAME", 30),),  # 16
        (("NETWORK", 29),),  # 17
        (("ADDRESS", 29),),  # 18
        (("IS", 31), ("AS", 31),),  # 19
        (("FOR", 32),),  # 20
        (("TO", 33), ("COMMA", 6),),  # 21
        (("FROM", 34), ("COMMA", 35),),  # 22
        (("WITH", 36),),  # 23
        (("FROM", 34),),  # 24
        (("IN", 34),),  # 25
        (("NEW_DEVICE", 37),),  # 26
        (("IFNAME", 38),),  # 27
        (("FILE", 12),),  # 28
        (),  # 29
        (("PARAM", 30),),  # 30
        (("ADDRESS", 39),),  # 31
        (("SERVICE_NAME", 40),),  # 32
        (("POOL_NAME", 41),),  # 33
        (("POOL_NAME", 29),),  # 34
        (("TARGET", 42),),  # 35
        (("METHOD", 43),),  # 36
        (("SKEW", 44),),  # 37
        (("PEER", 45),),  # 38
        (("PROTOCOL", 46),),  # 39
        (("PORT_WORD", 47), ("BALANCE", 48),),  # 40
        (("WEIGHT", 49), ("BACKUP", 41),),  # 41
        (("FROM", 34), ("COMMA", 35),),  # 42
        (("EVERY", 50), ("TIMEOUT", 51), ("RISE", 52), ("FALL", 53), ("METHOD_ARGUMENT", 54), ("PROBE_OPTION", 55),),  # 43
        (("SKEW_VALUE", 37),),  # 44
        (("ADDRESS", 38),),  # 45
        (("PORT", 56),),  # 46
        (("SERVER_PORT", 40),),  # 47
        (("ALGORITHM", 40),),  # 48
        (("WEIGHT_VALUE", 41),),  # 49
        (("EVERY_TIME", 54),),  # 50
        (("TIMEOUT_TIME", 54),),  # 51
        (("RISE_COUNT", 54),),  # 52
        (("FALL_COUNT", 54),),  # 53
        (("EVERY", 50), ("TIMEOUT", 51), ("RISE", 52), ("FALL", 53), ("PROBE_OPTION", 55),),  # 54
        (("FILE", 57), ("STRING", 54), ("PROBE_WORD", 54),),  # 55
        (("STICKY", 58), ("REFLECT", 59), ("COMMA", 46),),  # 56
        (("STRING", 54), ("PROBE_WORD", 54),),  # 57
        (("STICKY", 58), ("REFLECT", 59), ("STICKY_TIME", 59),),  # 58
        (("STICKY", 58), ("REFLECT", 59),),  # 59
    ),
    ends=frozenset((0, 13, 14, 15, 22, 29, 30, 37, 38, 40, 41, 43, 54, 56, 58, 59)),
)
