"""The network interfaces of the machine with their addresses: from `ip -j address` on Linux, from `ifconfig` elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import NamedTuple

from lbsh.gateway.doctor.base import FailedError, System
from lbsh.gateway.doctor.kernel import is_linux
from lbsh_lang.values import Address


class Placed(NamedTuple):
    """An address on an interface; `is_duplicate` tells that another machine of the link has it (RFC 4862)."""

    address: Address
    is_duplicate: bool


class Link(NamedTuple):
    """An interface: whether it is up, whether it has a carrier, and its addresses."""

    name: str
    is_up: bool
    has_carrier: bool
    addresses: tuple[Placed, ...]


def links_of(system: System) -> Mapping[str, Link]:
    """The interfaces by name."""
    found = _linux(system) if is_linux(system) else _bsd(system.run("ifconfig").output)
    return {link.name: link for link in found}


def asked(system: System, *arguments: str) -> list[Mapping[str, object]]:
    """The objects in an answer of `ip -j`. Raises `FailedError`."""
    answer = system.run("ip", "-j", *arguments)
    try:
        found = json.loads(answer.output or "[]") if answer.status == 0 else None
    except ValueError:
        found = None
    if not isinstance(found, list):
        said = " ".join(answer.errors.split())[:200] or "it answers what lbsh cannot read"
        raise FailedError(f"`ip -j {' '.join(arguments)}` failed: {said}")
    return [one for one in found if isinstance(one, dict) and one]


def read_address(text: str) -> Address | None:
    """An address without its zone, None if a text is none."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return Address(4 if found.version == 4 else 6, int(found))


def _linux(system: System) -> Iterator[Link]:
    for one in asked(system, "address", "show"):
        flags, infos = one.get("flags"), one.get("addr_info")
        words = flags if isinstance(flags, list) else []
        placed = []
        for info in infos if isinstance(infos, list) else []:
            address = read_address(str(info.get("local", "")))
            if address is not None:
                placed.append(Placed(address, bool(info.get("dadfailed"))))
        yield Link(str(one.get("ifname")), "UP" in words, "LOWER_UP" in words, tuple(placed))


def _bsd(text: str) -> Iterator[Link]:
    """ifconfig(8): a line for each interface, and indented ones with its addresses and its status."""
    for block in re.split(r"\n(?=\S)", text):
        head = re.match(r"(\S+): flags=\w+<([^>]*)>", block)
        if head is None:
            continue
        placed = []
        for match in re.finditer(r"^\s+inet6? (\S+)(.*)$", block, re.MULTILINE):
            address = read_address(match[1])
            if address is not None:
                placed.append(Placed(address, "duplicated" in match[2].split()))
        status = re.search(r"^\s+status: (.*)$", block, re.MULTILINE)
        has_carrier = status is None or status[1] not in {"no carrier", "no network"}
        yield Link(head[1], "UP" in head[2].split(","), has_carrier, tuple(placed))
