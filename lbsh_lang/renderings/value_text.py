"""Values of the language as text: addresses, ports, durations, texts in quotes, and lists of words.

All sentences and tables take their values from here, so that a value always has the same text, which is that of scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lbsh_lang.values import Address, Ports

_MOST = 12
"""The number of words that a long list shows."""

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def listed(words: Sequence[str]) -> str:
    """Words with commas between them; a long list ends with the number of the words left out."""
    if len(words) <= _MOST + 1:
        return ", ".join(words)
    return f"{', '.join(words[:_MOST])} and {len(words) - _MOST} more"


def addresses_text(addresses: Iterable[Address]) -> str:
    """Addresses, sorted; three or more neighbours as a range, in the notation of `add`."""
    words = []
    for first, last in _runs(sorted(addresses)):
        if last.value - first.value < 2:
            words += [str(first)] if first == last else [str(first), str(last)]
        elif first.family == 4 and first.value >> 8 == last.value >> 8:
            words.append(f"{first}-{last.value & 255}")
        else:
            words.append(f"{first}-{last}")
    return listed(words)


def _runs(addresses: list[Address]) -> Iterator[tuple[Address, Address]]:
    """The first and the last address of each run of neighbours in a sorted list."""
    if not addresses:
        return
    first = last = addresses[0]
    for address in addresses[1:]:
        if address != Address(last.family, last.value + 1):
            yield first, last
            first = address
        last = address
    yield first, last


def ports_text(ports: Ports) -> str:
    """Ports in the notation of a service statement."""
    return ",".join(str(port) for port in ports)


def time_text(milliseconds: int) -> str:
    """A duration in the largest unit of which it is a whole number."""
    unit, size = next((unit, size) for unit, size in _UNITS if milliseconds % size == 0)
    return f"{milliseconds // size}{unit}"


def quoted(text: str) -> str:
    """A text in quotes, in the notation of scripts."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
