"""The tables of docs/poller.md: the reasons of results, and the metrics, from what the poller itself has of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lbsh.poller.metrics import FAMILIES
from lbsh.poller.results import Reason
from tools.generate.derived import ROOT, Derived, fill

PAGE = ROOT / "docs" / "poller.md"


def files() -> Iterator[Derived]:
    """The page, with its tables as they should be."""
    text = PAGE.read_text(encoding="utf-8")
    for name, rows in (("reasons", _reasons()), ("metrics", _metrics())):
        begin, end = f"<!-- {name}: begin (written by `make generate`) -->", f"<!-- {name}: end -->"
        text = fill(text, begin, end, "".join(f"{row}\n" for row in rows))
    yield Derived(PAGE, text)


def _reasons() -> Iterable[str]:
    yield "| reason | means |"
    yield "|---|---|"
    for reason in Reason:
        yield f"| `{reason.value}` | {reason.meaning} |"


def _metrics() -> Iterable[str]:
    yield "| scope | metric | type | means |"
    yield "|---|---|---|---|"
    for number, family in enumerate(FAMILIES):
        scope = family.scope if number == 0 or FAMILIES[number - 1].scope != family.scope else ""
        yield f"| {scope} | `{family.name}` | {family.kind} | {family.text} |"
