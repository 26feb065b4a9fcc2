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
        (("NET", 17), ("ADDR", 18),),  # 3
        (("NEW_SERVICE", 19),),  # 4
        (("NEW_POOL", 20),),  # 5
        (("TARGET", 21),),  # 6
        (("LEAVING", 22),),  # 7
        (("PROBED_SERVICE", 23),),  # 8
        (("MEMBER", 24),),  # 9
        (("MEMBER", 25),),  # 10
        (("DEVICE", 26), ("SYNC", 27), ("WATCH", 28), ("PASSWORD", 29), ("KEY", 29),),  # 11
        (("PATH", 30),),  # 12
        (("SUBJECT", 30),),  # 13
        (("STRING", 30),),  # 14
        (("TOPIC", 30),),  # 15
        (("IFNAME", 31),),  # 16
        (("NETWORK", 32),),  # 17
        (("DEVICE_ADDRESS", 30),),  # 18
        (("IS", 33), ("AS", 33),),  # 19
        (("FOR", 34),),  # 20
        (("TO", 35), ("COMMA", 6),),  # 21
        (("FROM", 36), ("COMMA", 37),),  # 22
        (("WITH", 38),),  # 23
        (("FROM", 36),),  # 24
        (("IN", 36),),  # 25
        (("NEW_DEVICE", 39),),  # 26
        (("LINK", 30),),  # 27
        (("WATCHED", 40),),  # 28
        (("FILE", 41),),  # 29
        (),  # 30
        (("PARAM", 31),),  # 31
        (("ON", 42),),  # 32
        (("SERVICE_ADDRESS", 43),),  # 33
        (("SERVED_SERVICE", 44),),  # 34
        (("JOINED_POOL", 45),),  # 35
        (("POOL_NAME", 30),),  # 36
        (("LEAVING_TARGET", 46),),  # 37
        (("METHOD", 47),),  # 38
        (("AT", 48), ("SKEW", 49),),  # 39
        (("COMMA", 28),),  # 40
        (("STRING", 30),),  # 41
        (("BOUND", 32),),  # 42
        (("PROTOCOL", 50),),  # 43
        (("PORT_WORD", 51), ("BALANCE", 52),),  # 44
        (("WEIGHT", 53), ("BACKUP", 45),),  # 45
        (("FROM", 36), ("COMMA", 37),),  # 46
        (("PORT_WORD", 54), ("EVERY", 55), ("TIMEOUT", 56), ("RISE", 57), ("FALL", 58), ("METHOD_ARGUMENT", 59), ("PROBE_OPTION", 60),),  # 47
        (("LINK_ADDRESS", 61),),  # 48
        (("SKEW_VALUE", 39),),  # 49
        (("PORT", 62),),  # 50
        (("SERVER_PORT", 44),),  # 51
        (("ALGORITHM", 44),),  # 52
        (("WEIGHT_VALUE", 45),),  # 53
        (("ASKED_PORT", 59),),  # 54
        (("EVERY_TIME", 59),),  # 55
        (("TIMEOUT_TIME", 59),),  # 56
        (("RISE_COUNT", 59),),  # 57
        (("FALL_COUNT", 59),),  # 58
        (("PORT_WORD", 54), ("EVERY", 55), ("TIMEOUT", 56), ("RISE", 57), ("FALL", 58), ("PROBE_OPTION", 60),),  # 59
        (("FILE", 63), ("PROBE_WORD", 59), ("OPTION_TEXT", 59),),  # 60
        (("AT", 48), ("SKEW", 49), ("COMMA", 48),),  # 61
        (("STICKY", 64), ("REFLECT", 65), ("FROM", 66), ("MASQUERADE", 65), ("HELPER", 67), ("COMMA", 50),),  # 62
        (("PROBE_WORD", 59), ("OPTION_TEXT", 59),),  # 63
        (("STICKY", 64), ("REFLECT", 65), ("FROM", 66), ("MASQUERADE", 65), ("HELPER", 67), ("STICKY_TIME", 65),),  # 64
        (("STICKY", 64), ("REFLECT", 65), ("FROM", 66), ("MASQUERADE", 65), ("HELPER", 67),),  # 65
        (("CLIENTS", 68),),  # 66
        (("HELPER_NAME", 65),),  # 67
        (("STICKY", 64), ("REFLECT", 65), ("FROM", 66), ("MASQUERADE", 65), ("HELPER", 67), ("COMMA", 66),),  # 68
    ),
    ends=frozenset((0, 13, 14, 15, 22, 30, 31, 32, 39, 40, 44, 45, 47, 59, 61, 62, 64, 65, 68)),
)
