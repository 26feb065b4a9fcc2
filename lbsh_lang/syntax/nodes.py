"""The statements: for each the class of its node, made of tokens with their places, and its form.

A node is a value of one line and knows neither its line number nor its neighbours, so an editor keeps it when lines move.
A field that the line leaves out, or that cannot be read, is None, or a tuple without the word. A form is the notation of a
statement, and the terminals of its fields. The grammar defines where a terminal may stand, `terminals` the kind of its
words; a test compares the three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.faults import Choice
from lbsh_lang.syntax.slots import Slot, flag, slot
from lbsh_lang.syntax.terminals import NameKind, Naming, Role, Terminal
from lbsh_lang.values import Address, AddressRange, Algorithm, Helper, Network, PortRange, Protocol
from oyster.faults import Token

__all__ = ["Token"]

Name = Token[str]


class InterfaceStatement(NamedTuple):
    """An interface of the device, on one of its two sides."""

    side: Name | None = None
    name: Name | None = None
    params: Name | None = None


class ExternalAddrStatement(NamedTuple):
    """The source of outbound connections: a public address of the device, or the address of an interface (`leased`).

    `inside` are the targets and the pools whose connections get it; those of all internal nets if there are none.
    """

    address: Token[Address] | None = None
    leased: Name | None = None
    interface: Name | None = None
    inside: tuple[Token[AddressRange | str], ...] = ()


class ExternalNetStatement(NamedTuple):
    """A public network, perhaps on one interface alone."""

    net: Token[Network] | None = None
    interface: Name | None = None


class ExternalGwStatement(NamedTuple):
    """The next hop of an uplink."""

    address: Token[Address] | None = None
    interface: Name | None = None


class InternalNetStatement(NamedTuple):
    """A network of the farms, perhaps on one interface alone."""

    net: Token[Network] | None = None
    interface: Name | None = None


class InternalGwStatement(NamedTuple):
    """The device's address in a network of the farms."""

    address: Token[Address] | None = None


class KeepSourceStatement(NamedTuple):
    """Networks to which outbound connections keep their source."""

    nets: tuple[Token[Network], ...] = ()


class ServiceStatement(NamedTuple):
    """The definition of a service; the sticky time is in milliseconds, `prefix` is the length of its clients' networks."""

    name: Name | None = None
    address: Token[Address] | None = None
    protocol: Token[tuple[Protocol, ...]] | None = None
    ports: tuple[Token[PortRange], ...] = ()
    sticky: Name | None = None
    sticky_time: Token[int] | None = None
    prefix: Token[int] | None = None
    reflect: Name | None = None
    masquerade: Name | None = None
    clients: tuple[Token[Network], ...] = ()
    helper: Token[Helper] | None = None


class PoolStatement(NamedTuple):
    """The definition of the pool of a service, or of several; `others` are all but the first."""

    name: Name | None = None
    service: Name | None = None
    ports: tuple[Token[PortRange], ...] = ()
    algorithm: Token[Algorithm] | None = None
    others: tuple[Name, ...] = ()

    @property
    def services(self) -> tuple[Name, ...]:
        """The names of all services."""
        return self.others if self.service is None else (self.service, *self.others)


class AddStatement(NamedTuple):
    """Servers that join a pool."""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None
    weight: Token[int] | None = None
    backup: Name | None = None
    port: Token[PortRange] | None = None
    ramp: Token[int] | None = None


class RemoveStatement(NamedTuple):
    """Servers that leave a pool."""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None
    port: Token[PortRange] | None = None


class RemoveServiceStatement(NamedTuple):
    """The end of a service."""

    service: Name | None = None


class RemoveProbeStatement(NamedTuple):
    """The end of a service's probe."""

    service: Name | None = None


class RemoveInterfaceStatement(NamedTuple):
    """An interface of the device that is one no longer, on one of its two sides."""

    side: Name | None = None
    name: Name | None = None


class RemoveExternalStatement(NamedTuple):
    """The end of a source of outbound connections, of a public network or of a next hop."""

    address: Token[Address] | None = None
    leased: Name | None = None
    net: Token[Network] | None = None
    next_hop: Token[Address] | None = None


class RemoveInternalStatement(NamedTuple):
    """The end of a network of the farms, or of the device's address in one."""

    net: Token[Network] | None = None
    address: Token[Address] | None = None


class RemoveKeepStatement(NamedTuple):
    """Networks to which outbound connections keep their source no longer."""

    nets: tuple[Token[Network], ...] = ()


class RemoveFailoverStatement(NamedTuple):
    """The end of a device of the pair, of watched addresses, of the link, or of a secret's file; `part` says which."""

    part: Name | None = None
    name: Name | None = None
    addresses: tuple[Token[Address], ...] = ()


class SetStatement(NamedTuple):
    """Changes of servers of a pool; `port` says which of those with the address, `absent` are the options taken away."""

    targets: tuple[Token[AddressRange], ...] = ()
    port: Token[PortRange] | None = None
    pool: Name | None = None
    new_port: Token[PortRange] | None = None
    weight: Token[int] | None = None
    backup: Name | None = None
    ramp: Token[int] | None = None
    absent: tuple[Name, ...] = ()


class SetServiceStatement(NamedTuple):
    """Changes of a service: all options of its definition, and in `absent` the names of those taken away."""

    service: Name | None = None
    sticky: Name | None = None
    sticky_time: Token[int] | None = None
    prefix: Token[int] | None = None
    reflect: Name | None = None
    masquerade: Name | None = None
    clients: tuple[Token[Network], ...] = ()
    helper: Token[Helper] | None = None
    absent: tuple[Name, ...] = ()


class ProbeStatement(NamedTuple):
    """The probe of a service.

    `argument` is the command of `exec`; `files` are the words `file` before values; times are in milliseconds.
    """

    service: Name | None = None
    method: Name | None = None
    argument: Name | None = None
    options: tuple[Name, ...] = ()
    files: tuple[Name, ...] = ()
    option_values: tuple[Name, ...] = ()
    port: Token[PortRange] | None = None
    every: Token[int] | None = None
    timeout: Token[int] | None = None
    rise: Token[int] | None = None
    fall: Token[int] | None = None
    recheck: Token[bool] | None = None


class DrainStatement(NamedTuple):
    """Servers of a pool that get no new connections from then on; `time`, in milliseconds, is when that ends by itself."""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None
    keep: Name | None = None
    time: Token[int] | None = None
    reason: Name | None = None
    port: Token[PortRange] | None = None


class DrainEverywhereStatement(NamedTuple):
    """The same for servers in all pools that they are in."""

    targets: tuple[Token[AddressRange], ...] = ()
    keep: Name | None = None
    time: Token[int] | None = None
    reason: Name | None = None
    port: Token[PortRange] | None = None


class ResumeStatement(NamedTuple):
    """Servers of a pool that get new connections again."""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None
    port: Token[PortRange] | None = None


class ResumeEverywhereStatement(NamedTuple):
    """The same for servers in all pools that they are in."""

    targets: tuple[Token[AddressRange], ...] = ()
    port: Token[PortRange] | None = None


class DownStatement(NamedTuple):
    """Servers of a pool that are down by hand from then on, whatever probes find."""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None
    reason: Name | None = None
    port: Token[PortRange] | None = None


class DownEverywhereStatement(NamedTuple):
    """The same for servers in all pools that they are in."""

    targets: tuple[Token[AddressRange], ...] = ()
    reason: Name | None = None
    port: Token[PortRange] | None = None


class UpStatement(NamedTuple):
    """Servers of a pool that are down by hand no longer."""

    targets: tuple[Token[AddressRange], ...] = ()
    pool: Name | None = None
    port: Token[PortRange] | None = None


class UpEverywhereStatement(NamedTuple):
    """The same for servers in all pools that they are in."""

    targets: tuple[Token[AddressRange], ...] = ()
    port: Token[PortRange] | None = None


class FailoverDeviceStatement(NamedTuple):
    """A device of the highly available pair, with its own addresses on the links."""

    name: Name | None = None
    addresses: tuple[Token[Address], ...] = ()
    skew: Token[int] | None = None


class FailoverSyncStatement(NamedTuple):
    """The link between the two devices."""

    interface: Name | None = None


class FailoverWatchStatement(NamedTuple):
    """Next hops whose silence makes a device give its service addresses away."""

    addresses: tuple[Token[Address], ...] = ()


class FailoverPasswordStatement(NamedTuple):
    """The file with the password that the two devices put into their announcements."""

    path: Name | None = None


class FailoverKeyStatement(NamedTuple):
    """The file with the key of the channel between the two devices."""

    path: Name | None = None


class IncludeStatement(NamedTuple):
    """A file whose statements stand in the place of the line."""

    path: Name | None = None


class StatusStatement(NamedTuple):
    """The command that shows the state of the site."""

    subject: Name | None = None


class SaveStatement(NamedTuple):
    """The command that stores the configuration."""

    path: Name | None = None


class HelpStatement(NamedTuple):
    """The command that explains a statement."""

    topic: Name | None = None


ServiceFact = (
    ServiceStatement
    | SetServiceStatement
    | PoolStatement
    | ProbeStatement
    | RemoveServiceStatement
    | RemoveProbeStatement
)
"""The statements about a service."""

PoolFact = (
    PoolStatement
    | AddStatement
    | SetStatement
    | RemoveStatement
    | DrainStatement
    | ResumeStatement
    | DownStatement
    | UpStatement
    | ExternalAddrStatement
)
"""The statements about a pool that name it."""

EverywhereFact = DrainEverywhereStatement | ResumeEverywhereStatement | DownEverywhereStatement | UpEverywhereStatement
"""The statements about servers in all pools."""

DrainFact = DrainStatement | DrainEverywhereStatement
ResumeFact = ResumeStatement | ResumeEverywhereStatement
"""The statements that drain and resume servers, in one pool or in all."""

DownFact = DownStatement | DownEverywhereStatement
UpFact = UpStatement | UpEverywhereStatement
"""The statements by which servers are down by hand, and no longer, in one pool or in all."""

WishFact = DrainFact | DownFact
ReleaseFact = ResumeFact | UpFact
"""The statements by which an operator takes servers out of service, and takes that back."""

DeviceFact = (
    InterfaceStatement
    | ExternalAddrStatement
    | ExternalNetStatement
    | ExternalGwStatement
    | InternalNetStatement
    | InternalGwStatement
    | KeepSourceStatement
    | FailoverDeviceStatement
    | FailoverSyncStatement
    | FailoverWatchStatement
    | FailoverPasswordStatement
    | FailoverKeyStatement
    | RemoveInterfaceStatement
    | RemoveExternalStatement
    | RemoveInternalStatement
    | RemoveKeepStatement
    | RemoveFailoverStatement
)
"""The statements about the device."""

RemovePartStatement = (
    RemoveInterfaceStatement
    | RemoveExternalStatement
    | RemoveInternalStatement
    | RemoveKeepStatement
    | RemoveFailoverStatement
)
"""The statements that take others about the device back."""

ShellCommand = StatusStatement | SaveStatement | HelpStatement
"""The statements for the shell, which do not affect the site."""

Fact = ServiceFact | PoolFact | EverywhereFact | DeviceFact
"""The statements that affect the site by themselves; an extension's statement may mean these."""

BuiltIn = Fact | IncludeStatement | ShellCommand
"""The statements that are no extension's."""


# The forms


class Form(NamedTuple):
    """A statement form: its first words, its notation for people, and the class of its nodes.

    `usage` has one text for each way in which its lines may begin. Fields in `many` collect tokens, those in `repeated` the
    tokens of options that may stand several times; the field `joined` is one token made of all words from its first one on.
    A form with `lacks` is that of complete lines without this terminal.
    """

    head: str
    usage: tuple[str, ...]
    node: type[BuiltIn]
    slots: tuple[Slot, ...]
    many: frozenset[str] = frozenset()
    joined: str = ""
    lacks: str = ""
    repeated: frozenset[str] = frozenset()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the node, in their order."""
        return self.node._fields

    @property
    def make(self) -> Callable[[Iterable[object]], BuiltIn]:
        """Makes the node from the values of its fields; the class itself would take twice as long."""
        return partial(tuple.__new__, self.node)


T = Terminal

_DRAINED = (flag("KEEP", "keep"), slot(T.DRAIN_TIME, "time"), slot(T.REASON, "reason"))


class Option(NamedTuple):
    """An option of a statement that can be set and taken away later: its keyword, its notation, and its slots."""

    keyword: str
    usage: str
    slots: tuple[Slot, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of nodes that hold its words; the first of them is filled wherever the option stands."""
        return tuple([one.field for one in self.slots])


SERVICE_OPTIONS: tuple[Option, ...] = (
    Option(
        "sticky",
        "sticky [DURATION] [prefix N]",
        (flag("STICKY", "sticky"), slot(T.STICKY_TIME, "sticky_time"), slot(T.CLIENT_PREFIX, "prefix")),
    ),
    Option("reflect", "reflect", (flag("REFLECT", "reflect"),)),
    Option("masquerade", "masquerade", (flag("MASQUERADE", "masquerade"),)),
    Option("from", "from CIDR[, CIDR…]", (slot(T.CLIENTS, "clients"),)),
    Option("helper", "helper NAME", (slot(T.HELPER_NAME, "helper"),)),
)
"""The options of a service, which `service` states and `set` changes."""


def option_word(node: ServiceStatement | SetServiceStatement, option: Option) -> Token[object] | None:
    """The first word of an option in a statement that holds a token, None if the statement does not give it."""
    words = [getattr(node, field) for field in option.fields]
    tokens = [word if isinstance(word, Token) else word[0] for word in words if word]
    return tokens[0] if tokens else None


SERVICE_OPTION_OF = {option.keyword: option for option in SERVICE_OPTIONS}

_SERVICE_SLOTS = tuple([one for option in SERVICE_OPTIONS for one in option.slots])
_SERVICE_USAGE = " ".join([f"[{option.usage}]" for option in SERVICE_OPTIONS])

SERVER_ABSENCES = ("backup", "ramp")
"""The options of a server that `no` takes away."""

_lower_server_absence = lowering.absence_reader(Choice.SERVER_OPTION, SERVER_ABSENCES)
_lower_service_absence = lowering.absence_reader(Choice.SERVICE_OPTION, tuple(SERVICE_OPTION_OF))

FORMS: tuple[Form, ...] = (
    Form(
        "interface",
        ("interface external IFNAME [PARAMS]", "interface internal IFNAME [PARAMS]"),
        InterfaceStatement,
        (flag("EXTERNAL", "side"), flag("INTERNAL", "side"), slot(T.IFNAME, "name"), slot(T.PARAM, "params")),
        joined="params",
    ),
    Form(
        "external addr",
        (
            "external addr IP [on IFNAME] [for TARGET|POOL[, TARGET|POOL…]]",
            "external addr of IFNAME [for TARGET|POOL[, TARGET|POOL…]]",
        ),
        ExternalAddrStatement,
        (
            slot(T.DEVICE_ADDRESS, "address"),
            slot(T.LEASED, "leased"),
            slot(T.BOUND, "interface"),
            slot(T.INSIDE, "inside"),
        ),
        frozenset({"inside"}),
    ),
    Form(
        "external net",
        ("external net CIDR [on IFNAME]",),
        ExternalNetStatement,
        (slot(T.NETWORK, "net"), slot(T.BOUND, "interface")),
    ),
    Form(
        "external gw",
        ("external gw IP [on IFNAME]",),
        ExternalGwStatement,
        (slot(T.NEXT_HOP, "address"), slot(T.BOUND, "interface")),
    ),
    Form(
        "internal net",
        ("internal net CIDR [on IFNAME]",),
        InternalNetStatement,
        (slot(T.NETWORK, "net"), slot(T.BOUND, "interface")),
    ),
    Form(
        "keep source",
        ("keep source to CIDR[, CIDR…]",),
        KeepSourceStatement,
        (slot(T.KEPT, "nets"),),
        frozenset({"nets"}),
    ),
    Form("internal gw", ("internal gw IP",), InternalGwStatement, (slot(T.DEVICE_ADDRESS, "address"),)),
    Form(
        "service",
        (f"service NAME is IP PROTO PORT {_SERVICE_USAGE}",),
        ServiceStatement,
        (
            slot(T.NEW_SERVICE, "name"),
            slot(T.SERVICE_ADDRESS, "address"),
            slot(T.PROTOCOL, "protocol"),
            slot(T.PORT, "ports"),
            *_SERVICE_SLOTS,
        ),
        frozenset({"ports", "clients"}),
    ),
    Form(
        "pool",
        ("pool NAME for SERVICE[, SERVICE…] [port PORT[, PORT…]] [balance ALGORITHM]",),
        PoolStatement,
        (
            slot(T.NEW_POOL, "name"),
            slot(T.SERVED_SERVICE, "service"),
            slot(T.FURTHER_SERVICE, "others"),
            slot(T.POOL_PORT, "ports"),
            slot(T.ALGORITHM, "algorithm"),
        ),
        frozenset({"others", "ports"}),
    ),
    Form(
        "add",
        ("add TARGET[, TARGET…] to POOL [port PORT] [weight N] [backup] [ramp DURATION]",),
        AddStatement,
        (
            slot(T.TARGET, "targets"),
            slot(T.JOINED_POOL, "pool"),
            slot(T.SERVER_PORT, "port"),
            slot(T.WEIGHT_VALUE, "weight"),
            flag("BACKUP", "backup"),
            slot(T.RAMP_TIME, "ramp"),
        ),
        frozenset({"targets"}),
    ),
    Form(
        "remove",
        ("remove TARGET[, TARGET…] [port PORT] from POOL",),
        RemoveStatement,
        (
            slot(T.LEAVING, "targets"),
            slot(T.LEAVING_TARGET, "targets"),
            slot(T.SERVER_PORT, "port"),
            slot(T.POOL_NAME, "pool"),
        ),
        frozenset({"targets"}),
    ),
    Form(
        "remove probe",
        ("remove probe SERVICE",),
        RemoveProbeStatement,
        (slot(T.PROBED_SERVICE, "service"),),
    ),
    Form(
        "remove interface",
        ("remove interface external IFNAME", "remove interface internal IFNAME"),
        RemoveInterfaceStatement,
        (flag("EXTERNAL", "side"), flag("INTERNAL", "side"), slot(T.LINK, "name")),
    ),
    Form(
        "remove external",
        (
            "remove external addr IP",
            "remove external addr of IFNAME",
            "remove external net CIDR",
            "remove external gw IP",
        ),
        RemoveExternalStatement,
        (
            slot(T.DEVICE_ADDRESS, "address"),
            slot(T.LEASED, "leased"),
            slot(T.NETWORK, "net"),
            slot(T.NEXT_HOP, "next_hop"),
        ),
    ),
    Form(
        "remove internal",
        ("remove internal net CIDR", "remove internal gw IP"),
        RemoveInternalStatement,
        (slot(T.NETWORK, "net"), slot(T.DEVICE_ADDRESS, "address")),
    ),
    Form(
        "remove keep",
        ("remove keep source to CIDR[, CIDR…]",),
        RemoveKeepStatement,
        (slot(T.KEPT, "nets"),),
        frozenset({"nets"}),
    ),
    Form(
        "remove failover",
        (
            "remove failover device NAME",
            "remove failover sync",
            "remove failover watch IP[, IP…]",
            "remove failover password",
            "remove failover key",
        ),
        RemoveFailoverStatement,
        (
            flag("DEVICE", "part"),
            flag("SYNC", "part"),
            flag("WATCH", "part"),
            flag("PASSWORD", "part"),
            flag("KEY", "part"),
            slot(T.GONE_DEVICE, "name"),
            slot(T.WATCHED, "addresses"),
        ),
        frozenset({"addresses"}),
    ),
    Form(
        "set",
        (
            "set TARGET[, TARGET…] [port PORT] in POOL [port PORT] [weight N] [backup] [no backup] "
            "[ramp DURATION] [no ramp]",
        ),
        SetStatement,
        (
            slot(T.CHANGED, "targets"),
            slot(T.CHANGED_TARGET, "targets"),
            slot(T.SERVER_PORT, "port"),
            slot(T.POOL_NAME, "pool"),
            slot(T.NEW_PORT, "new_port"),
            slot(T.WEIGHT_VALUE, "weight"),
            flag("BACKUP", "backup"),
            slot(T.RAMP_TIME, "ramp"),
            slot(T.ABSENT, "absent", _lower_server_absence),
        ),
        frozenset({"targets", "absent"}),
        repeated=frozenset({"absent"}),
    ),
    Form(
        "probe",
        (
            "probe SERVICE with METHOD [OPTION VALUE]… [port PORT] [every DURATION] [timeout DURATION] [rise N] [fall N] "
            "[recheck on|off]",
        ),
        ProbeStatement,
        (
            slot(T.PROBED_SERVICE, "service"),
            slot(T.METHOD, "method"),
            slot(T.METHOD_ARGUMENT, "argument"),
            slot(T.PROBE_OPTION, "options"),
            flag("FILE", "files"),
            slot(T.PROBE_WORD, "option_values"),
            slot(T.OPTION_TEXT, "option_values"),
            slot(T.ASKED_PORT, "port"),
            slot(T.EVERY_TIME, "every"),
            slot(T.TIMEOUT_TIME, "timeout"),
            slot(T.RISE_COUNT, "rise"),
            slot(T.FALL_COUNT, "fall"),
            slot(T.RECHECK_VALUE, "recheck"),
        ),
        frozenset({"options", "files", "option_values"}),
    ),
    Form(
        "drain",
        ("drain TARGET[, TARGET…] [port PORT] from POOL [keep clients] [for DURATION] [because STRING]",),
        DrainStatement,
        (slot(T.MEMBER, "targets"), slot(T.SERVER_PORT, "port"), slot(T.POOL_NAME, "pool"), *_DRAINED),
        frozenset({"targets"}),
    ),
    Form(
        "resume",
        ("resume TARGET[, TARGET…] [port PORT] in POOL",),
        ResumeStatement,
        (slot(T.MEMBER, "targets"), slot(T.SERVER_PORT, "port"), slot(T.POOL_NAME, "pool")),
        frozenset({"targets"}),
    ),
    Form(
        "down",
        ("down TARGET[, TARGET…] [port PORT] from POOL [because STRING]",),
        DownStatement,
        (slot(T.MEMBER, "targets"), slot(T.SERVER_PORT, "port"), slot(T.POOL_NAME, "pool"), slot(T.REASON, "reason")),
        frozenset({"targets"}),
    ),
    Form(
        "up",
        ("up TARGET[, TARGET…] [port PORT] in POOL",),
        UpStatement,
        (slot(T.MEMBER, "targets"), slot(T.SERVER_PORT, "port"), slot(T.POOL_NAME, "pool")),
        frozenset({"targets"}),
    ),
    Form(
        "failover device",
        ("failover device NAME [at IP[, IP…]] [skew N]",),
        FailoverDeviceStatement,
        (slot(T.NEW_DEVICE, "name"), slot(T.LINK_ADDRESS, "addresses"), slot(T.SKEW_VALUE, "skew")),
        frozenset({"addresses"}),
    ),
    Form("failover sync", ("failover sync IFNAME",), FailoverSyncStatement, (slot(T.LINK, "interface"),)),
    Form(
        "failover watch",
        ("failover watch IP[, IP…]",),
        FailoverWatchStatement,
        (slot(T.WATCHED, "addresses"),),
        frozenset({"addresses"}),
    ),
    Form(
        "failover password",
        ("failover password file STRING",),
        FailoverPasswordStatement,
        (slot(T.STRING, "path"),),
    ),
    Form("failover key", ("failover key file STRING",), FailoverKeyStatement, (slot(T.STRING, "path"),)),
    Form("include", ("include STRING",), IncludeStatement, (slot(T.PATH, "path"),)),
    Form("status", ("status [NAME | IP]",), StatusStatement, (slot(T.SUBJECT, "subject"),)),
    Form("save", ("save [STRING]",), SaveStatement, (slot(T.STRING, "path"),)),
    Form("help", ("help [TOPIC]",), HelpStatement, (slot(T.TOPIC, "topic"),)),
)

REMOVE_SERVICE = Form(
    "remove",
    ("remove SERVICE",),
    RemoveServiceStatement,
    (slot(T.LEAVING, "service", lowering.lower_removed, Naming(NameKind.SERVICE, Role.ENDS)),),
    lacks="FROM",
)
"""`remove NAME` without `from`: only the end of the line distinguishes it from the other `remove`."""

REMOVE_SERVICE_KEEP = Form(
    "remove keep",
    ("remove keep",),
    RemoveServiceStatement,
    (flag("KEEP", "service", Naming(NameKind.SERVICE, Role.ENDS)),),
    lacks="SOURCE",
)
"""`remove keep` without `source`: the end of a service of this name, since the word is not reserved."""

SET_SERVICE = Form(
    "set",
    (f"set SERVICE {_SERVICE_USAGE} [no OPTION]…",),
    SetServiceStatement,
    (
        slot(T.CHANGED, "service", lowering.lower_changed, Naming(NameKind.SERVICE, Role.USES)),
        *_SERVICE_SLOTS,
        slot(T.ABSENT, "absent", _lower_service_absence),
    ),
    frozenset({"clients", "absent"}),
    lacks="IN",
    repeated=frozenset({"absent"}),
)
"""`set NAME` without `in`: options of a service."""

DRAIN_EVERYWHERE = Form(
    "drain",
    ("drain TARGET[, TARGET…] [port PORT] [keep clients] [for DURATION] [because STRING]",),
    DrainEverywhereStatement,
    (slot(T.MEMBER, "targets"), slot(T.SERVER_PORT, "port"), *_DRAINED),
    frozenset({"targets"}),
    lacks="FROM",
)
RESUME_EVERYWHERE = Form(
    "resume",
    ("resume TARGET[, TARGET…] [port PORT]",),
    ResumeEverywhereStatement,
    (
        slot(T.MEMBER, "targets"),
        slot(T.SERVER_PORT, "port"),
    ),
    frozenset({"targets"}),
    lacks="IN",
)
DOWN_EVERYWHERE = Form(
    "down",
    ("down TARGET[, TARGET…] [port PORT] [because STRING]",),
    DownEverywhereStatement,
    (slot(T.MEMBER, "targets"), slot(T.SERVER_PORT, "port"), slot(T.REASON, "reason")),
    frozenset({"targets"}),
    lacks="FROM",
)
UP_EVERYWHERE = Form(
    "up",
    ("up TARGET[, TARGET…] [port PORT]",),
    UpEverywhereStatement,
    (slot(T.MEMBER, "targets"), slot(T.SERVER_PORT, "port")),
    frozenset({"targets"}),
    lacks="IN",
)
"""`drain` and `down` without `from`, `resume` and `up` without `in`, which name no pool."""

SHORTER_FORMS: tuple[Form, ...] = (
    REMOVE_SERVICE_KEEP,
    REMOVE_SERVICE,
    SET_SERVICE,
    DRAIN_EVERYWHERE,
    RESUME_EVERYWHERE,
    DOWN_EVERYWHERE,
    UP_EVERYWHERE,
)
"""The forms that only the end of the line distinguishes from others."""

ALL_FORMS: tuple[Form, ...] = (*FORMS, *SHORTER_FORMS)

FORM_OF: dict[type[BuiltIn], Form] = {form.node: form for form in ALL_FORMS}
"""The forms by their nodes; the form of an extension's statement is in the statement itself."""


class NamedEntity(NamedTuple):
    """A field of a statement with the name of a service or a pool, and the statement's effect on it."""

    kind: NameKind
    role: Role
    field: str


def _entities(form: Form) -> Iterator[NamedEntity]:
    for one in form.slots:
        if one.names is not None and one.names.kind in (NameKind.SERVICE, NameKind.POOL):
            yield NamedEntity(*one.names, one.field)


ENTITIES: dict[type[BuiltIn], tuple[NamedEntity, ...]] = {
    form.node: tuple(dict.fromkeys(_entities(form))) for form in ALL_FORMS
}
"""The services and pools that each statement names, in the order of its form."""
