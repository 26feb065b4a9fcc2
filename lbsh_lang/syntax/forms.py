"""The statement forms as data: which node a line makes, which part of the grammar fills which field, and how it is read.

The grammar says where a terminal may stand; this table says what it means, and what it is called in messages. A test
holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lbsh_lang.syntax import lowering, nodes

Lower = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Slot:
    """A terminal that fills a field of a node, and the reader of its text."""

    terminal: str
    field: str
    lower: Lower


@dataclass(frozen=True, slots=True)
class Form:
    """A statement form: the words it starts with and the node it makes.

    Fields in `many` collect tokens; the field `joined` is one token made of all words from its first one on.
    """

    head: str
    node: type[nodes.Statement]
    slots: tuple[Slot, ...]
    many: frozenset[str] = frozenset()
    joined: str = ""


_word, _name, _string = lowering.lower_word, lowering.lower_name, lowering.lower_string

FORMS: tuple[Form, ...] = (
    Form(
        "interface",
        nodes.InterfaceStatement,
        (
            Slot("EXTERNAL", "side", _word),
            Slot("INTERNAL", "side", _word),
            Slot("IFNAME", "name", lowering.lower_interface),
            Slot("PARAM", "params", _word),
        ),
        joined="params",
    ),
    Form("external addr", nodes.ExternalAddrStatement, (Slot("ADDRESS", "address", lowering.lower_address),)),
    Form("external net", nodes.ExternalNetStatement, (Slot("NETWORK", "net", lowering.lower_network),)),
    Form("internal net", nodes.InternalNetStatement, (Slot("NETWORK", "net", lowering.lower_network),)),
    Form("internal gw", nodes.InternalGwStatement, (Slot("ADDRESS", "address", lowering.lower_address),)),
    Form(
        "service",
        nodes.ServiceStatement,
        (
            Slot("NEW_SERVICE", "name", _name),
            Slot("ADDRESS", "address", lowering.lower_address),
            Slot("PROTOCOL", "protocol", lowering.lower_protocol),
            Slot("PORT", "ports", lowering.lower_port),
            Slot("STICKY", "sticky", _word),
            Slot("STICKY_TIME", "sticky_time", lowering.lower_sticky_time),
            Slot("REFLECT", "reflect", _word),
        ),
        frozenset({"ports"}),
    ),
    Form(
        "pool",
        nodes.PoolStatement,
        (
            Slot("NEW_POOL", "name", _name),
            Slot("SERVICE_NAME", "service", _name),
            Slot("SERVER_PORT", "port", lowering.lower_server_port),
            Slot("ALGORITHM", "algorithm", lowering.lower_algorithm),
        ),
    ),
    Form(
        "add",
        nodes.AddStatement,
        (
            Slot("TARGET", "targets", lowering.lower_target),
            Slot("POOL_NAME", "pool", _name),
            Slot("WEIGHT_VALUE", "weight", lowering.lower_weight),
            Slot("BACKUP", "backup", _word),
        ),
        frozenset({"targets"}),
    ),
    Form(
        "remove",
        nodes.RemoveStatement,
        (
            Slot("LEAVING", "targets", lowering.lower_target),
            Slot("TARGET", "targets", lowering.lower_target),
            Slot("POOL_NAME", "pool", _name),
        ),
        frozenset({"targets"}),
    ),
    Form(
        "probe",
        nodes.ProbeStatement,
        (
            Slot("SERVICE_NAME", "service", _name),
            Slot("METHOD", "method", _word),
            Slot("METHOD_ARGUMENT", "argument", _string),
            Slot("PROBE_OPTION", "options", _word),
            Slot("FILE", "files", _word),
            Slot("PROBE_WORD", "option_values", _word),
            Slot("STRING", "option_values", _string),
            Slot("EVERY_TIME", "every", lowering.lower_duration),
            Slot("TIMEOUT_TIME", "timeout", lowering.lower_duration),
            Slot("RISE_COUNT", "rise", lowering.lower_rounds),
            Slot("FALL_COUNT", "fall", lowering.lower_rounds),
        ),
        frozenset({"options", "files", "option_values"}),
    ),
    Form(
        "drain",
        nodes.DrainStatement,
        (Slot("ADDRESS", "address", lowering.lower_address), Slot("POOL_NAME", "pool", _name)),
    ),
    Form(
        "resume",
        nodes.ResumeStatement,
        (Slot("ADDRESS", "address", lowering.lower_address), Slot("POOL_NAME", "pool", _name)),
    ),
    Form(
        "failover device",
        nodes.FailoverDeviceStatement,
        (Slot("NEW_DEVICE", "name", _name), Slot("SKEW_VALUE", "skew", lowering.lower_skew)),
    ),
    Form(
        "failover sync",
        nodes.FailoverSyncStatement,
        (Slot("IFNAME", "interface", lowering.lower_interface), Slot("ADDRESS", "peer", lowering.lower_address)),
    ),
    Form("failover password", nodes.FailoverPasswordStatement, (Slot("STRING", "path", _string),)),
    Form("include", nodes.IncludeStatement, (Slot("STRING", "path", _string),)),
    Form("status", nodes.StatusStatement, (Slot("SUBJECT", "subject", _word),)),
    Form("save", nodes.SaveStatement, (Slot("STRING", "path", _string),)),
    Form("help", nodes.HelpStatement, (Slot("TOPIC", "topic", _word),)),
)

REMOVE_SERVICE = Form("remove", nodes.RemoveServiceStatement, (Slot("LEAVING", "service", lowering.lower_removed),))
"""`remove NAME` without `from`: the grammar cannot tell it from the other before the line's end."""

PHRASES: dict[str, str] = {
    "COMMA": "`,`",
    "NEW_SERVICE": "a name for the service",
    "SERVICE_NAME": "the name of a service",
    "NEW_POOL": "a name for the pool",
    "POOL_NAME": "the name of a pool",
    "NEW_DEVICE": "a name for the device",
    "IFNAME": "the name of an interface",
    "PARAM": "interface parameters",
    "ADDRESS": "an IP address",
    "NETWORK": "a network such as `192.168.1.0/24`",
    "TARGET": "an address, a network or a range",
    "LEAVING": "a server or the name of a service",
    "PROTOCOL": "`tcp`, `udp` or `tcp+udp`",
    "PORT": "a port",
    "SERVER_PORT": "a port",
    "STICKY_TIME": "a duration",
    "ALGORITHM": "an algorithm such as `round-robin`",
    "WEIGHT_VALUE": "a number from 1 to 256",
    "METHOD": "a probe method such as `tcp`",
    "METHOD_ARGUMENT": "a text in quotes",
    "PROBE_OPTION": "an option of the probe method",
    "PROBE_WORD": "a value",
    "EVERY_TIME": "a duration such as `3s`",
    "TIMEOUT_TIME": "a duration such as `1s`",
    "RISE_COUNT": "a number",
    "FALL_COUNT": "a number",
    "SKEW_VALUE": "a number from 0 to 254",
    "STRING": "a text in quotes",
    "SUBJECT": "the name of a service or a pool, or an address",
    "TOPIC": "a statement word",
    "$END": "the end of the line",
}
"""What a terminal is called in a message; keywords are called by their own word."""

__all__ = ["FORMS", "PHRASES", "REMOVE_SERVICE", "Form", "Lower", "Slot"]
