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
        (("INTERFACE", 1), ("INTERNAL", 2), ("EXTERNAL", 3), ("SERVICE", 4), ("POOL", 5), ("ADD", 6), ("REMOVE", 7), ("PROBE", 8), ("DRAIN", 9), ("RESUME", 10), ("FAILOVER", 11), ("INCLUDE", 12), ("STATUS", 13), ("SAVE", 14), ("HELP", 15),),  # 0
        (("INTERNAL", 16), ("EXTERNAL", 16),),  # 1
        (("NET", 17), ("GW", 18),),  # 2
        (("NET", 17), ("ADDR", 19),),  # 3
        (("NEW_SERVICE", 20),),  # 4
        (("NEW_POOL", 21),),  # 5
        (("TARGET", 22),),  # 6
        (("LEAVING", 23),),  # 7
        (("PROBED_SERVICE", 24),),  # 8
        (("MEMBER", 25),),  # 9
        (("MEMBER", 26),),  # 10
        (("DEVICE", 27), ("SYNC", 28), ("WATCH", 29), ("PASSWORD", 30), ("KEY", 30),),  # 11
        (("PATH", 31),),  # 12
        (("SUBJECT", 31),),  # 13
        (("STRING", 31),),  # 14
        (("TOPIC", 31),),  # 15
        (("IFNAME", 32),),  # 16
        (("NETWORK", 33),),  # 17
        (("DEVICE_ADDRESS", 31),),  # 18
        (("OF", 34), ("DEVICE_ADDRESS", 35),),  # 19
        (("IS", 36), ("AS", 36),),  # 20
        (("FOR", 37),),  # 21
        (("TO", 38), ("COMMA", 6),),  # 22
        (("FROM", 39), ("COMMA", 40),),  # 23
        (("WITH", 41),),  # 24
        (("FROM", 39),),  # 25
        (("IN", 39),),  # 26
        (("NEW_DEVICE", 42),),  # 27
        (("LINK", 31),),  # 28
        (("WATCHED", 43),),  # 29
        (("FILE", 44),),  # 30
        (),  # 31
        (("PARAM", 32),),  # 32
        (("ON", 45),),  # 33
        (("LEASED", 46),),  # 34
        (("FOR", 47), ("ON", 48),),  # 35
        (("SERVICE_ADDRESS", 49),),  # 36
        (("SERVED_SERVICE", 50),),  # 37
        (("JOINED_POOL", 51),),  # 38
        (("POOL_NAME", 31),),  # 39
        (("LEAVING_TARGET", 52),),  # 40
        (("METHOD", 53),),  # 41
        (("AT", 54), ("SKEW", 55),),  # 42
        (("COMMA", 29),),  # 43
        (("STRING", 31),),  # 44
        (("BOUND", 33),),  # 45
        (("FOR", 56),),  # 46
        (("INSIDE", 57),),  # 47
        (("BOUND", 35),),  # 48
        (("PROTOCOL", 58),),  # 49
        (("PORT_WORD", 59), ("BALANCE", 60),),  # 50
        (("WEIGHT", 61), ("BACKUP", 51),),  # 51
        (("FROM", 39), ("COMMA", 40),),  # 52
        (("PORT_WORD", 62), ("EVERY", 63), ("TIMEOUT", 64), ("RISE", 65), ("FALL", 66), ("METHOD_ARGUMENT", 67), ("PROBE_OPTION", 68),),  # 53
        (("LINK_ADDRESS", 69),),  # 54
        (("SKEW_VALUE", 42),),  # 55
        (("INSIDE", 70),),  # 56
        (("FOR", 47), ("ON", 48), ("COMMA", 47),),  # 57
        (("PORT", 71),),  # 58
        (("SERVER_PORT", 50),),  # 59
        (("ALGORITHM", 50),),  # 60
        (("WEIGHT_VALUE", 51),),  # 61
        (("ASKED_PORT", 67),),  # 62
        (("EVERY_TIME", 67),),  # 63
        (("TIMEOUT_TIME", 67),),  # 64
        (("RISE_COUNT", 67),),  # 65
        (("FALL_COUNT", 67),),  # 66
        (("PORT_WORD", 62), ("EVERY", 63), ("TIMEOUT", 64), ("RISE", 65), ("FALL", 66), ("PROBE_OPTION", 68),),  # 67
        (("FILE", 72), ("PROBE_WORD", 67), ("OPTION_TEXT", 67),),  # 68
        (("AT", 54), ("SKEW", 55), ("COMMA", 54),),  # 69
        (("FOR", 56), ("COMMA", 56),),  # 70
        (("STICKY", 73), ("REFLECT", 74), ("FROM", 75), ("MASQUERADE", 74), ("HELPER", 76), ("COMMA", 58),),  # 71
        (("PROBE_WORD", 67), ("OPTION_TEXT", 67),),  # 72
        (("STICKY", 73), ("REFLECT", 74), ("FROM", 75), ("MASQUERADE", 74), ("HELPER", 76), ("STICKY_TIME", 74),),  # 73
        (("STICKY", 73), ("REFLECT", 74), ("FROM", 75), ("MASQUERADE", 74), ("HELPER", 76),),  # 74
        (("CLIENTS", 77),),  # 75
        (("HELPER_NAME", 74),),  # 76
        (("STICKY", 73), ("REFLECT", 74), ("FROM", 75), ("MASQUERADE", 74), ("HELPER", 76), ("COMMA", 75),),  # 77
    ),
    ends=frozenset((0, 13, 14, 15, 23, 31, 32, 33, 35, 42, 43, 46, 50, 51, 53, 57, 67, 69, 70, 71, 73, 74, 77)),
)
