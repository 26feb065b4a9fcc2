"""The table of docs/backends.md: what each packet filter can do, and why one cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lbsh_lang.backends import iptables, nftables
from lbsh_lang.backends.base import NOBODY, Capability, Claims
from lbsh_lang.backends.iptables.capabilities import CLAIMS as IPTABLES
from lbsh_lang.backends.nftables.capabilities import CLAIMS as NFTABLES
from lbsh_lang.backends.pf.capabilities import CLAIMS as PF
from tools.generate.derived import ROOT, Derived, fill

PAGE = ROOT / "docs" / "backends.md"

CLAIMS: Mapping[str, Claims] = {
    iptables.BACKEND.name: IPTABLES,
    nftables.BACKEND.name: NFTABLES,
    **{f"PF, {release}": claims for release, claims in PF.items()},
}
"""The claims of the built-in backends, by the heads of their columns."""


def files() -> Iterator[Derived]:
    """The page, with its table as it should be."""
    mark = "<!-- capabilities: {} -->"
    begin, end = mark.format("begin (written by `make generate`)"), mark.format("end")
    yield Derived(PAGE, fill(PAGE.read_text(encoding="utf-8"), begin, end, f"\n{_table()}\n\n{_reasons()}\n\n"))


def _table() -> str:
    """A row for each capability."""
    rows = [[one.value, *("yes" if one in claims.has else "no" for claims in CLAIMS.values())] for one in Capability]
    return "\n".join(f"| {' | '.join(row)} |" for row in [["", *CLAIMS], ["---"] * (1 + len(CLAIMS)), *rows])


def _reasons() -> str:
    """A line for each reason why something is missing, with the filters for which it is the reason."""
    lines = [f"- {one.value}: {reason}." for one, reason in NOBODY.items()]
    found: dict[tuple[Capability, str], list[str]] = {}
    for name, claims in CLAIMS.items():
        for one, reason in claims.lacks.items():
            found.setdefault((one, reason), []).append(name)
    lines += [f"- {one.value} ({'; '.join(names)}): {reason}." for (one, reason), names in found.items()]
    return "\n".join(lines)
