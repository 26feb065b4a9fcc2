"""Which statements the running script takes: those without an error at their own words, and without a new error elsewhere.

Errors of absence (no interface yet, no gateway yet) refuse nothing, since a site that is typed line by line is incomplete at
first. They keep its rules from being made, as long as they last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lbsh_lang.check import Rendering
from lbsh_lang.checks.catalog import ALL_CHECKS
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Loader, Script, no_files, read_behind
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import IncludeStatement, ShellCommand
from lbsh_lang.syntax.statement import AnyStated


class Input(NamedTuple):
    """Statements that are to follow the running script: a source of which the lines in `left_out` do not count."""

    source: Source
    loader: Loader = no_files
    left_out: frozenset[int] = frozenset()

    @staticmethod
    def of(name: str, lines: Iterable[str]) -> Input:
        """Lines as an input of this name."""
        return Input(Source.of(name, "\n".join(lines), f"{name} of now"))


class Verdict(NamedTuple):
    """What became of an input: the script with it, the rank of its first statement, and the findings.

    `refused` are the errors that keep it out, `told` the warnings at its words, but those of what may follow. `missing` are
    errors of absence, anywhere in the script. `left_out` are findings about lines that were left out.
    """

    resolution: Resolution
    first: int
    refused: tuple[Diagnostic, ...]
    told: tuple[Diagnostic, ...]
    missing: tuple[Diagnostic, ...]
    left_out: tuple[Diagnostic, ...] = ()

    @property
    def new(self) -> Sequence[AnyStated]:
        """The statements of the input, in their order."""
        return self.resolution.script.statements[self.first :]

    @property
    def lines(self) -> Sequence[AnyStated]:
        """The first statement of each line, included files in their places; a plug-in's line may stand for several."""
        return [
            stated
            for before, stated in zip([None, *self.new], self.new, strict=False)
            if before is None or (before.source, before.line) != (stated.source, stated.line)
        ]

    @property
    def lasting(self) -> Sequence[AnyStated]:
        """The lines that the running script keeps: shell commands act once, and an `include` is kept line by line."""
        return [one for one in self.lines if not isinstance(one.node, ShellCommand | IncludeStatement)]


def judge(script: Script, given: Input, rendering: Rendering | None = None) -> Verdict:
    """Reads an input behind the running script, and says whether it may follow, and a backend can express the whole."""
    whole = read_behind(script, _without(given), given.loader)
    resolution = Resolution(whole)
    own = {source.identity for source in whole.sources[len(script.sources) :]}
    return verdict_of(resolution, len(script.statements), own, check_script(Context(resolution, *(rendering or ()))))


def verdict_of(resolution: Resolution, first: int, own: set[str], found: Sequence[Diagnostic]) -> Verdict:
    """Sorts findings about a script whose new statements stand in the sources `own`."""
    errors = [one for one in found if one.severity is Severity.ERROR]
    missing = tuple([one for one in errors if one.code in ALL_CHECKS.of_absence])
    refused = tuple([one for one in errors if one.code not in ALL_CHECKS.of_absence])
    told = [
        one
        for one in found
        if one.severity is Severity.WARNING
        and one.span.source.identity in own
        and one.code not in ALL_CHECKS.of_absence
    ]
    return Verdict(resolution, first, refused, tuple(told), missing)


def sift(script: Script, given: Input, rendering: Rendering | None = None) -> Verdict:
    """The same, with every line left out that is refused for itself; then the first of those that are refused with others.

    The findings about the lines that were left out are kept.
    """
    verdict = judge(script, given, rendering)
    dropped: list[Diagnostic] = []
    while verdict.refused:
        at_fault = _lines_at_fault(verdict, given)
        if not at_fault:
            return verdict._replace(left_out=tuple(dropped))
        dropped += [one for one in verdict.refused if _line_in(one, given) in at_fault or _line_in(one, given) is None]
        given = given._replace(left_out=given.left_out | at_fault)
        verdict = judge(script, given, rendering)
    return verdict._replace(left_out=tuple(dropped))


def _lines_at_fault(verdict: Verdict, given: Input) -> frozenset[int]:
    """The lines with errors of their own; where all errors are elsewhere, the last line left, which may cause them."""
    own = frozenset(line for one in verdict.refused if (line := _line_in(one, given)) is not None)
    if own or not verdict.new:
        return own
    last = max((one.line for one in verdict.new if one.source.identity == given.source.identity), default=None)
    return frozenset() if last is None else frozenset({last})


def _line_in(one: Diagnostic, given: Input) -> int | None:
    return one.span.start.line if one.span.source.identity == given.source.identity else None


def _without(given: Input) -> Source:
    """The source with empty lines for those that are left out, so that the others keep their numbers."""
    if not given.left_out:
        return given.source
    lines = ["" if number in given.left_out else line for number, line in enumerate(given.source.lines)]
    return Source.of(given.source.name, "\n".join(lines), given.source.identity)
