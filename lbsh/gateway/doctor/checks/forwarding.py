"""Does the kernel forward packets of the families that the site needs, and by its interfaces?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lbsh.gateway.doctor.base import KEEP, KEEP_BSD, Case, Check, Finding, Kind, Severity, command, setting
from lbsh.gateway.doctor.kernel import bsd_setting, is_linux, linux_setting
from lbsh_lang.values import Family

OFF = Kind("forwarding-off", Severity.ERROR, "The kernel does not forward packets of a family that the site needs.")
PARTLY_OFF = Kind("forwarding-off-on-interface", Severity.ERROR, "It does not forward what comes in by an interface.")

_LINUX: Mapping[Family, tuple[str, ...]] = {
    4: ("net", "ipv4", "ip_forward"),
    6: ("net", "ipv6", "conf", "all", "forwarding"),
}
_BSD: Mapping[Family, str] = {4: "net.inet.ip.forwarding", 6: "net.inet6.ip6.forwarding"}


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    for family in case.lists.forwarded:
        yield from _linux(case, family) if is_linux(case.system) else _bsd(case, family)


def _bsd(case: Case, family: Family) -> Iterator[Finding]:
    if bsd_setting(case.system, _BSD[family]) == 0:
        mend = command("sysctl", f"{_BSD[family]}=1")
        yield Finding(OFF, f"forwarding of IPv{family} is off", case.keep(KEEP_BSD), (mend,))


def _linux(case: Case, family: Family) -> Iterator[Finding]:
    path = _LINUX[family]
    if linux_setting(case.system, *path) == 0:
        yield Finding(OFF, f"forwarding of IPv{family} is off", case.keep(KEEP), (setting(".".join(path), 1),))
        return
    for name in dict.fromkeys(one.name for one in (*case.site.external, *case.site.internal)):
        if family == 4 and linux_setting(case.system, "net", "ipv4", "conf", name, "forwarding") == 0:
            words = f"forwarding of IPv4 is off for what comes in by the interface `{name}`"
            yield Finding(PARTLY_OFF, words, case.keep(KEEP), (setting(f"net/ipv4/conf/{name}/forwarding", 1),))


CHECK = Check("forwarding", (), (OFF, PARTLY_OFF), _look)
