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
        (("INTERFACE", 25), ("INTERNAL", 26), ("EXTERNAL", 27), ("PROBE", 28), ("FAILOVER", 29), ("LEAVING", 30),),  # 7
        (("PROBED_SERVICE", 31),),  # 8
        (("MEMBER", 32),),  # 9
        (("MEMBER", 33),),  # 10
        (("DEVICE", 34), ("SYNC", 35), ("WATCH", 36), ("PASSWORD", 37), ("KEY", 37),),  # 11
        (("PATH", 38),),  # 12
        (("SUBJECT", 38),),  # 13
        (("STRING", 38),),  # 14
        (("TOPIC", 38),),  # 15
        (("SOURCE", 39),),  # 16
        (("IFNAME", 40),),  # 17
        (("NETWORK", 41),),  # 18
        (("DEVICE_ADDRESS", 38),),  # 19
        (("NEXT_HOP", 41),),  # 20
        (("OF", 42), ("DEVICE_ADDRESS", 43),),  # 21
        (("IS", 44), ("AS", 44),),  # 22
        (("FOR", 45),),  # 23
        (("TO", 46), ("COMMA", 6),),  # 24
        (("INTERNAL", 35), ("EXTERNAL", 35),),  # 25
        (("NET", 47), ("GW", 19),),  # 26
        (("NET", 47), ("GW", 48), ("ADDR", 49),),  # 27
        (("PROBED_SERVICE", 38),),  # 28
        (("DEVICE", 50), ("SYNC", 38), ("WATCH", 36), ("PASSWORD", 38), ("KEY", 38),),  # 29
        (("FROM", 51), ("PORT_WORD", 52), ("COMMA", 53),),  # 30
        (("WITH", 54),),  # 31
        (("FOR", 55), ("FROM", 56), ("KEEP", 57), ("PORT_WORD", 58), ("BECAUSE", 59), ("COMMA", 9),),  # 32
        (("IN", 51), ("PORT_WORD", 60), ("COMMA", 10),),  # 33
        (("NEW_DEVICE", 61),),  # 34
        (("LINK", 38),),  # 35
        (("WATCHED", 62),),  # 36
        (("FILE", 63),),  # 37
        (),  # 38
        (("TO", 64),),  # 39
        (("PARAM", 40),),  # 40
        (("ON", 65),),  # 41
        (("LEASED", 66),),  # 42
        (("FOR", 67), ("ON", 68),),  # 43
        (("SERVICE_ADDRESS", 69),),  # 44
        (("SERVED_SERVICE", 70),),  # 45
        (("JOINED_POOL", 71),),  # 46
        (("NETWORK", 38),),  # 47
        (("NEXT_HOP", 38),),  # 48
        (("OF", 72), ("DEVICE_ADDRESS", 38),),  # 49
        (("GONE_DEVICE", 38),),  # 50
        (("POOL_NAME", 38),),  # 51
        (("SERVER_PORT", 73),),  # 52
        (("LEAVING_TARGET", 74),),  # 53
        (("METHOD", 75),),  # 54
        (("DRAIN_TIME", 76),),  # 55
        (("POOL_NAME", 76),),  # 56
        (("CLIENTS_WORD", 76),),  # 57
        (("SERVER_PORT", 77),),  # 58
        (("REASON", 76),),  # 59
        (("SERVER_PORT", 78),),  # 60
        (("AT", 79), ("SKEW", 80),),  # 61
        (("COMMA", 36),),  # 62
        (("STRING", 38),),  # 63
        (("KEPT", 81),),  # 64
        (("BOUND", 41),),  # 65
        (("FOR", 82),),  # 66
        (("INSIDE", 83),),  # 67
        (("BOUND", 43),),  # 68
        (("PROTOCOL", 84),),  # 69
        (("PORT_WORD", 85), ("BALANCE", 86), ("COMMA", 87),),  # 70
        (("PORT_WORD", 88), ("WEIGHT", 89), ("BACKUP", 71),),  # 71
        (("LEASED", 38),),  # 72
        (("FROM", 51),),  # 73
        (("FROM", 51), ("PORT_WORD", 52), ("COMMA", 53),),  # 74
        (("PORT_WORD", 90), ("EVERY", 91), ("TIMEOUT", 92), ("RISE", 93), ("FALL", 94), ("METHOD_ARGUMENT", 95), ("PROBE_OPTION", 96),),  # 75
        (("FOR", 55), ("KEEP", 57), ("BECAUSE", 59),),  # 76
        (("FOR", 55), ("FROM", 56), ("KEEP", 57), ("BECAUSE", 59),),  # 77
        (("IN", 51),),  # 78
        (("LINK_ADDRESS", 97),),  # 79
        (("SKEW_VALUE", 61),),  # 80
        (("COMMA", 64),),  # 81
        (("INSIDE", 98),),  # 82
        (("FOR", 67), ("ON", 68), ("COMMA", 67),),  # 83
        (("PORT", 99),),  # 84
        (("SERVER_PORT", 100),),  # 85
        (("ALGORITHM", 100),),  # 86
        (("FURTHER_SERVICE", 70),),  # 87
        (("SERVER_PORT", 71),),  # 88
        (("WEIGHT_VALUE", 71),),  # 89
        (("ASKED_PORT", 95),),  # 90
        (("EVERY_TIME", 95),),  # 91
        (("TIMEOUT_TIME", 95),),  # 92
        (("RISE_COUNT", 95),),  # 93
        (("FALL_COUNT", 95),),  # 94
        (("PORT_WORD", 90), ("EVERY", 91), ("TIMEOUT", 92), ("RISE", 93), ("FALL", 94), ("PROBE_OPTION", 96),),  # 95
        (("FILE", 101), ("PROBE_WORD", 95), ("OPTION_TEXT", 95),),  # 96
        (("AT", 79), ("SKEW", 80), ("COMMA", 79),),  # 97
        (("FOR", 82), ("COMMA", 82),),  # 98
        (("STICKY", 102), ("REFLECT", 103), ("FROM", 104), ("MASQUERADE", 103), ("HELPER", 105), ("COMMA", 84),),  # 99
        (("PORT_WORD", 85), ("BALANCE", 86),),  # 100
        (("PROBE_WORD", 95), ("OPTION_TEXT", 95),),  # 101
        (("STICKY", 102), ("REFLECT", 103), ("FROM", 104), ("MASQUERADE", 103), ("PREFIX", 106), ("HELPER", 105), ("STICKY_TIME", 107),),  # 102
        (("STICKY", 102), ("REFLECT", 103), ("FROM", 104), ("MASQUERADE", 103), ("HELPER", 105),),  # 103
        (("CLIENTS", 108),),  # 104
        (("HELPER_NAME", 103),),  # 105
        (("CLIENT_PREFIX", 103),),  # 106
        (("STICKY", 102), ("REFLECT", 103), ("FROM", 104), ("MASQUERADE", 103), ("PREFIX", 106), ("HELPER", 105),),  # 107
        (("STICKY", 102), ("REFLECT", 103), ("FROM", 104), ("MASQUERADE", 103), ("HELPER", 105), ("COMMA", 104),),  # 108
    ),
    ends=frozenset((0, 13, 14, 15, 30, 32, 33, 38, 40, 41, 43, 61, 62, 66, 70, 71, 75, 76, 77, 78, 81, 83, 95, 97, 98, 99, 100, 102, 103, 107, 108)),
)
