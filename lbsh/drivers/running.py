"""Runs the filter's programs for drivers: their failures are `DriverError`s, and their complaints lead to statements."""

from __future__ import annotations

from lbsh.drivers import verify
from lbsh.drivers.protocol import DriverError, RefusedError
from lbsh.drivers.verify import Complaint, complaints_of
from lbsh.programs import CommandError, Outcome, Rights, run_program
from lbsh_lang.backends.base import Artifact, Verifier

_MOST_WORDS = 500


def run(arguments: tuple[str, ...], text: str = "") -> Outcome:
    """Runs a program of the filter, whatever its exit status."""
    try:
        return run_program(arguments, text, verify.SECONDS, Rights.OF_FILTER)
    except CommandError as error:
        raise DriverError(str(error)) from error


def answer_of(arguments: tuple[str, ...], text: str = "") -> str:
    """The output of a program that must succeed."""
    outcome = run(arguments, text)
    if outcome.status != 0:
        raise DriverError(f"`{' '.join(arguments)}` failed: {said(outcome)}")
    return outcome.output


def said(outcome: Outcome) -> str:
    """The words of a program in one line, or its exit status if it said nothing."""
    return " ".join(outcome.words.split())[:_MOST_WORDS] or f"exit status {outcome.status}"


def feed(artifact: Artifact, command: tuple[str, ...], verifier: Verifier) -> Outcome:
    """Has a command read rules. Raises `RefusedError` if it complains about lines of them."""
    reader = Verifier(command, verifier.complaint)
    outcome = run(command, artifact.text)
    try:
        complaints = complaints_of(outcome, artifact, reader)
    except CommandError as error:
        raise DriverError(str(error)) from error
    if complaints:
        raise _refusal(artifact, command[0], complaints)
    return outcome


def _refusal(artifact: Artifact, program: str, complaints: tuple[Complaint, ...]) -> RefusedError:
    found = tuple((artifact.lines[one.line].origin, one.words) for one in complaints)
    origin, words = found[0]
    place = f"line {complaints[0].line + 1} of the rules" if origin is None else origin.place
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return RefusedError(f"{program} refuses what is made of {place}: {words}{more}", found)
