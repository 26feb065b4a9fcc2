"""The one entry point for the meaning of a text and its findings: `check(source, load)`."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_faults, check_script
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Loader, no_files, read_script
from lbsh_lang.source import Source
from lbsh_lang.syntax.language import LBSH, Lbsh


class Rendering(NamedTuple):
    """The backend that is to render a site, the target, all installed backends, which messages name, and the rules' name."""

    backend: Backend
    target: str | None = None
    others: tuple[Backend, ...] = ()
    name: str = ""


class Checked(NamedTuple):
    """A script's findings and its meaning."""

    diagnostics: tuple[Diagnostic, ...]
    context: Context

    @property
    def resolution(self) -> Resolution:
        return self.context.resolution

    @property
    def site(self) -> Site:
        """The site; complete if no finding is an error."""
        return self.resolution.site

    def number_of(self, severity: Severity) -> int:
        return sum(one.severity is severity for one in self.diagnostics)

    def of_lines(self) -> tuple[Diagnostic, ...]:
        """The findings of single lines by themselves."""
        return tuple(check_faults(self.resolution.script.faults, self.context.contexts.fault))


def check(
    source: Source, load: Loader = no_files, rendering: Rendering | None = None, language: Lbsh = LBSH
) -> Checked:
    """Reads a script with all that it includes, resolves and checks it; with a backend, also for the limits of that."""
    return check_resolved(Resolution(read_script(source, load, language)), rendering)


def check_resolved(
    resolution: Resolution, rendering: Rendering | None = None, missing: frozenset[str] = frozenset()
) -> Checked:
    """The findings of a resolved script. `missing` are modules of libraries for probes that this machine lacks."""
    context = Context(resolution, missing=missing)
    if rendering is not None:
        context = Context(
            resolution, rendering.backend, rendering.target, rendering.others, rendering.name, missing=missing
        )
    return Checked(check_script(context), context)
