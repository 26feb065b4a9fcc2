"""Shells for tests: a small language with lamps, a sink that keeps what it is shown, and transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oyster.commands import Call, Command, Refused, Table, Typed
from oyster.history import History
from oyster.offers import Candidate, Completion, Finding, Mark, Severity, Usage, fitting
from oyster.predefined import PREDEFINED
from oyster.session import Session
from oyster.shown import Sink, Styled, plain
from oyster.sources import Editing, Source, TextSource

LAMPS = ("hall", "kitchen", "lamp2", "lamp10", "Porch")


class Lamps:
    """The language: `on LAMP`, `off LAMP`; `password WORD` has a secret, and `set` is also a command's name."""

    namespace = "light"
    summary = "lamps of a house"
    heads = ("on", "off", "open", "password", "set")

    def __init__(self) -> None:
        self.lit: list[str] = []

    def owns(self, line: str) -> bool:
        return line.split()[:1] != [] and line.split()[0] in self.heads

    def run(self, line: str, call: Call) -> None:
        word = line.split()[-1]
        if word not in LAMPS:
            raise Refused(f"undefined lamp {word}", "lamps are listed by `lamps`")
        self.lit.append(word)
        if line.startswith("on"):
            call.say(f"The lamp {word} is on")

    def findings(self, line: str) -> Sequence[Finding]:
        end = len(line.rstrip())
        if len(line.split()) < 2:
            return [Finding(end, end, Severity.ERROR, "a lamp is missing", ("it stands behind `on`",))]
        if "lamp2" in line:
            start = line.index("lamp2")
            return [Finding(start, start + 5, Severity.WARNING, "lamp2 flickers")]
        return []

    def complete(self, line: str, place: int) -> Completion:
        start = line[:place].rfind(" ") + 1
        if not start:
            return Completion(0, tuple(Candidate(head, "a statement") for head in self.heads))
        return Completion(start, fitting(LAMPS, line[start:place]), (Candidate("LAMP", "the name of a lamp"),))

    def usage(self, line: str, place: int) -> Usage | None:
        return Usage("'on' LAMP", 5, 9) if " " in line[:place] else Usage("'on' LAMP", 0, 4)

    def tokens(self, line: str) -> Sequence[Mark]:
        head = line.split(" ")[0]
        return [Mark(0, len(head), "keyword")] if head in self.heads else []

    def topics(self) -> Sequence[Candidate]:
        return [Candidate(head, "a statement") for head in self.heads]

    def help(self, topic: str) -> Sequence[str]:
        return [f"Syntax: '{topic}' LAMP", f"Example: {topic} hall"] if topic in self.heads else ()

    def is_secret(self, line: str) -> bool:
        return line.split()[:1] == ["password"]


def show_lamps(call: Call) -> None:
    call.say(*sorted(LAMPS, key=str.casefold))


def fail(_: Call) -> None:
    raise ZeroDivisionError("by zero")


def ask(call: Call) -> None:
    call.say(f"You said {call.shell.ask('Sure? ')}")


def ask_secret(call: Call) -> None:
    call.say(f"It has {len(call.shell.ask_secret('Password: '))} letters")


def lamps_of(_: Typed) -> tuple[str, ...]:
    return LAMPS


COMMANDS = PREDEFINED | Table(
    [
        Command("house", "lamps", show_lamps, "all lamps", data=lambda _: {"lamps": list(LAMPS)}),
        Command("house", "show lamp", show_lamps, "a lamp", "'show' 'lamp' LAMP", completion=lamps_of),
        Command("house", "show", show_lamps, "all of the house"),
        Command("house", "shutters", show_lamps, "the shutters"),
        Command("house", "set", show_lamps, "a command with the name of a statement"),
        Command("house", "fail", fail, "fails"),
        Command("house", "ask", ask, "asks"),
        Command("house", "secret", ask_secret, "asks for a secret"),
        Command("garden", "gate", show_lamps, "a gate"),
        Command("house", "gate", show_lamps, "another gate"),
    ]
)


class Kept:
    """A sink that keeps lines."""

    columns: int | None = None

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, lines: Iterable[Styled]) -> None:
        self.lines += map(plain, lines)

    def notice(self, line: Styled) -> None:
        self.show([line])

    def refresh(self) -> None:
        """Nobody sees the line that is being written."""


class Keyboard(TextSource):
    """Lines as if they were typed; an answer to each question; the exception instead of a line where one is given."""

    is_typed = True
    ends_at_fault = False

    def __init__(self, text: str, answers: Sequence[str] = ()) -> None:
        super().__init__("terminal", text)
        self.answers = list(answers)

    def read(self, editing: Editing) -> str | None:
        line = super().read(editing)
        if line == "^C":
            raise KeyboardInterrupt
        return line

    def ask(self, _: str) -> str | None:
        return self.answers.pop(0) if self.answers else None

    ask_secret = ask


def session(source: Source, sink: Sink, history: History | None = None) -> Session:
    return Session(COMMANDS, source, sink, languages=[Lamps()], namespaces={"house": "the house"}, history=history)


def typed(text: str, *answers: str) -> list[str]:
    """The answers to lines that are typed."""
    sink = Kept()
    assert session(Keyboard(text, answers), sink).run() == 0
    return sink.lines


def scripted(text: str) -> tuple[int, list[str]]:
    """The exit status of a script, and its answers."""
    sink = Kept()
    status = session(TextSource("script", text), sink).run()
    return status, sink.lines
