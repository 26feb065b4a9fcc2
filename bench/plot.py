"""The figures of docs/performance.md as pictures. Knows the measurements, and alone needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator

from bench import detection, latency
from bench.details import Growth
from bench.loading import CHAINS, LOAD, Loading

INK, FAINT, PAPER = "#1f2328", "#6e7781", "#fffffe"
OURS, PEER, OTHER = "#0b66d0", "#c2570c", "#80808a"
DARK = {INK: "#e6edf3", FAINT: "#9198a1", PAPER: "#0d1117", OURS: "#58a6ff", PEER: "#f0883e", OTHER: "#a0a0aa"}
"""The replacement of each colour on dark screens."""


LABEL_HEIGHT = 26.0
"""Points between two labels of two lines each."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Points, and the words at the end of the line."""

    points: Mapping[int, float]
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the diagrams. Sizes grow by factors, so their axis is logarithmic; `scale` is that of the other axis."""

    title: str
    across: str
    up: str
    scale: Literal["log", "linear"]
    curves: tuple[Curve, ...]


def draw(path: Path, growth: Growth, loading: Loading, latencies: latency.Latencies) -> None:
    """Writes the picture of what grows with scripts."""
    with mpl.rc_context():
        panels = (_checks(growth), _loads(loading), _connects(latencies))
        figure = _figure(11.5)
        for axes, panel in zip(figure.subplots(1, len(panels)), panels, strict=True):
            _draw_panel(axes, panel)
        figure.draw_without_rendering()
        for axes, panel in zip(figure.axes, panels, strict=True):
            _label(axes, panel)
        _save(figure, path)


def draw_detection(path: Path, detections: detection.Detections) -> None:
    """Writes the picture of the times until failed servers are out: a diagram for each way to fail."""
    with mpl.rc_context():
        failures = tuple(dict.fromkeys(way.failure for way in detections))
        figure = _figure(8.5)
        for axes, failure in zip(figure.subplots(1, len(failures), sharey=True), failures, strict=True):
            _draw_times(axes, failure, {way: times for way, times in detections.items() if way.failure == failure})
        _save(figure, path)


def _figure(width: float) -> Figure:
    """A figure of this width in inches, in our style."""
    _set_style()
    return Figure(figsize=(width, 3.9), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08, wspace=0.04))


def _save(figure: Figure, path: Path) -> None:
    """Writes an SVG that follows the reader's choice of a light or a dark screen."""
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    path.write_text(_for_dark_screens(text.getvalue()), encoding="utf-8")


def _draw_times(axes: Axes, failure: str, detections: detection.Detections) -> None:
    """The share of the servers that are out, over the time since they failed; limits are dashed."""
    axes.set_title(f"Servers that were {failure}", fontsize=10, fontweight="bold", loc="left", pad=12)
    axes.set(xlabel="seconds since they failed", ylabel="out of the rules, %")
    for way, times in detections.items():
        colour, label = (OURS, "clients connect:\npassive signs") if way.has_clients else (OTHER, "no clients")
        ordered = sorted(times)
        shares = [100 * rank / len(ordered) for rank in range(len(ordered) + 1)]
        axes.step([0.0, *ordered], shares, where="post", color=colour, linewidth=1.8, label=label)
        axes.axvline(way.limit, color=colour, linewidth=1, linestyle="--")
    axes.set_xlim(left=0)
    axes.set_ylim(0, 101)
    axes.tick_params(labelsize=8)
    axes.grid(visible=True)
    axes.set_axisbelow(True)
    axes.legend(loc="lower right", frameon=False, fontsize=8)


def _set_style() -> None:
    mpl.rc("svg", hashsalt="lbsh", fonttype="none")  # the same figures make the same file
    mpl.rc("font", family="sans-serif", size=9)
    mpl.rc("text", color=INK)
    mpl.rc("figure", facecolor=PAPER)
    mpl.rc("axes", facecolor=PAPER, edgecolor=FAINT, labelcolor=INK, titlecolor=INK)
    mpl.rc("axes.spines", top=False, right=False)
    mpl.rc("xtick", color=FAINT, labelcolor=INK)
    mpl.rc("ytick", color=FAINT, labelcolor=INK)
    mpl.rc("grid", color=FAINT, alpha=0.25, linewidth=0.6)


def _checks(growth: Growth) -> Panel:
    curves = (
        Curve({lines: costs.processor for lines, costs in growth.ours.items()}, "lbsh check", OURS),
        Curve({lines: costs.processor for lines, costs in growth.peer.items()}, "haproxy -c,\nthe same farm", PEER),
    )
    return Panel("Checking a script", "lines", "processor time, s", "log", curves)


def _loads(loading: Loading) -> Panel:
    def curve(step: str, label: str, colour: str) -> Curve:
        return Curve({n: costs[step].processor for n, costs in loading.costs.items() if step in costs}, label, colour)

    curves = (curve(LOAD, "lbsh:\nshared maps", OURS), curve(CHAINS, "one chain\na service", PEER))
    return Panel("Loading the rules with nft -f", "services of 10 servers", "processor time, s", "log", curves)


def _connects(latencies: latency.Latencies) -> Panel:
    def curve(filter_name: str, name: str, label: str, colour: str) -> Curve:
        rows = [row for row in latencies.measured if (row.filter, row.name) == (filter_name, name)]
        return Curve({row.services: row.median for row in rows}, label, colour)

    curves = (
        curve("nftables", latency.OURS, "lbsh, nftables:\nshared maps", OURS),
        curve("iptables", latency.OURS, "lbsh, iptables:\ntree of chains", OTHER),
        curve("iptables", latency.LIST, "iptables:\na list", PEER),
    )
    return Panel("Connecting through the rules", "services of 10 servers", "median of connect(), µs", "linear", curves)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    axes.set_title(panel.title, fontsize=10, fontweight="bold", loc="left", pad=12)
    axes.set(xlabel=panel.across, ylabel=panel.up, xscale="log", yscale=panel.scale)
    for curve in panel.curves:
        if curve.points:
            sizes, values = zip(*sorted(curve.points.items()), strict=True)
            axes.plot(sizes, values, color=curve.colour, linewidth=1.8, marker="o", markersize=4)
    axes.set_xticks(sorted({size for curve in panel.curves for size in curve.points}))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()
    if panel.scale == "log":
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    else:
        axes.set_ylim(bottom=0, top=axes.get_ylim()[1] * 1.1)
    axes.tick_params(labelsize=8)
    axes.grid(visible=True)
    axes.set_axisbelow(True)


def _label(axes: Axes, panel: Panel) -> None:
    """Names the lines where they end; a label that would lie on the one below it moves up."""
    ends = [(*max(curve.points.items()), curve) for curve in panel.curves if curve.points]
    free = float("-inf")
    for size, value, curve in sorted(ends, key=lambda end: end[1]):
        height = float(axes.transData.transform((size, value))[1]) * 72 / axes.figure.dpi
        place = max(height, free)
        free = place + LABEL_HEIGHT
        axes.annotate(
            curve.label,
            (size, value),
            xytext=(7, place - height),
            textcoords="offset points",
            color=curve.colour,
            verticalalignment="center",
            annotation_clip=False,
        )


def _for_dark_screens(svg: str) -> str:
    """The same picture with a style for dark screens: it overrules the colours that are written into each part."""
    rules = "".join(
        f' [style*="{part}: {colour}"] {{ {part}: {other} !important; }}\n'
        for colour, other in DARK.items()
        for part in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme: dark) {{\n{rules}}}</style>\n"
    head, defs, rest = svg.partition(" <defs>")
    text = head + " " + style + defs + rest
    return "".join(line.rstrip() + "\n" for line in text.splitlines())
