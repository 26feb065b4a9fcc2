"""What a shell asks of a line language, such as that of lbsh. `oyster.ready` makes one of a grammar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from oyster.commands import Call
from oyster.offers import Candidate, Completion, Finding, Mark, Usage


class LineLanguage(Protocol):
    """A language whose statements are lines of a shell. All methods but `run` answer at once and change nothing.

    Lines come without the name of the namespace, and without aliases and pipes. A session asks from one thread.
    """

    @property
    def namespace(self) -> str:
        """The namespace of the statements: `lb.add 192.168.1.2 to www` is `add 192.168.1.2 to www`."""

    @property
    def summary(self) -> str:
        """A line on the language, for the list of namespaces."""

    def owns(self, line: str) -> bool:
        """Whether a line is a statement, perhaps a faulty one. A language goes before commands with short names.

        Asked for with each key, as are `topics`, `usage` and `tokens`: the answer must not wait for anything.
        """

    def run(self, line: str, call: Call) -> None:
        """Runs a statement without errors, and answers with `call.say`. Raises `Refused`."""

    def findings(self, line: str) -> Sequence[Finding]:
        """The findings of a line that is about to run."""

    def complete(self, line: str, place: int) -> Completion:
        """What may be written at a place; an empty line asks for the words that begin statements."""

    def usage(self, line: str, place: int) -> Usage | None:
        """The usage of the statement, with the part that is written at a place."""

    def tokens(self, line: str) -> Sequence[Mark]:
        """The tokens of a line that have a colour, from left to right, none within another."""

    def topics(self) -> Sequence[Candidate]:
        """The words that begin statements, and any others on which there is help."""

    def help(self, topic: str) -> Sequence[str]:
        """The lines of help on a topic; none if there is no such topic."""

    def is_secret(self, line: str) -> bool:
        """Whether a line must not be kept, as a password stands in it."""
