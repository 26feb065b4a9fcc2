"""The way from an address and a port to the chain of a service: a tree of chains, so that no packet meets a long list.

A chain with few services has one rule for each. One with more is divided by prefixes of the address, four bits at a
time, from where the addresses begin to differ; below a single address, by protocol and by prefixes of the port. Where a
service hangs depends on the services near it alone, so that one more changes few lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from lbsh_lang.backends.iptables.names import chain_name
from lbsh_lang.values import BITS, Family, Network, PortRange, Ports

LONGEST_LIST = 32
"""How many rules a chain has before it is divided."""

WIDEST = 64
"""How many branches a chain may get rather than have one that is heavier than all others."""

_STRIDE = 4
_PORT_BITS = 16
_MULTIPORT_SLOTS = 15
"""What one `multiport` match holds; a range takes two."""


class Way(NamedTuple):
    """Something to match that leads to a service: an address, and ports of a protocol unless the address is all."""

    value: int
    protocol: str
    ports: Ports
    service: int


class Leaf(NamedTuple):
    """A chain in which a way has its rule, for those of its ports that matter there."""

    chain: str
    ports: Ports


class Tree(NamedTuple):
    """The chains between a root and the leaves, the rules that lead from one to the next, and the leaves of each way."""

    chains: list[str]
    rules: list[str]
    leaves: dict[Way, list[Leaf]]


class Style(NamedTuple):
    """How the chains of a tree are called, and what its rules write before an address, a protocol and ports."""

    family: Family
    label: str
    address: str
    protocol: str
    ports: str


class _Item(NamedTuple):
    """A way, cut down to the ports of a branch."""

    way: Way
    ports: Ports


class _Branch(NamedTuple):
    """Items that one rule tells from the others, and the label of their chain."""

    match: str
    label: str
    items: list[_Item]


def dispatch_tree(root: str, style: Style, ways: list[Way]) -> Tree:
    """The tree that hangs below the chain `root`."""
    tree = Tree([], [], {way: [] for way in ways})
    _grow(tree, style, root, [_Item(way, way.ports) for way in sorted(ways)])
    return tree


def port_matches(protocol: str, ports: Ports) -> Iterator[str]:
    """The matches on a protocol and its ports; several where the list is too long for one."""
    if len(ports) == 1:
        yield f"-p {protocol} --dport {port_text(ports[0])}"
        return
    texts: list[str] = []
    slots = 0
    for port in ports:
        width = 1 if port.is_single else 2
        if slots + width > _MULTIPORT_SLOTS:
            yield f"-p {protocol} -m multiport --dports {','.join(texts)}"
            texts, slots = [], 0
        texts.append(port_text(port))
        slots += width
    yield f"-p {protocol} -m multiport --dports {','.join(texts)}"


def port_text(port: PortRange) -> str:
    return str(port.first) if port.is_single else f"{port.first}:{port.last}"


def _grow(tree: Tree, style: Style, chain: str, items: list[_Item]) -> None:
    branches = _branches(items, style) if len(items) > LONGEST_LIST else [_Branch("", "", [item]) for item in items]
    below = []
    for branch in branches:
        if len(branch.items) == 1:
            item = branch.items[0]
            tree.leaves[item.way].append(Leaf(chain, item.ports))
        else:
            child = chain_name(style.label + branch.label)
            tree.chains.append(child)
            tree.rules.append(f"-{style.family} -A {chain} {branch.match} -g {child}")
            below.append((child, branch.items))
    for child, members in below:
        _grow(tree, style, child, members)


def _branches(items: list[_Item], style: Style) -> list[_Branch]:
    first, last = items[0].way, items[-1].way
    if first.value != last.value:
        return [_network_branch(block, style) for block in _address_blocks(items, style.family)]
    address = str(Network(style.family, first.value, BITS[style.family])).replace(":", ".")
    if first.protocol != last.protocol:
        groups = groupby(items, key=lambda item: item.way.protocol)
        return [
            _Branch(f"{style.protocol} {protocol}", f"{address}/{protocol}", list(group)) for protocol, group in groups
        ]
    return _port_branches(items, f"{address}/{first.protocol}", f"{style.protocol} {first.protocol} {style.ports}")


class _Block(NamedTuple):
    """Items whose addresses have the first `length` bits in common."""

    length: int
    items: list[_Item]


def _network_branch(block: _Block, style: Style) -> _Branch:
    bits = BITS[style.family]
    host = bits - block.length
    text = str(Network(style.family, block.items[0].way.value >> host << host, block.length))
    return _Branch(f"{style.address} {text.removesuffix(f'/{bits}')}", text.replace(":", "."), block.items)


def _address_blocks(items: list[_Item], family: Family) -> list[_Block]:
    """The blocks of a chain. One that holds more than half of all is divided in place: so depth stays logarithmic.

    The kernel follows at most 16 jumps in a row, and a stray service here and there must not cost one each.
    """
    blocks = [_Block(0, items)]
    while len(blocks) < WIDEST:
        place = max(range(len(blocks)), key=lambda index: len(blocks[index].items))
        heaviest = blocks[place].items
        is_leaf = len(heaviest) <= LONGEST_LIST or heaviest[0].way.value == heaviest[-1].way.value
        if is_leaf or (len(blocks) > 1 and len(heaviest) * 2 <= len(items)):
            break
        blocks[place : place + 1] = _divided(heaviest, BITS[family])
    return blocks


def _divided(items: list[_Item], bits: int) -> list[_Block]:
    length = _next_length(items[0].way.value, items[-1].way.value, bits)
    groups = groupby(items, key=lambda item: item.way.value >> (bits - length))
    return [_Block(length, list(group)) for _, group in groups]


def _next_length(first: int, last: int, bits: int) -> int:
    """How long prefixes must be, in whole strides, to tell these numbers apart."""
    common = bits - (first ^ last).bit_length()
    return common - common % _STRIDE + _STRIDE


def _port_branches(items: list[_Item], label: str, match: str) -> list[_Branch]:
    first = min([port.first for item in items for port in item.ports])
    last = max([port.last for item in items for port in item.ports])
    host = max(0, _PORT_BITS - _next_length(first, last, _PORT_BITS))
    branches = []
    for prefix in range(first >> host, (last >> host) + 1):
        block = PortRange(prefix << host, (prefix + 1 << host) - 1)
        members = [_Item(item.way, ports) for item in items if (ports := _within(item.ports, block))]
        branches.append(_Branch(f"{match} {port_text(block)}", f"{label}/{block}", members))
    return [branch for branch in branches if branch.items]


def _within(ports: Ports, block: PortRange) -> Ports:
    """What of these ports lies in a block."""
    return tuple(
        [PortRange(max(port.first, block.first), min(port.last, block.last)) for port in ports if port.overlaps(block)]
    )
