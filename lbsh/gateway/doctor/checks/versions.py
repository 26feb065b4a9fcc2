"""Are the kernel and the filter's program too old?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity
from lbsh.gateway.doctor.kernel import is_linux

OLD_KERNEL = Kind("kernel-old", Severity.WARNING, "The kernel is older than those that its makers still correct.")
OLD_FILTER = Kind("filter-old", Severity.WARNING, "The filter's program is older than the rules of lbsh are made for.")

Version = tuple[int, ...]

_LINUX: Version = (5, 10)
_FREEBSD: Version = (14,)
_PROGRAMS: Mapping[str, tuple[tuple[str, ...], Version]] = {
    "nftables": (("nft", "--version"), (1, 0)),
    "iptables": (("iptables", "--version"), (1, 8)),
}


def _look(case: Case) -> Iterator[Finding]:
    system = case.system
    if is_linux(system):
        kernel, wanted, title = system.read("/proc/sys/kernel/osrelease") or "", _LINUX, "Linux"
    else:
        kernel, wanted, title = system.run("uname", "-r").output, _FREEBSD, "FreeBSD"
    if _is_older(kernel, wanted):
        words = f"{title} {kernel.strip()} is older than {_text(wanted)}"
        yield Finding(
            OLD_KERNEL, words, "use a newer kernel: faults of translation and of connections are mended there"
        )
    known = _PROGRAMS.get(case.choice.driver)
    if known is None or not system.has_program(known[0][0]):
        return
    said = system.run(*known[0]).output
    if _is_older(said, known[1]):
        words = f"{known[0][0]} is older than {_text(known[1])}: it says {' '.join(said.split())[:60]}"
        yield Finding(OLD_FILTER, words, "use a newer version")


def _is_older(text: str, wanted: Version) -> bool:
    """Whether the first version number in a text is lower; false if there is none."""
    found = re.search(r"\d+(\.\d+)*", text)
    return found is not None and tuple(map(int, found[0].split(".")))[: len(wanted)] < wanted


def _text(version: Version) -> str:
    return ".".join(map(str, version))


CHECK = Check("versions", (), (OLD_KERNEL, OLD_FILTER), _look)
