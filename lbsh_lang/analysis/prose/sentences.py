"""What each statement, keyword, kind of word, algorithm, probe method and option means: a sentence each.

The only Markdown in them is `code`. Tests hold these tables to the grammar, so that nothing is missing and nothing spare.
"""

from __future__ import annotations

from lbsh_lang.syntax import nodes
from lbsh_lang.values import Algorithm, Protocol

STATEMENTS: dict[type[nodes.Statement], str] = {
    nodes.InterfaceStatement: "The device's interface on the public side (`external`) or on the side of the farms "
    "(`internal`); there is one of each.",
    nodes.ExternalAddrStatement: "A public address of the device itself, at most one an address family: connections from "
    "the internal nets that leave by the external interface get it as their source.",
    nodes.ExternalNetStatement: "The public network, at most one an address family, which service addresses are checked "
    "against.",
    nodes.InternalNetStatement: "A network of the farms; there may be any number.",
    nodes.InternalGwStatement: "The device's address on the side of the farms, at most one an address family: the source "
    "that reflected connections get.",
    nodes.ServiceStatement: "A service that clients reach under one address, on one or more ports.",
    nodes.PoolStatement: "Sets up the farm behind a service; a service has one pool, and a pool one service.",
    nodes.AddStatement: "Puts servers into a pool; the options hold for all that the statement names.",
    nodes.RemoveStatement: "Takes servers out of a pool.",
    nodes.RemoveServiceStatement: "Takes a service away, with its pool, its servers and its probe.",
    nodes.ProbeStatement: "How to find out whether a server of a service is up; a service has at most one probe.",
    nodes.DrainStatement: "The server gets no new connections; it stays in the pool and keeps those that it has.",
    nodes.ResumeStatement: "Takes a `drain` back: the server gets new connections again.",
    nodes.FailoverDeviceStatement: "One of the two devices of a highly available pair.",
    nodes.FailoverSyncStatement: "The link on which the two devices tell each other their connection states.",
    nodes.FailoverPasswordStatement: "The file that holds the secret of the pair; a secret never stands in a script.",
    nodes.IncludeStatement: "The statements of another file stand here; its path is relative to the file of this line.",
    nodes.StatusStatement: "For use on a running device; in a script it means nothing and is passed over.",
    nodes.SaveStatement: "For use on a running device; in a script it means nothing and is passed over.",
    nodes.HelpStatement: "For use on a running device; in a script it means nothing and is passed over.",
}
"""By the node that a line makes."""

KEYWORDS: dict[str, str] = {
    "EXTERNAL": "The public side, where clients come from.",
    "INTERNAL": "The side of the farms.",
    "IS": "Says where clients find the service.",
    "AS": "The same as `is`.",
    "FOR": "Says which service the pool serves.",
    "TO": "Says into which pool the servers go.",
    "FROM": "Says which pool the servers are in.",
    "IN": "Says which pool the server is in.",
    "WITH": "Says how servers are probed.",
    "STICKY": "A client stays with one server until so long after its last connection; `1h` unless given.",
    "REFLECT": "Connections from the internal nets are balanced too; without it they are not translated.",
    "PORT_WORD": "The servers listen on this port; unless given, on the one that the client asked for.",
    "BALANCE": "Which server a new connection gets; `round-robin` unless given.",
    "WEIGHT": "The server's share of connections, compared with that of the others; 1 unless given.",
    "BACKUP": "The server serves only while no server without this word does.",
    "EVERY": "From one probe to the next; `3s` unless given.",
    "TIMEOUT": "How long an answer may take, shorter than `every`; `1s` unless given.",
    "RISE": "How many good probes in a row make a server up; 1 unless given.",
    "FALL": "How many bad probes in a row make a server down; 1 unless given.",
    "FILE": "The secret is in this file: it never stands in a script.",
    "PEER": "The other device's address on the link.",
    "SKEW": "The device with the smaller skew is the preferred master; the first has 0 and the second 100 unless given.",
}
"""By the terminal, for keywords that do not begin a statement."""

TERMINALS: dict[str, str] = {
    "NEW_SERVICE": "The service's name: a letter or `_`, then letters, digits, `_`, `.` and `-`; at most 63 characters.",
    "SERVICE_NAME": "A service that is defined further up.",
    "NEW_POOL": "The pool's name: a letter or `_`, then letters, digits, `_`, `.` and `-`; at most 63 characters.",
    "POOL_NAME": "A pool that is defined further up.",
    "NEW_DEVICE": "The device's name: a letter or `_`, then letters, digits, `_`, `.` and `-`; at most 63 characters.",
    "IFNAME": "An interface as the system calls it, such as `em0`.",
    "PARAM": "Kept with the interface and never interpreted; no rule comes of it.",
    "ADDRESS": "The address of one host, such as `192.168.1.2` or `fd00:1::2`.",
    "NETWORK": "A network: its first address, `/` and the prefix length, such as `192.168.1.0/24`.",
    "TARGET": "An address, a network, which stands for its host addresses, or a range such as `192.168.1.2-9`.",
    "LEAVING": "A server, a network or a range of servers that leave a pool; or a service that is to go as a whole.",
    "PROTOCOL": "`tcp`, `udp`, or `tcp+udp` for both on the same ports.",
    "PORT": "A port number or name, a range such as `30000-30100`, or a list of these with commas.",
    "SERVER_PORT": "The one port that the servers listen on.",
    "STICKY_TIME": "How long a client is remembered after its last connection, in whole seconds: `10m`, `1h`.",
    "ALGORITHM": "How the server of a new connection is chosen.",
    "WEIGHT_VALUE": "From 1 to 256.",
    "METHOD": "How a server is asked whether it is up.",
    "METHOD_ARGUMENT": "The command that is run for each server.",
    "PROBE_OPTION": "An option of the probe method.",
    "PROBE_WORD": "The value of the option before it.",
    "EVERY_TIME": "A duration such as `3s`.",
    "TIMEOUT_TIME": "A duration such as `1s`.",
    "RISE_COUNT": "From 1 to 1,000.",
    "FALL_COUNT": "From 1 to 1,000.",
    "SKEW_VALUE": "From 0 to 254.",
    "STRING": 'A text in quotes; in it a quote is written `\\"`.',
    "SUBJECT": "A service, a pool or an address.",
    "TOPIC": "The word that a statement starts with.",
}
"""By the terminal, for words that are no keywords."""

PROTOCOLS: dict[tuple[Protocol, ...], str] = {
    (Protocol.TCP,): "Connections by TCP.",
    (Protocol.UDP,): "UDP: packets between one client's address and port and the service's are one connection.",
    (Protocol.TCP, Protocol.UDP): "Both protocols on the same ports.",
}

ALGORITHMS: dict[Algorithm, str] = {
    Algorithm.ROUND_ROBIN: "Each server in turn.",
    Algorithm.RANDOM: "A server drawn by lot.",
    Algorithm.SOURCE_HASH: "A server that follows from the client's address: the same client, the same server.",
    Algorithm.LEAST_CONNECTIONS: "The server with the fewest connections; no built-in backend can carry it out.",
}

METHODS: dict[str, str] = {
    "tcp": "A server is up if it takes a connection.",
    "http": "A server is up if it answers a request by HTTP.",
    "https": "A server is up if it answers a request by HTTP over TLS.",
    "smtp": "A server is up if it greets and answers as a mail server does.",
    "ldap": "A server is up if it answers a search in the directory.",
    "dns": "A server is up if it answers a question for a name.",
    "radius": "A server is up if it answers a user's request for access.",
    "icmp": "A server is up if it answers an echo request.",
    "exec": "A server is up if a command says so.",
}

OPTIONS: dict[str, str] = {
    "get": "The path that is asked for.",
    "host": "The name of the site that is asked for it.",
    "expect": "The status, or the range of them, that is a good answer.",
    "match": "What must be found in the answer.",
    "verify": "Whether the server's certificate is checked.",
    "helo": "The name by which the prober greets.",
    "base": "Where in the directory the search begins.",
    "filter": "What is searched for.",
    "query": "The name that is asked for.",
    "type": "The type of record that is asked for.",
    "user": "The user's name.",
    "secret": "The file with the secret that prober and server share.",
}
"""Of the probe methods."""
