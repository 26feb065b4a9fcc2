"""The tables of iptables besides nat, which only some sites need: their text, put together from parts that know nothing of
one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lbsh_lang.backends.base import Line


class Part(NamedTuple):
    """Chains with their rules. `hooks` has those that the kernel enters, each with the built-in chain that leads there."""

    hooks: Mapping[str, str]
    chains: tuple[str, ...]
    rules: tuple[Line, ...]


def table_lines(table: str, parts: Iterable[Part | None], *, hook: bool) -> Iterator[Line]:
    """The text of a table; none without parts. With `hook` it has the jumps, and fails where they are."""
    present = [part for part in parts if part is not None]
    if not present:
        return
    hooks = {chain: builtin for part in present for chain, builtin in part.hooks.items()}
    yield from [Line(""), Line(f"*{table}")]
    yield from [Line(f"-N {chain}" if hook else f":{chain} - [0:0]") for chain in hooks]
    yield from [Line(f"-I {builtin} -j {chain}") for chain, builtin in hooks.items() if hook]
    yield from [Line(f":{chain} - [0:0]") for chain in sorted({chain for part in present for chain in part.chains})]
    for part in present:
        yield from part.rules
    yield Line("COMMIT")
