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
        (("FOR", 46), ("FROM", 47), ("KEEP", 48), ("PORT_WORD", 49), ("BECAUSE", 50), ("COMMA", 9),),  # 27
        (("IN", 42), ("PORT_WORD", 51), ("COMMA", 10),),  # 28
        (("NEW_DEVICE", 52),),  # 29
        (("LINK", 33),),  # 30
        (("WATCHED", 53),),  # 31
        (("FILE", 54),),  # 32
        (),  # 33
        (("TO", 55),),  # 34
        (("PARAM", 35),),  # 35
        (("ON", 56),),  # 36
        (("LEASED", 57),),  # 37
        (("FOR", 58), ("ON", 59),),  # 38
        (("SERVICE_ADDRESS", 60),),  # 39
        (("SERVED_SERVICE", 61),),  # 40
        (("JOINED_POOL", 62),),  # 41
        (("POOL_NAME", 33),),  # 42
        (("SERVER_PORT", 63),),  # 43
        (("LEAVING_TARGET", 64),),  # 44
        (("METHOD", 65),),  # 45
        (("DRAIN_TIME", 66),),  # 46
        (("POOL_NAME", 66),),  # 47
        (("CLIENTS_WORD", 66),),  # 48
        (("SERVER_PORT", 67),),  # 49
        (("REASON", 66),),  # 50
        (("SERVER_PORT", 68),),  # 51
        (("AT", 69), ("SKEW", 70),),  # 52
        (("COMMA", 31),),  # 53
        (("STRING", 33),),  # 54
        (("KEPT", 71),),  # 55
        (("BOUND", 36),),  # 56
        (("FOR", 72),),  # 57
        (("INSIDE", 73),),  # 58
        (("BOUND", 38),),  # 59
        (("PROTOCOL", 74),),  # 60
        (("PORT_WORD", 75), ("BALANCE", 76), ("COMMA", 77),),  # 61
        (("PORT_WORD", 78), ("WEIGHT", 79), ("BACKUP", 62),),  # 62
        (("FROM", 42),),  # 63
        (("FROM", 42), ("PORT_WORD", 43), ("COMMA", 44),),  # 64
        (("PORT_WORD", 80), ("EVERY", 81), ("TIMEOUT", 82), ("RISE", 83), ("FALL", 84), ("METHOD_ARGUMENT", 85), ("PROBE_OPTION", 86),),  # 65
        (("FOR", 46), ("KEEP", 48), ("BECAUSE", 50),),  # 66
        (("FOR", 46), ("FROM", 47), ("KEEP", 48), ("BECAUSE", 50),),  # 67
        (("IN", 42),),  # 68
        (("LINK_ADDRESS", 87),),  # 69
        (("SKEW_VALUE", 52),),  # 70
        (("COMMA", 55),),  # 71
        (("INSIDE", 88),),  # 72
        (("FOR", 58), ("ON", 59), ("COMMA", 58),),  # 73
        (("PORT", 89),),  # 74
        (("SERVER_PORT", 90),),  # 75
        (("ALGORITHM", 90),),  # 76
        (("FURTHER_SERVICE", 61),),  # 77
        (("SERVER_PORT", 62),),  # 78
        (("WEIGHT_VALUE", 62),),  # 79
        (("ASKED_PORT", 85),),  # 80
        (("EVERY_TIME", 85),),  # 81
        (("TIMEOUT_TIME", 85),),  # 82
        (("RISE_COUNT", 85),),  # 83
        (("FALL_COUNT", 85),),  # 84
        (("PORT_WORD", 80), ("EVERY", 81), ("TIMEOUT", 82), ("RISE", 83), ("FALL", 84), ("PROBE_OPTION", 86),),  # 85
        (("FILE", 91), ("PROBE_WORD", 85), ("OPTION_TEXT", 85),),  # 86
        (("AT", 69), ("SKEW", 70), ("COMMA", 69),),  # 87
        (("FOR", 72), ("COMMA", 72),),  # 88
        (("STICKY", 92), ("REFLECT", 93), ("FROM", 94), ("MASQUERADE", 93), ("HELPER", 95), ("COMMA", 74),),  # 89
        (("PORT_WORD", 75), ("BALANCE", 76),),  # 90
        (("PROBE_WORD", 85), ("OPTION_TEXT", 85),),  # 91
        (("STICKY", 92), ("REFLECT", 93), ("FROM", 94), ("MASQUERADE", 93), ("PREFIX", 96), ("HELPER", 95), ("STICKY_TIME", 97),),  # 92
        (("STICKY", 92), ("REFLECT", 93), ("FROM", 94), ("MASQUERADE", 93), ("HELPER", 95),),  # 93
        (("CLIENTS", 98),),  # 94
        (("HELPER_NAME", 93),),  # 95
        (("CLIENT_PREFIX", 93),),  # 96
        (("STICKY", 92), ("REFLECT", 93), ("FROM", 94), ("MASQUERADE", 93), ("PREFIX", 96), ("HELPER", 95),),  # 97
        (("STICKY", 92), ("REFLECT", 93), ("FROM", 94), ("MASQUERADE", 93), ("HELPER", 95), ("COMMA", 94),),  # 98
    ),
    ends=frozenset((0, 13, 14, 15, 25, 27, 28, 33, 35, 36, 38, 52, 53, 57, 61, 62, 65, 66, 67, 68, 71, 73, 85, 87, 88, 89, 90, 92, 93, 97, 98)),
)
