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
        "in": "IN",
        "with": "WITH",
        "sticky": "STICKY",
        "reflect": "REFLECT",
        "from": "FROM",
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
        "SERVED_SERVICE": "WORD",
        "PROBED_SERVICE": "WORD",
        "NEW_POOL": "WORD",
        "JOINED_POOL": "WORD",
        "POOL_NAME": "WORD",
        "NEW_DEVICE": "WORD",
        "IFNAME": "ANY",
        "LINK": "ANY",
        "PARAM": 'ANY | STRING | ","',
        "SERVICE_ADDRESS": "WORD",
        "DEVICE_ADDRESS": "WORD",
        "PEER_ADDRESS": "WORD",
        "MEMBER": "WORD",
        "NETWORK": "WORD",
        "CLIENTS": "WORD",
        "TARGET": "WORD",
        "LEAVING": "WORD",
        "LEAVING_TARGET": "WORD",
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
        "OPTION_TEXT": "STRING",
        "EVERY_TIME": "WORD",
        "TIMEOUT_TIME": "WORD",
        "RISE_COUNT": "WORD",
        "FALL_COUNT": "WORD",
        "SKEW_VALUE": "WORD",
        "PATH": "STRING",
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
        (("PROBED_SERVICE", 23),),  # 8
        (("MEMBER", 24),),  # 9
        (("MEMBER", 25),),  # 10
        (("DEVICE", 26), ("SYNC", 27), ("PASSWORD", 28),),  # 11
        (("PATH", 29),),  # 12
        (("SUBJECT", 29),),  # 13
        (("STRING", 29),),  # 14
        (("TOPIC", 29),),  # 15
        (("IFNAME", 30),),  # 16
        (("NETWORK", 29),),  # 17
        (("DEVICE_ADDRESS", 29),),  # 18
        (("IS", 31), ("AS", 31),),  # 19
        (("FOR", 32),),  # 20
        (("TO", 33), ("COMMA", 6),),  # 21
        (("FROM", 34), ("COMMA", 35),),  # 22
        (("WITH", 36),),  # 23
        (("FROM", 34),),  # 24
        (("IN", 34),),  # 25
        (("NEW_DEVICE", 37),),  # 26
        (("LINK", 38),),  # 27
        (("FILE", 39),),  # 28
        (),  # 29
        (("PARAM", 30),),  # 30
        (("SERVICE_ADDRESS", 40),),  # 31
        (("SERVED_SERVICE", 41),),  # 32
        (("JOINED_POOL", 42),),  # 33
        (("POOL_NAME", 29),),  # 34
        (("LEAVING_TARGET", 43),),  # 35
        (("METHOD", 44),),  # 36
        (("SKEW", 45),),  # 37
        (("PEER", 46),),  # 38
        (("STRING", 29),),  # 39
        (("PROTOCOL", 47),),  # 40
        (("PORT_WORD", 48), ("BALANCE", 49),),  # 41
        (("WEIGHT", 50), ("BACKUP", 42),),  # 42
        (("FROM", 34), ("COMMA", 35),),  # 43
        (("EVERY", 51), ("TIMEOUT", 52), ("RISE", 53), ("FALL", 54), ("METHOD_ARGUMENT", 55), ("PROBE_OPTION", 56),),  # 44
        (("SKEW_VALUE", 37),),  # 45
        (("PEER_ADDRESS", 38),),  # 46
        (("PORT", 57),),  # 47
        (("SERVER_PORT", 41),),  # 48
        (("ALGORITHM", 41),),  # 49
        (("WEIGHT_VALUE", 42),),  # 50
        (("EVERY_TIME", 55),),  # 51
        (("TIMEOUT_TIME", 55),),  # 52
        (("RISE_COUNT", 55),),  # 53
        (("FALL_COUNT", 55),),  # 54
        (("EVERY", 51), ("TIMEOUT", 52), ("RISE", 53), ("FALL", 54), ("PROBE_OPTION", 56),),  # 55
        (("FILE", 58), ("PROBE_WORD", 55), ("OPTION_TEXT", 55),),  # 56
        (("STICKY", 59), ("REFLECT", 60), ("FROM", 61), ("COMMA", 47),),  # 57
        (("PROBE_WORD", 55), ("OPTION_TEXT", 55),),  # 58
        (("STICKY", 59), ("REFLECT", 60), ("FROM", 61), ("STICKY_TIME", 60),),  # 59
        (("STICKY", 59), ("REFLECT", 60), ("FROM", 61),),  # 60
        (("CLIENTS", 62),),  # 61
        (("STICKY", 59), ("REFLECT", 60), ("FROM", 61), ("COMMA", 61),),  # 62
    ),
    ends=frozenset((0, 13, 14, 15, 22, 29, 30, 37, 38, 41, 42, 44, 55, 57, 59, 60, 62)),
)
