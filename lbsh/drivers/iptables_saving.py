"""Saves the rules of iptables, as iptables-save(8) has them, to the files that netfilter-persistent loads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lbsh.drivers import generation
from lbsh.drivers.generation import Clock
from lbsh.drivers.iptables import families, moment_of, program_of
from lbsh.drivers.iptables_saved import leads_to_own
from lbsh.drivers.running import answer_of, run, said
from lbsh.drivers.saving import Copy, InUse, UnknownError
from lbsh.drivers.scratch import in_scratch
from lbsh.drivers.settled import settled
from lbsh.drivers.values import DriverError
from lbsh_lang.backends.base import Options
from lbsh_lang.backends.iptables.jumps import is_own
from lbsh_lang.values import Family

_HEAD = "# All rules of this device, written by `lbsh save`.\n"
_COUNTERS = re.compile(r"^(:\S+ \S+) \[\d+:\d+\]$")


class IptablesSaver:
    """Saves iptables of this network namespace, a file for each family whose programs are here."""

    def __init__(self, clock: Clock = generation.now) -> None:
        self._clock = clock

    def copies(self, options: Options, in_use: InUse) -> tuple[Copy, ...]:
        def read() -> dict[Family, str]:
            return {family: plain(answer_of((f"{program_of(family)}-save",))) for family in families()}

        texts = settled(read, lambda: moment_of(self._clock))
        return tuple([Copy(f"/etc/iptables/rules.v{one}", f".v{one}", text) for one, text in texts.items()])

    def test(self, copy: Copy, options: Options) -> None:
        program = f"{_program(copy)}-restore"
        outcome = run((program, "--test"), copy.text)
        if outcome.status != 0:
            raise DriverError(
                f"{program} refuses the rules as they are listed, so nothing was written: {said(outcome)}"
            )

    def lacking(self, copy: Copy, path: str, options: Options) -> tuple[str, ...]:
        program = _program(copy)

        def loaded() -> str:
            outcome = run((f"{program}-restore",), Path(path).read_text(errors="replace"))
            if outcome.status != 0:
                raise UnknownError(f"{program}-restore does not load it: {said(outcome)}")
            return run((f"{program}-save",)).output

        return tuple(lacking(in_scratch(loaded), copy.text, options.name))


def _program(copy: Copy) -> str:
    return program_of(4 if copy.suffix == ".v4" else 6)


def plain(saved: str) -> str:
    """The output of iptables-save without times and counters."""
    lines = [_COUNTERS.sub(r"\1 [0:0]", line) for line in saved.splitlines() if not line.startswith("#")]
    return _HEAD + "".join([f"{line}\n" for line in lines])


def lacking(old: str, new: str, name: str) -> Iterator[str]:
    """What an output of iptables-save has and another one lacks, in words; rules of lbsh under this name may differ."""
    there = Counter(_contents(new, name))
    for words in _contents(old, name):
        if there[words] > 0:
            there[words] -= 1
        else:
            yield words


def _contents(saved: str, name: str) -> Iterator[str]:
    """All rules, chains and policies, in words; equal words are equal content. To accept is what a chain does by itself."""
    table = ""
    for line in saved.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            chain, policy = line[1:].split(" ")[:2]
            if policy != "ACCEPT" and not is_own(chain, name):
                yield f"table {table}: chain {chain}{f', policy {policy}' if policy != '-' else ''}"
        elif line.startswith("-A ") and not is_own(line.split(" ")[1], name) and not leads_to_own(line, name):
            yield f"table {table}: {line}"
