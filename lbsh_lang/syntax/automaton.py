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
        (("INTERFACE", 25), ("INTERNAL", 26), ("EXTERNAL", 27), ("PROBE", 28), ("FAILOVER", 29), ("KEEP", 30), ("LEAVING", 31),),  # 7
        (("PROBED_SERVICE", 32),),  # 8
        (("MEMBER", 33),),  # 9
        (("MEMBER", 34),),  # 10
        (("DEVICE", 35), ("SYNC", 36), ("WATCH", 37), ("PASSWORD", 38), ("KEY", 38),),  # 11
        (("PATH", 39),),  # 12
        (("SUBJECT", 39),),  # 13
        (("STRING", 39),),  # 14
        (("TOPIC", 39),),  # 15
        (("SOURCE", 40),),  # 16
        (("IFNAME", 41),),  # 17
        (("NETWORK", 42),),  # 18
        (("DEVICE_ADDRESS", 39),),  # 19
        (("NEXT_HOP", 42),),  # 20
        (("OF", 43), ("DEVICE_ADDRESS", 44),),  # 21
        (("IS", 45), ("AS", 45),),  # 22
        (("FOR", 46),),  # 23
        (("TO", 47), ("COMMA", 6),),  # 24
        (("INTERNAL", 36), ("EXTERNAL", 36),),  # 25
        (("NET", 48), ("GW", 19),),  # 26
        (("NET", 48), ("GW", 49), ("ADDR", 50),),  # 27
        (("PROBED_SERVICE", 39),),  # 28
        (("DEVICE", 51), ("SYNC", 39), ("WATCH", 37), ("PASSWORD", 39), ("KEY", 39),),  # 29
        (("SOURCE", 40),),  # 30
        (("FROM", 52), ("PORT_WORD", 53), ("COMMA", 54),),  # 31
        (("WITH", 55),),  # 32
        (("FOR", 56), ("FROM", 57), ("KEEP", 58), ("PORT_WORD", 59), ("BECAUSE", 60), ("COMMA", 9),),  # 33
        (("IN", 52), ("PORT_WORD", 61), ("COMMA", 10),),  # 34
        (("NEW_DEVICE", 62),),  # 35
        (("LINK", 39),),  # 36
        (("WATCHED", 63),),  # 37
        (("FILE", 64),),  # 38
        (),  # 39
        (("TO", 65),),  # 40
        (("PARAM", 41),),  # 41
        (("ON", 66),),  # 42
        (("LEASED", 67),),  # 43
        (("FOR", 68), ("ON", 69),),  # 44
        (("SERVICE_ADDRESS", 70),),  # 45
        (("SERVED_SERVICE", 71),),  # 46
        (("JOINED_POOL", 72),),  # 47
        (("NETWORK", 39),),  # 48
        (("NEXT_HOP", 39),),  # 49
        (("OF", 73), ("DEVICE_ADDRESS", 39),),  # 50
        (("GONE_DEVICE", 39),),  # 51
        (("POOL_NAME", 39),),  # 52
        (("SERVER_PORT", 74),),  # 53
        (("LEAVING_TARGET", 75),),  # 54
        (("METHOD", 76),),  # 55
        (("DRAIN_TIME", 77),),  # 56
        (("POOL_NAME", 77),),  # 57
        (("CLIENTS_WORD", 77),),  # 58
        (("SERVER_PORT", 78),),  # 59
        (("REASON", 77),),  # 60
        (("SERVER_PORT", 79),),  # 61
        (("AT", 80), ("SKEW", 81),),  # 62
        (("COMMA", 37),),  # 63
        (("STRING", 39),),  # 64
        (("KEPT", 82),),  # 65
        (("BOUND", 42),),  # 66
        (("FOR", 83),),  # 67
        (("INSIDE", 84),),  # 68
        (("BOUND", 44),),  # 69
        (("PROTOCOL", 85),),  # 70
        (("PORT_WORD", 86), ("BALANCE", 87), ("COMMA", 88),),  # 71
        (("PORT_WORD", 89), ("WEIGHT", 90), ("BACKUP", 72),),  # 72
        (("LEASED", 39),),  # 73
        (("FROM", 52),),  # 74
        (("FROM", 52), ("PORT_WORD", 53), ("COMMA", 54),),  # 75
        (("PORT_WORD", 91), ("EVERY", 92), ("TIMEOUT", 93), ("RISE", 94), ("FALL", 95), ("METHOD_ARGUMENT", 96), ("PROBE_OPTION", 97),),  # 76
        (("FOR", 56), ("KEEP", 58), ("BECAUSE", 60),),  # 77
        (("FOR", 56), ("FROM", 57), ("KEEP", 58), ("BECAUSE", 60),),  # 78
        (("IN", 52),),  # 79
        (("LINK_ADDRESS", 98),),  # 80
        (("SKEW_VALUE", 62),),  # 81
        (("COMMA", 65),),  # 82
        (("INSIDE", 99),),  # 83
        (("FOR", 68), ("ON", 69), ("COMMA", 68),),  # 84
        (("PORT", 100),),  # 85
        (("SERVER_PORT", 101),),  # 86
        (("ALGORITHM", 101),),  # 87
        (("FURTHER_SERVICE", 71),),  # 88
        (("SERVER_PORT", 72),),  # 89
        (("WEIGHT_VALUE", 72),),  # 90
        (("ASKED_PORT", 96),),  # 91
        (("EVERY_TIME", 96),),  # 92
        (("TIMEOUT_TIME", 96),),  # 93
        (("RISE_COUNT", 96),),  # 94
        (("FALL_COUNT", 96),),  # 95
        (("PORT_WORD", 91), ("EVERY", 92), ("TIMEOUT", 93), ("RISE", 94), ("FALL", 95), ("PROBE_OPTION", 97),),  # 96
        (("FILE", 102), ("PROBE_WORD", 96), ("OPTION_TEXT", 96),),  # 97
        (("AT", 80), ("SKEW", 81), ("COMMA", 80),),  # 98
        (("FOR", 83), ("COMMA", 83),),  # 99
        (("STICKY", 103), ("REFLECT", 104), ("FROM", 105), ("MASQUERADE", 104), ("HELPER", 106), ("COMMA", 85),),  # 100
        (("PORT_WORD", 86), ("BALANCE", 87),),  # 101
        (("PROBE_WORD", 96), ("OPTION_TEXT", 96),),  # 102
        (("STICKY", 103), ("REFLECT", 104), ("FROM", 105), ("MASQUERADE", 104), ("PREFIX", 107), ("HELPER", 106), ("STICKY_TIME", 108),),  # 103
        (("STICKY", 103), ("REFLECT", 104), ("FROM", 105), ("MASQUERADE", 104), ("HELPER", 106),),  # 104
        (("CLIENTS", 109),),  # 105
        (("HELPER_NAME", 104),),  # 106
        (("CLIENT_PREFIX", 104),),  # 107
        (("STICKY", 103), ("REFLECT", 104), ("FROM", 105), ("MASQUERADE", 104), ("PREFIX", 107), ("HELPER", 106),),  # 108
        (("STICKY", 103), ("REFLECT", 104), ("FROM", 105), ("MASQUERADE", 104), ("HELPER", 106), ("COMMA", 105),),  # 109
    ),
    ends=frozenset((0, 13, 14, 15, 30, 31, 33, 34, 39, 41, 42, 44, 62, 63, 67, 71, 72, 76, 77, 78, 79, 82, 84, 96, 98, 99, 100, 101, 103, 104, 108, 109)),
)
