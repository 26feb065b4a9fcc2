"""Saves the rules of nftables, as `nft list ruleset` has them, to the file that nftables.service loads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from lbsh.drivers import generation
from lbsh.drivers.generation import Clock
from lbsh.drivers.nft_ruleset import ListedTable, RulesetError, lacking, read_ruleset, ruleset_text, without_states
from lbsh.drivers.probing import is_of_poller
from lbsh.drivers.running import run, said
from lbsh.drivers.saving import Copy, InUse, UnknownError
from lbsh.drivers.scratch import in_scratch, interfaces_for
from lbsh.drivers.settled import settled
from lbsh.drivers.values import DriverError
from lbsh.programs import Outcome
from lbsh_lang.backends.base import Options, own_name

TARGET = "/etc/nftables.conf"

_HEAD = "#!/usr/sbin/nft -f\n# All rules of this device, written by `lbsh save`.\n\nflush ruleset\n\n"
_LIST = ("nft", "-s", "list", "ruleset")
_MANAGED = re.compile(r"table (\S+ \S+) is managed by iptables-nft")


class NftSaver:
    """Saves nftables of this network namespace. `clock` tells whether the rules changed while they were read."""

    def __init__(self, clock: Clock = generation.now) -> None:
        self._clock = clock

    def copies(self, options: Options, in_use: InUse) -> tuple[Copy, ...]:
        outcome = settled(lambda: run(_LIST), self._clock)
        if outcome.status != 0:
            raise DriverError(f"`{' '.join(_LIST)}` failed: {said(outcome)}")
        _refuse_those_of_iptables(outcome)
        try:
            tables = _without_poller(read_ruleset(outcome.output))
        except RulesetError as error:
            raise DriverError(f"`{' '.join(_LIST)}` answers what lbsh cannot read: {error}") from error
        return (Copy(TARGET, "", _text(tables)),)

    def test(self, copy: Copy, options: Options) -> None:
        outcome = run(("nft", "-c", "-f", "-"), copy.text)
        if outcome.status != 0:
            raise DriverError(f"nft refuses the rules as they are listed, so nothing was written: {said(outcome)}")

    def lacking(self, copy: Copy, path: str, options: Options) -> tuple[str, ...]:
        own = own_name(options.name)
        try:
            names = interfaces_for(Path(path).read_text(errors="replace"))
            there = read_ruleset(in_scratch(lambda: _loaded(path), names))
        except RulesetError as error:
            raise UnknownError(str(error)) from error
        kept = read_ruleset(copy.text.removeprefix(_HEAD))
        return tuple(lacking(without_states(_without_poller(there)), kept, (f"ip {own}", f"ip6 {own}")))


def _without_poller(tables: Iterable[ListedTable]) -> tuple[ListedTable, ...]:
    return tuple([one for one in tables if not is_of_poller(one.name)])


def _text(tables: tuple[ListedTable, ...]) -> str:
    return _HEAD + "".join([f"{line}\n" for line in ruleset_text(without_states(tables))])


def _refuse_those_of_iptables(outcome: Outcome) -> None:
    """Raises `DriverError` if some tables are those of iptables-nft, whose matches nft cannot load back."""
    managed = list(dict.fromkeys(_MANAGED.findall(outcome.words)))
    if managed:
        names = ", ".join([f"`{name}`" for name in managed])
        raise DriverError(
            f"iptables-nft manages the table{'s' * (len(managed) > 1)} {names}, which nft cannot load back: save with"
            " `iptables-save` what is there, or express it in nftables (iptables-restore-translate) and remove it"
        )


def _loaded(path: str) -> str:
    """What nft lists after it has loaded a file, into the namespace of this thread. Raises `UnknownError`."""
    outcome = run(("nft", "-f", path))
    if outcome.status != 0:
        raise UnknownError(f"nft does not load it: {said(outcome)}")
    return run(_LIST).output
