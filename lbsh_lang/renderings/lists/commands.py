"""The lists for a device as commands: lines for `ip -batch` of Linux, and a script of FreeBSD's commands.

Interfaces have names of letters, digits and `_.:@-`, and addresses are numbers: no word needs quotes, and none begins with
`-`. Texts of the script, such as names of services, do not stand here.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.addresses import DeviceLists, Link, Table, Way
from lbsh_lang.site.kernel_settings import freebsd_settings, linux_settings
from lbsh_lang.values import BITS, Family

_WORD: dict[Family, str] = {4: "inet", 6: "inet6"}
_NOWHERE: dict[Family, str] = {4: "127.0.0.1", 6: "::1"}


def render_ip(lists: DeviceLists) -> str:
    """Lines for `ip -batch FILE`; running them again changes nothing. What they cannot do stands in comments at the end."""
    return "".join(f"{line}\n" for line in _ip(lists))


def _ip(lists: DeviceLists) -> Iterator[str]:
    yield "# What the device needs besides rules, made by lbsh. Run it as often as you like, with:  ip -batch FILE"
    for link in lists.links:
        yield from _link(link)
    for held in lists.held:
        yield f"address replace {held.address}/{held.length} dev {held.interface}"
    for routed in lists.routed:
        yield f"route replace blackhole {routed.address}/{BITS[routed.address.family]}"
    for way in lists.defaults:
        yield f"route replace {_route_by(way)}"
    for table in lists.tables:
        yield from _table(table)
    yield from (f"# {command}" for command in _besides(lists))


def _link(link: Link) -> Iterator[str]:
    if link.mtu is not None:
        yield f"link set dev {link.interface} mtu {link.mtu}"
    if link.is_up:
        yield f"link set dev {link.interface} up"


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
    for path, value in linux_settings(lists):
        yield f"sysctl -w {_sysctl_name(path)}={value}"


def _sysctl_name(path: str) -> str:
    """The name of a setting in sysctl(8), where a dot in the name of an interface is written as a slash."""
    return path.translate({ord("/"): ".", ord("."): "/"})


def render_ifconfig(lists: DeviceLists) -> str:
    """Commands of FreeBSD, a line each: ifconfig(8), route(8), sysctl(8)."""
    return "".join(f"{line}\n" for line in _ifconfig(lists))


def _ifconfig(lists: DeviceLists) -> Iterator[str]:
    yield "# What the device needs besides rules, made by lbsh"
    for link in lists.links:
        yield f"ifconfig {link.interface}{'' if link.mtu is None else f' mtu {link.mtu}'}{' up' if link.is_up else ''}"
    for held in lists.held:
        yield f"ifconfig {held.interface} {_WORD[held.address.family]} {held.address}/{held.length} alias"
    for routed in lists.routed:
        family = routed.address.family
        yield f"route add -{_WORD[family]} -host {routed.address} {_NOWHERE[family]} -blackhole"
    for way in lists.defaults:
        yield f"route add -{_WORD[way.hop.family]} default {way.hop}"
    for name, value in freebsd_settings(lists):
        yield f"sysctl {name}={value}"
