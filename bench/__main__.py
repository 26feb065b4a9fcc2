"""`python -m bench [--write]`: measures, prints, and says by its exit status whether every bar holds."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench import bars, details
from bench.programs import machine
from bench.runs import RunError
from bench.tables import Table

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin (written by `python -m bench --write`) -->", "<!-- figures: end -->"

HOLDS, MISSED, TROUBLE = 0, 1, 2
"""Exit status: all bars hold, one is missed, something could not be measured at all."""


def main() -> int:
    """Runs all measurements and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures lbsh beside its peers.")
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.name} as well")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="lbsh-bench-") as folder:
            held, tables = measure(Path(folder))
    except RunError as error:
        print(f"bench: {error}", file=sys.stderr)
        return TROUBLE
    figures = "\n\n".join([f"Measured with {machine()}.", *(table.render() for table in tables)])
    print(figures)
    if arguments.write:
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), figures), encoding="utf-8")
    missed = [bar.what for bar in held if bar.holds is False]
    for what in missed:
        print(f"bench: the bar is missed: {what}", file=sys.stderr)
    return MISSED if missed else HOLDS


def measure(folder: Path) -> tuple[list[bars.Bar], list[Table]]:
    """All figures: those held to a bar, and the tables to show."""
    start = time.monotonic()
    held = []
    for measurement in (bars.measure_check, bars.measure_emit, bars.measure_version):
        _announce(measurement.__doc__)
        held += measurement(folder)
    _announce(details.measure_growth.__doc__)
    growth = details.measure_growth(folder)
    held += bars.judge_growth(growth)
    _announce(details.measure_steps.__doc__)
    steps = details.measure_steps(folder, growth[details.SIZES[0]].processor)
    _announce(details.measure_loading.__doc__)
    loading = details.measure_loading(folder)
    _announce(f"All measured in {time.monotonic() - start:.0f} seconds.\n")
    return held, [bars.table(held), details.growth_table(growth), steps, loading]


def with_figures(page: str, figures: str) -> str:
    """The page with other figures between its markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} lacks the markers that figures stand between")
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


def _announce(text: str | None) -> None:
    """Says on standard error what goes on, for someone who waits."""
    print((text or "").partition("\n")[0], file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
