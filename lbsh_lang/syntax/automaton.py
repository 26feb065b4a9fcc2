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
        "every": "EVERY",
        "timeout": "TIMEOUT",
        "rise": "RISE",
        "fall": "FALL",
        "file": "FILE",
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
        (("FROM", 41),),  # 26
        (("IN", 41),),  # 27
        (("NEW_DEVICE", 44),),  # 28
        (("LINK", 32),),  # 29
        (("WATCHED", 45),),  # 30
        (("FILE", 46),),  # 31
        (),  # 32
        (("TO", 47),),  # 33
        (("PARAM", 34),),  # 34
        (("ON", 48),),  # 35
        (("LEASED", 49),),  # 36
        (("FOR", 50), ("ON", 51),),  # 37
        (("SERVICE_ADDRESS", 52),),  # 38
        (("SERVED_SERVICE", 53),),  # 39
        (("JOINED_POOL", 54),),  # 40
        (("POOL_NAME", 32),),  # 41
        (("LEAVING_TARGET", 55),),  # 42
        (("METHOD", 56),),  # 43
        (("AT", 57), ("SKEW", 58),),  # 44
        (("COMMA", 30),),  # 45
        (("STRING", 32),),  # 46
        (("KEPT", 59),),  # 47
        (("BOUND", 35),),  # 48
        (("FOR", 60),),  # 49
        (("INSIDE", 61),),  # 50
        (("BOUND", 37),),  # 51
        (("PROTOCOL", 62),),  # 52
        (("PORT_WORD", 63), ("BALANCE", 64),),  # 53
        (("WEIGHT", 65), ("BACKUP", 54),),  # 54
        (("FROM", 41), ("COMMA", 42),),  # 55
        (("PORT_WORD", 66), ("EVERY", 67), ("TIMEOUT", 68), ("RISE", 69), ("FALL", 70), ("METHOD_ARGUMENT", 71), ("PROBE_OPTION", 72),),  # 56
        (("LINK_ADDRESS", 73),),  # 57
        (("SKEW_VALUE", 44),),  # 58
        (("COMMA", 47),),  # 59
        (("INSIDE", 74),),  # 60
        (("FOR", 50), ("ON", 51), ("COMMA", 50),),  # 61
        (("PORT", 75),),  # 62
        (("SERVER_PORT", 53),),  # 63
        (("ALGORITHM", 53),),  # 64
        (("WEIGHT_VALUE", 54),),  # 65
        (("ASKED_PORT", 71),),  # 66
        (("EVERY_TIME", 71),),  # 67
        (("TIMEOUT_TIME", 71),),  # 68
        (("RISE_COUNT", 71),),  # 69
        (("FALL_COUNT", 71),),  # 70
        (("PORT_WORD", 66), ("EVERY", 67), ("TIMEOUT", 68), ("RISE", 69), ("FALL", 70), ("PROBE_OPTION", 72),),  # 71
        (("FILE", 76), ("PROBE_WORD", 71), ("OPTION_TEXT", 71),),  # 72
        (("AT", 57), ("SKEW", 58), ("COMMA", 57),),  # 73
        (("FOR", 60), ("COMMA", 60),),  # 74
        (("STICKY", 77), ("REFLECT", 78), ("FROM", 79), ("MASQUERADE", 78), ("HELPER", 80), ("COMMA", 62),),  # 75
        (("PROBE_WORD", 71), ("OPTION_TEXT", 71),),  # 76
        (("STICKY", 77), ("REFLECT", 78), ("FROM", 79), ("MASQUERADE", 78), ("HELPER", 80), ("STICKY_TIME", 78),),  # 77
        (("STICKY", 77), ("REFLECT", 78), ("FROM", 79), ("MASQUERADE", 78), ("HELPER", 80),),  # 78
        (("CLIENTS", 81),),  # 79
        (("HELPER_NAME", 78),),  # 80
        (("STICKY", 77), ("REFLECT", 78), ("FROM", 79), ("MASQUERADE", 78), ("HELPER", 80), ("COMMA", 79),),  # 81
    ),
    ends=frozenset((0, 13, 14, 15, 24, 32, 34, 35, 37, 44, 45, 49, 53, 54, 56, 59, 61, 71, 73, 74, 75, 77, 78, 81)),
)
