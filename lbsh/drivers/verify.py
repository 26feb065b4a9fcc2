"""Has a packet filter's own program check rules, without loading them."""

from __future__ import annotations

import re
from typing import NamedTuple

from lbsh.programs import CommandError, Outcome, Rights, lacks_rights, run_program
from lbsh_lang.backends.base import Artifact, Verifier

SECONDS = 120.0
"""The largest sites take a kernel some ten seconds to check."""


class Complaint(NamedTuple):
    """A refused line of the rules, counted from 0, and the words of the program."""

    line: int
    words: str


def verify_artifact(artifact: Artifact, verifier: Verifier) -> tuple[Complaint, ...]:
    """The program's complaints, empty if it accepts the rules.

    Raises `CommandError` if it cannot run, or fails without naming a line: for lack of rights, for instance.
    """
    return complaints_of(run_program(verifier.arguments, artifact.text, SECONDS, Rights.OF_FILTER), artifact, verifier)


def complaints_of(outcome: Outcome, artifact: Artifact, verifier: Verifier) -> tuple[Complaint, ...]:
    """The complaints in what a program said, empty if it succeeded. Raises `CommandError` as `verify_artifact` does."""
    if outcome.status == 0:
        return ()
    said = " ".join(outcome.words.split())[:500] or f"exit status {outcome.status}"
    if lacks_rights(outcome.words):  # some programs name a line of the rules with them
        raise CommandError(
            f"`{' '.join(verifier.arguments)}` lacks the rights to look at rules; run lbsh as root: {said}"
        )
    complaints = read_complaints(outcome, verifier, len(artifact.lines))
    if not complaints:
        raise CommandError(f"`{' '.join(verifier.arguments)}` failed: {said}")
    return complaints


def read_complaints(outcome: Outcome, verifier: Verifier, lines: int) -> tuple[Complaint, ...]:
    """Finds line numbers in a program's output; each line of the rules counts once, with the first words about it."""
    found: dict[int, str] = {}
    said = outcome.words.splitlines()
    for index, text in enumerate(said):
        match = re.search(verifier.complaint, text)
        if match is None or not 1 <= int(match["line"]) <= lines:
            continue
        words = match.groupdict().get("words") or (said[index - 1] if index else text)
        found.setdefault(int(match["line"]) - 1, " ".join(words.split()))
    return tuple(Complaint(line, words) for line, words in sorted(found.items()))
