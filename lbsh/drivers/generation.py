"""The generation of the rules in the kernel: a number that every transaction of anybody on nftables' rules raises by one.

Packets that update maps do not raise it. It is that of a network namespace and starts anew at boot, so it is kept with both.
`iptables-nft` changes the same rules, and raises it too; `iptables-legacy` does not.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from lbsh.drivers.netlink import REQUEST, Message, NetlinkError, ask, attributes

_NFT_MSG_GETGEN = 10 << 8 | 16
_NFTA_GEN_ID = 1
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/thread-self/ns/net")


class Moment(NamedTuple):
    """A state of the rules: the boot, the inode of the network namespace, the generation; None if it cannot be told."""

    boot: str
    namespace: int
    generation: int | None

    def after(self, transactions: int) -> Moment:
        """The state after so many transactions. The number is one of 32 bits that leaves out 0 (nf_tables_api.c)."""
        number = self.generation
        for _ in range(transactions):
            number = None if number is None else (number + 1) & 0xFFFFFFFF or 1
        return self._replace(generation=number)

    def is_same(self, other: Moment) -> bool:
        """Whether both are known, and equal."""
        return self == other and self.generation is not None

    def is_of_boot(self, other: Moment) -> bool:
        """Whether both are of one boot and one network namespace, and known."""
        return self[:2] == other[:2] and None not in (self.generation, other.generation)

    def is_before(self, other: Moment) -> bool:
        """Whether it is earlier than another one of the same boot; numbers go around."""
        assert self.generation is not None
        assert other.generation is not None
        return 0 < (other.generation - self.generation) & 0xFFFFFFFF < 1 << 31

    def notes(self) -> dict[str, object]:
        return self._asdict()


Clock = Callable[[], Moment]
"""What tells the present moment."""


def moment_in(notes: Mapping[str, object]) -> Moment:
    """The moment that notes were taken at."""
    boot, namespace, number = (notes.get(field) for field in Moment._fields)
    return Moment(
        boot if isinstance(boot, str) else "",
        namespace if isinstance(namespace, int) else 0,
        number if isinstance(number, int) else None,
    )


def now() -> Moment:
    """The present moment in the network namespace of this thread; without a generation where it cannot be read."""
    try:
        boot, namespace = _BOOT.read_text(encoding="ascii").strip(), _NAMESPACE.stat().st_ino
        return Moment(boot, namespace, _generation())
    except (OSError, NetlinkError):
        return Moment("", 0, None)


def _generation() -> int | None:
    for answer in ask(Message(_NFT_MSG_GETGEN, REQUEST, 0)):
        value = attributes(answer).get(_NFTA_GEN_ID)
        if value is not None and len(value) == 4:
            number: int = struct.unpack("!I", value)[0]
            return number
    return None
