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
        "PROBED_SERVICE": "WORD",
        "NEW_POOL": "WORD",
        "JOINED_POOL": "WORD",
        "POOL_NAME": "WORD",
        "NEW_DEVICE": "WORD",
        "IFNAME": "ANY",
        "LINK": "ANY",
        "BOUND": "ANY",
        "LEASED": "ANY",
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
        (("NET", 18), ("ADDR", 20),),  # 3
        (("NEW_SERVICE", 21),),  # 4
        (("NEW_POOL", 22),),  # 5
        (("TARGET", 23),),  # 6
        (("LEAVING", 24),),  # 7
        (("PROBED_SERVICE", 25),),  # 8
        (("MEMBER", 26),),  # 9
        (("MEMBER", 27),),  # 10
        (("DEVICE", 28), ("SYNC", 29), ("WATCH", 30), ("PASSWORD", 31), ("KEY", 31),),  # 11
        (("PATH", 32),),  # 12
        (("SUBJECT", 32),),  # 13
        (("STRING", 32),),  # 14
        (("TOPIC", 32),),  # 15
        (("SOURCE", 33),),  # 16
        (("IFNAME", 34),),  # 17
        (("NETWORK", 35),),  # 18
        (("DEVICE_ADDRESS", 32),),  # 19
        (("OF", 36), ("DEVICE_ADDRESS", 37),),  # 20
        (("IS", 38), ("AS", 38),),  # 21
        (("FOR", 39),),  # 22
        (("TO", 40), ("COMMA", 6),),  # 23
        (("FROM", 41), ("PORT_WORD", 42), ("COMMA", 43),),  # 24
        (("WITH", 44),),  # 25
        (("FOR", 45), ("FROM", 46), ("KEEP", 47), ("BECAUSE", 48), ("COMMA", 9),),  # 26
        (("IN", 41), ("COMMA", 10),),  # 27
        (("NEW_DEVICE", 49),),  # 28
        (("LINK", 32),),  # 29
        (("WATCHED", 50),),  # 30
        (("FILE", 51),),  # 31
        (),  # 32
        (("TO", 52),),  # 33
        (("PARAM", 34),),  # 34
        (("ON", 53),),  # 35
        (("LEASED", 54),),  # 36
        (("FOR", 55), ("ON", 56),),  # 37
        (("SERVICE_ADDRESS", 57),),  # 38
        (("SERVED_SERVICE", 58),),  # 39
        (("JOINED_POOL", 59),),  # 40
        (("POOL_NAME", 32),),  # 41
        (("SERVER_PORT", 60),),  # 42
        (("LEAVING_TARGET", 61),),  # 43
        (("METHOD", 62),),  # 44
        (("DRAIN_TIME", 63),),  # 45
        (("POOL_NAME", 63),),  # 46
        (("CLIENTS_WORD", 63),),  # 47
        (("REASON", 63),),  # 48
        (("AT", 64), ("SKEW", 65),),  # 49
        (("COMMA", 30),),  # 50
        (("STRING", 32),),  # 51
        (("KEPT", 66),),  # 52
        (("BOUND", 35),),  # 53
        (("FOR", 67),),  # 54
        (("INSIDE", 68),),  # 55
        (("BOUND", 37),),  # 56
        (("PROTOCOL", 69),),  # 57
        (("PORT_WORD", 70), ("BALANCE", 71),),  # 58
        (("PORT_WORD", 72), ("WEIGHT", 73), ("BACKUP", 59),),  # 59
        (("FROM", 41),),  # 60
        (("FROM", 41), ("PORT_WORD", 42), ("COMMA", 43),),  # 61
        (("PORT_WORD", 74), ("EVERY", 75), ("TIMEOUT", 76), ("RISE", 77), ("FALL", 78), ("METHOD_ARGUMENT", 79), ("PROBE_OPTION", 80),),  # 62
        (("FOR", 45), ("KEEP", 47), ("BECAUSE", 48),),  # 63
        (("LINK_ADDRESS", 81),),  # 64
        (("SKEW_VALUE", 49),),  # 65
        (("COMMA", 52),),  # 66
        (("INSIDE", 82),),  # 67
        (("FOR", 55), ("ON", 56), ("COMMA", 55),),  # 68
        (("PORT", 83),),  # 69
        (("SERVER_PORT", 58),),  # 70
        (("ALGORITHM", 58),),  # 71
        (("SERVER_PORT", 59),),  # 72
        (("WEIGHT_VALUE", 59),),  # 73
        (("ASKED_PORT", 79),),  # 74
        (("EVERY_TIME", 79),),  # 75
        (("TIMEOUT_TIME", 79),),  # 76
        (("RISE_COUNT", 79),),  # 77
        (("FALL_COUNT", 79),),  # 78
        (("PORT_WORD", 74), ("EVERY", 75), ("TIMEOUT", 76), ("RISE", 77), ("FALL", 78), ("PROBE_OPTION", 80),),  # 79
        (("FILE", 84), ("PROBE_WORD", 79), ("OPTION_TEXT", 79),),  # 80
        (("AT", 64), ("SKEW", 65), ("COMMA", 64),),  # 81
        (("FOR", 67), ("COMMA", 67),),  # 82
        (("STICKY", 85), ("REFLECT", 86), ("FROM", 87), ("MASQUERADE", 86), ("HELPER", 88), ("COMMA", 69),),  # 83
        (("PROBE_WORD", 79), ("OPTION_TEXT", 79),),  # 84
        (("STICKY", 85), ("REFLECT", 86), ("FROM", 87), ("MASQUERADE", 86), ("HELPER", 88), ("STICKY_TIME", 86),),  # 85
        (("STICKY", 85), ("REFLECT", 86), ("FROM", 87), ("MASQUERADE", 86), ("HELPER", 88),),  # 86
        (("CLIENTS", 89),),  # 87
        (("HELPER_NAME", 86),),  # 88
        (("STICKY", 85), ("REFLECT", 86), ("FROM", 87), ("MASQUERADE", 86), ("HELPER", 88), ("COMMA", 87),),  # 89
    ),
    ends=frozenset((0, 13, 14, 15, 24, 26, 27, 32, 34, 35, 37, 49, 50, 54, 58, 59, 62, 63, 66, 68, 79, 81, 82, 83, 85, 86, 89)),
)
