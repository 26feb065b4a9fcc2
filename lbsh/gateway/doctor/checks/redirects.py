"""Does the kernel tell neighbours to go past the device? By redirects (RFC 1812, section 5.2.7.2), which undo reflection."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import KEEP, KEEP_BSD, Case, Check, Finding, Kind, Severity, command, setting
from lbsh.gateway.doctor.kernel import bsd_setting, is_linux, linux_setting

SENT = Kind(
    "redirects-sent",
    Severity.WARNING,
    "The kernel sends redirects where connections come in and leave by the same link.",
)


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    if is_linux(case.system):
        yield from _linux(case)
        return
    for family, key in ((4, "net.inet.ip.redirect"), (6, "net.inet6.ip6.redirect")):
        if case.lists.quiet and family in case.lists.forwarded and bsd_setting(case.system, key) == 1:
            yield Finding(
                SENT,
                f"the kernel sends redirects of IPv{family}",
                case.keep(KEEP_BSD),
                (command("sysctl", f"{key}=0"),),
            )


def _linux(case: Case) -> Iterator[Finding]:
    """The kernel sends redirects of IPv4 if either setting allows it (ip-sysctl); those of IPv6 no setting stops."""
    for name in case.lists.quiet if 4 in case.lists.forwarded else ():
        paths = [("net", "ipv4", "conf", one, "send_redirects") for one in ("all", name)]
        on = [path for path in paths if linux_setting(case.system, *path) == 1]
        if on:
            words = f"the kernel sends redirects by `{name}`, by which balanced connections come in and leave"
            yield Finding(SENT, words, case.keep(KEEP), tuple([setting("/".join(path), 0) for path in on]))


CHECK = Check("redirects", (), (SENT,), _look)
