"""Text about a value: an address, a network, a port, a duration, a probe method."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice

from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.names.servers import counted
from lbsh_lang.analysis.prose.blocks import Block, Code, Paragraph, Prose, paragraph
from lbsh_lang.checks.wording import problem_text
from lbsh_lang.renderings.value_text import time_text
from lbsh_lang.site.device import Given
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import lower_duration, lower_network, lower_port, lower_target, parse_address
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.ports import PORT_NAMES
from lbsh_lang.values import Address, AddressRange, Network, address_text

_MOST_NETS = 2000
_MOST_NAMES = 5
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def address_prose(resolution: LiveResolution, text: str) -> Prose:
    """One address or several: their number, first and last address, nets and owners."""
    single = parse_address(text)
    if isinstance(single, Address):
        return tuple(_one(resolution, single))
    target = lower_target(text)
    if isinstance(target, AddressRange):
        return (*_several(target), *_inside(resolution, target))
    return _wrong(text, target)


def network_prose(text: str) -> Prose:
    """A network: its number of addresses, and the first and the last for hosts."""
    net = lower_network(text)
    if isinstance(net, Problem):
        return _wrong(text, net)
    every = AddressRange(net.family, net.value, net.last)
    edges = every if every.size <= 2 else AddressRange(net.family, net.value + 1, net.last - (net.family == 4))
    blocks: list[Block] = [paragraph(Code(str(net)), f": {_count(every.size)}.")]
    first, last = address_text(net.family, edges.first), address_text(net.family, edges.last)
    blocks.append(paragraph("For hosts: ", Code(first), " to ", Code(last), "."))
    return tuple(blocks)


def port_prose(text: str) -> Prose:
    """A port with its number and its names."""
    port = lower_port(text)
    if isinstance(port, Problem):
        return _wrong(text, port)
    if not port.is_single:
        return (paragraph("Ports ", Code(str(port)), f": {port.last - port.first + 1} of them."),)
    names = [name for name in _names_of_ports().get(port.first, ()) if name != text]
    words: list[str | Code] = ["Port ", Code(str(port))]
    for name in ([text] if text in PORT_NAMES else []) + names:
        words += [", ", Code(name)]
    return (paragraph(*words, "."),)


def duration_prose(text: str) -> Prose:
    """A duration in the largest units, and in one unit."""
    time = lower_duration(text)
    if isinstance(time, Problem):
        return _wrong(text, time)
    words = []
    rest = time
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        words += [f"{count}{unit}"] if count else []
    long = " ".join(words)
    if long == text and time % 1000 == 0:
        return (paragraph(Code(text), f" is {time // 1000:,} s."),)
    return (paragraph(Code(text), " is ", Code(long), f", {time:,} ms." if long == time_text(time) else "."),)


def method_prose(text: str) -> Prose:
    """A probe method with its options."""
    method = METHODS.get(text)
    if method is None:
        return ()
    said = (paragraph(method.sentence),)
    options: list[str | Code] = []
    for name, option in method.options.items():
        options += [", " if options else "Options: ", Code(name), " (required)" if option.required else ""]
    return (*said, paragraph(*options, ".")) if options else said


def _wrong(text: str, problem: Problem) -> Prose:
    return (paragraph(Code(text), f": {problem_text(problem)}."),)


def _one(resolution: LiveResolution, address: Address) -> Iterator[Paragraph]:
    device = resolution.device
    yield paragraph("Address ", Code(str(address)), f" (IPv{address.family}).")
    yield from _inside(resolution, AddressRange(address.family, address.value, address.value))
    services = sorted(islice(resolution.at.get(address, ()), _MOST_NETS))[: _MOST_NAMES + 1]
    if services:
        yield paragraph("The address of ", *_listed(services), ".")
    if any(given.value == address for given in device.gateways):
        yield paragraph("The device's own address on the side of the farms (`internal gw`).")
    if any(given.value == address for given in device.external_addresses):
        yield paragraph("A public address of the device itself (`external addr`).")


def _several(target: AddressRange) -> Iterator[Paragraph]:
    first, last = address_text(target.family, target.first), address_text(target.family, target.last)
    yield paragraph(f"{_count(target.size)}: ", Code(first), " to ", Code(last), ".")


def _inside(resolution: LiveResolution, target: AddressRange) -> Iterator[Paragraph]:
    """The nets that contain addresses."""
    device = resolution.device
    for what, nets in (("internal", device.internal_nets), ("external", device.external_nets)):
        net = _holding(nets, target)
        if net is not None:
            yield paragraph(f"In the {what} net ", Code(str(net)), f"{_edge(net, target)}.")


def _holding(nets: list[Given[Network]], target: AddressRange) -> Network | None:
    """The smallest of these nets that contains all of the addresses."""
    ends = Address(target.family, target.first), Address(target.family, target.last)
    found = [one.value for one in islice(nets, _MOST_NETS) if one.value.holds(ends[0]) and one.value.holds(ends[1])]
    return max(found, key=lambda net: net.length, default=None)


def _edge(net: Network, target: AddressRange) -> str:
    """The special role of a single address in its net, if no host can have it."""
    if target.size > 1 or net.last - net.value < 2:
        return ""
    if target.first == net.value:
        return ", of which it is the network address"
    return ", of which it is the broadcast address" if net.family == 4 and target.first == net.last else ""


def _listed(names: list[str]) -> list[str | Code]:
    words: list[str | Code] = []
    for name in names[:_MOST_NAMES]:
        words += [", ", Code(name)] if words else ["service ", Code(name)]
    return [*words, " and others"] if len(names) > _MOST_NAMES else words


def _count(number: int) -> str:
    """A number of addresses; a very large network size as a power of two."""
    if number > 1 << 32 and number & (number - 1) == 0:
        return f"2^{number.bit_length() - 1} addresses"
    return counted(number, "address")


@cache
def _names_of_ports() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name, number in PORT_NAMES.items():
        found.setdefault(number, []).append(name)
    return found
