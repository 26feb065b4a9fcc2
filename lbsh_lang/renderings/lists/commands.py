"""The lists for a device as commands: lines for `ip -batch` of Linux, and a script of FreeBSD's commands.

Interfaces have names of letters, digits and `_.:@-`, and addresses are numbers: no word needs quotes, and none begins with
`-`. Texts of the script, such as names of services, do not stand here.
"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.values import BITS, Family

_FORWARD_LINUX: dict[Family, str] = {4: "net.ipv4.ip_forward=1", 6: "net.ipv6.conf.all.forwarding=1"}
_FORWARD_FREEBSD: dict[Family, str] = {4: "net.inet.ip.forwarding=1", 6: "net.inet6.ip6.forwarding=1"}
_QUIET_FREEBSD: dict[Family, str] = {4: "net.inet.ip.redirect=0", 6: "net.inet6.ip6.redirect=0"}
_WORD: dict[Family, str] = {4: "inet", 6: "inet6"}
_NOWHERE: dict[Family, str] = {4: "127.0.0.1", 6: "::1"}


def render_ip(lists: DeviceLists) -> str:
    """Lines for `ip -batch FILE`; running them again changes nothing. Settings of the kernel are comments: ip has none."""
    return "".join(f"{line}\n" for line in _ip(lists))


def _ip(lists: DeviceLists) -> Iterator[str]:
    yield "# What the device needs besides rules, made by lbsh. Run it as often as you like, with:  ip -batch FILE"
    for held in lists.held:
        yield f"address replace {held.address}/{held.length} dev {held.interface}"
    for routed in lists.routed:
        yield f"route replace blackhole {routed.address}/{BITS[routed.address.family]}"
    settings = [_FORWARD_LINUX[family] for family in lists.forwarded]
    if (
        lists.quiet and 4 in lists.forwarded
    ):  # the kernel sends redirects of IPv4 if either setting allows it (ip-sysctl)
        settings += [f"net.ipv4.conf.{_sysctl_part(name)}.send_redirects=0" for name in ("all", *lists.quiet)]
    for setting in settings:
        yield f"# sysctl -w {setting}"


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
    for family in lists.forwarded:
        yield f"sysctl {_FORWARD_FREEBSD[family]}"
    for family in lists.forwarded if lists.quiet else ():
        yield f"sysctl {_QUIET_FREEBSD[family]}"
