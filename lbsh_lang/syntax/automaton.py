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
        "set": "SET",
        "no": "NO",
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
        "GONE_DEVICE": "WORD",
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
        "CHANGED": "WORD",
        "CHANGED_TARGET": "WORD",
        "ABSENT": "ANY",
        "PROTOCOL": "LETTERS",
        "PORT": "WORD",
        "SERVER_PORT": "WORD",
        "NEW_PORT": "WORD",
        "POOL_PORT": "WORD",
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
        (("INTERFACE", 1), ("INTERNAL", 2), ("EXTERNAL", 3), ("SERVICE", 4), ("POOL", 5), ("ADD", 6), ("REMOVE", 7), ("PROBE", 8), ("DRAIN", 9), ("RESUME", 10), ("FAILOVER", 11), ("INCLUDE", 12), ("STATUS", 13), ("SAVE", 14), ("HELP", 15), ("KEEP", 16), ("SET", 17),),  # 0
        (("INTERNAL", 18), ("EXTERNAL", 18),),  # 1
        (("NET", 19), ("GW", 20),),  # 2
        (("NET", 19), ("GW", 21), ("ADDR", 22),),  # 3
        (("NEW_SERVICE", 23),),  # 4
        (("NEW_POOL", 24),),  # 5
        (("TARGET", 25),),  # 6
        (("INTERFACE", 26), ("INTERNAL", 27), ("EXTERNAL", 28), ("PROBE", 29), ("FAILOVER", 30), ("KEEP", 31), ("LEAVING", 32),),  # 7
        (("PROBED_SERVICE", 33),),  # 8
        (("MEMBER", 34),),  # 9
        (("MEMBER", 35),),  # 10
        (("DEVICE", 36), ("SYNC", 37), ("WATCH", 38), ("PASSWORD", 39), ("KEY", 39),),  # 11
        (("PATH", 40),),  # 12
        (("SUBJECT", 40),),  # 13
        (("STRING", 40),),  # 14
        (("TOPIC", 40),),  # 15
        (("SOURCE", 41),),  # 16
        (("CHANGED", 42),),  # 17
        (("IFNAME", 43),),  # 18
        (("NETWORK", 44),),  # 19
        (("DEVICE_ADDRESS", 40),),  # 20
        (("NEXT_HOP", 44),),  # 21
        (("OF", 45), ("DEVICE_ADDRESS", 46),),  # 22
        (("IS", 47), ("AS", 47),),  # 23
        (("FOR", 48),),  # 24
        (("TO", 49), ("COMMA", 6),),  # 25
        (("INTERNAL", 37), ("EXTERNAL", 37),),  # 26
        (("NET", 50), ("GW", 20),),  # 27
        (("NET", 50), ("GW", 51), ("ADDR", 52),),  # 28
        (("PROBED_SERVICE", 40),),  # 29
        (("DEVICE", 53), ("SYNC", 40), ("WATCH", 38), ("PASSWORD", 40), ("KEY", 40),),  # 30
        (("SOURCE", 41),),  # 31
        (("FROM", 54), ("PORT_WORD", 55), ("COMMA", 56),),  # 32
        (("WITH", 57),),  # 33
        (("FOR", 58), ("FROM", 59), ("KEEP", 60), ("PORT_WORD", 61), ("BECAUSE", 62), ("COMMA", 9),),  # 34
        (("IN", 54), ("PORT_WORD", 63), ("COMMA", 10),),  # 35
        (("NEW_DEVICE", 64),),  # 36
        (("LINK", 40),),  # 37
        (("WATCHED", 65),),  # 38
        (("FILE", 66),),  # 39
        (),  # 40
        (("TO", 67),),  # 41
        (("IN", 68), ("STICKY", 69), ("REFLECT", 70), ("FROM", 71), ("PORT_WORD", 72), ("MASQUERADE", 70), ("HELPER", 73), ("NO", 74), ("COMMA", 75),),  # 42
        (("PARAM", 43),),  # 43
        (("ON", 76),),  # 44
        (("LEASED", 77),),  # 45
        (("FOR", 78), ("ON", 79),),  # 46
        (("SERVICE_ADDRESS", 80),),  # 47
        (("SERVED_SERVICE", 81),),  # 48
        (("JOINED_POOL", 82),),  # 49
        (("NETWORK", 40),),  # 50
        (("NEXT_HOP", 40),),  # 51
        (("OF", 83), ("DEVICE_ADDRESS", 40),),  # 52
        (("GONE_DEVICE", 40),),  # 53
        (("POOL_NAME", 40),),  # 54
        (("SERVER_PORT", 84),),  # 55
        (("LEAVING_TARGET", 85),),  # 56
        (("METHOD", 86),),  # 57
        (("DRAIN_TIME", 87),),  # 58
        (("POOL_NAME", 87),),  # 59
        (("CLIENTS_WORD", 87),),  # 60
        (("SERVER_PORT", 88),),  # 61
        (("REASON", 87),),  # 62
        (("SERVER_PORT", 89),),  # 63
        (("AT", 90), ("SKEW", 91),),  # 64
        (("COMMA", 38),),  # 65
        (("STRING", 40),),  # 66
        (("KEPT", 92),),  # 67
        (("POOL_NAME", 93),),  # 68
        (("STICKY", 69), ("REFLECT", 70), ("FROM", 71), ("MASQUERADE", 70), ("PREFIX", 94), ("HELPER", 73), ("NO", 74), ("STICKY_TIME", 95),),  # 69
        (("STICKY", 69), ("REFLECT", 70), ("FROM", 71), ("MASQUERADE", 70), ("HELPER", 73), ("NO", 74),),  # 70
        (("CLIENTS", 96),),  # 71
        (("SERVER_PORT", 97),),  # 72
        (("HELPER_NAME", 70),),  # 73
        (("ABSENT", 70),),  # 74
        (("CHANGED_TARGET", 98),),  # 75
        (("BOUND", 44),),  # 76
        (("FOR", 99),),  # 77
        (("INSIDE", 100),),  # 78
        (("BOUND", 46),),  # 79
        (("PROTOCOL", 101),),  # 80
        (("PORT_WORD", 102), ("BALANCE", 103), ("COMMA", 104),),  # 81
        (("PORT_WORD", 105), ("WEIGHT", 106), ("BACKUP", 82),),  # 82
        (("LEASED", 40),),  # 83
        (("FROM", 54),),  # 84
        (("FROM", 54), ("PORT_WORD", 55), ("COMMA", 56),),  # 85
        (("PORT_WORD", 107), ("EVERY", 108), ("TIMEOUT", 109), ("RISE", 110), ("FALL", 111), ("METHOD_ARGUMENT", 112), ("PROBE_OPTION", 113),),  # 86
        (("FOR", 58), ("KEEP", 60), ("BECAUSE", 62),),  # 87
        (("FOR", 58), ("FROM", 59), ("KEEP", 60), ("BECAUSE", 62),),  # 88
        (("IN", 54),),  # 89
        (("LINK_ADDRESS", 114),),  # 90
        (("SKEW_VALUE", 64),),  # 91
        (("COMMA", 67),),  # 92
        (("PORT_WORD", 115), ("WEIGHT", 116), ("BACKUP", 117), ("NO", 118),),  # 93
        (("CLIENT_PREFIX", 70),),  # 94
        (("STICKY", 69), ("REFLECT", 70), ("FROM", 71), ("MASQUERADE", 70), ("PREFIX", 94), ("HELPER", 73), ("NO", 74),),  # 95
        (("STICKY", 69), ("REFLECT", 70), ("FROM", 71), ("MASQUERADE", 70), ("HELPER", 73), ("NO", 74), ("COMMA", 71),),  # 96
        (("IN", 68),),  # 97
        (("IN", 68), ("PORT_WORD", 72), ("COMMA", 75),),  # 98
        (("INSIDE", 119),),  # 99
        (("FOR", 78), ("ON", 79), ("COMMA", 78),),  # 100
        (("PORT", 120),),  # 101
        (("POOL_PORT", 121),),  # 102
        (("ALGORITHM", 122),),  # 103
        (("FURTHER_SERVICE", 81),),  # 104
        (("SERVER_PORT", 82),),  # 105
        (("WEIGHT_VALUE", 82),),  # 106
        (("ASKED_PORT", 112),),  # 107
        (("EVERY_TIME", 112),),  # 108
        (("TIMEOUT_TIME", 112),),  # 109
        (("RISE_COUNT", 112),),  # 110
        (("FALL_COUNT", 112),),  # 111
        (("PORT_WORD", 107), ("EVERY", 108), ("TIMEOUT", 109), ("RISE", 110), ("FALL", 111), ("PROBE_OPTION", 113),),  # 112
        (("FILE", 123), ("PROBE_WORD", 112), ("OPTION_TEXT", 112),),  # 113
        (("AT", 90), ("SKEW", 91), ("COMMA", 90),),  # 114
        (("NEW_PORT", 117),),  # 115
        (("WEIGHT_VALUE", 117),),  # 116
        (("PORT_WORD", 115), ("WEIGHT", 116), ("BACKUP", 117), ("NO", 118),),  # 117
        (("ABSENT", 117),),  # 118
        (("FOR", 99), ("COMMA", 99),),  # 119
        (("STICKY", 124), ("REFLECT", 125), ("FROM", 126), ("MASQUERADE", 125), ("HELPER", 127), ("COMMA", 101),),  # 120
        (("PORT_WORD", 102), ("BALANCE", 103), ("COMMA", 102),),  # 121
        (("PORT_WORD", 102), ("BALANCE", 103),),  # 122
        (("PROBE_WORD", 112), ("OPTION_TEXT", 112),),  # 123
        (("STICKY", 124), ("REFLECT", 125), ("FROM", 126), ("MASQUERADE", 125), ("PREFIX", 128), ("HELPER", 127), ("STICKY_TIME", 129),),  # 124
        (("STICKY", 124), ("REFLECT", 125), ("FROM", 126), ("MASQUERADE", 125), ("HELPER", 127),),  # 125
        (("CLIENTS", 130),),  # 126
        (("HELPER_NAME", 125),),  # 127
        (("CLIENT_PREFIX", 125),),  # 128
        (("STICKY", 124), ("REFLECT", 125), ("FROM", 126), ("MASQUERADE", 125), ("PREFIX", 128), ("HELPER", 127),),  # 129
        (("STICKY", 124), ("REFLECT", 125), ("FROM", 126), ("MASQUERADE", 125), ("HELPER", 127), ("COMMA", 126),),  # 130
    ),
    ends=frozenset((0, 13, 14, 15, 31, 32, 34, 35, 40, 43, 44, 46, 64, 65, 69, 70, 77, 81, 82, 86, 87, 88, 89, 92, 95, 96, 100, 112, 114, 117, 119, 120, 121, 122, 124, 125, 129, 130)),
)
