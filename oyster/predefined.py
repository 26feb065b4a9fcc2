"""The predefined commands of the reference shell, in the namespace `sh`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from oyster.commands import Call, Command, Refused, Table, Typed
from oyster.offers import Candidate, natural
from oyster.reports import explained

NAMESPACE = "sh"
SUMMARY = "the shell itself"

LONGEST_ALIAS = 1000
MOST_ALIASES = 200
_MOST_FILES = 5000


def files(typed: Typed) -> Iterator[Candidate]:
    """Completes the names of files."""
    folder, slash, _ = typed.begun.rpartition("/")
    try:
        entries = list(zip(range(_MOST_FILES), Path(f"{folder}{slash}" or ".").expanduser().iterdir(), strict=False))
    except (OSError, RuntimeError):
        return
    for _, entry in entries:
        is_folder = entry.is_dir()
        yield Candidate(f"{folder}{slash}{entry.name}{'/' if is_folder else ''}", "", not is_folder)


def _help(call: Call) -> None:
    if call.words:
        call.say(*call.shell.help_on(" ".join(call.words)))
        return
    topics = sorted({topic.text: topic for topic in call.shell.topics()}.values(), key=lambda one: natural(one.text))
    call.say(
        *explained(topics, call.shell.columns), "", "`help NAME` says more. Tab completes, `?` shows what may come."
    )


def _topics(typed: Typed) -> Iterator[Candidate]:
    """Completes what there is help on; names may have several words."""
    before = " ".join(typed.words)
    for topic in typed.shell.topics():
        if not before:
            yield Candidate(topic.text.split(" ")[0], topic.help)
        elif topic.text.startswith(f"{before} "):
            yield Candidate(topic.text.removeprefix(f"{before} ").split(" ")[0], topic.help)


def _history(call: Call) -> None:
    lines = call.shell.history()
    shown = lines[-_number(call.words[0]) :] if call.words else lines
    width = len(str(len(lines)))
    for number, line in enumerate(shown, len(lines) - len(shown) + 1):
        call.say(f"{number:>{width}}  {line}")


def _source(call: Call) -> None:
    if len(call.words) != 1:
        raise Refused("`source` needs the name of a file")
    call.shell.run_file(call.words[0])


def _alias(call: Call) -> None:
    aliases = call.shell.aliases
    if not call.words:
        call.say(*[f"{name}  {text}" for name, text in sorted(aliases.items())])
        return
    name = call.words[0]
    text = call.text.partition(" ")[2].strip()
    if not text:
        if name not in aliases:
            raise Refused(f"there is no alias `{name}`")
        call.say(f"{name}  {aliases[name]}")
        return
    if not re.fullmatch(r"[A-Za-z_][\w-]{0,30}", name):
        raise Refused(f"`{name}` cannot be an alias", "it is a word of letters, digits, `_` and `-`")
    if call.shell.knows(name):
        raise Refused(f"`{name}` has a meaning already")
    if len(text) > LONGEST_ALIAS or len(aliases) >= MOST_ALIASES:
        raise Refused(f"there may be {MOST_ALIASES} aliases of {LONGEST_ALIAS} characters")
    aliases[name] = _bare(text)


def _bare(text: str) -> str:
    """The text of an alias; quotes around it, which keep pipes together, are no part of it."""
    inner = text[1:-1]
    return inner.replace('\\"', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def _unalias(call: Call) -> None:
    for name in call.words:
        if call.shell.aliases.pop(name, None) is None:
            raise Refused(f"there is no alias `{name}`")


def _aliases(typed: Typed) -> Iterator[Candidate]:
    return (Candidate(name, text) for name, text in typed.shell.aliases.items())


def _echo(call: Call) -> None:
    call.say(" ".join(call.words))


def _exit(call: Call) -> None:
    call.shell.leave(_number(call.words[0]) if call.words else 0)


def _commands(call: Call) -> None:
    call.say(*explained([Candidate(command.full_name, command.summary) for command in _listed(call)]))


def _commands_data(call: Call) -> object:
    return [
        {"name": command.full_name, "usage": command.synopsis, "summary": command.summary, "example": command.example}
        for command in _listed(call)
    ]


def _listed(call: Call) -> list[Command]:
    found = [
        command for command in call.shell.table.values() if command.namespace in (call.words or (command.namespace,))
    ]
    return sorted(found, key=lambda command: natural(command.full_name))


def _namespaces(call: Call) -> None:
    call.say(*explained(call.shell.namespaces()))


def _namespaces_data(call: Call) -> object:
    return {namespace.text: namespace.help for namespace in call.shell.namespaces()}


def _names_of_namespaces(typed: Typed) -> tuple[Candidate, ...]:
    return typed.shell.namespaces()


def _number(word: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", word):
        raise Refused(f"`{word}` is no number")
    return int(word)


PREDEFINED = Table(
    [
        Command(
            NAMESPACE,
            "help",
            _help,
            "what can be written, and how",
            "'help' [NAME]",
            (("NAME", "a command or a statement"),),
            example="help source",
            completion=_topics,
        ),
        Command(
            NAMESPACE,
            "history",
            _history,
            "the lines that were typed",
            "'history' [N]",
            (("N", "how many of them, the last ones"),),
            ("Lines that begin with a blank, or hold a secret, are not kept.",),
            example="history 10 | match add",
        ),
        Command(
            NAMESPACE,
            "source",
            _source,
            "runs the lines of a file",
            "'source' FILE",
            (("FILE", "the name of a file"),),
            ("It ends at the first line that is refused. Words must be spelled out there.",),
            example="source /etc/example",
            completion=files,
        ),
        Command(
            NAMESPACE,
            "alias",
            _alias,
            "a word of your own for the beginning of a line",
            "'alias' [NAME [TEXT]]",
            (("NAME", "the word"), ("TEXT", "what it stands for; in quotes if it has pipes")),
            example='alias mine "history | match add"',
            completion=_aliases,
        ),
        Command(
            NAMESPACE,
            "unalias",
            _unalias,
            "forgets aliases",
            "'unalias' NAME...",
            (("NAME", "an alias"),),
            example="unalias mine",
            completion=_aliases,
        ),
        Command(
            NAMESPACE,
            "echo",
            _echo,
            "shows words",
            "'echo' [WORD...]",
            (("WORD", "anything; in quotes if it has blanks"),),
            example="echo good morning",
        ),
        Command(
            NAMESPACE,
            "commands",
            _commands,
            "all commands with their namespaces",
            "'commands' [NAMESPACE]",
            (("NAMESPACE", "that of the commands"),),
            example="commands sh | json",
            completion=_names_of_namespaces,
            data=_commands_data,
        ),
        Command(NAMESPACE, "namespaces", _namespaces, "the groups of commands", data=_namespaces_data),
        Command(
            NAMESPACE,
            "exit",
            _exit,
            "ends the session",
            "'exit' [STATUS]",
            (("STATUS", "the exit status, 0 if not given"),),
        ),
        Command(NAMESPACE, "quit", _exit, "ends the session", "'quit'"),
    ]
)
