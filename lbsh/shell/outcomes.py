"""What became of a change, as lines of a shell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lbsh.drivers.protocol import RefusedError
from lbsh.gateway.outcome import Outcome
from lbsh.gateway.outcome_json import seconds_of
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.reported import ReportedError
from oyster.commands import Action, Call, Refused
from oyster.shown import Piece, Text


@contextmanager
def refusing() -> Iterator[None]:
    """Has errors that users should read refuse the line."""
    try:
        yield
    except RefusedError as error:
        complaints = [
            f"{f'{origin.place}: ' if origin is not None else ''}{words}" for origin, words in error.complaints
        ]
        raise Refused(str(error), *complaints) from error
    except ReportedError as error:
        raise Refused(str(error)) from error


def refusable(action: Action) -> Action:
    """An action whose errors for users refuse the line."""

    def refused(call: Call) -> None:
        with refusing():
            action(call)

    return refused


def refusal(found: Sequence[Diagnostic]) -> Refused:
    """A refusal for findings, each with its place and help, since they may stand in earlier lines."""
    first, *others = found
    return Refused(_message(first), *_below(first), *[line for one in others for line in (_message(one), *_below(one))])


def loading_lines(outcome: Outcome) -> Iterator[Text]:
    """What is not as it should be in the filter, and how long a change waits for confirmation."""
    yield from outcome.notices
    for drift in outcome.drift:
        yield f"changed by others{', and put back' if drift.is_ours else ''}: {drift.words}"
    for words in (outcome.network.said, outcome.network.trouble):
        if words:
            yield f"network: {words}"
    if outcome.trouble:
        became = "kept, but not loaded" if outcome.revision else "not loaded, and the former script was put back"
        yield (Piece(f"{became}: ", "doubtful"), Piece(outcome.trouble))
    if outcome.unnoted:
        yield f"loaded, and loaded again with the next change, since that cannot be noted: {outcome.unnoted}"
    if outcome.waiting is not None:
        yield f"It is put back in {seconds_of(outcome)} s: `confirm` keeps it, `rollback` puts it back now"


def message_lines(one: Diagnostic) -> Iterator[str]:
    """A finding that refuses nothing, with its place and help."""
    yield f"{one.severity.value}: {_message(one)}"
    yield from (f"  {line}" for line in _below(one))


def _message(one: Diagnostic) -> str:
    return one.message.replace("`", "")


def _below(one: Diagnostic) -> Iterator[str]:
    yield f"at {one.span.source.name}, line {one.span.start.line + 1}: {one.span.source.lines[one.span.start.line].strip()}"
    yield from one.help
