"""Settings of the kernel by their names, on Linux from /proc/sys, elsewhere by sysctl(8)."""

from __future__ import annotations

from lbsh.gateway.doctor.base import BlindError, System

_HIDDEN = "/proc/sys is hidden here (by `ProcSubset=pid` of systemd, or by a container): run it outside"


def linux_setting(system: System, *parts: str) -> int | None:
    """A number of Linux, by the parts of its path below /proc/sys; None if this kernel has no such setting."""
    text = system.read("/".join(("/proc/sys", *parts)))
    if text is None and system.read("/proc/sys/kernel/osrelease") is None:
        raise BlindError(_HIDDEN)
    return _number(text)


def bsd_setting(system: System, key: str) -> int | None:
    """A number of BSD, None if this kernel has no such setting."""
    answer = system.run("sysctl", "-n", key)
    return _number(answer.output) if answer.status == 0 else None


def is_linux(system: System) -> bool:
    return system.platform == "linux"


def _number(text: str | None) -> int | None:
    try:
        return int((text or "").split()[0])
    except (IndexError, ValueError):
        return None
