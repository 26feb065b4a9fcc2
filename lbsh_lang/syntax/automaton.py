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
        (("PORT_WORD", 105), ("WEIGHT", 106), ("BACKUP", 82), ("RAMP", 107),),  # 82
        (("LEASED", 40),),  # 83
        (("FROM", 54),),  # 84
        (("FROM", 54), ("PORT_WORD", 55), ("COMMA", 56),),  # 85
        (("PORT_WORD", 108), ("EVERY", 109), ("TIMEOUT", 110), ("RISE", 111), ("FALL", 112), ("RECHECK", 113), ("METHOD_ARGUMENT", 114), ("PROBE_OPTION", 115),),  # 86
        (("FOR", 58), ("KEEP", 60), ("BECAUSE", 62),),  # 87
        (("FOR", 58), ("FROM", 59), ("KEEP", 60), ("BECAUSE", 62),),  # 88
        (("IN", 54),),  # 89
        (("LINK_ADDRESS", 116),),  # 90
        (("SKEW_VALUE", 64),),  # 91
        (("COMMA", 67),),  # 92
        (("PORT_WORD", 117), ("WEIGHT", 118), ("BACKUP", 119), ("RAMP", 120), ("NO", 121),),  # 93
        (("CLIENT_PREFIX", 70),),  # 94
        (("STICKY", 69), ("REFLECT", 70), ("FROM", 71), ("MASQUERADE", 70), ("PREFIX", 94), ("HELPER", 73), ("NO", 74),),  # 95
        (("STICKY", 69), ("REFLECT", 70), ("FROM", 71), ("MASQUERADE", 70), ("HELPER", 73), ("NO", 74), ("COMMA", 71),),  # 96
        (("IN", 68),),  # 97
        (("IN", 68), ("PORT_WORD", 72), ("COMMA", 75),),  # 98
        (("INSIDE", 122),),  # 99
        (("FOR", 78), ("ON", 79), ("COMMA", 78),),  # 100
        (("PORT", 123),),  # 101
        (("POOL_PORT", 124),),  # 102
        (("ALGORITHM", 125),),  # 103
        (("FURTHER_SERVICE", 81),),  # 104
        (("SERVER_PORT", 82),),  # 105
        (("WEIGHT_VALUE", 82),),  # 106
        (("RAMP_TIME", 82),),  # 107
        (("ASKED_PORT", 114),),  # 108
        (("EVERY_TIME", 114),),  # 109
        (("TIMEOUT_TIME", 114),),  # 110
        (("RISE_COUNT", 114),),  # 111
        (("FALL_COUNT", 114),),  # 112
        (("RECHECK_VALUE", 114),),  # 113
        (("PORT_WORD", 108), ("EVERY", 109), ("TIMEOUT", 110), ("RISE", 111), ("FALL", 112), ("RECHECK", 113), ("PROBE_OPTION", 115),),  # 114
        (("FILE", 126), ("PROBE_WORD", 114), ("OPTION_TEXT", 114),),  # 115
        (("AT", 90), ("SKEW", 91), ("COMMA", 90),),  # 116
        (("NEW_PORT", 119),),  # 117
        (("WEIGHT_VALUE", 119),),  # 118
        (("PORT_WORD", 117), ("WEIGHT", 118), ("BACKUP", 119), ("RAMP", 120), ("NO", 121),),  # 119
        (("RAMP_TIME", 119),),  # 120
        (("ABSENT", 119),),  # 121
        (("FOR", 99), ("COMMA", 99),),  # 122
        (("STICKY", 127), ("REFLECT", 128), ("FROM", 129), ("MASQUERADE", 128), ("HELPER", 130), ("COMMA", 101),),  # 123
        (("PORT_WORD", 102), ("BALANCE", 103), ("COMMA", 102),),  # 124
        (("PORT_WORD", 102), ("BALANCE", 103),),  # 125
        (("PROBE_WORD", 114), ("OPTION_TEXT", 114),),  # 126
        (("STICKY", 127), ("REFLECT", 128), ("FROM", 129), ("MASQUERADE", 128), ("PREFIX", 131), ("HELPER", 130), ("STICKY_TIME", 132),),  # 127
        (("STICKY", 127), ("REFLECT", 128), ("FROM", 129), ("MASQUERADE", 128), ("HELPER", 130),),  # 128
        (("CLIENTS", 133),),  # 129
        (("HELPER_NAME", 128),),  # 130
        (("CLIENT_PREFIX", 128),),  # 131
        (("STICKY", 127), ("REFLECT", 128), ("FROM", 129), ("MASQUERADE", 128), ("PREFIX", 131), ("HELPER", 130),),  # 132
        (("STICKY", 127), ("REFLECT", 128), ("FROM", 129), ("MASQUERADE", 128), ("HELPER", 130), ("COMMA", 129),),  # 133
    ),
    ends=frozenset((0, 13, 14, 15, 31, 32, 34, 35, 40, 43, 44, 46, 64, 65, 69, 70, 77, 81, 82, 86, 87, 88, 89, 92, 95, 96, 100, 114, 116, 119, 122, 123, 124, 125, 127, 128, 132, 133)),
)
