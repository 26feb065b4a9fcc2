"""The network of a Linux machine: `ip` of iproute2 with batches of commands, and the files below /proc/sys.

All parts of a family are looked at in one run of `ip`, and changed in one. With `-force` a batch goes on behind a command
that fails, and names its line, so that each step is known as done or not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from lbsh.drivers.network.decide import Add, Exchange, Observed, Put, Remove, Step
from lbsh.drivers.network.items import (
    MAIN,
    Item,
    MarkRule,
    Name,
    OnLink,
    Record,
    Route,
    Subject,
    address_of,
    network_of,
)
from lbsh.drivers.network.protocol import Failed
from lbsh.drivers.network.wanted import Wanted, names_of, wanted_on_linux
from lbsh.drivers.running import run, said
from lbsh.drivers.values import DriverError
from lbsh.programs import lacks_rights
from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.values import Family, Network

_SYSCTL = Path("/proc/sys")
_ANYWHERE: dict[Family, Network] = {4: Network(4, 0, 0), 6: Network(6, 0, 0)}
_METRIC: dict[Family, int] = {4: 0, 6: 1024}
"""The metric of a route that is made without one: only such a route takes the place of another (ip-route(8))."""

_Shown = Sequence[Mapping[str, object]]


class LinuxNetwork:
    """The network of the namespace of this process."""

    def wanted(self, lists: DeviceLists) -> Wanted:
        """What lists for a device mean on Linux."""
        return wanted_on_linux(lists)

    def observe(self, wanted: Wanted, record: Record) -> Observed:
        """Addresses, blackholes, default routes and the tables of marks; of other routes nothing is read."""
        items = (*wanted.items, *record.items)
        links, *_ = _shown(None, ["address show"])
        found = set(_on_links(links))
        for family in sorted({_family(item) for item in items if not isinstance(item, OnLink)}):
            found.update(_routes_and_rules(family, items))
        settings = settings_in(names_of(wanted, record), links)
        interfaces = frozenset(str(link["ifname"]) for link in links)
        return Observed(interfaces, frozenset(found), settings, tuple(_doubles(links)))

    def carry_out(self, steps: Sequence[Step]) -> tuple[Failed, ...]:
        """Carries out the steps in runs: commands of one family together, settings of the kernel one by one."""
        failed: list[Failed] = []
        batch: list[tuple[Step, str]] = []
        family: Family = 4
        for step in steps:
            if isinstance(step, Put) and step.name.subject is Subject.KERNEL:
                failed += _batch(family, batch)
                batch = []
                failed += _put(step)
                continue
            if batch and _family_of(step) != family:
                failed += _batch(family, batch)
                batch = []
            family = _family_of(step)
            batch += [(step, line) for line in _lines(step)]
        return (*failed, *_batch(family, batch))


# Looking


def _shown(family: Family | None, commands: Sequence[str]) -> list[_Shown]:
    """What `ip` shows for each of several commands, as JSON. A table that is not there is empty."""
    arguments = ("ip", *([f"-{family}"] if family else []), "-json", "-force", "-batch", "-")
    outcome = run(arguments, "".join(f"{command}\n" for command in commands))
    shown = [line for line in outcome.output.splitlines() if line.startswith("[")]
    if len(shown) != len(commands):
        raise DriverError(f"`{' '.join(arguments)}` failed: {said(outcome)}")
    try:
        return [cast("_Shown", json.loads(line)) for line in shown]
    except ValueError as error:
        raise DriverError(f"`{' '.join(arguments)}` prints what is no JSON: {error}") from error


def _on_links(links: _Shown) -> Iterator[Item]:
    for link in links:
        for one in cast("_Shown", link["addr_info"]):
            if one["family"] in ("inet", "inet6") and "local" in one:
                yield OnLink(str(link["ifname"]), address_of(str(one["local"])), int(str(one["prefixlen"])))


def _doubles(links: _Shown) -> Iterator[str]:
    for link in links:
        for one in cast("_Shown", link["addr_info"]):
            if one.get("dadfailed"):
                yield f"another machine on the link of {link['ifname']} has the address {one['local']}, too"


def _routes_and_rules(family: Family, items: Sequence[Item]) -> Iterator[Item]:
    tables = sorted({item.table for item in items if isinstance(item, Route) and _family(item) == family} - {MAIN})
    asked = {MAIN: ["route show type blackhole", "route show exact default"]}
    asked |= {table: [f"route show table {table}"] for table in tables}
    commands = ["rule show", *(command for lines in asked.values() for command in lines)]
    rules, *shown = _shown(family, commands)
    for rule in rules:
        if {"fwmark", "table"} <= rule.keys() and rule.get("src") == "all":
            mark, mask = int(str(rule["fwmark"]), 16), int(str(rule.get("fwmask", "0xffffffff")), 16)
            if str(rule["table"]) == str(mark):
                yield MarkRule(family, mark, mask)
    for table, routes in zip([MAIN, *asked], shown, strict=True):  # the main table is asked twice
        for route in routes:
            if route.get("metric", 0) == _METRIC[family] or table != MAIN:
                yield _route(family, route, table)


def _route(family: Family, shown: Mapping[str, object], table: int) -> Route:
    to = _ANYWHERE[family] if shown["dst"] == "default" else network_of(str(shown["dst"]))
    hop = address_of(str(shown["gateway"])) if "gateway" in shown else None
    is_blackhole = shown.get("type") == "blackhole"
    return Route(to, hop, "" if is_blackhole else str(shown.get("dev", "?")), table)


def settings_in(names: Iterable[Name], links: _Shown) -> dict[Name, str]:
    """The values of settings, with links as `ip` shows them; those that are not there are left out."""
    by_name = {str(link["ifname"]): link for link in links}
    return {name: value for name in names if (value := _value(name, by_name)) is not None}


def _value(name: Name, links: Mapping[str, Mapping[str, object]]) -> str | None:
    if name.subject is Subject.KERNEL:
        try:
            return (_SYSCTL / name.name).read_text(encoding="ascii").strip()
        except OSError:
            return None
    link = links.get(name.name)
    if link is None:
        return None
    is_up = "UP" in cast("Sequence[str]", link["flags"])
    return str(link["mtu"]) if name.subject is Subject.MTU else ("up" if is_up else "down")


# Doing


def _family(item: Item) -> Family:
    match item:
        case OnLink():
            return item.address.family
        case Route():
            return item.to.family
        case MarkRule():
            return item.family


def _family_of(step: Step) -> Family:
    match step:
        case Add(item) | Remove(item) | Exchange(_, item):
            return _family(item)
        case Put():
            return 4


def _lines(step: Step) -> Iterator[str]:
    """A step as lines of a batch. An IPv6 address does not change its length: it is made anew."""
    match step:
        case Add(item):
            yield _line("add", item)
        case Remove(item):
            yield _line("del", item)
        case Exchange(Route(), Route() as new):
            yield _line("replace", new)
        case Exchange(old, new):
            yield _line("del", old)
            yield _line("add", new)
        case Put(Name(Subject.MTU, name), _, value):
            yield f"link set dev {name} mtu {value}"
        case Put(Name(_, name), _, value):
            yield f"link set dev {name} {value}"


def _line(verb: str, item: Item) -> str:
    match item:
        case OnLink(interface, address, length):
            return f"address {verb} {address}/{length} dev {interface}"
        case Route(to, hop, interface, table, is_far):
            kind = "" if interface else "blackhole "
            way = (f" via {hop}" if hop else "") + (f" dev {interface}" if interface else "")
            where = "" if table == MAIN else f" table {table}"
            return f"route {verb} {kind}{to}{way}{' onlink' if is_far and verb != 'del' else ''}{where}"
        case MarkRule(_, mark, mask):
            return f"rule {verb} fwmark 0x{mark:x}/0x{mask:x} lookup {mark}"


def _batch(family: Family, lines: Sequence[tuple[Step, str]]) -> list[Failed]:
    if not lines:
        return []
    outcome = run(("ip", f"-{family}", "-force", "-batch", "-"), "".join(f"{line}\n" for _, line in lines))
    if outcome.status == 0:
        return []
    failed: list[Failed] = []
    words: list[str] = []
    for line in outcome.errors.splitlines():
        place = re.fullmatch(r"Command failed -:(\d+)", line)
        if place is None:
            words.append(line.strip())
            continue
        step, command = lines[int(place[1]) - 1]
        failed.append(Failed(step, f"`ip {command}`: {_reason(words)}"))
        words = []
    if not failed:
        raise DriverError(f"`ip -batch` failed: {said(outcome)}")
    return failed


def _reason(words: Sequence[str]) -> str:
    text = " ".join(words).removeprefix("RTNETLINK answers: ").removeprefix("Error: ")
    return f"{text} (it takes the right CAP_NET_ADMIN)" if lacks_rights(text) else text


def _put(step: Put) -> list[Failed]:
    try:
        (_SYSCTL / step.name.name).write_text(step.value, encoding="ascii")
    except OSError as error:
        reason = f"{(error.strerror or str(error)).lower()}"
        hint = " (it takes the right CAP_NET_ADMIN)" if isinstance(error, PermissionError) else ""
        return [Failed(step, f"the setting `{step.name}` cannot be set to {step.value}: {reason}{hint}")]
    return []
