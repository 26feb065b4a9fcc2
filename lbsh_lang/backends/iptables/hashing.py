"""Matches that hold for a fixed share of all clients, by a hash of the client's address. Knows nothing of servers.

A lot hashes the address to `exponent` bits and wins if they are `part`; so it wins for one client in 2^exponent. For IPv4
that is a match of `cluster`. Of an IPv6 address `cluster` only hashes the first 32 bits (xt_cluster.c takes the length in
words for one in bytes), by which most clients of a site are alike; there a small program of the classic BPF does it.
"""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.values import Address

_WORD = (1 << 64) - 1

_FIRST_BITS, _FURTHER_BITS = 5, 2
"""How many bits of the hash the first match of `cluster` in a rule holds, of which three are 0, and each further one."""

# The instructions of the classic BPF that are used, as (code, jump if true, jump if false): linux/bpf_common.h.
_LOAD, _MULTIPLY, _ADD_X, _XOR_X = "32 0 0", "36 0 0", "12 0 0 0", "172 0 0 0"
_SHIFT_RIGHT, _COPY_TO_X, _SKIP_UNLESS, _RETURN = "116 0 0", "7 0 0 0", "21 0 1", "6 0 0"
_IPV6_SOURCE = (8, 12, 16, 20)


class Lot(NamedTuple):
    """`part` is less than 2^(exponent - 3), or 0."""

    seed: int
    exponent: int
    part: int


def server_seed(address: Address) -> int:
    """A number that stands for a server."""
    return _mix(address.value & _WORD ^ _mix(address.value >> 64))


def lot_seed(server: int, rank: int, draw: int) -> int:
    """A number that depends on all of its parts, and on nothing else."""
    return _mix(_mix(server + rank) + draw)


def cluster(lot: Lot) -> str:
    """For IPv4. iptables 1.8.9 takes no node mask over 32, and so knows the nodes 1 to 6 only."""
    held = min(lot.exponent, _FIRST_BITS)
    left = lot.exponent - held
    matches = [_cluster(held, lot.part >> left, lot.seed)]
    while left:
        held = min(left, _FURTHER_BITS)
        left -= held
        # The seed depends on the bits before, not on how many follow: so a finer lot is a part of the coarser one.
        matches.append(_cluster(held, lot.part >> left & (1 << held) - 1, _mix(lot.seed + len(matches))))
    return "".join(matches)


def _cluster(bits: int, node: int, seed: int) -> str:
    nodes = f"--cluster-total-nodes {1 << bits} --cluster-local-node {node + 1}"
    return f"-m cluster {nodes} --cluster-hash-seed {seed & 0xFFFFFFFF:#x} "


def bytecode(lot: Lot) -> str:
    """For IPv6: the sum of the address's words, each times a random odd number, mixed once more."""
    factors = [_mix(lot.seed + index) & 0xFFFFFFFF | 1 for index in range(len(_IPV6_SOURCE) + 1)]
    program: list[str] = []
    for offset, factor in zip(_IPV6_SOURCE, factors, strict=False):
        program += [f"{_LOAD} {offset}", f"{_MULTIPLY} {factor}", *([_ADD_X] if program else []), _COPY_TO_X]
    program += [f"{_SHIFT_RIGHT} 15", _XOR_X, f"{_MULTIPLY} {factors[-1]}", f"{_SHIFT_RIGHT} {32 - lot.exponent}"]
    program += [f"{_SKIP_UNLESS} {lot.part}", f"{_RETURN} 1", f"{_RETURN} 0"]
    return f'-m bpf --bytecode "{len(program)},{",".join(program)}" '


def _mix(value: int) -> int:
    """A well-mixed 64-bit number (the finalizer of splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _WORD
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _WORD
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _WORD
    return value ^ value >> 31
