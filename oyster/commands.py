"""Commands as values, the table of them, and what an action may ask of the shell that runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from oyster.offers import Candidate
from oyster.shown import Text


class Refused(Exception):
    """A line that cannot be run: a line that says why, shown after `ERROR:`, and further ones that help."""

    def __init__(self, message: str, *help_: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help_


class Place(NamedTuple):
    """The place of a line: the name of its source, and its number there, from 1."""

    source: str
    line: int


class Shell(Protocol):
    """The part of a session that actions may use."""

    @property
    def table(self) -> Table: ...

    @property
    def aliases(self) -> dict[str, str]:
        """Words that stand for the beginning of a line. An action may change them."""

    @property
    def columns(self) -> int | None:
        """The width of the terminal, None if lines may be of any length."""

    def history(self) -> tuple[str, ...]:
        """The lines that were typed, oldest first."""

    def help_on(self, topic: str) -> tuple[str, ...]:
        """The help on a command or a topic of a language. Raises `Refused` if there is none."""

    def topics(self) -> tuple[Candidate, ...]:
        """All that there is help on."""

    def namespaces(self) -> tuple[Candidate, ...]:
        """The namespaces with a line on each."""

    def knows(self, word: str) -> bool:
        """Whether a word begins a command or a statement."""

    def run_file(self, path: str) -> None:
        """Runs the lines of a file, up to the first that is refused. Raises `Refused` with its place."""

    def run_text(self, name: str, text: str) -> None:
        """Runs the lines of a text in the same way."""

    def ask(self, question: str) -> str:
        """The answer to a question. Raises `Refused` where nobody can be asked."""

    def ask_secret(self, question: str) -> str:
        """The same, and what is typed is neither shown nor kept."""

    def notice(self, line: Text) -> None:
        """Shows a line above the prompt, from any thread."""

    def leave(self, status: int) -> None:
        """Ends the session after this line."""


@dataclass(frozen=True, slots=True)
class Call:
    """A line that runs: the words behind the command's name, without quotes, and their text as it was written.

    For a statement of a language, `words` is empty and `text` the whole line.
    """

    shell: Shell
    words: tuple[str, ...]
    text: str
    place: Place
    show: Callable[[tuple[Text, ...]], None]

    def say(self, *lines: Text) -> None:
        """Answers with lines. They pass the pipes of the line; control characters become visible."""
        self.show(lines)


class Typed(NamedTuple):
    """A command that is being written: the words behind its name, and the begun word at the cursor (perhaps empty)."""

    shell: Shell
    words: tuple[str, ...]
    begun: str


Action = Callable[[Call], None]
"""Does what a command is for. Raises `Refused` if it cannot."""

Completer = Callable[[Typed], Iterable[Candidate | str]]
"""The words that may stand at the cursor. Which of them fit, and in which order they come, is not its business."""


def nothing(_: Typed) -> tuple[Candidate, ...]:
    """The completion of commands without arguments."""
    return ()


@dataclass(frozen=True)
class Command:
    """A command of a shell.

    The name may have several words (`show rules`). `usage` has literal words in quotes (`'add' IP 'to' POOL`), and `where`
    explains its parts. `data` gives the answer as plain values for `| json`; a command without it answers lines alone. The
    help names the class of a command, so a family of commands may be a class of its own.
    """

    namespace: str
    name: str
    action: Action
    summary: str
    usage: str = ""
    where: tuple[tuple[str, str], ...] = ()
    help: tuple[str, ...] = ()
    example: str = ""
    completion: Completer = nothing
    data: Callable[[Call], object] | None = None

    @property
    def full_name(self) -> str:
        """The name with the namespace: `sh.help`."""
        return f"{self.namespace}.{self.name}"

    @property
    def synopsis(self) -> str:
        """The usage; for a command without arguments its words in quotes."""
        return self.usage or " ".join(f"'{word}'" for word in self.name.split())


class Table(Mapping[str, Command]):
    """The commands by their full names, in the order in which they were given. It does not change."""

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self._commands: dict[str, Command] = {}
        for command in commands:
            if command.full_name in self._commands:
                raise ValueError(f"two commands have the name {command.full_name}")
            self._commands[command.full_name] = command

    def __getitem__(self, full_name: str) -> Command:
        return self._commands[full_name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)

    def __or__(self, other: Table) -> Table:
        """The commands of both tables. Raises ValueError if they share a name."""
        return Table([*self.values(), *other.values()])
