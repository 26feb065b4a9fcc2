"""What the doctor found, as text for people and as JSON for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lbsh.gateway.doctor.base import Finding, Severity
from lbsh.gateway.doctor.examine import Result, State
from lbsh_lang.renderings.terminal import PLAIN, Style, printable

FORMAT = 1
"""The version of the JSON; raised when a field changes its meaning or goes."""

_ORDER = list(Severity)


def as_text(results: Sequence[Result], *, verbose: bool = False, style: Style = PLAIN) -> Iterator[str]:
    """Findings, the worst first; then the checks that could not look, and a line with the number of all others."""
    findings = [finding for result in results for finding in result.findings]
    for finding in sorted(findings, key=lambda one: _ORDER.index(one.kind.severity)):
        yield from _block(finding, style)
    blind: dict[str, list[str]] = {}
    for result in results:
        if result.state is State.BLIND:
            blind.setdefault(result.reason, []).append(result.check.name)
    yield from (printable(f"could not look: {', '.join(names)}: {reason}") for reason, names in blind.items())
    clean = [result for result in results if result.state is State.CLEAN]
    elsewhere = [result for result in results if result.state is State.ELSEWHERE]
    names = f": {', '.join(one.check.name for one in clean)}" if verbose and clean else ""
    yield f"{len(clean)} {'check' if len(clean) == 1 else 'checks'} found nothing{names}"
    if elsewhere:
        names = ", ".join(one.check.name for one in elsewhere)
        yield f"not on this system: {names if verbose else len(elsewhere)}"


def _block(finding: Finding, style: Style) -> Iterator[str]:
    colours = {Severity.ERROR: style.error, Severity.WARNING: style.warning, Severity.NOTE: style.information}
    head = f"{colours[finding.kind.severity]}{finding.kind.severity.value}{style.reset}"
    yield f"{head}: {printable(finding.words)} [{finding.kind.name}]"
    mends = [*finding.commands, *finding.advice.splitlines()]
    for number, line in enumerate(mends):
        yield f"  {'mend:' if number == 0 else '     '} {printable(line)}"


def as_json(results: Sequence[Result]) -> dict[str, object]:
    """The same for programs: an object for each check."""
    return {"version": FORMAT, "checks": [_check_json(one) for one in results]}


def _check_json(result: Result) -> dict[str, object]:
    findings = [
        {
            "name": one.kind.name,
            "severity": one.kind.severity.value,
            "message": one.words,
            "commands": list(one.commands),
            "advice": one.advice,
        }
        for one in result.findings
    ]
    state = {State.CLEAN: "clean", State.FOUND: "found", State.BLIND: "blind", State.ELSEWHERE: "elsewhere"}
    return {"check": result.check.name, "state": state[result.state], "reason": result.reason, "findings": findings}
