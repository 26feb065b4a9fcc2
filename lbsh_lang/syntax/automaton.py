"""The grammar as an automaton over the pieces of shapes, written by `python -m tests.automaton`."""

# fmt: off
# ruff: noqa: E501

KEYWORDS: dict[str, str] = {
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
    "from": "FROM",
    "in": "IN",
    "with": "WITH",
    "sticky": "STICKY",
    "reflect": "REFLECT",
    "port": "PORT_WORD",
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
    "peer": "PEER",
    "password": "PASSWORD",
    "skew": "SKEW",
}
"""Each keyword with its terminal, in the order of the grammar."""

RESERVED: frozenset[str] = frozenset((
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
))
"""The keywords that cannot be names."""

ENDS: frozenset[int] = frozenset((0, 13, 14, 15, 22, 29, 30, 37, 38, 40, 41, 43, 54, 56, 58, 59))
"""The situations in which a line may end."""

MOVES: tuple[dict[str, tuple[str, int]], ...] = (
    {"interface": ("INTERFACE", 1), "internal": ("INTERNAL", 2), "external": ("EXTERNAL", 3), "service": ("SERVICE", 4), "pool": ("POOL", 5), "add": ("ADD", 6), "remove": ("REMOVE", 7), "probe": ("PROBE", 8), "drain": ("DRAIN", 9), "resume": ("RESUME", 10), "failover": ("FAILOVER", 11), "include": ("INCLUDE", 12), "status": ("STATUS", 13), "save": ("SAVE", 14), "help": ("HELP", 15)},  # 0
    {"internal": ("INTERNAL", 16), "external": ("EXTERNAL", 16)},  # 1
    {"net": ("NET", 17), "gw": ("GW", 18)},  # 2
    {"net": ("NET", 17), "addr": ("ADDR", 18)},  # 3
    {"w": ("NEW_SERVICE", 19), "0": ("NEW_SERVICE", 19), "port": ("NEW_SERVICE", 19), "balance": ("NEW_SERVICE", 19), "weight": ("NEW_SERVICE", 19), "backup": ("NEW_SERVICE", 19), "every": ("NEW_SERVICE", 19), "timeout": ("NEW_SERVICE", 19), "rise": ("NEW_SERVICE", 19), "fall": ("NEW_SERVICE", 19), "file": ("NEW_SERVICE", 19), "device": ("NEW_SERVICE", 19), "sync": ("NEW_SERVICE", 19), "peer": ("NEW_SERVICE", 19), "password": ("NEW_SERVICE", 19), "skew": ("NEW_SERVICE", 19)},  # 4
    {"w": ("NEW_POOL", 20), "0": ("NEW_POOL", 20), "port": ("NEW_POOL", 20), "balance": ("NEW_POOL", 20), "weight": ("NEW_POOL", 20), "backup": ("NEW_POOL", 20), "every": ("NEW_POOL", 20), "timeout": ("NEW_POOL", 20), "rise": ("NEW_POOL", 20), "fall": ("NEW_POOL", 20), "file": ("NEW_POOL", 20), "device": ("NEW_POOL", 20), "sync": ("NEW_POOL", 20), "peer": ("NEW_POOL", 20), "password": ("NEW_POOL", 20), "skew": ("NEW_POOL", 20)},  # 5
    {"w": ("TARGET", 21), "0": ("TARGET", 21), "port": ("TARGET", 21), "balance": ("TARGET", 21), "weight": ("TARGET", 21), "backup": ("TARGET", 21), "every": ("TARGET", 21), "timeout": ("TARGET", 21), "rise": ("TARGET", 21), "fall": ("TARGET", 21), "file": ("TARGET", 21), "device": ("TARGET", 21), "sync": ("TARGET", 21), "peer": ("TARGET", 21), "password": ("TARGET", 21), "skew": ("TARGET", 21)},  # 6
    {"w": ("LEAVING", 22), "0": ("LEAVING", 22), "port": ("LEAVING", 22), "balance": ("LEAVING", 22), "weight": ("LEAVING", 22), "backup": ("LEAVING", 22), "every": ("LEAVING", 22), "timeout": ("LEAVING", 22), "rise": ("LEAVING", 22), "fall": ("LEAVING", 22), "file": ("LEAVING", 22), "device": ("LEAVING", 22), "sync": ("LEAVING", 22), "peer": ("LEAVING", 22), "password": ("LEAVING", 22), "skew": ("LEAVING", 22)},  # 7
    {"w": ("SERVICE_NAME", 23), "0": ("SERVICE_NAME", 23), "port": ("SERVICE_NAME", 23), "balance": ("SERVICE_NAME", 23), "weight": ("SERVICE_NAME", 23), "backup": ("SERVICE_NAME", 23), "every": ("SERVICE_NAME", 23), "timeout": ("SERVICE_NAME", 23), "rise": ("SERVICE_NAME", 23), "fall": ("SERVICE_NAME", 23), "file": ("SERVICE_NAME", 23), "device": ("SERVICE_NAME", 23), "sync": ("SERVICE_NAME", 23), "peer": ("SERVICE_NAME", 23), "password": ("SERVICE_NAME", 23), "skew": ("SERVICE_NAME", 23)},  # 8
    {"w": ("ADDRESS", 24), "0": ("ADDRESS", 24), "port": ("ADDRESS", 24), "balance": ("ADDRESS", 24), "weight": ("ADDRESS", 24), "backup": ("ADDRESS", 24), "every": ("ADDRESS", 24), "timeout": ("ADDRESS", 24), "rise": ("ADDRESS", 24), "fall": ("ADDRESS", 24), "file": ("ADDRESS", 24), "device": ("ADDRESS", 24), "sync": ("ADDRESS", 24), "peer": ("ADDRESS", 24), "password": ("ADDRESS", 24), "skew": ("ADDRESS", 24)},  # 9
    {"w": ("ADDRESS", 25), "0": ("ADDRESS", 25), "port": ("ADDRESS", 25), "balance": ("ADDRESS", 25), "weight": ("ADDRESS", 25), "backup": ("ADDRESS", 25), "every": ("ADDRESS", 25), "timeout": ("ADDRESS", 25), "rise": ("ADDRESS", 25), "fall": ("ADDRESS", 25), "file": ("ADDRESS", 25), "device": ("ADDRESS", 25), "sync": ("ADDRESS", 25), "peer": ("ADDRESS", 25), "password": ("ADDRESS", 25), "skew": ("ADDRESS", 25)},  # 10
    {"device": ("DEVICE", 26), "sync": ("SYNC", 27), "password": ("PASSWORD", 28)},  # 11
    {'""': ("STRING", 29)},  # 12
    {"w": ("SUBJECT", 29), "0": ("SUBJECT", 29), "port": ("SUBJECT", 29), "balance": ("SUBJECT", 29), "weight": ("SUBJECT", 29), "backup": ("SUBJECT", 29), "every": ("SUBJECT", 29), "timeout": ("SUBJECT", 29), "rise": ("SUBJECT", 29), "fall": ("SUBJECT", 29), "file": ("SUBJECT", 29), "device": ("SUBJECT", 29), "sync": ("SUBJECT", 29), "peer": ("SUBJECT", 29), "password": ("SUBJECT", 29), "skew": ("SUBJECT", 29)},  # 13
    {'""': ("STRING", 29)},  # 14
    {"w": ("TOPIC", 29), "0": ("TOPIC", 29), "interface": ("TOPIC", 29), "internal": ("TOPIC", 29), "external": ("TOPIC", 29), "net": ("TOPIC", 29), "gw": ("TOPIC", 29), "addr": ("TOPIC", 29), "service": ("TOPIC", 29), "pool": ("TOPIC", 29), "add": ("TOPIC", 29), "remove": ("TOPIC", 29), "probe": ("TOPIC", 29), "drain": ("TOPIC", 29), "resume": ("TOPIC", 29), "failover": ("TOPIC", 29), "include": ("TOPIC", 29), "status": ("TOPIC", 29), "save": ("TOPIC", 29), "help": ("TOPIC", 29), "is": ("TOPIC", 29), "as": ("TOPIC", 29), "for": ("TOPIC", 29), "to": ("TOPIC", 29), "from": ("TOPIC", 29), "in": ("TOPIC", 29), "with": ("TOPIC", 29), "sticky": ("TOPIC", 29), "reflect": ("TOPIC", 29), "port": ("TOPIC", 29), "balance": ("TOPIC", 29), "weight": ("TOPIC", 29), "backup": ("TOPIC", 29), "every": ("TOPIC", 29), "timeout": ("TOPIC", 29), "rise": ("TOPIC", 29), "fall": ("TOPIC", 29), "file": ("TOPIC", 29), "device": ("TOPIC", 29), "sync": ("TOPIC", 29), "peer": ("TOPIC", 29), "password": ("TOPIC", 29), "skew": ("TOPIC", 29)},  # 15
    {"w": ("IFNAME", 30), "0": ("IFNAME", 30), "interface": ("IFNAME", 30), "internal": ("IFNAME", 30), "external": ("IFNAME", 30), "net": ("IFNAME", 30), "gw": ("IFNAME", 30), "addr": ("IFNAME", 30), "service": ("IFNAME", 30), "pool": ("IFNAME", 30), "add": ("IFNAME", 30), "remove": ("IFNAME", 30), "probe": ("IFNAME", 30), "drain": ("IFNAME", 30), "resume": ("IFNAME", 30), "failover": ("IFNAME", 30), "include": ("IFNAME", 30), "status": ("IFNAME", 30), "save": ("IFNAME", 30), "help": ("IFNAME", 30), "is": ("IFNAME", 30), "as": ("IFNAME", 30), "for": ("IFNAME", 30), "to": ("IFNAME", 30), "from": ("IFNAME", 30), "in": ("IFNAME", 30), "with": ("IFNAME", 30), "sticky": ("IFNAME", 30), "reflect": ("IFNAME", 30), "port": ("IFNAME", 30), "balance": ("IFNAME", 30), "weight": ("IFNAME", 30), "backup": ("IFNAME", 30), "every": ("IFNAME", 30), "timeout": ("IFNAME", 30), "rise": ("IFNAME", 30), "fall": ("IFNAME", 30), "file": ("IFNAME", 30), "device": ("IFNAME", 30), "sync": ("IFNAME", 30), "peer": ("IFNAME", 30), "password": ("IFNAME", 30), "skew": ("IFNAME", 30)},  # 16
    {"w": ("NETWORK", 29), "0": ("NETWORK", 29), "port": ("NETWORK", 29), "balance": ("NETWORK", 29), "weight": ("NETWORK", 29), "backup": ("NETWORK", 29), "every": ("NETWORK", 29), "timeout": ("NETWORK", 29), "rise": ("NETWORK", 29), "fall": ("NETWORK", 29), "file": ("NETWORK", 29), "device": ("NETWORK", 29), "sync": ("NETWORK", 29), "peer": ("NETWORK", 29), "password": ("NETWORK", 29), "skew": ("NETWORK", 29)},  # 17
    {"w": ("ADDRESS", 29), "0": ("ADDRESS", 29), "port": ("ADDRESS", 29), "balance": ("ADDRESS", 29), "weight": ("ADDRESS", 29), "backup": ("ADDRESS", 29), "every": ("ADDRESS", 29), "timeout": ("ADDRESS", 29), "rise": ("ADDRESS", 29), "fall": ("ADDRESS", 29), "file": ("ADDRESS", 29), "device": ("ADDRESS", 29), "sync": ("ADDRESS", 29), "peer": ("ADDRESS", 29), "password": ("ADDRESS", 29), "skew": ("ADDRESS", 29)},  # 18
    {"is": ("IS", 31), "as": ("AS", 31)},  # 19
    {"for": ("FOR", 32)},  # 20
    {"to": ("TO", 33), ",": ("COMMA", 6)},  # 21
    {"from": ("FROM", 34), ",": ("COMMA", 35)},  # 22
    {"with": ("WITH", 36)},  # 23
    {"from": ("FROM", 34)},  # 24
    {"in": ("IN", 34)},  # 25
    {"w": ("NEW_DEVICE", 37), "0": ("NEW_DEVICE", 37), "port": ("NEW_DEVICE", 37), "balance": ("NEW_DEVICE", 37), "weight": ("NEW_DEVICE", 37), "backup": ("NEW_DEVICE", 37), "every": ("NEW_DEVICE", 37), "timeout": ("NEW_DEVICE", 37), "rise": ("NEW_DEVICE", 37), "fall": ("NEW_DEVICE", 37), "file": ("NEW_DEVICE", 37), "device": ("NEW_DEVICE", 37), "sync": ("NEW_DEVICE", 37), "peer": ("NEW_DEVICE", 37), "password": ("NEW_DEVICE", 37), "skew": ("NEW_DEVICE", 37)},  # 26
    {"w": ("IFNAME", 38), "0": ("IFNAME", 38), "interface": ("IFNAME", 38), "internal": ("IFNAME", 38), "external": ("IFNAME", 38), "net": ("IFNAME", 38), "gw": ("IFNAME", 38), "addr": ("IFNAME", 38), "service": ("IFNAME", 38), "pool": ("IFNAME", 38), "add": ("IFNAME", 38), "remove": ("IFNAME", 38), "probe": ("IFNAME", 38), "drain": ("IFNAME", 38), "resume": ("IFNAME", 38), "failover": ("IFNAME", 38), "include": ("IFNAME", 38), "status": ("IFNAME", 38), "save": ("IFNAME", 38), "help": ("IFNAME", 38), "is": ("IFNAME", 38), "as": ("IFNAME", 38), "for": ("IFNAME", 38), "to": ("IFNAME", 38), "from": ("IFNAME", 38), "in": ("IFNAME", 38), "with": ("IFNAME", 38), "sticky": ("IFNAME", 38), "reflect": ("IFNAME", 38), "port": ("IFNAME", 38), "balance": ("IFNAME", 38), "weight": ("IFNAME", 38), "backup": ("IFNAME", 38), "every": ("IFNAME", 38), "timeout": ("IFNAME", 38), "rise": ("IFNAME", 38), "fall": ("IFNAME", 38), "file": ("IFNAME", 38), "device": ("IFNAME", 38), "sync": ("IFNAME", 38), "peer": ("IFNAME", 38), "password": ("IFNAME", 38), "skew": ("IFNAME", 38)},  # 27
    {"file": ("FILE", 12)},  # 28
    {},  # 29
    {"w": ("PARAM", 30), "0": ("PARAM", 30), '""': ("PARAM", 30), ",": ("PARAM", 30), "interface": ("PARAM", 30), "internal": ("PARAM", 30), "external": ("PARAM", 30), "net": ("PARAM", 30), "gw": ("PARAM", 30), "addr": ("PARAM", 30), "service": ("PARAM", 30), "pool": ("PARAM", 30), "add": ("PARAM", 30), "remove": ("PARAM", 30), "probe": ("PARAM", 30), "drain": ("PARAM", 30), "resume": ("PARAM", 30), "failover": ("PARAM", 30), "include": ("PARAM", 30), "status": ("PARAM", 30), "save": ("PARAM", 30), "help": ("PARAM", 30), "is": ("PARAM", 30), "as": ("PARAM", 30), "for": ("PARAM", 30), "to": ("PARAM", 30), "from": ("PARAM", 30), "in": ("PARAM", 30), "with": ("PARAM", 30), "sticky": ("PARAM", 30), "reflect": ("PARAM", 30), "port": ("PARAM", 30), "balance": ("PARAM", 30), "weight": ("PARAM", 30), "backup": ("PARAM", 30), "every": ("PARAM", 30), "timeout": ("PARAM", 30), "rise": ("PARAM", 30), "fall": ("PARAM", 30), "file": ("PARAM", 30), "device": ("PARAM", 30), "sync": ("PARAM", 30), "peer": ("PARAM", 30), "password": ("PARAM", 30), "skew": ("PARAM", 30)},  # 30
    {"w": ("ADDRESS", 39), "0": ("ADDRESS", 39), "port": ("ADDRESS", 39), "balance": ("ADDRESS", 39), "weight": ("ADDRESS", 39), "backup": ("ADDRESS", 39), "every": ("ADDRESS", 39), "timeout": ("ADDRESS", 39), "rise": ("ADDRESS", 39), "fall": ("ADDRESS", 39), "file": ("ADDRESS", 39), "device": ("ADDRESS", 39), "sync": ("ADDRESS", 39), "peer": ("ADDRESS", 39), "password": ("ADDRESS", 39), "skew": ("ADDRESS", 39)},  # 31
    {"w": ("SERVICE_NAME", 40), "0": ("SERVICE_NAME", 40), "port": ("SERVICE_NAME", 40), "balance": ("SERVICE_NAME", 40), "weight": ("SERVICE_NAME", 40), "backup": ("SERVICE_NAME", 40), "every": ("SERVICE_NAME", 40), "timeout": ("SERVICE_NAME", 40), "rise": ("SERVICE_NAME", 40), "fall": ("SERVICE_NAME", 40), "file": ("SERVICE_NAME", 40), "device": ("SERVICE_NAME", 40), "sync": ("SERVICE_NAME", 40), "peer": ("SERVICE_NAME", 40), "password": ("SERVICE_NAME", 40), "skew": ("SERVICE_NAME", 40)},  # 32
    {"w": ("POOL_NAME", 41), "0": ("POOL_NAME", 41), "port": ("POOL_NAME", 41), "balance": ("POOL_NAME", 41), "weight": ("POOL_NAME", 41), "backup": ("POOL_NAME", 41), "every": ("POOL_NAME", 41), "timeout": ("POOL_NAME", 41), "rise": ("POOL_NAME", 41), "fall": ("POOL_NAME", 41), "file": ("POOL_NAME", 41), "device": ("POOL_NAME", 41), "sync": ("POOL_NAME", 41), "peer": ("POOL_NAME", 41), "password": ("POOL_NAME", 41), "skew": ("POOL_NAME", 41)},  # 33
    {"w": ("POOL_NAME", 29), "0": ("POOL_NAME", 29), "port": ("POOL_NAME", 29), "balance": ("POOL_NAME", 29), "weight": ("POOL_NAME", 29), "backup": ("POOL_NAME", 29), "every": ("POOL_NAME", 29), "timeout": ("POOL_NAME", 29), "rise": ("POOL_NAME", 29), "fall": ("POOL_NAME", 29), "file": ("POOL_NAME", 29), "device": ("POOL_NAME", 29), "sync": ("POOL_NAME", 29), "peer": ("POOL_NAME", 29), "password": ("POOL_NAME", 29), "skew": ("POOL_NAME", 29)},  # 34
    {"w": ("TARGET", 42), "0": ("TARGET", 42), "port": ("TARGET", 42), "balance": ("TARGET", 42), "weight": ("TARGET", 42), "backup": ("TARGET", 42), "every": ("TARGET", 42), "timeout": ("TARGET", 42), "rise": ("TARGET", 42), "fall": ("TARGET", 42), "file": ("TARGET", 42), "device": ("TARGET", 42), "sync": ("TARGET", 42), "peer": ("TARGET", 42), "password": ("TARGET", 42), "skew": ("TARGET", 42)},  # 35
    {"w": ("METHOD", 43), "0": ("METHOD", 43), "port": ("METHOD", 43), "balance": ("METHOD", 43), "weight": ("METHOD", 43), "backup": ("METHOD", 43), "every": ("METHOD", 43), "timeout": ("METHOD", 43), "rise": ("METHOD", 43), "fall": ("METHOD", 43), "file": ("METHOD", 43), "device": ("METHOD", 43), "sync": ("METHOD", 43), "peer": ("METHOD", 43), "password": ("METHOD", 43), "skew": ("METHOD", 43)},  # 36
    {"skew": ("SKEW", 44)},  # 37
    {"peer": ("PEER", 45)},  # 38
    {"w": ("PROTOCOL", 46), "port": ("PROTOCOL", 46), "balance": ("PROTOCOL", 46), "weight": ("PROTOCOL", 46), "backup": ("PROTOCOL", 46), "every": ("PROTOCOL", 46), "timeout": ("PROTOCOL", 46), "rise": ("PROTOCOL", 46), "fall": ("PROTOCOL", 46), "file": ("PROTOCOL", 46), "device": ("PROTOCOL", 46), "sync": ("PROTOCOL", 46), "peer": ("PROTOCOL", 46), "password": ("PROTOCOL", 46), "skew": ("PROTOCOL", 46)},  # 39
    {"port": ("PORT_WORD", 47), "balance": ("BALANCE", 48)},  # 40
    {"weight": ("WEIGHT", 49), "backup": ("BACKUP", 41)},  # 41
    {"from": ("FROM", 34), ",": ("COMMA", 35)},  # 42
    {"every": ("EVERY", 50), "timeout": ("TIMEOUT", 51), "rise": ("RISE", 52), "fall": ("FALL", 53), '""': ("METHOD_ARGUMENT", 54), "w": ("PROBE_OPTION", 55), "port": ("PROBE_OPTION", 55), "balance": ("PROBE_OPTION", 55), "weight": ("PROBE_OPTION", 55), "backup": ("PROBE_OPTION", 55), "file": ("PROBE_OPTION", 55), "device": ("PROBE_OPTION", 55), "sync": ("PROBE_OPTION", 55), "peer": ("PROBE_OPTION", 55), "password": ("PROBE_OPTION", 55), "skew": ("PROBE_OPTION", 55)},  # 43
    {"w": ("SKEW_VALUE", 37), "0": ("SKEW_VALUE", 37), "port": ("SKEW_VALUE", 37), "balance": ("SKEW_VALUE", 37), "weight": ("SKEW_VALUE", 37), "backup": ("SKEW_VALUE", 37), "every": ("SKEW_VALUE", 37), "timeout": ("SKEW_VALUE", 37), "rise": ("SKEW_VALUE", 37), "fall": ("SKEW_VALUE", 37), "file": ("SKEW_VALUE", 37), "device": ("SKEW_VALUE", 37), "sync": ("SKEW_VALUE", 37), "peer": ("SKEW_VALUE", 37), "password": ("SKEW_VALUE", 37), "skew": ("SKEW_VALUE", 37)},  # 44
    {"w": ("ADDRESS", 38), "0": ("ADDRESS", 38), "port": ("ADDRESS", 38), "balance": ("ADDRESS", 38), "weight": ("ADDRESS", 38), "backup": ("ADDRESS", 38), "every": ("ADDRESS", 38), "timeout": ("ADDRESS", 38), "rise": ("ADDRESS", 38), "fall": ("ADDRESS", 38), "file": ("ADDRESS", 38), "device": ("ADDRESS", 38), "sync": ("ADDRESS", 38), "peer": ("ADDRESS", 38), "password": ("ADDRESS", 38), "skew": ("ADDRESS", 38)},  # 45
    {"w": ("PORT", 56), "0": ("PORT", 56), "port": ("PORT", 56), "balance": ("PORT", 56), "weight": ("PORT", 56), "backup": ("PORT", 56), "every": ("PORT", 56), "timeout": ("PORT", 56), "rise": ("PORT", 56), "fall": ("PORT", 56), "file": ("PORT", 56), "device": ("PORT", 56), "sync": ("PORT", 56), "peer": ("PORT", 56), "password": ("PORT", 56), "skew": ("PORT", 56)},  # 46
    {"w": ("SERVER_PORT", 40), "0": ("SERVER_PORT", 40), "port": ("SERVER_PORT", 40), "balance": ("SERVER_PORT", 40), "weight": ("SERVER_PORT", 40), "backup": ("SERVER_PORT", 40), "every": ("SERVER_PORT", 40), "timeout": ("SERVER_PORT", 40), "rise": ("SERVER_PORT", 40), "fall": ("SERVER_PORT", 40), "file": ("SERVER_PORT", 40), "device": ("SERVER_PORT", 40), "sync": ("SERVER_PORT", 40), "peer": ("SERVER_PORT", 40), "password": ("SERVER_PORT", 40), "skew": ("SERVER_PORT", 40)},  # 47
    {"w": ("ALGORITHM", 40), "0": ("ALGORITHM", 40), "port": ("ALGORITHM", 40), "balance": ("ALGORITHM", 40), "weight": ("ALGORITHM", 40), "backup": ("ALGORITHM", 40), "every": ("ALGORITHM", 40), "timeout": ("ALGORITHM", 40), "rise": ("ALGORITHM", 40), "fall": ("ALGORITHM", 40), "file": ("ALGORITHM", 40), "device": ("ALGORITHM", 40), "sync": ("ALGORITHM", 40), "peer": ("ALGORITHM", 40), "password": ("ALGORITHM", 40), "skew": ("ALGORITHM", 40)},  # 48
    {"w": ("WEIGHT_VALUE", 41), "0": ("WEIGHT_VALUE", 41), "port": ("WEIGHT_VALUE", 41), "balance": ("WEIGHT_VALUE", 41), "weight": ("WEIGHT_VALUE", 41), "backup": ("WEIGHT_VALUE", 41), "every": ("WEIGHT_VALUE", 41), "timeout": ("WEIGHT_VALUE", 41), "rise": ("WEIGHT_VALUE", 41), "fall": ("WEIGHT_VALUE", 41), "file": ("WEIGHT_VALUE", 41), "device": ("WEIGHT_VALUE", 41), "sync": ("WEIGHT_VALUE", 41), "peer": ("WEIGHT_VALUE", 41), "password": ("WEIGHT_VALUE", 41), "skew": ("WEIGHT_VALUE", 41)},  # 49
    {"w": ("EVERY_TIME", 54), "0": ("EVERY_TIME", 54), "port": ("EVERY_TIME", 54), "balance": ("EVERY_TIME", 54), "weight": ("EVERY_TIME", 54), "backup": ("EVERY_TIME", 54), "every": ("EVERY_TIME", 54), "timeout": ("EVERY_TIME", 54), "rise": ("EVERY_TIME", 54), "fall": ("EVERY_TIME", 54), "file": ("EVERY_TIME", 54), "device": ("EVERY_TIME", 54), "sync": ("EVERY_TIME", 54), "peer": ("EVERY_TIME", 54), "password": ("EVERY_TIME", 54), "skew": ("EVERY_TIME", 54)},  # 50
    {"w": ("TIMEOUT_TIME", 54), "0": ("TIMEOUT_TIME", 54), "port": ("TIMEOUT_TIME", 54), "balance": ("TIMEOUT_TIME", 54), "weight": ("TIMEOUT_TIME", 54), "backup": ("TIMEOUT_TIME", 54), "every": ("TIMEOUT_TIME", 54), "timeout": ("TIMEOUT_TIME", 54), "rise": ("TIMEOUT_TIME", 54), "fall": ("TIMEOUT_TIME", 54), "file": ("TIMEOUT_TIME", 54), "device": ("TIMEOUT_TIME", 54), "sync": ("TIMEOUT_TIME", 54), "peer": ("TIMEOUT_TIME", 54), "password": ("TIMEOUT_TIME", 54), "skew": ("TIMEOUT_TIME", 54)},  # 51
    {"w": ("RISE_COUNT", 54), "0": ("RISE_COUNT", 54), "port": ("RISE_COUNT", 54), "balance": ("RISE_COUNT", 54), "weight": ("RISE_COUNT", 54), "backup": ("RISE_COUNT", 54), "every": ("RISE_COUNT", 54), "timeout": ("RISE_COUNT", 54), "rise": ("RISE_COUNT", 54), "fall": ("RISE_COUNT", 54), "file": ("RISE_COUNT", 54), "device": ("RISE_COUNT", 54), "sync": ("RISE_COUNT", 54), "peer": ("RISE_COUNT", 54), "password": ("RISE_COUNT", 54), "skew": ("RISE_COUNT", 54)},  # 52
    {"w": ("FALL_COUNT", 54), "0": ("FALL_COUNT", 54), "port": ("FALL_COUNT", 54), "balance": ("FALL_COUNT", 54), "weight": ("FALL_COUNT", 54), "backup": ("FALL_COUNT", 54), "every": ("FALL_COUNT", 54), "timeout": ("FALL_COUNT", 54), "rise": ("FALL_COUNT", 54), "fall": ("FALL_COUNT", 54), "file": ("FALL_COUNT", 54), "device": ("FALL_COUNT", 54), "sync": ("FALL_COUNT", 54), "peer": ("FALL_COUNT", 54), "password": ("FALL_COUNT", 54), "skew": ("FALL_COUNT", 54)},  # 53
    {"every": ("EVERY", 50), "timeout": ("TIMEOUT", 51), "rise": ("RISE", 52), "fall": ("FALL", 53), "w": ("PROBE_OPTION", 55), "port": ("PROBE_OPTION", 55), "balance": ("PROBE_OPTION", 55), "weight": ("PROBE_OPTION", 55), "backup": ("PROBE_OPTION", 55), "file": ("PROBE_OPTION", 55), "device": ("PROBE_OPTION", 55), "sync": ("PROBE_OPTION", 55), "peer": ("PROBE_OPTION", 55), "password": ("PROBE_OPTION", 55), "skew": ("PROBE_OPTION", 55)},  # 54
    {"file": ("FILE", 57), '""': ("STRING", 54), "w": ("PROBE_WORD", 54), "0": ("PROBE_WORD", 54), "port": ("PROBE_WORD", 54), "balance": ("PROBE_WORD", 54), "weight": ("PROBE_WORD", 54), "backup": ("PROBE_WORD", 54), "every": ("PROBE_WORD", 54), "timeout": ("PROBE_WORD", 54), "rise": ("PROBE_WORD", 54), "fall": ("PROBE_WORD", 54), "device": ("PROBE_WORD", 54), "sync": ("PROBE_WORD", 54), "peer": ("PROBE_WORD", 54), "password": ("PROBE_WORD", 54), "skew": ("PROBE_WORD", 54)},  # 55
    {"sticky": ("STICKY", 58), "reflect": ("REFLECT", 59), ",": ("COMMA", 46)},  # 56
    {'""': ("STRING", 54), "w": ("PROBE_WORD", 54), "0": ("PROBE_WORD", 54), "port": ("PROBE_WORD", 54), "balance": ("PROBE_WORD", 54), "weight": ("PROBE_WORD", 54), "backup": ("PROBE_WORD", 54), "every": ("PROBE_WORD", 54), "timeout": ("PROBE_WORD", 54), "rise": ("PROBE_WORD", 54), "fall": ("PROBE_WORD", 54), "file": ("PROBE_WORD", 54), "device": ("PROBE_WORD", 54), "sync": ("PROBE_WORD", 54), "peer": ("PROBE_WORD", 54), "password": ("PROBE_WORD", 54), "skew": ("PROBE_WORD", 54)},  # 57
    {"sticky": ("STICKY", 58), "reflect": ("REFLECT", 59), "0": ("STICKY_TIME", 59)},  # 58
    {"sticky": ("STICKY", 58), "reflect": ("REFLECT", 59)},  # 59
)
"""For each situation the pieces that may follow, each with its terminal and the situation after it."""
