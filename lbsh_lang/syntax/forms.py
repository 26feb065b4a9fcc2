"""The statement forms, each as one record: how it is written, which node it makes, and which terminal fills which field.

The grammar says where a terminal may stand, `terminals` what its words are; a form says which statement they make. A test
holds the three together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from lbsh_lang.syntax import lowering, nodes
from lbsh_lang.syntax.nodes import BuiltIn, ExtensionForm, ExtensionStatement, Statement, Token
from lbsh_lang.syntax.slots import Slot, flag, slot
from lbsh_lang.syntax.terminals import NameKind, Naming, Role, Terminal


class Form(NamedTuple):
    """A statement form: the words it starts with, how people write it, and the node it makes.

    `usage` has one text for each way in which its lines may begin. Fields in `many` collect tokens; the field `joined` is
    one token made of all words from its first one on. A form with `lacks` is that of complete lines without this terminal.
    """

    head: str
    usage: tuple[str, ...]
    node: type[BuiltIn]
    slots: tuple[Slot, ...]
    many: frozenset[str] = frozenset()
    joined: str = ""
    lacks: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the node, in their order."""
        return self.node._fields

    @property
    def make(self) -> Callable[[Iterable[object]], Statement]:
        """Makes the node of the values of its fields; the class itself would take twice as long."""
        return partial(tuple.__new__, self.node)


T = Terminal

FORMS: tuple[Form, ...] = (
    Form(
        "interface",
        ("interface external IFNAME [PARAMS]", "interface internal IFNAME [PARAMS]"),
        nodes.InterfaceStatement,
        (flag("EXTERNAL", "side"), flag("INTERNAL", "side"), slot(T.IFNAME, "name"), slot(T.PARAM, "params")),
        joined="params",
    ),
    Form("external addr", ("external addr IP",), nodes.ExternalAddrStatement, (slot(T.DEVICE_ADDRESS, "address"),)),
    Form("external net", ("external net CIDR",), nodes.ExternalNetStatement, (slot(T.NETWORK, "net"),)),
    Form("internal net", ("internal net CIDR",), nodes.InternalNetStatement, (slot(T.NETWORK, "net"),)),
    Form("internal gw", ("internal gw IP",), nodes.InternalGwStatement, (slot(T.DEVICE_ADDRESS, "address"),)),
    Form(
        "service",
        ("service NAME is IP PROTO PORT [sticky [DURATION]] [reflect]",),
        nodes.ServiceStatement,
        (
            slot(T.NEW_SERVICE, "name"),
            slot(T.SERVICE_ADDRESS, "address"),
            slot(T.PROTOCOL, "protocol"),
            slot(T.PORT, "ports"),
            flag("STICKY", "sticky"),
            slot(T.STICKY_TIME, "sticky_time"),
            flag("REFLECT", "reflect"),
        ),
        frozenset({"ports"}),
    ),
    Form(
        "pool",
        ("pool NAME for SERVICE [port PORT] [balance ALGORITHM]",),
        nodes.PoolStatement,
        (
            slot(T.NEW_POOL, "name"),
            slot(T.SERVED_SERVICE, "service"),
            slot(T.SERVER_PORT, "port"),
            slot(T.ALGORITHM, "algorithm"),
        ),
    ),
    Form(
        "add",
        ("add TARGET[, TARGET…] to POOL [weight N] [backup]",),
        nodes.AddStatement,
        (
            slot(T.TARGET, "targets"),
            slot(T.JOINED_POOL, "pool"),
            slot(T.WEIGHT_VALUE, "weight"),
            flag("BACKUP", "backup"),
        ),
        frozenset({"targets"}),
    ),
    Form(
        "remove",
        ("remove TARGET[, TARGET…] from POOL",),
        nodes.RemoveStatement,
        (slot(T.LEAVING, "targets"), slot(T.LEAVING_TARGET, "targets"), slot(T.POOL_NAME, "pool")),
        frozenset({"targets"}),
    ),
    Form(
        "probe",
        ("probe SERVICE with METHOD [OPTION VALUE]… [every DURATION] [timeout DURATION] [rise N] [fall N]",),
        nodes.ProbeStatement,
        (
            slot(T.PROBED_SERVICE, "service"),
            slot(T.METHOD, "method"),
            slot(T.METHOD_ARGUMENT, "argument"),
            slot(T.PROBE_OPTION, "options"),
            flag("FILE", "files"),
            slot(T.PROBE_WORD, "option_values"),
            slot(T.OPTION_TEXT, "option_values"),
            slot(T.EVERY_TIME, "every"),
            slot(T.TIMEOUT_TIME, "timeout"),
            slot(T.RISE_COUNT, "rise"),
            slot(T.FALL_COUNT, "fall"),
        ),
        frozenset({"options", "files", "option_values"}),
    ),
    Form(
        "drain",
        ("drain IP from POOL",),
        nodes.DrainStatement,
        (slot(T.MEMBER, "address"), slot(T.POOL_NAME, "pool")),
    ),
    Form(
        "resume",
        ("resume IP in POOL",),
        nodes.ResumeStatement,
        (slot(T.MEMBER, "address"), slot(T.POOL_NAME, "pool")),
    ),
    Form(
        "failover device",
        ("failover device NAME [skew N]",),
        nodes.FailoverDeviceStatement,
        (slot(T.NEW_DEVICE, "name"), slot(T.SKEW_VALUE, "skew")),
    ),
    Form(
        "failover sync",
        ("failover sync IFNAME [peer IP]",),
        nodes.FailoverSyncStatement,
        (slot(T.LINK, "interface"), slot(T.PEER_ADDRESS, "peer")),
    ),
    Form(
        "failover password",
        ("failover password file STRING",),
        nodes.FailoverPasswordStatement,
        (slot(T.STRING, "path"),),
    ),
    Form("include", ("include STRING",), nodes.IncludeStatement, (slot(T.PATH, "path"),)),
    Form("status", ("status [NAME | IP]",), nodes.StatusStatement, (slot(T.SUBJECT, "subject"),)),
    Form("save", ("save [STRING]",), nodes.SaveStatement, (slot(T.STRING, "path"),)),
    Form("help", ("help [TOPIC]",), nodes.HelpStatement, (slot(T.TOPIC, "topic"),)),
)

REMOVE_SERVICE = Form(
    "remove",
    ("remove SERVICE",),
    nodes.RemoveServiceStatement,
    (slot(T.LEAVING, "service", lowering.lower_removed, Naming(NameKind.SERVICE, Role.ENDS)),),
    lacks="FROM",
)
"""`remove NAME` without `from`: the grammar cannot tell it from the other before the line's end."""

ALL_FORMS: tuple[Form, ...] = (*FORMS, REMOVE_SERVICE)

FORM_OF: dict[type[BuiltIn], Form] = {form.node: form for form in ALL_FORMS}
"""By the node that a line makes; the form of an extension's statement is in the statement itself."""


class Entity(NamedTuple):
    """A field of a statement that names a service or a pool, and what the statement does with it."""

    kind: NameKind
    role: Role
    field: str


def _entities(form: Form) -> Iterator[Entity]:
    for one in form.slots:
        if one.names is not None and one.names.kind in (NameKind.SERVICE, NameKind.POOL):
            yield Entity(*one.names, one.field)


ENTITIES: dict[type[BuiltIn], tuple[Entity, ...]] = {
    form.node: tuple(dict.fromkeys(_entities(form))) for form in ALL_FORMS
}
"""The services and pools that each statement names, in the order of its form."""

AnyForm = Form | ExtensionForm
"""A form of the language itself or of an extension."""


def form_of(node: Statement) -> AnyForm:
    """The form of a statement."""
    return node.form if isinstance(node, ExtensionStatement) else FORM_OF[type(node)]


def tokens_in(node: Statement, field: str) -> tuple[Token[object], ...]:
    """The words in a field of a statement: none, one or several."""
    value = getattr(node.node if isinstance(node, ExtensionStatement) else node, field)
    if isinstance(value, Token):
        return (value,)
    return value or ()


def tokens_of(node: Statement) -> Iterator[tuple[Slot, Token[object]]]:
    """The words of a statement that fill its fields, each with every slot that may have filled the field."""
    for one in form_of(node).slots:
        for token in tokens_in(node, one.field):
            yield one, token
