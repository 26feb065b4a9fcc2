"""Matches for a fixed share of all clients, by a hash of the client's address. Knows nothing of pools.

A share is given by a seed, which selects the hash function, and by bits of the hash: a client belongs to the share if
its address, hashed to `exponent` bits, gives `part`. So the share holds 1 in 2^exponent clients, and shares of
different seeds are independent of each other. For example, with exponent 3 and part 0 a share holds the eighth of all
clients whose hash is 000; with exponent 4, the parts 0 and 1 of the same seed are the two halves of that eighth
(0000 and 0001).

For IPv4 the match is `cluster`. Of an IPv6 address, `cluster` hashes the first 32 bits alone (xt_cluster.c takes the
length in words for a length in bytes), and these are the same for most clients of a site. There the match is a small
program of the classic BPF.
"""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.values import Address

COARSEST = 3
"""The least exponent of weight 1, so that it claims an eighth of all clients at most. Finer shares are parts of these."""

_WORD = (1 << 64) - 1

_FIRST_BITS, _FURTHER_BITS = 5, 2
"""The number of bits of the hash that a `cluster` match compares: the first match of a rule, and any further match.

iptables 1.8.9 takes no node mask over 32, and so knows the nodes 1 to 6 alone. That suffices for a first match of five
bits of which the highest three are 0 (nodes 1 to 4), and for further matches of two bits.
"""

# The instructions of the classic BPF that are used, as (code, jump if true, jump if false): linux/bpf_common.h.
_LOAD, _MULTIPLY, _ADD_X, _XOR_X = "32 0 0", "36 0 0", "12 0 0 0", "172 0 0 0"
_SHIFT_RIGHT, _COPY_TO_X, _SKIP_UNLESS, _RETURN = "116 0 0", "7 0 0 0", "21 0 1", "6 0 0"
_IPV6_SOURCE = (8, 12, 16, 20)
"""The offsets of the four words of the source address in an IPv6 header."""


class Share(NamedTuple):
    """A part of all clients, 1 in 2^exponent. `part` is less than 2^(exponent - COARSEST), or 0."""

    seed: int
    exponent: int
    part: int


def server_seed(address: Address, port: int) -> int:
    """A number that identifies a server; its own port is 0 if it has none."""
    seed = _mix(address.value & _WORD ^ _mix(address.value >> 64))
    return _mix(seed + port) if port else seed


def share_seed(server: int, rank: int, draw: int) -> int:
    """The seed of a server's share: `rank` is the power of two in its weight, `draw` the number of its hash function."""
    return _mix(_mix(server + rank) + draw)


def cluster(share: Share) -> str:
    """The match for IPv4: a match of `cluster` for the first bits, and a further match for every two bits after them."""
    held = min(share.exponent, _FIRST_BITS)
    left = share.exponent - held
    matches = [_cluster(held, share.part >> left, share.seed)]
    while left:
        held = min(left, _FURTHER_BITS)
        left -= held
        # The seed depends on the bits before, not on the number of bits after: so a finer share is a part of a coarser.
        matches.append(_cluster(held, share.part >> left & (1 << held) - 1, _mix(share.seed + len(matches))))
    return "".join(matches)


def _cluster(bits: int, node: int, seed: int) -> str:
    nodes = f"--cluster-total-nodes {1 << bits} --cluster-local-node {node + 1}"
    return f"-m cluster {nodes} --cluster-hash-seed {seed & 0xFFFFFFFF:#x} "


def bytecode(share: Share) -> str:
    """The match for IPv6: the sum of the address's words, each times a random odd number, mixed once more."""
    factors = [_mix(share.seed + index) & 0xFFFFFFFF | 1 for index in range(len(_IPV6_SOURCE) + 1)]
    program: list[str] = []
    for offset, factor in zip(_IPV6_SOURCE, factors, strict=False):
        program += [f"{_LOAD} {offset}", f"{_MULTIPLY} {factor}", *([_ADD_X] if program else []), _COPY_TO_X]
    program += [f"{_SHIFT_RIGHT} 15", _XOR_X, f"{_MULTIPLY} {factors[-1]}", f"{_SHIFT_RIGHT} {32 - share.exponent}"]
    program += [f"{_SKIP_UNLESS} {share.part}", f"{_RETURN} 1", f"{_RETURN} 0"]
    return f'-m bpf --bytecode "{len(program)},{",".join(program)}" '


def _mix(value: int) -> int:
    """A well-mixed 64-bit number (the finalizer of splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _WORD
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _WORD
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _WORD
    return value ^ value >> 31
