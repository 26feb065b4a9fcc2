"""The lists for a device as commands: lines for `ip -batch` of Linux, and a script of FreeBSD's commands.

Interfaces have names of letters, digits and `_.:@-`, and addresses are numbers: no word needs quotes, and none begins with
`-`. Texts of the script, such as names of services, do not stand here.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.addresses import DeviceLists, Table, Way
from lbsh_lang.values import BITS, Family

_FORWARD_LINUX: dict[Family, str] = {4: "net.ipv4.ip_forward=1", 6: "net.ipv6.conf.all.forwarding=1"}
_FORWARD_FREEBSD: dict[Family, str] = {4: "net.inet.ip.forwarding=1", 6: "net.inet6.ip6.forwarding=1"}
_QUIET_FREEBSD: dict[Family, str] = {4: "net.inet.ip.redirect=0", 6: "net.inet6.ip6.redirect=0"}
_WORD: dict[Family, str] = {4: "inet", 6: "inet6"}
_NOWHERE: dict[Family, str] = {4: "127.0.0.1", 6: "::1"}


def render_ip(lists: DeviceLists) -> str:
    """Lines for `ip -batch FILE`; running them again changes nothing. What they cannot do stands in comments at the end."""
    return "".join(f"{line}\n" for line in _ip(lists))


def _ip(lists: DeviceLists) -> Iterator[str]:
    yield "# What the device needs besides rules, made by lbsh. Run it as often as you like, with:  ip -batch FILE"
    for held in lists.held:
        yield f"address replace {held.address}/{held.length} dev {held.interface}"
    for routed in lists.routed:
        yield f"route replace blackhole {routed.address}/{BITS[routed.address.family]}"
    for way in lists.defaults:
        yield f"route replace {_route_by(way)}"
    for table in lists.tables:
        yield from _table(table)
    yield from (f"# {command}" for command in _besides(lists))


def _route_by(way: Way) -> str:
    return f"default via {way.hop} dev {way.interface}{' onlink' if way.is_far else ''}"


def _table(table: Table) -> Iterator[str]:
    """The routes of a table, and the rule that leads packets of IPv4 to it, in place of an earlier one."""
    number = f"0x{table.mark:08x}"
    for net in table.links:
        yield f"route replace {net} dev {table.interface} table {number}"
    for way in table.ways:
        yield f"route replace {_route_by(way)} table {number}"
    if any(way.hop.family == 4 for way in table.ways):
        yield f"rule flush table {number}"
        yield f"rule add {_rule(table)}"


def _rule(table: Table) -> str:
    return f"fwmark 0x{table.mark:08x}/0x{table.mask:08x} lookup 0x{table.mark:08x}"


def _besides(lists: DeviceLists) -> Iterator[str]:
    """The commands for what lines of `ip -batch` cannot do: rules of IPv6, and settings of the kernel."""
    for table in lists.tables:
        if any(way.hop.family == 6 for way in table.ways):
            yield f"ip -6 rule flush table 0x{table.mark:08x}"
            yield f"ip -6 rule add {_rule(table)}"
    settings = [_FORWARD_LINUX[family] for family in lists.forwarded]
    if (
        lists.quiet and 4 in lists.forwarded
    ):  # the kernel sends redirects of IPv4 if either setting allows it (ip-sysctl)
        settings += [f"net.ipv4.conf.{_sysctl_part(name)}.send_redirects=0" for name in ("all", *lists.quiet)]
    if lists.tables:  # a table of marks is no way back to a server, so a test of sources must not look at marks
        settings += [f"net.ipv4.conf.{_sysctl_part(table.interface)}.rp_filter=2" for table in lists.tables]
        settings.append("net.ipv4.conf.all.src_valid_mark=0")
    yield from (f"sysctl -w {setting}" for setting in settings)


def _sysctl_part(name: str) -> str:
    """The name of an interface as a part of a sysctl's name, where a dot in it is written as a slash (sysctl(8))."""
    return name.replace(".", "/")


def render_ifconfig(lists: DeviceLists) -> str:
    """Commands of FreeBSD, a line each: ifconfig(8), route(8), sysctl(8)."""
    return "".join(f"{line}\n" for line in _ifconfig(lists))


def _ifconfig(lists: DeviceLists) -> Iterator[str]:
    yield "# What the device needs besides rules, made by lbsh"
    for held in lists.held:
        yield f"ifconfig {held.interface} {_WORD[held.address.family]} {held.address}/{held.length} alias"
    for routed in lists.routed:
        family = routed.address.family
        yield f"route add -{_WORD[family]} -host {routed.address} {_NOWHERE[family]} -blackhole"
    for way in lists.defaults:
        yield f"route add -{_WORD[way.hop.family]} default {way.hop}"
    for family in lists.forwarded:
        yield f"sysctl {_FORWARD_FREEBSD[family]}"
    for family in lists.forwarded if lists.quiet else ():
        yield f"sysctl {_QUIET_FREEBSD[family]}"
