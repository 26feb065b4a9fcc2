"""The language of lbsh in a shell: statements are run, completed, explained and coloured."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

from lbsh.gateway.answers import answer
from lbsh.gateway.outcome import Outcome
from lbsh.gateway.writer import pools_touched
from lbsh.shell.desk import Desk
from lbsh.shell.explanations import help_lines
from lbsh.shell.outcomes import loading_lines, refusal, refusing
from lbsh_lang.syntax.nodes import ALL_FORMS, ShellCommand
from oyster.commands import Call, Refused
from oyster.offers import Candidate, Completion, Finding, Mark, Usage
from oyster.statements import LineLanguage

COMMANDS = frozenset({"status", "save", "help"})
"""Statements that are commands of the shell."""


class Statements(LineLanguage):
    """The statements of lbsh, at a desk."""

    namespace = "lb"
    summary = "the language: services, pools, servers, and what becomes of them"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def owns(self, line: str) -> bool:
        head = line.split(maxsplit=1)[:1]
        return bool(head) and head[0] in self._heads

    @cached_property
    def _heads(self) -> Collection[str]:
        return frozenset(form.head.split()[0] for form in ALL_FORMS) - COMMANDS

    def run(self, line: str, call: Call) -> None:
        changes = self._desk.changes
        if changes.group is not None:
            changes.group.append(line.strip())
            return
        with refusing():
            say_outcome(changes.state(line), call)

    def findings(self, line: str) -> Sequence[Finding]:
        if line.split()[:1] == ["include"]:  # the file is read when the statement is carried out
            return ()
        with refusing():
            return self._desk.draft().findings(line)

    def complete(self, line: str, place: int) -> Completion:
        return self._desk.draft().complete(line, place)

    def usage(self, line: str, place: int) -> Usage | None:
        return self._desk.draft().usage(line, place) if self._desk.is_ready else None

    def tokens(self, line: str) -> Sequence[Mark]:
        return self._desk.draft().tokens(line) if self._desk.is_ready else ()

    def topics(self) -> Sequence[Candidate]:
        heads = dict.fromkeys(form.head for form in ALL_FORMS if form.head not in COMMANDS)
        return [Candidate(head) for head in heads]

    def help(self, topic: str) -> Sequence[str]:
        return tuple(help_lines(topic))

    def is_secret(self, line: str) -> bool:
        words = line.split()
        return words[:2] == ["failover", "password"] and words[2:3] != ["file"]


def say_outcome(outcome: Outcome, call: Call) -> None:
    """Answers with what became of statements. Raises `Refused` if they were."""
    verdict = outcome.verdict
    if verdict.refused:
        raise refusal(verdict.refused)
    kept = {id(stated) for stated in verdict.lasting}
    for stated in verdict.lines:
        if isinstance(stated.node, ShellCommand):
            raise Refused("this is a command: it is not part of a script")
        if id(stated) in kept:
            words = answer(
                stated.node, stated.source.lines[stated.line], pools_touched(verdict.resolution, stated.rank)
            )
            if words:
                call.say(words)
    call.say(*loading_lines(outcome))
