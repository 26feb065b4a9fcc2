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
        "ramp": "RAMP",
        "because": "BECAUSE",
        "prefix": "PREFIX",
        "every": "EVERY",
        "timeout": "TIMEOUT",
        "rise": "RISE",
        "fall": "FALL",
        "recheck": "RECHECK",
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
        "down": "DOWN",
        "up": "UP",
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
        "RAMP_TIME": "WORD",
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
        "RECHECK_VALUE": "WORD",
        "SKEW_VALUE": "WORD",
        "PATH": "STRING",
        "SUBJECT": "WORD",
        "TOPIC": "ANY",
        "COMMA": '","',
    },
    rows=(
        (("INTERFACE", 1), ("INTERNAL", 2), ("EXTERNAL", 3), ("SERVICE", 4), ("POOL", 5), ("ADD", 6), ("REMOVE", 7), ("PROBE", 8), ("DRAIN", 9), ("RESUME", 10), ("FAILOVER", 11), ("INCLUDE", 12), ("STATUS", 13), ("SAVE", 14), ("HELP", 15), ("KEEP", 16), ("SET", 17), ("DOWN", 18), ("UP", 10),),  # 0
        (("INTERNAL", 19), ("EXTERNAL", 19),),  # 1
        (("NET", 20), ("GW", 21),),  # 2
        (("NET", 20), ("GW", 22), ("ADDR", 23),),  # 3
        (("NEW_SERVICE", 24),),  # 4
        (("NEW_POOL", 25),),  # 5
        (("TARGET", 26),),  # 6
        (("INTERFACE", 27), ("INTERNAL", 28), ("EXTERNAL", 29), ("PROBE", 30), ("FAILOVER", 31), ("KEEP", 32), ("LEAVING", 33),),  # 7
        (("PROBED_SERVICE", 34),),  # 8
        (("MEMBER", 35),),  # 9
        (("MEMBER", 36),),  # 10
        (("DEVICE", 37), ("SYNC", 38), ("WATCH", 39), ("PASSWORD", 40), ("KEY", 40),),  # 11
        (("PATH", 41),),  # 12
        (("SUBJECT", 41),),  # 13
        (("STRING", 41),),  # 14
        (("TOPIC", 41),),  # 15
        (("SOURCE", 42),),  # 16
        (("CHANGED", 43),),  # 17
        (("MEMBER", 44),),  # 18
        (("IFNAME", 45),),  # 19
        (("NETWORK", 46),),  # 20
        (("DEVICE_ADDRESS", 41),),  # 21
        (("NEXT_HOP", 46),),  # 22
        (("OF", 47), ("DEVICE_ADDRESS", 48),),  # 23
        (("IS", 49), ("AS", 49),),  # 24
        (("FOR", 50),),  # 25
        (("TO", 51), ("COMMA", 6),),  # 26
        (("INTERNAL", 38), ("EXTERNAL", 38),),  # 27
        (("NET", 52), ("GW", 21),),  # 28
        (("NET", 52), ("GW", 53), ("ADDR", 54),),  # 29
        (("PROBED_SERVICE", 41),),  # 30
        (("DEVICE", 55), ("SYNC", 41), ("WATCH", 39), ("PASSWORD", 41), ("KEY", 41),),  # 31
        (("SOURCE", 42),),  # 32
        (("FROM", 56), ("PORT_WORD", 57), ("COMMA", 58),),  # 33
        (("WITH", 59),),  # 34
        (("FOR", 60), ("FROM", 61), ("KEEP", 62), ("PORT_WORD", 63), ("BECAUSE", 64), ("COMMA", 9),),  # 35
        (("IN", 56), ("PORT_WORD", 65), ("COMMA", 10),),  # 36
        (("NEW_DEVICE", 66),),  # 37
        (("LINK", 41),),  # 38
        (("WATCHED", 67),),  # 39
        (("FILE", 68),),  # 40
        (),  # 41
        (("TO", 69),),  # 42
        (("IN", 70), ("STICKY", 71), ("REFLECT", 72), ("FROM", 73), ("PORT_WORD", 74), ("MASQUERADE", 72), ("HELPER", 75), ("NO", 76), ("COMMA", 77),),  # 43
        (("FROM", 78), ("PORT_WORD", 79), ("BECAUSE", 80), ("COMMA", 18),),  # 44
        (("PARAM", 45),),  # 45
        (("ON", 81),),  # 46
        (("LEASED", 82),),  # 47
        (("FOR", 83), ("ON", 84),),  # 48
        (("SERVICE_ADDRESS", 85),),  # 49
        (("SERVED_SERVICE", 86),),  # 50
        (("JOINED_POOL", 87),),  # 51
        (("NETWORK", 41),),  # 52
        (("NEXT_HOP", 41),),  # 53
        (("OF", 88), ("DEVICE_ADDRESS", 41),),  # 54
        (("GONE_DEVICE", 41),),  # 55
        (("POOL_NAME", 41),),  # 56
        (("SERVER_PORT", 89),),  # 57
        (("LEAVING_TARGET", 90),),  # 58
        (("METHOD", 91),),  # 59
        (("DRAIN_TIME", 92),),  # 60
        (("POOL_NAME", 92),),  # 61
        (("CLIENTS_WORD", 92),),  # 62
        (("SERVER_PORT", 93),),  # 63
        (("REASON", 92),),  # 64
        (("SERVER_PORT", 94),),  # 65
        (("AT", 95), ("SKEW", 96),),  # 66
        (("COMMA", 39),),  # 67
        (("STRING", 41),),  # 68
        (("KEPT", 97),),  # 69
        (("POOL_NAME", 98),),  # 70
        (("STICKY", 71), ("REFLECT", 72), ("FROM", 73), ("MASQUERADE", 72), ("PREFIX", 99), ("HELPER", 75), ("NO", 76), ("STICKY_TIME", 100),),  # 71
        (("STICKY", 71), ("REFLECT", 72), ("FROM", 73), ("MASQUERADE", 72), ("HELPER", 75), ("NO", 76),),  # 72
        (("CLIENTS", 101),),  # 73
        (("SERVER_PORT", 102),),  # 74
        (("HELPER_NAME", 72),),  # 75
        (("ABSENT", 72),),  # 76
        (("CHANGED_TARGET", 103),),  # 77
        (("POOL_NAME", 104),),  # 78
        (("SERVER_PORT", 105),),  # 79
        (("REASON", 104),),  # 80
        (("BOUND", 46),),  # 81
        (("FOR", 106),),  # 82
        (("INSIDE", 107),),  # 83
        (("BOUND", 48),),  # 84
        (("PROTOCOL", 108),),  # 85
        (("PORT_WORD", 109), ("BALANCE", 110), ("COMMA", 111),),  # 86
        (("PORT_WORD", 112), ("WEIGHT", 113), ("BACKUP", 87), ("RAMP", 114),),  # 87
        (("LEASED", 41),),  # 88
        (("FROM", 56),),  # 89
        (("FROM", 56), ("PORT_WORD", 57), ("COMMA", 58),),  # 90
        (("PORT_WORD", 115), ("EVERY", 116), ("TIMEOUT", 117), ("RISE", 118), ("FALL", 119), ("RECHECK", 120), ("METHOD_ARGUMENT", 121), ("PROBE_OPTION", 122),),  # 91
        (("FOR", 60), ("KEEP", 62), ("BECAUSE", 64),),  # 92
        (("FOR", 60), ("FROM", 61), ("KEEP", 62), ("BECAUSE", 64),),  # 93
        (("IN", 56),),  # 94
        (("LINK_ADDRESS", 123),),  # 95
        (("SKEW_VALUE", 66),),  # 96
        (("COMMA", 69),),  # 97
        (("PORT_WORD", 124), ("WEIGHT", 125), ("BACKUP", 126), ("RAMP", 127), ("NO", 128),),  # 98
        (("CLIENT_PREFIX", 72),),  # 99
        (("STICKY", 71), ("REFLECT", 72), ("FROM", 73), ("MASQUERADE", 72), ("PREFIX", 99), ("HELPER", 75), ("NO", 76),),  # 100
        (("STICKY", 71), ("REFLECT", 72), ("FROM", 73), ("MASQUERADE", 72), ("HELPER", 75), ("NO", 76), ("COMMA", 73),),  # 101
        (("IN", 70),),  # 102
        (("IN", 70), ("PORT_WORD", 74), ("COMMA", 77),),  # 103
        (("BECAUSE", 80),),  # 104
        (("FROM", 78), ("BECAUSE", 80),),  # 105
        (("INSIDE", 129),),  # 106
        (("FOR", 83), ("ON", 84), ("COMMA", 83),),  # 107
        (("PORT", 130),),  # 108
        (("POOL_PORT", 131),),  # 109
        (("ALGORITHM", 132),),  # 110
        (("FURTHER_SERVICE", 86),),  # 111
        (("SERVER_PORT", 87),),  # 112
        (("WEIGHT_VALUE", 87),),  # 113
        (("RAMP_TIME", 87),),  # 114
        (("ASKED_PORT", 121),),  # 115
        (("EVERY_TIME", 121),),  # 116
        (("TIMEOUT_TIME", 121),),  # 117
        (("RISE_COUNT", 121),),  # 118
        (("FALL_COUNT", 121),),  # 119
        (("RECHECK_VALUE", 121),),  # 120
        (("PORT_WORD", 115), ("EVERY", 116), ("TIMEOUT", 117), ("RISE", 118), ("FALL", 119), ("RECHECK", 120), ("PROBE_OPTION", 122),),  # 121
        (("FILE", 133), ("PROBE_WORD", 121), ("OPTION_TEXT", 121),),  # 122
        (("AT", 95), ("SKEW", 96), ("COMMA", 95),),  # 123
        (("NEW_PORT", 126),),  # 124
        (("WEIGHT_VALUE", 126),),  # 125
        (("PORT_WORD", 124), ("WEIGHT", 125), ("BACKUP", 126), ("RAMP", 127), ("NO", 128),),  # 126
        (("RAMP_TIME", 126),),  # 127
        (("ABSENT", 126),),  # 128
        (("FOR", 106), ("COMMA", 106),),  # 129
        (("STICKY", 134), ("REFLECT", 135), ("FROM", 136), ("MASQUERADE", 135), ("HELPER", 137), ("COMMA", 108),),  # 130
        (("PORT_WORD", 109), ("BALANCE", 110), ("COMMA", 109),),  # 131
        (("PORT_WORD", 109), ("BALANCE", 110),),  # 132
        (("PROBE_WORD", 121), ("OPTION_TEXT", 121),),  # 133
        (("STICKY", 134), ("REFLECT", 135), ("FROM", 136), ("MASQUERADE", 135), ("PREFIX", 138), ("HELPER", 137), ("STICKY_TIME", 139),),  # 134
        (("STICKY", 134), ("REFLECT", 135), ("FROM", 136), ("MASQUERADE", 135), ("HELPER", 137),),  # 135
        (("CLIENTS", 140),),  # 136
        (("HELPER_NAME", 135),),  # 137
        (("CLIENT_PREFIX", 135),),  # 138
        (("STICKY", 134), ("REFLECT", 135), ("FROM", 136), ("MASQUERADE", 135), ("PREFIX", 138), ("HELPER", 137),),  # 139
        (("STICKY", 134), ("REFLECT", 135), ("FROM", 136), ("MASQUERADE", 135), ("HELPER", 137), ("COMMA", 136),),  # 140
    ),
    ends=frozenset((0, 13, 14, 15, 32, 33, 35, 36, 41, 44, 45, 46, 48, 66, 67, 71, 72, 82, 86, 87, 91, 92, 93, 94, 97, 100, 101, 104, 105, 107, 121, 123, 126, 129, 130, 131, 132, 134, 135, 139, 140)),
)
