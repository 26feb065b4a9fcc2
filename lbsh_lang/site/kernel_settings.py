"""Settings of the kernel that a device needs, by their names on Linux (paths below /proc/sys) and on FreeBSD.

Decides them from the lists for the device; knows neither notation of sysctl(8) nor how they are set.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.values import Family

FORWARD_LINUX: dict[Family, str] = {4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding"}
_FORWARD_FREEBSD: dict[Family, str] = {4: "net.inet.ip.forwarding", 6: "net.inet6.ip6.forwarding"}
_QUIET_FREEBSD: dict[Family, str] = {4: "net.inet.ip.redirect", 6: "net.inet6.ip6.redirect"}


def linux_settings(lists: DeviceLists) -> Iterator[tuple[str, str]]:
    """The settings of Linux, each with its value (ip-sysctl of the kernel)."""
    for family in lists.forwarded:
        yield FORWARD_LINUX[family], "1"
    if lists.quiet and 4 in lists.forwarded:  # the kernel sends redirects of IPv4 if either setting allows it
        for name in ("all", *lists.quiet):
            yield f"net/ipv4/conf/{name}/send_redirects", "0"
    for table in lists.tables:
        yield f"net/ipv4/conf/{table.interface}/rp_filter", "2"
    if lists.tables:  # a table of marks is no way back to a server, so a test of sources must not look at marks
        yield "net/ipv4/conf/all/src_valid_mark", "0"


def freebsd_settings(lists: DeviceLists) -> Iterator[tuple[str, str]]:
    """The settings of FreeBSD, each with its value: inet(4), inet6(4)."""
    for family in lists.forwarded:
        yield _FORWARD_FREEBSD[family], "1"
    for family in lists.forwarded if lists.quiet else ():
        yield _QUIET_FREEBSD[family], "0"
