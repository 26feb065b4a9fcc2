"""The driver of no filter: it loads nothing, prints what another one would do, and says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TextIO

from lbsh.drivers.protocol import Connections, Drift, Observed, Place, Target
from lbsh.drivers.states import State
from lbsh_lang.backends.base import Artifact, Options, own_name
from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address, Family


class NoDriver:
    """Prints on `out`, in comments of all filters, and the rules as they are."""

    name = "none"

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def test(self, artifact: Artifact) -> None:
        """Accepts all rules: there is no filter that could refuse any."""

    def load(self, artifact: Artifact, options: Options) -> Mapping[str, object]:
        self._say("The driver `none` loads nothing. Another one would load these rules:", artifact.text)
        return {}

    def change(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Mapping[str, object]:
        self._say("The driver `none` changes nothing. Another one would load this change:", artifact.text)
        return {}

    def unload(self, options: Options) -> None:
        self._say(f"The driver `none` removes nothing. Another one would remove the rules `{own_name(options.name)}`.")

    def unchanged(self, notes: Mapping[str, object]) -> bool:
        return True

    def observe(self, artifact: Artifact, options: Options, notes: Mapping[str, object]) -> Observed:
        return Observed((), notes)

    def caught_up(self, options: Options, notes: Mapping[str, object]) -> Mapping[str, object] | Drift | None:
        return notes if self.unchanged(notes) else None

    def remember(self, services: Sequence[Service], options: Options) -> None:
        """Nothing: no client is remembered."""

    def states(self, places: Collection[Address]) -> Sequence[State]:
        return ()

    def translating_others(self, options: Options) -> frozenset[Family]:
        return frozenset()

    def forget(self, targets: Collection[Target]) -> int:
        if targets:
            self._say("The driver `none` ends no connection. Another one would end these:")
        for one in sorted(targets, key=repr):
            server = f"on {one.server}" if one.server is not None else "without a server"
            self._out.write(f"#   {one.protocol.value} to {one.service} {server}, {_ports(one)}\n")
        return 0

    def connections(self, servers: Mapping[ServerId, Place]) -> Mapping[ServerId, Connections]:
        return {}

    def _say(self, words: str, text: str = "") -> None:
        self._out.write(f"# {words}\n{text}")


_MOST_PORTS = 8


def _ports(target: Target) -> str:
    if target.ports is None:
        return "all ports"
    pairs = [f"{asked}" if asked == own else f"{asked} -> {own}" for asked, own in target.ports]
    more = f" and {len(pairs) - _MOST_PORTS} more" if len(pairs) > _MOST_PORTS else ""
    return f"port{'s' * (len(pairs) > 1)} {', '.join(pairs[:_MOST_PORTS])}{more}"
