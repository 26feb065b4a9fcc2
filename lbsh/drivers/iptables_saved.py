"""What `iptables-save` says, what rules should be there, and what leads from the one to the other. Starts no program.

`iptables-restore` changes the chains that a text declares and no others. So two things are left to the driver: the jumps
from the built-in chains to ours, and the chains and jumps of an earlier text that this one does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from lbsh.drivers.protocol import Drift
from lbsh_lang.backends.iptables.jumps import Jump, is_own, jumps_in
from lbsh_lang.values import Family

Saved = Mapping[str, Mapping[str, Sequence[str]]]
"""By table and chain, the rules of the chain without `-A` and its name."""

_TO_LBSH = re.compile(r"-[jg] LBSH(\.[a-z0-9]+)?[-/]\S+")
"""A whole rule that leads to rules of lbsh, under whatever name."""


class Wanted(NamedTuple):
    """What rules should be there under a name: by table and chain the number of rules, and the jumps."""

    name: str
    chains: Mapping[str, Mapping[str, int]]
    jumps: tuple[Jump, ...]


def read_saved(text: str) -> Saved:
    """The chains of all tables in the output of iptables-save(8)."""
    found: dict[str, dict[str, list[str]]] = {}
    chains: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            chains = found.setdefault(line[1:], {})
        elif line.startswith(":"):
            chains.setdefault(line[1:].split(" ")[0], [])
        elif line.startswith("-A "):
            _, chain, rule = (*line.split(" ", 2), "")[:3]
            chains.setdefault(chain, []).append(rule)
    return found


def wanted_in(lines: Sequence[str], family: Family, name: str) -> Wanted:
    """What a text wants of one family; nothing if it has no rule for it."""
    chains: dict[str, dict[str, int]] = {}
    counts: dict[str, int] = {}
    head = f"-{family} -A "
    for line in lines:
        if line.startswith("*"):
            counts = chains.setdefault(line[1:], {})
        elif line.startswith(":"):
            counts[line[1:].split(" ")[0]] = 0
        elif line.startswith(head):
            counts[line.removeprefix(head).split(" ")[0]] += 1
    if not any(sum(counts.values()) for counts in chains.values()):
        return Wanted(name, {}, ())
    return Wanted(name, chains, tuple(jumps_in(lines, name)))


def has_others(chains: Mapping[str, Sequence[str]], name: str) -> bool:
    """Whether a table has rules of others than the rules under a name."""
    return any(
        not leads_to_own(rule, name) for chain, rules in chains.items() if not is_own(chain, name) for rule in rules
    )


def settling(saved: Saved, wanted: Wanted) -> str:
    """The text that sets the jumps and removes what is left over of earlier rules; empty if there is nothing to do."""
    text = []
    for table in saved:
        commands = [*_jump_commands(table, saved[table], wanted)]
        stale = [chain for chain in saved[table] if is_own(chain, wanted.name)]
        stale = [chain for chain in stale if chain not in wanted.chains.get(table, {})]
        commands += [*(f"-F {chain}" for chain in stale), *(f"-X {chain}" for chain in stale)]
        if commands:
            text += [f"*{table}", *commands, "COMMIT"]
    return "".join(f"{line}\n" for line in text)


def _jump_commands(table: str, chains: Mapping[str, Sequence[str]], wanted: Wanted) -> Iterator[str]:
    for builtin, rules in chains.items():
        if is_own(builtin, wanted.name):
            continue
        jumps = [one for one in wanted.jumps if (one.table, one.builtin) == (table, builtin)]
        if not _are_right(rules, jumps, wanted.name):
            yield from (f"-D {builtin} {rule}" for rule in rules if leads_to_own(rule, wanted.name))
            yield from (f"-{'I' if one.is_first else 'A'} {builtin} -j {one.chain}" for one in jumps)


def _are_right(rules: Sequence[str], jumps: Iterable[Jump], name: str) -> bool:
    """Whether just these jumps lead from a built-in chain to ours, with no rule of others before or behind them.

    Jumps to rules of lbsh under other names may stand anywhere.
    """
    present = [rule for rule in rules if leads_to_own(rule, name)]
    if sorted(present) != sorted(f"-j {one.chain}" for one in jumps):
        return False
    for one in jumps:
        at = rules.index(f"-j {one.chain}")
        around = rules[:at] if one.is_first else rules[at + 1 :]
        if not all(_TO_LBSH.fullmatch(rule) for rule in around):
            return False
    return True


def leads_to_own(rule: str, name: str) -> bool:
    """Whether a rule leads to rules of lbsh under this name."""
    target = re.search(r"-[jg] (\S+)$", rule)
    return target is not None and is_own(target[1], name)


def digests(saved: Saved, name: str) -> dict[str, str]:
    """A digest of the rules of each of our chains, by `table chain`."""
    return {
        f"{table} {chain}": blake2b("\n".join(rules).encode(), digest_size=8).hexdigest()
        for table, chains in saved.items()
        for chain, rules in chains.items()
        if is_own(chain, name)
    }


def differences(saved: Saved, wanted: Wanted, rules: Mapping[str, str] | None, title: str) -> Iterator[Drift]:
    """What differs for one family (`title`); `rules` are the digests of when they were loaded, None if unknown."""
    for words in (*_of_chains(saved, wanted, rules), *_of_jumps(saved, wanted)):
        yield Drift(f"{words} ({title})", is_ours=True)


def _of_chains(saved: Saved, wanted: Wanted, rules: Mapping[str, str] | None) -> Iterator[str]:
    there = digests(saved, wanted.name)
    for table, counts in wanted.chains.items():
        for chain, count in counts.items():
            key = f"{table} {chain}"
            if key not in there:
                yield f"the chain `{chain}` of table `{table}` is gone"
            elif len(saved[table][chain]) != count or (rules is not None and rules.get(key) != there[key]):
                yield f"the rules of chain `{chain}` of table `{table}` were changed"
    for key in there:
        table, chain = key.split(" ", 1)
        if chain not in wanted.chains.get(table, {}):
            yield f"the chain `{chain}` of table `{table}` is left over"


def _of_jumps(saved: Saved, wanted: Wanted) -> Iterator[str]:
    for table, chains in saved.items():
        for builtin, rules in chains.items():
            jumps = [one for one in wanted.jumps if (one.table, one.builtin) == (table, builtin)]
            if is_own(builtin, wanted.name) or _are_right(rules, jumps, wanted.name):
                continue
            named = " and ".join(f"`{one.chain}`" for one in jumps) or "chains that are left over"
            yield f"`{builtin}` of table `{table}` does not lead to {named} before rules of others, once"
    for one in wanted.jumps:
        if one.builtin not in saved.get(one.table, {}):
            yield f"`{one.builtin}` of table `{one.table}` does not lead to `{one.chain}`"
