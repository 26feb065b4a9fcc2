"""What became of an `apply`, for programs: one JSON object. docs/device.md says what its fields mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lbsh.drivers.protocol import RefusedError
from lbsh.gateway.acceptance import Verdict
from lbsh.gateway.outcome import Outcome
from lbsh_lang.renderings.findings.json_object import diagnostic_object
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source

Json = dict[str, object]


def outcome_json(outcome: Outcome) -> Json:
    """The object of a change that was made, or that the script's own errors refuse."""
    verdict, waiting = outcome.verdict, outcome.waiting
    return {
        "version": 1,
        "revision": outcome.revision,
        "changed": bool(outcome.revision) and outcome.is_change,
        "findings": [diagnostic_object(one) for one in (*verdict.refused, *verdict.missing, *verdict.told)],
        "refused": [],
        "kept": list(outcome.kept),
        "trouble": outcome.trouble,
        "unnoted": outcome.unnoted,
        "drift": [one._asdict() for one in outcome.drift],
        "forgotten": outcome.forgotten,
        "network": outcome.network._asdict(),
        "confirmation": None if waiting is None else {"seconds": seconds_of(outcome), "previous": waiting.previous},
        "notices": list(outcome.notices),
        "session": [],
    }


def refusal_json(error: RefusedError, notices: Sequence[str]) -> Json:
    """The object of a change whose rules the filter refuses."""
    return {**_nothing(), "refused": complaints_json(error), "notices": list(notices)}


def session_json(dangers: Sequence[str]) -> Json:
    """The object of a change that was not made, since it would cut the operator's session."""
    return {**_nothing(), "session": list(dangers)}


def complaints_json(error: RefusedError) -> list[Json]:
    """The words of a filter that refuses rules, each with the place of the statement behind them, null without one."""
    complaints = error.complaints or ((None, str(error)),)
    return [
        {"file": at.source.name if at else None, "line": at.line + 1 if at else None, "words": words}
        for at, words in complaints
    ]


def seconds_of(outcome: Outcome) -> int:
    """The seconds that are left to confirm a change."""
    assert outcome.waiting is not None
    return round((outcome.waiting.deadline - outcome.waiting.since.ticks) / 1000)


def _nothing() -> Json:
    """The object of a change of nothing, whose script is empty."""
    resolution = Resolution(read_script(Source.of("", "")))
    return outcome_json(Outcome(Verdict(resolution, first=0, refused=(), told=(), missing=())))
