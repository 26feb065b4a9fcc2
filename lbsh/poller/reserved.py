"""Ports that the kernel gives to nobody who does not ask for them by number (ip_local_reserved_ports, ip-sysctl).

The setting is a list of ports and ranges to which others add, too: ours is added, and taken back, and nothing else changes.
On Linux it is one of the network's namespace, and CAP_NET_ADMIN suffices to change it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from errno import EBUSY, EFBIG
from pathlib import Path

PLACE = Path("/proc/sys/net/ipv4/ip_local_reserved_ports")
_LONGEST = 4000
"""Bytes of a list. The kernel reads and writes a page at once; of a longer list a part would be lost."""


def is_reserved(ports: range, place: Path = PLACE) -> bool:
    """Whether all of the ports are reserved. Raises `OSError`, also if only some are."""
    found = _read(place).intersection(ports)
    if found and len(found) < len(ports):
        raise OSError(EBUSY, f"port {min(found)} of {ports.start}-{ports.stop - 1} is reserved by others")
    return bool(found)


def require_right(place: Path = PLACE) -> None:
    """Raises `OSError` without the right to reserve ports. Changes nothing."""
    os.close(os.open(place, os.O_WRONLY))


def reserve(ports: range, place: Path = PLACE) -> None:
    """Adds ports. Raises `OSError` without the right."""
    _write(place, _read(place).union(ports))


def release(ports: range, place: Path = PLACE) -> None:
    """Takes ports back. Raises `OSError`."""
    reserved = _read(place)
    if not reserved.isdisjoint(ports):
        _write(place, reserved.difference(ports))


def parsed(text: str) -> frozenset[int]:
    """The ports of a list as the kernel writes it: `80,8000-8010`."""
    found: set[int] = set()
    for part in text.strip().split(","):
        if part:
            first, _, last = part.partition("-")
            found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def written(ports: Iterable[int]) -> str:
    """A list of ports as the kernel reads it."""
    return ",".join([f"{first}-{last}" if last > first else f"{first}" for first, last in _runs(sorted(ports))])


def _runs(ports: list[int]) -> Iterator[tuple[int, int]]:
    first = 0
    for index, port in enumerate(ports):
        if index + 1 == len(ports) or ports[index + 1] != port + 1:
            yield ports[first], port
            first = index + 1


def _read(place: Path) -> frozenset[int]:
    with place.open("rb", buffering=0) as file:
        text = file.read(1 << 20)
    if len(text) > _LONGEST:
        raise OSError(EFBIG, f"{place} has too long a list")
    return parsed(text.decode("ascii"))


def _write(place: Path, ports: Iterable[int]) -> None:
    """Writes the whole list in one call, as the kernel wants it."""
    text = f"{written(ports)}\n".encode()
    if len(text) > _LONGEST:
        raise OSError(EFBIG, f"{place} would have too long a list")
    descriptor = os.open(place, os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(descriptor, text)
    finally:
        os.close(descriptor)
