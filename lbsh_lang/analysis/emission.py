"""The rules of a packet filter for a whole script, for an editor's view beside the script."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.analysis.live.snapshots import ScriptSnapshot
from lbsh_lang.backends.base import Backend, Options
from lbsh_lang.check import Checked, Rendering, check_resolved
from lbsh_lang.diagnostics import Severity
from oyster.near import NearMisses


class Emitted(NamedTuple):
    """The rules of a whole script as text, with a title; or the reason why there are none."""

    title: str
    text: str | None
    fault: str | None


def emit(script: ScriptSnapshot, backend: str, target: str | None = None) -> Emitted:
    """The output of `lbsh emit` for a script."""
    name = script.root.name
    chosen = next((one for one in script.backends if one.name == backend), None)
    if chosen is None:
        return Emitted(name, None, _no_backend(script.backends, backend))
    if target is not None and target not in chosen.targets:
        return Emitted(name, None, f"{backend} has no target `{target}`; its targets are {', '.join(chosen.targets)}")
    target = target or chosen.targets[0]
    title = f"{name}: {chosen.title}" + (f" ({target})" if len(chosen.targets) > 1 else "")
    resolution = script.resolve()
    fault = fault_of(check_resolved(resolution, Rendering(chosen, target, script.backends)))
    if fault is not None:
        return Emitted(title, None, fault)
    return Emitted(title, chosen.render(resolution.site, Options(target)).text, None)


def fault_of(checked: Checked) -> str | None:
    """The reason why a script with errors has neither rules nor traces; None for a script without errors."""
    errors = [one for one in checked.diagnostics if one.severity is Severity.ERROR]
    if not errors:
        return None
    place = f"{errors[0].span.source.name}, line {errors[0].span.start.line + 1}"
    count = "an error" if len(errors) == 1 else f"{len(errors)} errors; the first is"
    return f"the script has {count} in {place}: {errors[0].message}"


def _no_backend(backends: tuple[Backend, ...], name: str) -> str:
    names = [one.name for one in backends]
    near = NearMisses(names).of(name)
    hint = f"; a backend with a similar name exists: `{near}`" if near else ""
    return f"there is no backend `{name}`{hint} (installed are {', '.join(names) or 'none'})"
