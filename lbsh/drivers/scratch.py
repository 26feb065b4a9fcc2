"""A network namespace in which a file of rules is loaded for a look, and where no packet ever passes."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from lbsh.drivers.running import run
from lbsh.drivers.saving import UnknownError
from lbsh.drivers.values import DriverError
from lbsh.unshare import in_new_network

T = TypeVar("T")

_PLAIN = re.compile(r"[A-Za-z0-9_.:@-]+")
"""Names that `ip -batch` reads as one word."""

_INCLUDE = re.compile(r"^\s*include\b", re.MULTILINE)


def interfaces_for(text: str) -> list[str]:
    """The interfaces that are here and that a text of rules may name: all of them if it includes other files."""
    names = [name for _, name in socket.if_nameindex() if name != "lo" and _PLAIN.fullmatch(name)]
    return names if _INCLUDE.search(text) else [name for name in names if name in text]


def in_scratch(look: Callable[[], T], interfaces: Sequence[str] = ()) -> T:
    """The result of a function in a namespace that is empty but for interfaces. Raises `UnknownError`.

    Rules may name interfaces that must be there when they are loaded. They are ends of cables (veth(4)): for other kinds
    the kernel may load modules that act on packets of the whole machine, as `bridge` does.
    """
    lines = "".join(
        [f"link add name {name} type veth peer name lbsh{number}\n" for number, name in enumerate(interfaces)]
    )

    def prepared() -> T:
        with suppress(DriverError):  # without them, rules that name them do not load, which is said
            if lines:
                run(("ip", "-force", "-batch", "-"), lines)
        return look()

    try:
        return in_new_network(prepared)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnknownError(
            f"a look at what it would load takes CAP_SYS_ADMIN, for a network namespace ({reason})"
        ) from error
