"""The permitted imports: the tables that tests/test_layers.py holds the code to, and that ARCHITECTURE.md shows."""

from __future__ import annotations

from collections.abc import Iterator

from tools.generate.derived import ROOT, Derived, fill

LAYERS: dict[str, tuple[str, ...]] = {
    "oyster": (),
    "oyster.compile": ("oyster", "lark"),
    "oyster.terminal": ("oyster", "prompt_toolkit"),
    "lbsh_lang.reported": (),
    "lbsh_lang.codes": (),
    "lbsh_lang.source": (),
    "lbsh_lang.values": (),
    "lbsh_lang.docstrings": ("lbsh_lang.reported",),
    "lbsh_lang.diagnostics": ("lbsh_lang.codes", "lbsh_lang.source"),
    "lbsh_lang.fixes": ("lbsh_lang.diagnostics", "lbsh_lang.source"),
    "lbsh_lang.probes": ("lbsh_lang.values",),
    "lbsh_lang.syntax": (
        "lbsh_lang.codes",
        "lbsh_lang.reported",
        "lbsh_lang.probes",
        "lbsh_lang.source",
        "lbsh_lang.values",
        "oyster",
    ),
    "lbsh_lang.site": ("lbsh_lang.syntax", "lbsh_lang.codes", "lbsh_lang.source", "lbsh_lang.values", "oyster"),
    "lbsh_lang.backends": (
        "lbsh_lang.reported",
        "lbsh_lang.site.exchange",
        "lbsh_lang.site.model",
        "lbsh_lang.site.sources",
        "lbsh_lang.site.uplinks",
        "lbsh_lang.values",
        "lbsh_lang.source",
        "lbsh_lang.diagnostics",
    ),
    "lbsh_lang.check": (
        "lbsh_lang.checks",
        "lbsh_lang.backends.base",
        "lbsh_lang.site",
        "lbsh_lang.syntax",
        "lbsh_lang.diagnostics",
        "lbsh_lang.source",
    ),
    "lbsh_lang.packets": ("lbsh_lang.checks", "lbsh_lang.site", "lbsh_lang.syntax", "lbsh_lang.values"),
    "lbsh_lang.checks": (
        "lbsh_lang.codes",
        "lbsh_lang.backends.base",
        "lbsh_lang.backends.any",
        "lbsh_lang.site",
        "lbsh_lang.syntax",
        "lbsh_lang.source",
        "lbsh_lang.diagnostics",
        "lbsh_lang.docstrings",
        "lbsh_lang.values",
        "oyster",
    ),
    "lbsh_lang.renderings": (
        "oyster",
        "lbsh_lang.diagnostics",
        "lbsh_lang.source",
        "lbsh_lang.probes.base",
        "lbsh_lang.site",
        "lbsh_lang.syntax",
        "lbsh_lang.values",
    ),
    "lbsh_lang.analysis": (
        "lbsh_lang.check",
        "lbsh_lang.packets",
        "lbsh_lang.checks",
        "lbsh_lang.backends.any",
        "lbsh_lang.backends.base",
        "lbsh_lang.renderings",
        "lbsh_lang.fixes",
        "lbsh_lang.probes.base",
        "lbsh_lang.site",
        "lbsh_lang.syntax",
        "lbsh_lang.source",
        "lbsh_lang.diagnostics",
        "lbsh_lang.docstrings",
        "lbsh_lang.values",
        "oyster",
    ),
    "lbsh_lsp": ("lbsh_lang.analysis", "lbsh.reading", "pygls", "lsprotocol", "websockets"),
    "lbsh.capabilities": (),
    "lbsh.landlock": (),
    "lbsh.uncollected": (),
    "lbsh.unshare": (),
    "lbsh.programs": ("lbsh.capabilities", "lbsh.landlock", "lbsh_lang.reported"),
    "lbsh.store": ("lbsh_lang.reported", "lbsh_lang.site", "lbsh_lang.values"),
    "lbsh.drivers": (
        "lbsh.programs",
        "lbsh.unshare",
        "lbsh_lang.reported",
        "lbsh_lang.backends",
        "lbsh_lang.site",
        "lbsh_lang.values",
    ),
    "lbsh.session": ("lbsh_lang.values",),
    "lbsh.live": ("lbsh_lang.reported", "lbsh_lang.site", "lbsh_lang.values"),
    "lbsh.gateway": ("lbsh.drivers", "lbsh.live", "lbsh.session", "lbsh.store", "lbsh.uncollected", "lbsh_lang"),
    "lbsh.poller": (
        "lbsh.drivers.netlink",
        "lbsh.live",
        "lbsh.programs",
        "lbsh.uncollected",
        "lbsh_lang.probes",
        "lbsh_lang.renderings.terminal",
        "lbsh_lang.reported",
        "lbsh_lang.site",
        "lbsh_lang.values",
    ),
    "lbsh.lab": (
        "lbsh.programs",
        "lbsh.unshare",
        "lbsh.store.protocol",
        "lbsh.poller.conversation",
        "lbsh.poller.results",
        "lbsh.poller.targets",
        "lbsh_lang",
        "oyster",
    ),
    "lbsh.gateway.doctor": ("lbsh.gateway", "lbsh.drivers", "lbsh.store", "lbsh.programs", "lbsh_lang"),
    "lbsh.reading": ("lbsh_lang.source",),
    "lbsh.shell": (
        "lbsh.app",
        "lbsh.drivers",
        "lbsh.files",
        "lbsh.gateway",
        "lbsh.remote",
        "lbsh.session",
        "lbsh.standing",
        "lbsh.store",
        "lbsh_lang",
        "oyster",
    ),
    "lbsh.remote": (
        "lbsh.programs",
        "lbsh.reading",
        "lbsh_lang.renderings.terminal",
        "lbsh_lang.reported",
        "lbsh_lang.source",
    ),
    "lbsh.files": ("lbsh.reading", "lbsh_lang.reported", "lbsh_lang.site.faults", "lbsh_lang.source"),
    "lbsh.replacing": ("lbsh.files", "lbsh.reading"),
    "lbsh.saving": ("lbsh.drivers", "lbsh.replacing", "lbsh.files", "lbsh_lang"),
    "lbsh.cache": (),
    "lbsh.plugins": ("lbsh", "lbsh.cache", "lbsh_lang", "oyster"),
    "lbsh.stores": ("lbsh.store",),
    "lbsh.guards": ("lbsh.programs", "lbsh.store"),
    "lbsh.resident": ("lbsh",),
    "lbsh.look": ("lbsh", "lbsh_lang.reported"),
    "lbsh.guard": ("lbsh", "lbsh_lang.reported"),
    "lbsh.device": ("lbsh", "lbsh_lang"),
    "lbsh.poll": ("lbsh", "lbsh_lang"),
    "lbsh.lab_poll": ("lbsh",),
    "lbsh.doctor": ("lbsh", "lbsh_lang"),
    "lbsh.standing": ("lbsh", "lbsh_lang"),
    "lbsh.app": ("lbsh", "lbsh_lang", "oyster"),
    "lbsh.cli": ("lbsh", "lbsh_lang", "lbsh_lsp", "oyster", "click"),
    "lbsh.__main__": ("lbsh",),
    "lbsh": (),
}
"""Each layer with the modules outside the standard library that it may import besides itself."""

ROOMS: dict[str, tuple[str, ...]] = {
    "lbsh_lang.analysis.live": (),
    "lbsh_lang.analysis.lines": ("lbsh_lang.analysis.live",),
    "lbsh_lang.analysis.names": ("lbsh_lang.analysis.live",),
    "lbsh_lang.analysis.prose": ("lbsh_lang.analysis.lines", "lbsh_lang.analysis.names"),
    "lbsh_lang.analysis.actions": ("lbsh_lang.analysis.live", "lbsh_lang.analysis.lines"),
    "lbsh_lang.analysis.completion": (
        "lbsh_lang.analysis.live",
        "lbsh_lang.analysis.lines",
        "lbsh_lang.analysis.prose",
    ),
    "lbsh_lang.analysis.hover": (
        "lbsh_lang.analysis.live",
        "lbsh_lang.analysis.lines",
        "lbsh_lang.analysis.names",
        "lbsh_lang.analysis.prose",
    ),
    "lbsh_lang.analysis.emission": ("lbsh_lang.analysis.live",),
    "lbsh_lang.analysis.packets": ("lbsh_lang.analysis.live", "lbsh_lang.analysis.emission"),
}
"""Each room of the analysis with the rooms that it may import besides itself."""

ARCHITECTURE = ROOT / "ARCHITECTURE.md"


def files() -> Iterator[Derived]:
    """The page with its tables."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    text = _with_table(text, "layers", "| layer | may import, besides itself |", LAYERS)
    text = _with_table(text, "rooms", "| room | may import of the analysis, besides itself |", ROOMS)
    yield Derived(ARCHITECTURE, text)


def _with_table(text: str, name: str, head: str, allowed: dict[str, tuple[str, ...]]) -> str:
    rows = (f"| `{importer}` | {_listed(imported)} |" for importer, imported in allowed.items())
    table = "".join(f"{line}\n" for line in (head, "|---|---|", *rows))
    return fill(text, f"<!-- {name}: begin (written by `make generate`) -->", f"<!-- {name}: end -->", table)


def _listed(allowed: tuple[str, ...]) -> str:
    return ", ".join(f"`{one}`" for one in allowed) or "nothing"
