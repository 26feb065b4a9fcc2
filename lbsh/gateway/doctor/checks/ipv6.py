"""Is IPv6 switched off where the site needs it?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import KEEP, Case, Check, Finding, Kind, Severity, setting
from lbsh.gateway.doctor.kernel import linux_setting

OFF = Kind(
    "ipv6-off", Severity.ERROR, "The site has services of IPv6, and the kernel or an interface has IPv6 switched off."
)


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    if 6 not in case.lists.forwarded:
        return
    if linux_setting(case.system, "net", "ipv6", "conf", "all", "forwarding") is None:
        yield Finding(OFF, "this kernel has no IPv6", "start it without ipv6.disable=1, and with its module ipv6")
        return
    for name in dict.fromkeys(one.name for one in (*case.site.external, *case.site.internal)):
        if linux_setting(case.system, "net", "ipv6", "conf", name, "disable_ipv6") == 1:
            mend = setting(f"net/ipv6/conf/{name}/disable_ipv6", 0)
            yield Finding(OFF, f"IPv6 is switched off on the interface `{name}`", KEEP, (mend,))


CHECK = Check("ipv6", ("linux",), (OFF,), _look)
