"""The backends whose rules run in the laboratory, and the ways to load a script's rules, whole and as a change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lbsh_lang.backends.base import Backend, Capability, Options
from lbsh_lang.site.model import Site
from tests.reading import site_of
from tests.system.lab import Lab

_JUMP = re.compile(r"^#   (ip6?tables) -t (\w+) -C (\S+) (-j) (\S+) .* (-[AI]) \S+ -j \S+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Firewall:
    """A backend and the device that runs its rules."""

    backend: Backend
    lab: Lab

    def require(self, *needed: Capability) -> None:
        """Skip the test, with a message, if the backend lacks one of these capabilities."""
        missing = set(needed) - self.backend.capabilities(self.backend.targets[0])
        if missing:
            words = ", ".join(sorted(capability.value for capability in missing))
            pytest.skip(f"{self.backend.name} refuses such a script with LB401: {words}")

    def load(self, script: str, name: str = "") -> None:
        """Load the rules of a script in the way of its user, under a name if there is one."""
        self._load(site_of(script), name)

    def change(self, before: str, after: str, name: str = "") -> None:
        """Go from one script's rules to another's, as a driver does on a server's change of state."""
        options = Options(self.backend.targets[0], name=name)
        change = self.backend.render_change(site_of(before), site_of(after), options)
        if change is None:
            self._load(site_of(after), name)
        else:
            self.lab.load_nft(change.text)

    def heed_late_packets(self, *, wanted: bool = True) -> None:
        """Whether a packet of a connection that the device has forgotten counts as a new one, as is usual.

        One of an earlier test would take a turn.
        """
        if self.lab["device"].call(Path("/proc/sys/net/netfilter/nf_conntrack_tcp_loose").exists):
            self.lab["device"].set_sysctl("net.netfilter.nf_conntrack_tcp_loose", int(wanted))

    def _load(self, site: Site, name: str) -> None:
        text = self.backend.render(site, Options(self.backend.targets[0], name=name)).text
        if self.backend.name == "nftables":
            self.lab.load_nft(text)
        else:
            self.lab.load_iptables(text, family=4)
            self.lab.load_iptables(text, family=6)
            self._set_jumps(text)
        self.heed_late_packets(wanted=False)

    def _set_jumps(self, text: str) -> None:
        """Lead connections to the chains of lbsh, if they do not go there yet, by the commands in the rules' header.

        Programs take all of them at once here; each as a command of its own is tried in `test_iptables_restore`.
        """
        jumps: dict[str, list[tuple[str, str, str]]] = {}
        for program, table, *jump, verb in _JUMP.findall(text):
            jumps.setdefault(program, []).append((table, verb, " ".join(jump)))
        for program, wanted in jumps.items():
            present = set(_appended(self.lab["device"].run(f"{program}-save")))
            missing = [
                f"*{table}\n{verb} {jump}\nCOMMIT\n" for table, verb, jump in wanted if (table, jump) not in present
            ]
            if missing:
                self.lab["device"].run(f"{program}-restore", "-w", "--noflush", text="".join(missing))


def _appended(saved: str) -> Iterator[tuple[str, str]]:
    """The rules in the output of iptables-save, each with its table."""
    table = ""
    for line in saved.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith("-A "):
            yield table, line[3:]
