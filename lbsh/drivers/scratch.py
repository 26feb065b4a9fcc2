"""A network namespace in which a file of rules is loaded for a look, and where no packet ever passes."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from lbsh.drivers.running import run
from lbsh.drivers.saving import UnknownError
from lbsh.drivers.values import DriverError
from lbsh.unshare import in_new_network

T = TypeVar("T")

_PLAIN = re.compile(r"[A-Za-z0-9_.:@-]+")
"""Names that `ip -batch` reads as one word."""


def in_scratch(look: Callable[[], T]) -> T:
    """The result of a function in an empty namespace that has interfaces of the names that are here. Raises `UnknownError`.

    Rules may name interfaces that must be there when they are loaded.
    """
    names = [name for _, name in socket.if_nameindex() if name != "lo" and _PLAIN.fullmatch(name)]
    lines = "".join([f"link add name {name} type bridge\n" for name in names])

    def prepared() -> T:
        with suppress(DriverError):  # without them, rules that name them do not load, which is said
            run(("ip", "-force", "-batch", "-"), lines)
        return look()

    try:
        return in_new_network(prepared)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnknownError(
            f"a look at what it would load takes CAP_SYS_ADMIN, for a network namespace ({reason})"
        ) from error
