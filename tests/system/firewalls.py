"""The backends whose rules run in the laboratory: how a script's rules get there, whole and as a change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lbsh_lang.backends.base import Backend, Capability, Options
from lbsh_lang.backends.nftables.layout import layout_of
from lbsh_lang.backends.nftables.tables import Table
from lbsh_lang.site.model import Site
from tests.reading import site_of
from tests.system.lab import Lab
from tests.system.namespaces import CommandError


@dataclass(frozen=True, slots=True)
class Firewall:
    """A backend and the device that runs its rules."""

    backend: Backend
    lab: Lab

    def require(self, *needed: Capability) -> None:
        """Skip the test, aloud, where the backend refuses what it is about."""
        missing = set(needed) - self.backend.capabilities(self.backend.targets[0])
        if missing:
            words = ", ".join(sorted(capability.value for capability in missing))
            pytest.skip(f"{self.backend.name} refuses such a script with LB401: {words}")

    def load(self, script: str) -> None:
        """Load the rules of a script as its user would."""
        self._load(site_of(script))

    def change(self, before: str, after: str) -> None:
        """Go from one script's rules to another's as a driver does on a server's change of state."""
        if self.backend.name == "nftables":
            self.lab.load_nft("\n".join(nft_changes(site_of(before), site_of(after))))
        else:
            self._load(site_of(after))

    def _load(self, site: Site) -> None:
        text = self.backend.render(site, Options(self.backend.targets[0])).text
        if self.backend.name == "nftables":
            self.lab.load_nft(text)
        else:
            self.lab.load_iptables(text, family=4)
            self.lab.load_iptables(text, family=6)
            self._set_jumps()

    def _set_jumps(self) -> None:
        """Lead connections to the chains of lbsh, unless it is done, as the header of the text for iptables says."""
        for program in ("iptables", "ip6tables"):
            for chain in ("PREROUTING", "POSTROUTING"):
                jump = (chain, "-j", f"LBSH-{chain}")
                try:
                    self.lab["device"].run(program, "-t", "nat", "-C", *jump)
                except CommandError:
                    self.lab["device"].run(program, "-t", "nat", "-A", *jump)


def nft_changes(before: Site, after: Site) -> Iterator[str]:
    """One transaction that adds the maps and chains that are new, and exchanges elements.

    The table stays, and with it the clients that it remembers.
    """
    for family in after.families():
        old, new = layout_of(before, family), layout_of(after, family)
        table = f"{new.family} lbsh"
        for part in new.maps:
            if part not in old.maps:
                yield f"add {part.kind} {table} {part.name} {{ {'; '.join(part.properties)}; }}"
        for chain in new.chains:
            if chain not in old.chains:
                yield f"add chain {table} {chain.name}"
                yield from (f"add rule {table} {chain.name} {rule}" for rule in chain.rules if not rule.startswith("#"))
        were, are = _elements(old), _elements(new)
        yield from (f"delete element {table} {part} {{ {key} }}" for part, key, _ in sorted(were - are))
        yield from (f"add element {table} {part} {{ {key}{value} }}" for part, key, value in sorted(are - were))


def _elements(table: Table) -> set[tuple[str, str, str]]:
    return {
        (addition.map, element.key, "" if element.value is None else f" : {element.value}")
        for block in table.blocks
        for addition in block.additions
        for element in addition.elements
    }
