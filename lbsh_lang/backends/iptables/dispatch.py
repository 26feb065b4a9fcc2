"""The dispatch tree of iptables: it leads a connection by its address and port to the chain of its service.

Theory of operation. iptables tries the rules of a chain one by one, so a chain with a rule for each of 10,000 services
would be slow. Therefore a chain with more than 32 destinations is divided: it gets a rule for each prefix of the
address, and each of these rules leads to a chain of its own, which is divided in turn if it is still too long. Below a
single address, chains are divided by protocol, then by prefixes of the port. A rule of a *leaf* matches a destination
and leads to its service.

40 services on port 80 of 203.0.113.0 to 203.0.113.39 give this tree, in which a connection passes at most 19 rules:

    LBSH-EXTERNAL                  -d 203.0.113.0/28  -g LBSH-E-203.0.113.0/28
                                   -d 203.0.113.16/28 -g LBSH-E-203.0.113.16/28
                                   -d 203.0.113.32/28 -g LBSH-E-203.0.113.32/28
    LBSH-E-203.0.113.0/28          16 rules such as   -d 203.0.113.5 -p tcp --dport 80 -j LBSH/SERVICE
    LBSH-E-203.0.113.16/28         16 rules
    LBSH-E-203.0.113.32/28         8 rules

*Prefixes.* The address is read in steps of four bits, from its start. A level of the tree takes the first step in which
its destinations differ: here the bits 25 to 28. Steps in which all agree are skipped, so that a tree is only as deep as
its destinations need.

*Depth.* The kernel follows at most 16 jumps in a row. A few destinations far away from all others must not cost a jump
for each step in which the rest agree. So while one branch has more than half of a chain's destinations, it is divided
within the same chain, which then has prefixes of several lengths. A branch therefore has at most half of its parent's
destinations, and the depth is logarithmic; only a chain with 64 branches is not divided further. Below a single address
there are at most five more levels.

*Ports.* A range may lie in several branches of the port; its destination then has a leaf in each, for the part of the
range that lies there.

All rules of a chain exclude each other, so their order does not matter. The place of a service in the tree depends only
on the services near it, so that an added or removed service changes few lines.

*Cost.* A connection passes at most 64 or so rules in each of a few chains; building the tree takes time in the number of
destinations on each level.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from lbsh_lang.backends.iptables.names import chain_name
from lbsh_lang.values import BITS, Family, Network, PortRange, Ports

LONGEST_LIST = 32
"""The most destinations of a chain that is not divided."""

WIDEST = 64
"""The number of branches at which a chain is not divided further, even if one branch has more than half of it."""

_STRIDE = 4
_PORT_BITS = 16
_MULTIPORT_SLOTS = 15
"""The number of ports that a `multiport` match holds; a range takes two places."""


class Destination(NamedTuple):
    """An address with ports of a protocol, and the rank of their service."""

    address: int
    protocol: str
    ports: Ports
    service: int


class Leaf(NamedTuple):
    """A chain with a rule for a destination, and the ports to match there."""

    chain: str
    ports: Ports


class Tree(NamedTuple):
    """The chains below a root, the rules that lead from one to the next, and the leaves of each destination."""

    chains: list[str]
    rules: list[str]
    leaves: dict[Destination, list[Leaf]]


class Notation(NamedTuple):
    """The notation of a tree: the label of its chains, and the options before an address, a protocol and ports."""

    family: Family
    label: str
    address: str
    protocol: str
    ports: str


class _Piece(NamedTuple):
    """A destination, cut down to the ports of a branch."""

    destination: Destination
    ports: Ports


class _Branch(NamedTuple):
    """Pieces that a rule separates from all others of its chain, with its match and the label of their chain."""

    match: str
    label: str
    pieces: list[_Piece]


def dispatch_tree(root: str, notation: Notation, destinations: list[Destination]) -> Tree:
    """The tree that hangs below the chain `root`."""
    tree = Tree([], [], {destination: [] for destination in destinations})
    _grow(tree, notation, root, [_Piece(destination, destination.ports) for destination in sorted(destinations)])
    return tree


def port_matches(protocol: str, ports: Ports) -> Iterator[str]:
    """The matches on a protocol and its ports; several if the list is too long for a single match."""
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


def _grow(tree: Tree, notation: Notation, chain: str, pieces: list[_Piece]) -> None:
    """Adds pieces to a chain: single pieces by a rule of the chain itself, several pieces by a branch."""
    branches = _branches(pieces, notation) if len(pieces) > LONGEST_LIST else [_Branch("", "", [one]) for one in pieces]
    below = []
    for branch in branches:
        if len(branch.pieces) == 1:
            piece = branch.pieces[0]
            tree.leaves[piece.destination].append(Leaf(chain, piece.ports))
        else:
            child = chain_name(notation.label + branch.label)
            tree.chains.append(child)
            tree.rules.append(f"-{notation.family} -A {chain} {branch.match} -g {child}")
            below.append((child, branch.pieces))
    for child, rest in below:
        _grow(tree, notation, child, rest)


def _branches(pieces: list[_Piece], notation: Notation) -> list[_Branch]:
    """The pieces, in order, divided by the first of address, protocol and port in which they differ."""
    first, last = pieces[0].destination, pieces[-1].destination
    if first.address != last.address:
        return [_network_branch(block, notation) for block in _address_blocks(pieces, notation.family)]
    address = str(Network(notation.family, first.address, BITS[notation.family])).replace(":", ".")
    if first.protocol != last.protocol:
        groups = groupby(pieces, key=lambda piece: piece.destination.protocol)
        return [
            _Branch(f"{notation.protocol} {protocol}", f"{address}/{protocol}", list(group))
            for protocol, group in groups
        ]
    match = f"{notation.protocol} {first.protocol} {notation.ports}"
    return _port_branches(pieces, f"{address}/{first.protocol}", match)


class _AddressBlock(NamedTuple):
    """Pieces whose addresses have the first `length` bits in common."""

    length: int
    pieces: list[_Piece]


def _network_branch(block: _AddressBlock, notation: Notation) -> _Branch:
    bits = BITS[notation.family]
    host = bits - block.length
    text = str(Network(notation.family, block.pieces[0].destination.address >> host << host, block.length))
    return _Branch(f"{notation.address} {text.removesuffix(f'/{bits}')}", text.replace(":", "."), block.pieces)


def _address_blocks(pieces: list[_Piece], family: Family) -> list[_AddressBlock]:
    """The blocks of a chain. A block with more than half of all pieces is divided in place, which bounds the depth."""
    blocks = [_AddressBlock(0, pieces)]
    while len(blocks) < WIDEST:
        place = max(range(len(blocks)), key=lambda index: len(blocks[index].pieces))
        heaviest = blocks[place].pieces
        is_leaf = len(heaviest) <= LONGEST_LIST or heaviest[0].destination.address == heaviest[-1].destination.address
        if is_leaf or (len(blocks) > 1 and len(heaviest) * 2 <= len(pieces)):
            break
        blocks[place : place + 1] = _divided(heaviest, BITS[family])
    return blocks


def _divided(pieces: list[_Piece], bits: int) -> list[_AddressBlock]:
    length = _next_length(pieces[0].destination.address, pieces[-1].destination.address, bits)
    groups = groupby(pieces, key=lambda piece: piece.destination.address >> (bits - length))
    return [_AddressBlock(length, list(group)) for _, group in groups]


def _next_length(first: int, last: int, bits: int) -> int:
    """The length of prefixes, in whole strides, by which these two numbers differ."""
    common = bits - (first ^ last).bit_length()
    return common - common % _STRIDE + _STRIDE


def _port_branches(pieces: list[_Piece], label: str, match: str) -> list[_Branch]:
    first = min([port.first for piece in pieces for port in piece.ports])
    last = max([port.last for piece in pieces for port in piece.ports])
    host = max(0, _PORT_BITS - _next_length(first, last, _PORT_BITS))
    branches = []
    for prefix in range(first >> host, (last >> host) + 1):
        block = PortRange(prefix << host, (prefix + 1 << host) - 1)
        inside = [_Piece(piece.destination, ports) for piece in pieces if (ports := _within(piece.ports, block))]
        branches.append(_Branch(f"{match} {port_text(block)}", f"{label}/{block}", inside))
    return [branch for branch in branches if branch.pieces]


def _within(ports: Ports, block: PortRange) -> Ports:
    """The parts of these ports that lie in a block."""
    return tuple(
        [PortRange(max(port.first, block.first), min(port.last, block.last)) for port in ports if port.overlaps(block)]
    )
