"""A sentence for the meaning of each statement, keyword, kind of word, algorithm, probe method and option.

The only Markdown in the sentences is `code`. A statement, keyword or terminal without a sentence is a type error.
"""

from __future__ import annotations

from typing import assert_never

from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.keywords import Keyword
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.statement import AnyForm, ExtensionForm, ExtensionStatement, Statement
from lbsh_lang.syntax.terminals import Terminal
from lbsh_lang.values import Algorithm, Helper, Protocol


def of_statement(node: Statement) -> str:
    """The effect of a statement."""
    match node:
        case nodes.InterfaceStatement():
            return (
                "The device's interface on the public side (`external`) or on the side of the farms "
                "(`internal`); there may be any number of each."
            )
        case nodes.ExternalAddrStatement():
            return (
                "A public address of the device itself, or whatever address an interface has: connections from the internal "
                "nets that leave by an external interface get it as their source."
            )
        case nodes.ExternalNetStatement():
            return "A public network, which service addresses are checked against; there may be any number."
        case nodes.ExternalGwStatement():
            return "The next hop of an uplink: answers to connections that come in by its interface leave by it again."
        case nodes.InternalNetStatement():
            return "A network of the farms; there may be any number."
        case nodes.InternalGwStatement():
            return (
                "The device's address in a network of the farms, at most one for each: the source that reflected "
                "connections between neighbours get."
            )
        case nodes.KeepSourceStatement():
            return (
                "Connections from the internal nets to these networks keep their source, such as those through a VPN."
            )
        case nodes.ServiceStatement():
            return "A service that clients reach under one address, on one or more ports."
        case nodes.PoolStatement():
            return "Sets up the farm behind a service, or behind several; a service has one pool."
        case nodes.AddStatement():
            return "Puts servers into a pool; the options hold for all that the statement names."
        case nodes.SetStatement():
            return "Changes servers of a pool in place: they keep their connections."
        case nodes.SetServiceStatement():
            return "Changes options of a service in place, or takes them away; it keeps its connections."
        case nodes.RemoveStatement():
            return "Takes servers out of a pool."
        case nodes.RemoveServiceStatement():
            return "Takes a service away, with its pool, its servers and its probe."
        case nodes.RemoveProbeStatement():
            return "Takes the probe of a service back."
        case nodes.RemoveInterfaceStatement():
            return "Takes an interface of the device back, on one of its sides."
        case nodes.RemoveExternalStatement():
            return "Takes a source of outbound connections, a public network or a next hop back."
        case nodes.RemoveInternalStatement():
            return "Takes a network of the farms, or the device's address in one, back."
        case nodes.RemoveKeepStatement():
            return "Outbound connections to these networks get their source as all others do again."
        case nodes.RemoveFailoverStatement():
            return "Takes a device of the pair, its link, watched addresses or the file of a secret back."
        case nodes.ProbeStatement():
            return "How to find out whether a server of a service is up; a service has at most one probe."
        case nodes.DrainStatement():
            return "The servers get no new connections; they stay in the pool and keep those that they have."
        case nodes.DrainEverywhereStatement():
            return "The servers get no new connections, in all pools that they are in; they keep those that they have."
        case nodes.ResumeStatement():
            return "Takes a `drain` back: the servers get new connections again."
        case nodes.ResumeEverywhereStatement():
            return "Takes a `drain` back in all pools: the servers get new connections again."
        case nodes.DownStatement():
            return "The servers are down, whatever probes find: no new connections, and those that they have end."
        case nodes.DownEverywhereStatement():
            return (
                "The servers are down, in all pools that they are in: no new connections, and those that they have end."
            )
        case nodes.UpStatement():
            return "Takes a `down` back: probes alone decide again whether the servers are up."
        case nodes.UpEverywhereStatement():
            return "Takes a `down` back in all pools: probes alone decide again whether the servers are up."
        case nodes.FailoverDeviceStatement():
            return "One of the two devices of a highly available pair."
        case nodes.FailoverSyncStatement():
            return "The link on which the two devices tell each other their connection states."
        case nodes.FailoverWatchStatement():
            return "Next hops: a device that no longer reaches them gives its addresses to the other one."
        case nodes.FailoverPasswordStatement():
            return "The file that holds the password of the pair; a secret never stands in a script."
        case nodes.FailoverKeyStatement():
            return "The file that holds the key of the channel between the two devices, apart from their password."
        case nodes.IncludeStatement():
            return "The statements of another file stand here; its path is relative to the file of this line."
        case nodes.StatusStatement() | nodes.SaveStatement() | nodes.HelpStatement():
            return "For use on a running device; in a script it means nothing and is passed over."
        case ExtensionStatement(form=form):
            return form.sentence
        case _:
            assert_never(node)


def of_form(form: AnyForm) -> str:
    """The effect of a form's statements."""
    return form.sentence if isinstance(form, ExtensionForm) else of_statement(form.node())


def of_keyword(keyword: Keyword) -> str | None:
    """The meaning of a keyword; None if the sentence of its statement covers it."""
    match keyword:
        case Keyword.INTERNAL:
            return "The side of the farms."
        case Keyword.EXTERNAL:
            return "The public side, where clients come from."
        case Keyword.IS:
            return "Says where clients find the service."
        case Keyword.AS:
            return "The same as `is`."
        case Keyword.FOR:
            return (
                "Says which service the pool serves; behind an address, whose connections get it as their source; behind a "
                "`drain`, after what time it ends by itself."
            )
        case Keyword.TO:
            return "Says into which pool the servers go."
        case Keyword.FROM:
            return (
                "Says which pool the servers are in; behind a service, which clients it is for. `drain` and `down` without "
                "it are for all pools that the servers are in."
            )
        case Keyword.KEEP:
            return "Clients that are remembered (`sticky`) still go there until their time is over; others do not."
        case Keyword.CLIENTS_WORD:
            return "Those that a sticky service remembers."
        case Keyword.PREFIX:
            return "Clients whose addresses agree in so many bits count as one client."
        case Keyword.BECAUSE:
            return "The reason, for those who read the script, a trace or a difference."
        case Keyword.IN:
            return "Says which pool the servers are in; without it, all pools that they are in."
        case Keyword.WITH:
            return "Says how servers are probed."
        case Keyword.STICKY:
            return "A client stays with one server until so long after its last connection; `1h` unless given."
        case Keyword.REFLECT:
            return "Connections from the internal nets are balanced too; without it they are not translated."
        case Keyword.ON:
            return (
                "The one interface behind which the net lies, or by which connections leave that get the address; any "
                "of its side unless given."
            )
        case Keyword.OF:
            return "Whatever IPv4 address this interface has when a connection leaves by it."
        case Keyword.MASQUERADE:
            return "Servers see the device in place of every client, so that their answers come back through it."
        case Keyword.PORT_WORD:
            return (
                "The servers listen on this port; unless given, on the one that the client asked for. "
                "Behind a probe: the port that is asked; unless given, the server's own."
            )
        case Keyword.BALANCE:
            return "Which server a new connection gets; `round-robin` unless given."
        case Keyword.WEIGHT:
            return "The server's share of connections, compared with that of the others; 1 unless given."
        case Keyword.BACKUP:
            return "The server serves only while no server without this word does."
        case Keyword.RAMP:
            return "A server that comes up gets its share by steps, and has all of it after this time."
        case Keyword.EVERY:
            return "From one probe to the next; `3s` unless given."
        case Keyword.TIMEOUT:
            return "How long an answer may take, shorter than `every`; `1s` unless given."
        case Keyword.RISE:
            return "How many good probes in a row make a server up; 1 unless given."
        case Keyword.FALL:
            return "How many bad probes in a row make a server down; 1 unless given."
        case Keyword.RECHECK:
            return "Whether further probes follow at once when an answer is late or contrary; `on` unless given."
        case Keyword.FILE:
            return "The secret is in this file: it never stands in a script."
        case Keyword.AT:
            return "The device's own addresses, one on each link on which addresses move, and on the sync link."
        case Keyword.HELPER:
            return "Connections that belong to a session of the service follow it, with the service's address."
        case Keyword.NO:
            return "Takes an option away, as if it had never been given."
        case Keyword.SKEW:
            return (
                "The device with the smaller skew is the preferred master; the first has 0 and the second "
                "100 unless given."
            )
        case (
            Keyword.INTERFACE
            | Keyword.SOURCE
            | Keyword.NET
            | Keyword.GW
            | Keyword.ADDR
            | Keyword.SERVICE
            | Keyword.POOL
            | Keyword.ADD
            | Keyword.SET
            | Keyword.REMOVE
            | Keyword.PROBE
            | Keyword.DRAIN
            | Keyword.RESUME
            | Keyword.DOWN
            | Keyword.UP
            | Keyword.FAILOVER
            | Keyword.INCLUDE
            | Keyword.STATUS
            | Keyword.SAVE
            | Keyword.HELP
        ):
            return None
        case Keyword.DEVICE:
            return "One of the two devices of a highly available pair."
        case Keyword.SYNC:
            return "The link between the two devices."
        case Keyword.WATCH:
            return "Next hops whose silence gives the addresses away."
        case Keyword.PASSWORD:
            return "The file with the password of the pair."
        case Keyword.KEY:
            return "The file with the key of the channel between the two devices."
        case _:
            assert_never(keyword)


def of_terminal(terminal: Terminal) -> str:
    """The meaning of a word that is no keyword."""
    match terminal:
        case Terminal.NEW_SERVICE:
            return "The service's name: a letter or `_`, then letters, digits, `_`, `.` and `-`; at most 63 characters."
        case Terminal.SERVED_SERVICE | Terminal.FURTHER_SERVICE | Terminal.PROBED_SERVICE:
            return "A service that is defined further up."
        case Terminal.NEW_POOL:
            return "The pool's name: a letter or `_`, then letters, digits, `_`, `.` and `-`; at most 63 characters."
        case Terminal.JOINED_POOL | Terminal.POOL_NAME:
            return "A pool that is defined further up."
        case Terminal.GONE_DEVICE:
            return "A device of the pair."
        case Terminal.NEW_DEVICE:
            return "The device's name: a letter or `_`, then letters, digits, `_`, `.` and `-`; at most 63 characters."
        case Terminal.IFNAME | Terminal.LINK | Terminal.BOUND | Terminal.LEASED:
            return "An interface as the system calls it, such as `em0`."
        case Terminal.PARAM:
            return (
                "`inet ADDR/LEN`, `inet6 ADDR/LEN`, `mtu N` or `up`, for `lbsh apply --addresses`; no rule comes of it."
            )
        case Terminal.SERVICE_ADDRESS | Terminal.DEVICE_ADDRESS:
            return "The address of one host, such as `192.168.1.2` or `fd00:1::2`."
        case Terminal.LINK_ADDRESS:
            return "An address that is the device's own, and does not move to the other one."
        case Terminal.WATCHED:
            return "The address of a next hop, such as the provider's router."
        case Terminal.NETWORK:
            return "A network: its first address, `/` and the prefix length, such as `192.168.1.0/24`."
        case Terminal.CLIENTS:
            return "Clients that the service is for: an address, or a network such as `198.51.100.0/24`."
        case Terminal.HELPER_NAME:
            return "The application protocol whose sessions open further connections."
        case Terminal.NEXT_HOP:
            return "The address of the router to which the interface leads."
        case Terminal.KEPT:
            return "A network, or an address, to which connections keep their source."
        case Terminal.INSIDE:
            return "Addresses inside, or a pool, whose connections to the world get this source instead."
        case Terminal.TARGET | Terminal.LEAVING_TARGET | Terminal.CHANGED_TARGET | Terminal.MEMBER:
            return "An address, a network, which stands for its host addresses, or a range such as `192.168.1.2-9`."
        case Terminal.LEAVING:
            return "A server, a network or a range of servers that leave a pool; or a service that is to go as a whole."
        case Terminal.CHANGED:
            return "A server, a network or a range of servers that change in a pool; or a service that changes."
        case Terminal.ABSENT:
            return "The keyword of an option."
        case Terminal.PROTOCOL:
            return "`tcp`, `udp`, or `tcp+udp` for both on the same ports."
        case Terminal.PORT:
            return "A port number or name, a range such as `30000-30100`, or a list of these with commas."
        case Terminal.NEW_PORT:
            return "The one port on which the servers listen from now on."
        case Terminal.SERVER_PORT:
            return "The one port that the servers listen on."
        case Terminal.POOL_PORT:
            return "The port that the servers listen on; or one for each port of the service, in its order."
        case Terminal.STICKY_TIME:
            return "How long a client is remembered after its last connection, in whole seconds: `10m`, `1h`."
        case Terminal.ALGORITHM:
            return "How the server of a new connection is chosen."
        case Terminal.WEIGHT_VALUE:
            return "From 1 to 256."
        case Terminal.RAMP_TIME:
            return "From the moment when the server comes up until it has its full share."
        case Terminal.METHOD:
            return "How a server is asked whether it is up."
        case Terminal.METHOD_ARGUMENT:
            return "A text for the probe method itself, which few methods take."
        case Terminal.PROBE_OPTION:
            return "An option of the probe method."
        case Terminal.PROBE_WORD:
            return "The value of the option before it."
        case Terminal.OPTION_TEXT | Terminal.PATH | Terminal.STRING:
            return 'A text in quotes; in it a quote is written `\\"`.'
        case Terminal.ASKED_PORT:
            return (
                "The port that probes ask; at a port for the purpose, any method over TCP can stand for a udp service."
            )
        case Terminal.CLIENT_PREFIX:
            return "The length of the clients' networks: from 1 to 32 for IPv4, to 128 for IPv6."
        case Terminal.DRAIN_TIME:
            return "After this time the servers get new connections again, without a `resume`."
        case Terminal.REASON:
            return "Why the servers are drained or down, in your own words."
        case Terminal.EVERY_TIME:
            return "A duration such as `3s`."
        case Terminal.TIMEOUT_TIME:
            return "A duration such as `1s`."
        case Terminal.RISE_COUNT | Terminal.FALL_COUNT:
            return "From 1 to 1,000."
        case Terminal.RECHECK_VALUE:
            return "`on`, or `off` for failures that are one interval apart."
        case Terminal.SKEW_VALUE:
            return "From 0 to 254."
        case Terminal.SUBJECT:
            return "A service, a pool or an address."
        case Terminal.TOPIC:
            return "The word that a statement starts with."
        case _:
            assert_never(terminal)


def of_part(language: Lbsh, name: str) -> str | None:
    """The meaning of a terminal's words, by its name; None for a comma, and if the sentence of the statement covers it."""
    if name in language.own_words:
        return language.own_words[name].sentence
    if name in language.sentences:
        return language.sentences[name]
    if name in Keyword.__members__:
        return of_keyword(Keyword[name])
    return of_terminal(Terminal[name]) if name in Terminal.__members__ else None


HELPERS: dict[Helper, str] = {
    Helper.FTP: "Data connections of FTP, active and passive.",
    Helper.TFTP: "The transfer of a file by TFTP, which comes from another port.",
    Helper.SIP: "The media streams of calls by SIP.",
}

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
