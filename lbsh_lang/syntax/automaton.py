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
        "on": "ON",
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
        "BOUND": "ANY",
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
        (("NETWORK", 31),),  # 17
        (("DEVICE_ADDRESS", 29),),  # 18
        (("IS", 32), ("AS", 32),),  # 19
        (("FOR", 33),),  # 20
        (("TO", 34), ("COMMA", 6),),  # 21
        (("FROM", 35), ("COMMA", 36),),  # 22
        (("WITH", 37),),  # 23
        (("FROM", 35),),  # 24
        (("IN", 35),),  # 25
        (("NEW_DEVICE", 38),),  # 26
        (("LINK", 39),),  # 27
        (("FILE", 40),),  # 28
        (),  # 29
        (("PARAM", 30),),  # 30
        (("ON", 41),),  # 31
        (("SERVICE_ADDRESS", 42),),  # 32
        (("SERVED_SERVICE", 43),),  # 33
        (("JOINED_POOL", 44),),  # 34
        (("POOL_NAME", 29),),  # 35
        (("LEAVING_TARGET", 45),),  # 36
        (("METHOD", 46),),  # 37
        (("SKEW", 47),),  # 38
        (("PEER", 48),),  # 39
        (("STRING", 29),),  # 40
        (("BOUND", 31),),  # 41
        (("PROTOCOL", 49),),  # 42
        (("PORT_WORD", 50), ("BALANCE", 51),),  # 43
        (("WEIGHT", 52), ("BACKUP", 44),),  # 44
        (("FROM", 35), ("COMMA", 36),),  # 45
        (("EVERY", 53), ("TIMEOUT", 54), ("RISE", 55), ("FALL", 56), ("METHOD_ARGUMENT", 57), ("PROBE_OPTION", 58),),  # 46
        (("SKEW_VALUE", 38),),  # 47
        (("PEER_ADDRESS", 39),),  # 48
        (("PORT", 59),),  # 49
        (("SERVER_PORT", 43),),  # 50
        (("ALGORITHM", 43),),  # 51
        (("WEIGHT_VALUE", 44),),  # 52
        (("EVERY_TIME", 57),),  # 53
        (("TIMEOUT_TIME", 57),),  # 54
        (("RISE_COUNT", 57),),  # 55
        (("FALL_COUNT", 57),),  # 56
        (("EVERY", 53), ("TIMEOUT", 54), ("RISE", 55), ("FALL", 56), ("PROBE_OPTION", 58),),  # 57
        (("FILE", 60), ("PROBE_WORD", 57), ("OPTION_TEXT", 57),),  # 58
        (("STICKY", 61), ("REFLECT", 62), ("FROM", 63), ("COMMA", 49),),  # 59
        (("PROBE_WORD", 57), ("OPTION_TEXT", 57),),  # 60
        (("STICKY", 61), ("REFLECT", 62), ("FROM", 63), ("STICKY_TIME", 62),),  # 61
        (("STICKY", 61), ("REFLECT", 62), ("FROM", 63),),  # 62
        (("CLIENTS", 64),),  # 63
        (("STICKY", 61), ("REFLECT", 62), ("FROM", 63), ("COMMA", 63),),  # 64
    ),
    ends=frozenset((0, 13, 14, 15, 22, 29, 30, 31, 38, 39, 43, 44, 46, 57, 59, 61, 62, 64)),
)
