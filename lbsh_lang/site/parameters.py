"""The parameters of an interface: addresses, an MTU, and that it is up, in the words of ifconfig(8).

Any other word means nothing here: lbsh passes no word of a script to a program.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.values import Address, Family

MTU_RANGE = range(68, 65536)
"""The smallest MTU of IPv4 (RFC 791), and the largest one that fits its length."""

_FAMILIES: dict[str, Family] = {"inet": 4, "inet6": 6}


class OwnAddress(NamedTuple):
    """An address of an interface, with the length of the prefix of its link."""

    address: Address
    length: int


class Unknown(NamedTuple):
    """Words that are no parameter: their place among the words of all parameters (first, and behind the last), and why."""

    first: int
    behind: int
    reason: str


class Parameters(NamedTuple):
    """What the parameters of an interface say, in their order, and the words among them that say nothing."""

    addresses: tuple[OwnAddress, ...] = ()
    mtu: int | None = None
    is_up: bool = False
    unknown: tuple[Unknown, ...] = ()


def parse_parameters(text: str) -> Parameters:
    """The parameters in a text; the last MTU counts."""
    words = text.split()
    addresses: list[OwnAddress] = []
    unknown: list[Unknown] = []
    mtu, is_up, at = None, False, 0
    while at < len(words):
        word, value = words[at], words[at + 1] if at + 1 < len(words) else ""
        step = 1
        if word == "up":
            is_up = True
        elif word == "mtu":
            step, mtu = 2, _mtu(value)
            unknown += [] if mtu else [Unknown(at, _end(at, words), "`mtu` takes a number from 68 to 65535")]
        elif word in _FAMILIES:
            step, found = 2, _own_address(value, _FAMILIES[word])
            addresses += [found] if found else []
            example = "192.0.2.1/24" if word == "inet" else "2001:db8::1/64"
            unknown += [] if found else [Unknown(at, _end(at, words), f"`{word}` takes an address as {example}")]
        else:
            unknown.append(Unknown(at, at + 1, f"`{word}` is none of `inet`, `inet6`, `mtu` and `up`"))
        at += step
    return Parameters(tuple(addresses), mtu, is_up, tuple(unknown))


def spans_of(text: str) -> Iterator[tuple[int, int]]:
    """The columns of each word of parameters in their text."""
    return (found.span() for found in re.finditer(r"\S+", text))


def _end(at: int, words: list[str]) -> int:
    return min(at + 2, len(words))


def _mtu(text: str) -> int | None:
    number = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0
    return number if number in MTU_RANGE else None


def _own_address(text: str, family: Family) -> OwnAddress | None:
    """`192.0.2.1/24`: an address that a machine can have, with the length of its prefix."""
    if not re.fullmatch(r"[0-9A-Fa-f.:]+/[0-9]{1,3}", text):
        return None
    try:
        parsed = ipaddress.ip_interface(text)
    except ValueError:
        return None
    usable = not (parsed.is_multicast or parsed.is_unspecified or parsed.is_loopback) and parsed.network.prefixlen
    is_own = parsed.version == family and usable
    return OwnAddress(Address(family, int(parsed.ip)), parsed.network.prefixlen) if is_own else None
