"""Does the device have the addresses of its site, each on its interface?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lbsh.gateway.doctor.base import BlindError, Case, Check, Finding, Kind, Severity, command
from lbsh.gateway.doctor.kernel import is_linux
from lbsh.gateway.doctor.links import Link, links_of
from lbsh_lang.renderings.value_text import addresses_text
from lbsh_lang.site.addresses import Held
from lbsh_lang.values import Address

MISSING = Kind("address-missing", Severity.ERROR, "The device lacks an address of a service, a gateway or of its own.")
ELSEWHERE = Kind("address-on-other-interface", Severity.WARNING, "An address is on another interface than its network.")
DUPLICATE = Kind("address-duplicate", Severity.ERROR, "Another machine has an address of the device (IPv6).")

_MOST = 12
"""Commands that one finding shows."""


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    if not (case.lists.held or case.lists.unplaced):
        return
    if case.site.failover is not None:
        raise BlindError("the script has a pair of devices: the other one may have the addresses")
    links = links_of(case.system)
    places = _places(links)
    missing: dict[str, list[Held]] = {}
    for held in case.lists.held:
        there = places.get(held.address, ())
        if held.interface not in links:
            continue  # the check of interfaces says so
        if not there:
            missing.setdefault(held.interface, []).append(held)
        elif held.interface not in there:
            yield _elsewhere(case, held, there[0])
    for one in case.lists.unplaced:
        if one.address not in places:
            words = f"no interface has {one.address}, and the script does not say which one should"
            yield Finding(MISSING, words, "name the interface of its net, as in `external net CIDR on IFNAME`")
    yield from (_missing(case, name, some) for name, some in missing.items())
    yield from _duplicates(case, links)


def _places(links: Mapping[str, Link]) -> dict[Address, list[str]]:
    found: dict[Address, list[str]] = {}
    for link in links.values():
        for placed in link.addresses:
            found.setdefault(placed.address, []).append(link.name)
    return found


def _missing(case: Case, interface: str, some: Sequence[Held]) -> Finding:
    words = f"the interface `{interface}` lacks {addresses_text([one.address for one in some])}"
    advice = case.keep("`lbsh addresses` lists all that the device must have; keep them in the network's configuration")
    return Finding(MISSING, words, advice, tuple([_add(case, one) for one in some]) if len(some) <= _MOST else ())


def _add(case: Case, held: Held) -> str:
    place = f"{held.address}/{held.length}"
    if is_linux(case.system):
        return command("ip", "address", "add", place, "dev", held.interface)
    return command("ifconfig", held.interface, "inet" if held.address.family == 4 else "inet6", place, "alias")


def _elsewhere(case: Case, held: Held, there: str) -> Finding:
    words = f"{held.address} is on the interface `{there}`, and belongs to `{held.interface}`"
    if not is_linux(case.system):
        return Finding(ELSEWHERE, words, "move it")
    remove = command("ip", "address", "del", f"{held.address}", "dev", there)
    return Finding(ELSEWHERE, words, "", (remove, _add(case, held)))


def _duplicates(case: Case, links: Mapping[str, Link]) -> Iterator[Finding]:
    wanted = {(held.interface, held.address) for held in case.lists.held}
    for link in links.values():
        for placed in link.addresses:
            if placed.is_duplicate and (link.name, placed.address) in wanted:
                words = (
                    f"another machine behind `{link.name}` has the address {placed.address}: the device does not use it"
                )
                advice = "take it away there (the kernel's log has the machine's MAC address), then set it here anew"
                yield Finding(DUPLICATE, words, advice)


CHECK = Check("addresses", (), (MISSING, ELSEWHERE, DUPLICATE), _look)
