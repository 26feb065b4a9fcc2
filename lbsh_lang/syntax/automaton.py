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
        "keep": "KEEP",
        "source": "SOURCE",
        "on": "ON",
        "of": "OF",
        "port": "PORT_WORD",
        "masquerade": "MASQUERADE",
        "balance": "BALANCE",
        "weight": "WEIGHT",
        "backup": "BACKUP",
        "because": "BECAUSE",
        "prefix": "PREFIX",
        "every": "EVERY",
        "timeout": "TIMEOUT",
        "rise": "RISE",
        "fall": "FALL",
        "file": "FILE",
        "clients": "CLIENTS_WORD",
        "device": "DEVICE",
        "sync": "SYNC",
        "watch": "WATCH",
        "password": "PASSWORD",
        "key": "KEY",
        "at": "AT",
        "skew": "SKEW",
        "helper": "HELPER",
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
        "FURTHER_SERVICE": "WORD",
        "PROBED_SERVICE": "WORD",
        "NEW_POOL": "WORD",
        "JOINED_POOL": "WORD",
        "POOL_NAME": "WORD",
        "NEW_DEVICE": "WORD",
        "IFNAME": "ANY",
        "LINK": "ANY",
        "BOUND": "ANY",
        "LEASED": "ANY",
        "NEXT_HOP": "WORD",
        "INSIDE": "WORD",
        "KEPT": "WORD",
        "PARAM": 'ANY | STRING | ","',
        "SERVICE_ADDRESS": "WORD",
        "DEVICE_ADDRESS": "WORD",
        "LINK_ADDRESS": "WORD",
        "WATCHED": "WORD",
        "MEMBER": "WORD",
        "NETWORK": "WORD",
        "CLIENTS": "WORD",
        "HELPER_NAME": "WORD",
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
        "ASKED_PORT": "WORD",
        "CLIENT_PREFIX": "WORD",
        "DRAIN_TIME": "WORD",
        "REASON": "STRING",
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
        (("INTERFACE", 1), ("INTERNAL", 2), ("EXTERNAL", 3), ("SERVICE", 4), ("POOL", 5), ("ADD", 6), ("REMOVE", 7), ("PROBE", 8), ("DRAIN", 9), ("RESUME", 10), ("FAILOVER", 11), ("INCLUDE", 12), ("STATUS", 13), ("SAVE", 14), ("HELP", 15), ("KEEP", 16),),  # 0
        (("INTERNAL", 17), ("EXTERNAL", 17),),  # 1
        (("NET", 18), ("GW", 19),),  # 2
        (("NET", 18), ("GW", 20), ("ADDR", 21),),  # 3
        (("NEW_SERVICE", 22),),  # 4
        (("NEW_POOL", 23),),  # 5
        (("TARGET", 24),),  # 6
        (("LEAVING", 25),),  # 7
        (("PROBED_SERVICE", 26),),  # 8
        (("MEMBER", 27),),  # 9
        (("MEMBER", 28),),  # 10
        (("DEVICE", 29), ("SYNC", 30), ("WATCH", 31), ("PASSWORD", 32), ("KEY", 32),),  # 11
        (("PATH", 33),),  # 12
        (("SUBJECT", 33),),  # 13
        (("STRING", 33),),  # 14
        (("TOPIC", 33),),  # 15
        (("SOURCE", 34),),  # 16
        (("IFNAME", 35),),  # 17
        (("NETWORK", 36),),  # 18
        (("DEVICE_ADDRESS", 33),),  # 19
        (("NEXT_HOP", 36),),  # 20
        (("OF", 37), ("DEVICE_ADDRESS", 38),),  # 21
        (("IS", 39), ("AS", 39),),  # 22
        (("FOR", 40),),  # 23
        (("TO", 41), ("COMMA", 6),),  # 24
        (("FROM", 42), ("PORT_WORD", 43), ("COMMA", 44),),  # 25
        (("WITH", 45),),  # 26
        (("FOR", 46), ("FROM", 47), ("KEEP", 48), ("BECAUSE", 49), ("COMMA", 9),),  # 27
        (("IN", 42), ("COMMA", 10),),  # 28
        (("NEW_DEVICE", 50),),  # 29
        (("LINK", 33),),  # 30
        (("WATCHED", 51),),  # 31
        (("FILE", 52),),  # 32
        (),  # 33
        (("TO", 53),),  # 34
        (("PARAM", 35),),  # 35
        (("ON", 54),),  # 36
        (("LEASED", 55),),  # 37
        (("FOR", 56), ("ON", 57),),  # 38
        (("SERVICE_ADDRESS", 58),),  # 39
        (("SERVED_SERVICE", 59),),  # 40
        (("JOINED_POOL", 60),),  # 41
        (("POOL_NAME", 33),),  # 42
        (("SERVER_PORT", 61),),  # 43
        (("LEAVING_TARGET", 62),),  # 44
        (("METHOD", 63),),  # 45
        (("DRAIN_TIME", 64),),  # 46
        (("POOL_NAME", 64),),  # 47
        (("CLIENTS_WORD", 64),),  # 48
        (("REASON", 64),),  # 49
        (("AT", 65), ("SKEW", 66),),  # 50
        (("COMMA", 31),),  # 51
        (("STRING", 33),),  # 52
        (("KEPT", 67),),  # 53
        (("BOUND", 36),),  # 54
        (("FOR", 68),),  # 55
        (("INSIDE", 69),),  # 56
        (("BOUND", 38),),  # 57
        (("PROTOCOL", 70),),  # 58
        (("PORT_WORD", 71), ("BALANCE", 72), ("COMMA", 73),),  # 59
        (("PORT_WORD", 74), ("WEIGHT", 75), ("BACKUP", 60),),  # 60
        (("FROM", 42),),  # 61
        (("FROM", 42), ("PORT_WORD", 43), ("COMMA", 44),),  # 62
        (("PORT_WORD", 76), ("EVERY", 77), ("TIMEOUT", 78), ("RISE", 79), ("FALL", 80), ("METHOD_ARGUMENT", 81), ("PROBE_OPTION", 82),),  # 63
        (("FOR", 46), ("KEEP", 48), ("BECAUSE", 49),),  # 64
        (("LINK_ADDRESS", 83),),  # 65
        (("SKEW_VALUE", 50),),  # 66
        (("COMMA", 53),),  # 67
        (("INSIDE", 84),),  # 68
        (("FOR", 56), ("ON", 57), ("COMMA", 56),),  # 69
        (("PORT", 85),),  # 70
        (("SERVER_PORT", 86),),  # 71
        (("ALGORITHM", 86),),  # 72
        (("FURTHER_SERVICE", 59),),  # 73
        (("SERVER_PORT", 60),),  # 74
        (("WEIGHT_VALUE", 60),),  # 75
        (("ASKED_PORT", 81),),  # 76
        (("EVERY_TIME", 81),),  # 77
        (("TIMEOUT_TIME", 81),),  # 78
        (("RISE_COUNT", 81),),  # 79
        (("FALL_COUNT", 81),),  # 80
        (("PORT_WORD", 76), ("EVERY", 77), ("TIMEOUT", 78), ("RISE", 79), ("FALL", 80), ("PROBE_OPTION", 82),),  # 81
        (("FILE", 87), ("PROBE_WORD", 81), ("OPTION_TEXT", 81),),  # 82
        (("AT", 65), ("SKEW", 66), ("COMMA", 65),),  # 83
        (("FOR", 68), ("COMMA", 68),),  # 84
        (("STICKY", 88), ("REFLECT", 89), ("FROM", 90), ("MASQUERADE", 89), ("HELPER", 91), ("COMMA", 70),),  # 85
        (("PORT_WORD", 71), ("BALANCE", 72),),  # 86
        (("PROBE_WORD", 81), ("OPTION_TEXT", 81),),  # 87
        (("STICKY", 88), ("REFLECT", 89), ("FROM", 90), ("MASQUERADE", 89), ("PREFIX", 92), ("HELPER", 91), ("STICKY_TIME", 93),),  # 88
        (("STICKY", 88), ("REFLECT", 89), ("FROM", 90), ("MASQUERADE", 89), ("HELPER", 91),),  # 89
        (("CLIENTS", 94),),  # 90
        (("HELPER_NAME", 89),),  # 91
        (("CLIENT_PREFIX", 89),),  # 92
        (("STICKY", 88), ("REFLECT", 89), ("FROM", 90), ("MASQUERADE", 89), ("PREFIX", 92), ("HELPER", 91),),  # 93
        (("STICKY", 88), ("REFLECT", 89), ("FROM", 90), ("MASQUERADE", 89), ("HELPER", 91), ("COMMA", 90),),  # 94
    ),
    ends=frozenset((0, 13, 14, 15, 25, 27, 28, 33, 35, 36, 38, 50, 51, 55, 59, 60, 63, 64, 67, 69, 81, 83, 84, 85, 86, 88, 89, 93, 94)),
)
