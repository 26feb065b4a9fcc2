"""The composition root of the commands that act on the device: store, drivers and gateway put together. Prints nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TextIO

from lbsh import guards, plugins
from lbsh.drivers.choice import DRIVERS, NO_DRIVER, driver_of, network_of
from lbsh.drivers.values import DriverError
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.writer import Gateway
from lbsh.programs import find_program
from lbsh.store.protocol import Act, Store
from lbsh.stores import boot, now, ticks
from lbsh_lang.backends.base import Backend, Options
from lbsh_lang.backends.registry import load_backend
from lbsh_lang.site.script import AnyFound
from lbsh_lang.syntax.language import LBSH, Lbsh

_CAP_NET_ADMIN = 12
"""capabilities(7)."""


def open_gateway(store: Store, out: TextIO | None = None) -> Gateway:
    """The gateway of this machine. The driver `none` prints what it would do on `out`."""
    return Gateway(store, machine(out, store.place), default_choice())


def machine(out: TextIO | None = None, place: str = "") -> Machine:
    """This machine; each driver is made once, since it remembers what it saw. `place` is that of the store to guard."""
    drivers = cache(lambda name: driver_of(name, out))
    network, guard = partial(network_of, out=out), partial(guards.start, place)
    return Machine(backend_of, drivers, network, language_for, now, boot, audit, ticks, guard)


def backend_of(name: str) -> Backend:
    """The backend of a choice in the store, which a plug-in may have had. Raises `DriverError`."""
    try:
        return load_backend(name)
    except KeyError as error:
        raise DriverError(
            f"this lbsh has no backend `{name}`: choose another one with `lbsh apply --driver`"
        ) from error


def language() -> Lbsh:
    """The language with the statements of installed plug-ins."""
    return plugins.installed_language()


def language_for(faults: Sequence[AnyFound]) -> Lbsh:
    """The language of a script with these faults: plug-ins are looked for only where a line may be theirs."""
    return plugins.installed_language() if plugins.may_matter(faults) else LBSH


def audit(lines: Sequence[str]) -> None:
    """Writes lines to the system's log, syslog(3), where administrators look for who did what."""
    import syslog  # noqa: PLC0415 -- only Unix has it

    syslog.openlog("lbsh", syslog.LOG_PID, syslog.LOG_AUTH)
    for line in lines:
        syslog.syslog(syslog.LOG_NOTICE, line)


def default_choice() -> Choice:
    """The driver of the packet filter that is here and may be used; `none`, with the rules of one, if there is none."""
    for name, known in DRIVERS.items():
        if may_change_filters() and find_program(known.program) is not None:
            return choice_of(name)
    return choice_of(NO_DRIVER)


def choice_of(driver: str, options: Options | None = None, *, addresses: bool = False) -> Choice:
    """A driver with the options of its backend, or with the default ones; `addresses`: with the network of the machine."""
    backend = load_backend(driver if driver != NO_DRIVER else _usual_backend())
    return Choice(driver, backend.name, options or Options(backend.targets[0]), addresses)


def _usual_backend() -> str:
    return "nftables" if sys.platform == "linux" else "pf"


def may_change_filters() -> bool:
    """Whether this process has CAP_NET_ADMIN, or is root where there are no capabilities."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return os.geteuid() == 0
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> _CAP_NET_ADMIN & 1)


def act(way: str) -> Act:
    """A change by the user of this process, from where the user came."""
    import pwd  # noqa: PLC0415 -- only Unix has it

    uid = os.getuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = str(uid)
    behind = os.environ.get("SUDO_USER", "")
    origin = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    return Act(now(), f"{behind} as {user}" if behind else user, origin or _terminal(), way)


def _terminal() -> str:
    try:
        return os.ttyname(0)
    except OSError:
        return ""
