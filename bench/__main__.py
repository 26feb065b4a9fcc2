"""`python -m bench [--write]`: measures and prints; the exit status tells whether every bar holds."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench import (
    acting,
    agreement,
    bars,
    changes,
    details,
    detection,
    editing,
    ejections,
    idle,
    latency,
    loading,
    probing,
    removal,
    signs,
    stickiness,
)
from bench.bars import Bar
from bench.programs import machine
from bench.runs import RunError
from bench.tables import Table

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
PICTURE, TIMES = PAGE.with_suffix(".svg"), PAGE.with_name("detection.svg")
BEGIN, END = "<!-- figures: begin (written by `python -m bench --write`) -->", "<!-- figures: end -->"

Result = TypeVar("Result")

HOLDS, MISSED, TROUBLE = 0, 1, 2
"""Exit status: all bars hold, a bar is missed, a measurement failed."""


def main() -> int:
    """Runs all measurements and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures lbsh beside its peers.")
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"put the figures into {PAGE.name}, {PICTURE.name} and {TIMES.name} as well",
    )
    parser.add_argument(
        "--agree",
        type=int,
        default=agreement.SITES,
        metavar="N",
        help="how many generated sites must agree; 0 for none",
    )
    arguments = parser.parse_args()
    if arguments.write and importlib.util.find_spec("matplotlib") is None:
        parser.error("--write needs matplotlib, for the picture: pip install 'lbsh[bench]'")
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="lbsh-bench-") as folder:
            measured = measure(Path(folder), arguments.agree)
    except RunError as error:
        print(f"bench: {error}", file=sys.stderr)
        return TROUBLE
    _announce(f"All measured in {time.monotonic() - start:.0f} seconds.\n")
    figures = "\n\n".join([f"Measured with {machine()}.", *(table.render() for table in measured.tables)])
    print(figures)
    if arguments.write:
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), figures), encoding="utf-8")
        measured.draw(PICTURE, TIMES)
    missed = [bar.what for bar in measured.bars if bar.holds is False]
    for what in missed:
        print(f"bench: the bar is missed: {what}", file=sys.stderr)
    return MISSED if missed else HOLDS


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures."""

    bars: tuple[Bar, ...]
    growth: details.Growth
    steps: Table
    editing: editing.Editing
    loading: loading.Loading
    latencies: latency.Latencies
    stickiness: stickiness.Stickiness
    changes: changes.Changes | str
    signs: signs.Signs
    detection: detection.Detections | str
    ejections: ejections.Ejections | str
    probing: tuple[probing.Probing, ...] | str

    @property
    def tables(self) -> tuple[Table, ...]:
        return (
            bars.table(self.bars),
            details.growth_table(self.growth),
            self.steps,
            editing.table(self.editing),
            loading.table(self.loading),
            loading.sticky_table(self.loading),
            latency.table(self.latencies),
            stickiness.table(self.stickiness),
            changes.table(self.changes),
            signs.table(self.signs),
            detection.table(self.detection),
            ejections.table(self.ejections),
            probing.table(self.probing),
        )

    def draw(self, path: Path, times: Path) -> None:
        from bench import plot  # noqa: PLC0415 -- matplotlib is large, and only this needs it

        plot.draw(path, self.growth, self.loading, self.latencies)
        if not isinstance(self.detection, str):
            plot.draw_detection(times, self.detection)


def measure(folder: Path, sites: int) -> Measured:
    """Measures everything, beginning with the measurements that the memory of this process would disturb."""
    held = [
        bar
        for step in (bars.measure_check, bars.measure_lines, bars.measure_emit, bars.measure_version)
        for bar in _step(step, folder)
    ]
    growth = _step(details.measure_growth, folder)
    _announce(details.measure_steps.__doc__)
    steps = details.measure_steps(folder, growth.ours[details.SIZES[0]].processor)
    typed = _step(editing.measure_editing, folder)
    loaded = _step(loading.measure_loading, folder)
    latencies = _step(latency.measure_latency, folder)
    exchanged = _step(stickiness.measure_stickiness, folder)
    changed = _step(changes.measure_changes, folder)
    acted = _step(acting.measure_acting, folder)
    removed = _step(removal.measure_removal, folder)
    signed = _step(signs.measure_signs, folder)
    detected = _step(detection.measure_detection, folder)
    ejected = _step(ejections.measure_ejections, folder)
    idled = _step(idle.measure_idle, folder)
    probed = _step(probing.measure_probing, folder)
    _announce(agreement.measure_agreement.__doc__)
    agreed = agreement.measure_agreement(sites)
    held += [
        *bars.judge_growth(growth.ours),
        *editing.judge(typed),
        *loading.judge(loaded),
        *latency.judge(latencies),
        *stickiness.judge(exchanged),
        *changes.judge(changed),
        *acting.judge(acted),
        *removal.judge(removed),
        *signs.judge(signed),
        *detection.judge(detected),
        *ejections.judge(ejected),
        *idle.judge(idled),
        *probing.judge(probed),
        agreed,
    ]
    return Measured(
        tuple(held),
        growth,
        steps,
        typed,
        loaded,
        latencies,
        exchanged,
        changed,
        signed,
        detected,
        ejected,
        probed,
    )


def with_figures(page: str, figures: str) -> str:
    """The page with other figures between its markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} lacks the markers that figures stand between")
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


def _step(measurement: Callable[[Path], Result], folder: Path) -> Result:
    """Announces a measurement and makes it."""
    _announce(measurement.__doc__)
    return measurement(folder)


def _announce(text: str | None) -> None:
    """Prints the progress on standard error."""
    print((text or "").partition("\n")[0], file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
