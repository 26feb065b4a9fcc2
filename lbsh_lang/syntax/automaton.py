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
        (("FROM", 41), ("COMMA", 42),),  # 24
        (("WITH", 43),),  # 25
        (("FOR", 44), ("FROM", 45), ("KEEP", 46), ("BECAUSE", 47), ("COMMA", 9),),  # 26
        (("IN", 41), ("COMMA", 10),),  # 27
        (("NEW_DEVICE", 48),),  # 28
        (("LINK", 32),),  # 29
        (("WATCHED", 49),),  # 30
        (("FILE", 50),),  # 31
        (),  # 32
        (("TO", 51),),  # 33
        (("PARAM", 34),),  # 34
        (("ON", 52),),  # 35
        (("LEASED", 53),),  # 36
        (("FOR", 54), ("ON", 55),),  # 37
        (("SERVICE_ADDRESS", 56),),  # 38
        (("SERVED_SERVICE", 57),),  # 39
        (("JOINED_POOL", 58),),  # 40
        (("POOL_NAME", 32),),  # 41
        (("LEAVING_TARGET", 59),),  # 42
        (("METHOD", 60),),  # 43
        (("DRAIN_TIME", 61),),  # 44
        (("POOL_NAME", 61),),  # 45
        (("CLIENTS_WORD", 61),),  # 46
        (("REASON", 61),),  # 47
        (("AT", 62), ("SKEW", 63),),  # 48
        (("COMMA", 30),),  # 49
        (("STRING", 32),),  # 50
        (("KEPT", 64),),  # 51
        (("BOUND", 35),),  # 52
        (("FOR", 65),),  # 53
        (("INSIDE", 66),),  # 54
        (("BOUND", 37),),  # 55
        (("PROTOCOL", 67),),  # 56
        (("PORT_WORD", 68), ("BALANCE", 69),),  # 57
        (("WEIGHT", 70), ("BACKUP", 58),),  # 58
        (("FROM", 41), ("COMMA", 42),),  # 59
        (("PORT_WORD", 71), ("EVERY", 72), ("TIMEOUT", 73), ("RISE", 74), ("FALL", 75), ("METHOD_ARGUMENT", 76), ("PROBE_OPTION", 77),),  # 60
        (("FOR", 44), ("KEEP", 46), ("BECAUSE", 47),),  # 61
        (("LINK_ADDRESS", 78),),  # 62
        (("SKEW_VALUE", 48),),  # 63
        (("COMMA", 51),),  # 64
        (("INSIDE", 79),),  # 65
        (("FOR", 54), ("ON", 55), ("COMMA", 54),),  # 66
        (("PORT", 80),),  # 67
        (("SERVER_PORT", 57),),  # 68
        (("ALGORITHM", 57),),  # 69
        (("WEIGHT_VALUE", 58),),  # 70
        (("ASKED_PORT", 76),),  # 71
        (("EVERY_TIME", 76),),  # 72
        (("TIMEOUT_TIME", 76),),  # 73
        (("RISE_COUNT", 76),),  # 74
        (("FALL_COUNT", 76),),  # 75
        (("PORT_WORD", 71), ("EVERY", 72), ("TIMEOUT", 73), ("RISE", 74), ("FALL", 75), ("PROBE_OPTION", 77),),  # 76
        (("FILE", 81), ("PROBE_WORD", 76), ("OPTION_TEXT", 76),),  # 77
        (("AT", 62), ("SKEW", 63), ("COMMA", 62),),  # 78
        (("FOR", 65), ("COMMA", 65),),  # 79
        (("STICKY", 82), ("REFLECT", 83), ("FROM", 84), ("MASQUERADE", 83), ("HELPER", 85), ("COMMA", 67),),  # 80
        (("PROBE_WORD", 76), ("OPTION_TEXT", 76),),  # 81
        (("STICKY", 82), ("REFLECT", 83), ("FROM", 84), ("MASQUERADE", 83), ("HELPER", 85), ("STICKY_TIME", 83),),  # 82
        (("STICKY", 82), ("REFLECT", 83), ("FROM", 84), ("MASQUERADE", 83), ("HELPER", 85),),  # 83
        (("CLIENTS", 86),),  # 84
        (("HELPER_NAME", 83),),  # 85
        (("STICKY", 82), ("REFLECT", 83), ("FROM", 84), ("MASQUERADE", 83), ("HELPER", 85), ("COMMA", 84),),  # 86
    ),
    ends=frozenset((0, 13, 14, 15, 24, 26, 27, 32, 34, 35, 37, 48, 49, 53, 57, 58, 60, 61, 64, 66, 76, 78, 79, 80, 82, 83, 86)),
)
