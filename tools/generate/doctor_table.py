"""The table of docs/device.md with all that `lbsh doctor` may find, from the table of its checks."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.catalog import CHECKS
from lbsh.gateway.doctor.examine import FAILED
from tools.generate.derived import ROOT, Derived, fill

PAGE = ROOT / "docs" / "device.md"


def files() -> Iterator[Derived]:
    """The page, with its table as it should be."""
    begin, end = "<!-- doctor: begin (written by `make generate`) -->", "<!-- doctor: end -->"
    yield Derived(PAGE, fill(PAGE.read_text(encoding="utf-8"), begin, end, _table()))


def _table() -> str:
    rows = ["| check | finding | | means |", "|---|---|---|---|"]
    for check in CHECKS:
        name = check.name if not check.systems else f"{check.name} ({', '.join(map(_title, check.systems))})"
        for number, kind in enumerate(check.kinds):
            rows.append(f"| {name if number == 0 else ''} | `{kind.name}` | {kind.severity.value} | {kind.about} |")
    rows.append(f"| any | `{FAILED.name}` | {FAILED.severity.value} | {FAILED.about} |")
    return "".join(f"{row}\n" for row in rows)


def _title(system: str) -> str:
    return {"linux": "Linux", "freebsd": "FreeBSD"}[system]
