"""The rules of a packet filter as a file that its own programs load at boot: all of them, those of others too.

What belongs to the moment is left out: counters, and elements that packets put into sets, such as remembered clients. The
text of a file is compared with the kernel by its *parts*: a line of rules with the blocks that it stands in. Parts of lbsh
itself do not count, since they follow from the running script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lbsh.drivers.running import answer_of, run, said
from lbsh.drivers.values import DriverError

MARK = "# Written by `lbsh save`: all rules of this device, as they were loaded then."
"""The comment by which a file of lbsh is told from others."""


class Saved(NamedTuple):
    """A file of rules: the usual one at boot, the programs that list, test and load rules, and its text and parts."""

    path: str
    suffix: str
    list_rules: tuple[str, ...]
    test: tuple[str, ...]
    load: tuple[str, ...]
    text_of: Callable[[str], str]
    parts_of: Callable[[str], Iterator[str]]


def nftables_text(listing: str) -> str:
    """A listing of nft as a file for it, which replaces all rules at once."""
    kept = [line for line, is_kept in _without_learnt(listing.splitlines()) if is_kept]
    return "".join(f"{line}\n" for line in ("#!/usr/sbin/nft -f", MARK, "", "flush ruleset", "", *kept))


def iptables_text(listing: str) -> str:
    """The output of iptables-save as a file for iptables-restore, without times and counters."""
    lines = [line for line in listing.splitlines() if not line.startswith("#")]
    return "".join(f"{_uncounted(line)}\n" for line in (MARK, *lines))


def _uncounted(line: str) -> str:
    return re.sub(r"^(:\S+ \S+) \[\d+:\d+\]$", r"\1 [0:0]", line)


_QUOTED = re.compile(r'"[^"]*"')
_OWN_TABLE = re.compile(r"table ip6? lbsh(\.[a-z0-9]+)?")
_OWN_CHAIN = re.compile(r"(?::|-A )LBSH|.* -j LBSH")


def _depth(line: str) -> int:
    """How many blocks a line opens, or, if negative, closes; texts in quotes do not count."""
    bare = _QUOTED.sub("", line)
    return bare.count("{") - bare.count("}")


def _without_learnt(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The lines of a listing of nft, and whether each of them stays: elements of sets that packets fill do not."""
    is_dynamic, left_out = False, 0
    for line in lines:
        words = line.split()
        if words[:1] in (["set"], ["map"]):
            is_dynamic = False
        if words[:1] == ["flags"]:
            is_dynamic = "dynamic" in re.split(r"[\s,]+", line)
        if left_out or (is_dynamic and words[:2] == ["elements", "="]):
            left_out += _depth(line)
            yield line, False
            continue
        yield line, True


def nftables_parts(listing: str) -> Iterator[str]:
    """Each line of a listing of nft with its blocks, each element of a set by itself; without those of lbsh."""
    blocks: list[str] = []
    collected, missing = "", 0
    for line, is_kept in _without_learnt(listing.splitlines()):
        text = line.strip()
        if not is_kept or not text or text.startswith("#"):
            continue
        if missing or text.startswith("elements = {"):
            collected += f" {text}"
            missing += _depth(text)
            if not missing:
                found = [] if _is_own(blocks) else _elements(collected)
                yield from (f"{' '.join(blocks)} element {one}" for one in found)
                collected = ""
        elif _depth(text) > 0:
            blocks.append(text.removesuffix("{").strip())
            if not _is_own(blocks):
                yield " ".join(blocks)
        elif text == "}" and blocks:
            blocks.pop()
        elif not _is_own(blocks):
            yield f"{' '.join(blocks)} {text}"


def _is_own(blocks: Sequence[str]) -> bool:
    return bool(blocks) and _OWN_TABLE.fullmatch(blocks[0]) is not None


def _elements(text: str) -> list[str]:
    """The elements in `elements = { a, b comment "c, d" }`."""
    inner = text.partition("{")[2].rpartition("}")[0]
    return [one.strip() for one in re.findall(r'(?:"[^"]*"|[^",])+', inner)]


def iptables_parts(listing: str) -> Iterator[str]:
    """Each line of iptables-save with its table; without those of lbsh, and policies that accept."""
    table = ""
    for line in listing.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith((":", "-A")) and not _OWN_CHAIN.match(line):
            part = re.sub(r" \[\d+:\d+\]", "", line)
            if not re.fullmatch(r":\S+ ACCEPT", part):
                yield f"{table} {part}"


def _of_iptables(program: str, path: str, suffix: str) -> Saved:
    restore = f"{program}-restore"
    test = (restore, "--test")
    return Saved(path, suffix, (f"{program}-save",), test, (restore,), iptables_text, iptables_parts)


SAVED: dict[str, tuple[Saved, ...]] = {
    "nftables": (
        Saved(
            "/etc/nftables.conf",
            "",
            ("nft", "-s", "list", "ruleset"),
            ("nft", "-c", "-f", "-"),
            ("nft", "-f", "-"),
            nftables_text,
            nftables_parts,
        ),
    ),
    "iptables": (
        _of_iptables("iptables", "/etc/iptables/rules.v4", ".v4"),
        _of_iptables("ip6tables", "/etc/iptables/rules.v6", ".v6"),
    ),
}
"""The files of rules by the driver of their filter."""


def listing_of(saved: Saved) -> str:
    """All rules in the kernel. Raises `DriverError`."""
    return answer_of(saved.list_rules)


def tested(saved: Saved, listing: str) -> str:
    """The text of a file with these rules, which the filter's own program has read. Raises `DriverError`."""
    text = saved.text_of(listing)
    outcome = run(saved.test, text)
    if outcome.status != 0:
        raise DriverError(f"`{' '.join(saved.test)}` refuses the rules as they are listed: {said(outcome)}")
    return text


def lacking(saved: Saved, listing: str, other: str) -> tuple[str, ...]:
    """The parts of another listing that the kernel lacks."""
    there = frozenset(saved.parts_of(listing))
    return tuple([part for part in dict.fromkeys(saved.parts_of(other)) if part not in there])
