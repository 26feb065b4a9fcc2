"""Which command or statement a line is: full names, short ones, abbreviations, near misses. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from oyster.commands import Command, Refused, Table
from oyster.near import NearMisses
from oyster.offers import natural
from oyster.quoting import Word, words_of
from oyster.statements import LineLanguage

_MOST_EXPANSIONS = 10
_MOST_NAMED = 12


class Spelling(Enum):
    """How words may be written: scripts spell them out, so that a new command does not change their meaning."""

    FULL = "full"
    SHORTENED = "shortened"


class Ordered(NamedTuple):
    """A command, its words, and its text behind the name."""

    command: Command
    words: tuple[Word, ...]
    text: str


class Stated(NamedTuple):
    """A statement of a language. A column of the line that was written is one of the statement plus `offset`."""

    language: LineLanguage
    line: str
    offset: int


class Unclear(NamedTuple):
    """A line that is no command: its first word, the names that it may stand for, and the one that is near."""

    word: str
    candidates: tuple[str, ...]
    near: str | None


Meaning = Ordered | Stated | Unclear


class Names(NamedTuple):
    """All that the first words of a line can name."""

    table: Table
    languages: Sequence[LineLanguage]
    aliases: Mapping[str, str]


def meaning(line: str, names: Names, spelling: Spelling) -> Meaning:
    """The meaning of a line without pipes, in which a word stands."""
    expanded = expand(line, names.aliases)
    offset = len(line) - len(expanded)
    words = words_of(expanded)
    if not words:
        return Unclear("", (), None)
    head = words[0].text
    for language in names.languages:
        prefix = f"{language.namespace}."
        if head.startswith(prefix):
            start = words[0].start + len(prefix)
            return Stated(language, expanded[start:], offset + start)
    for language in names.languages:
        if language.owns(expanded):
            return Stated(language, expanded, offset)
    exact = _fitting(words, names.table, Spelling.FULL)
    if exact and len({command.full_name for command, _ in exact}) == 1:
        return _ordered(exact[0], words, expanded)
    if spelling is Spelling.SHORTENED and not exact:
        return _shortened(words, expanded, offset, names)
    return _unclear(words, [command.full_name for command, _ in exact], names)


def expand(line: str, aliases: Mapping[str, str]) -> str:
    """A line with the text of an alias in the place of its first word; each alias at most once."""
    used: set[str] = set()
    for _ in range(_MOST_EXPANSIONS):
        words = words_of(line)
        if not words or words[0].text not in aliases or words[0].text in used:
            break
        used.add(words[0].text)
        line = line[: words[0].start] + aliases[words[0].text] + line[words[0].end :]
    return line


def heads_of(language: LineLanguage) -> list[str]:
    """The words that begin statements, by the topics of its help, which cost nothing to ask for."""
    words = dict.fromkeys(topic.text.split(" ")[0] for topic in language.topics())
    return [word for word in words if language.owns(word)]


def short_names(table: Table) -> dict[str, list[Command]]:
    """The commands by their names without namespaces."""
    names: dict[str, list[Command]] = {}
    for command in table.values():
        names.setdefault(command.name, []).append(command)
    return names


def refusal(unclear: Unclear) -> Refused:
    """The answer to a line that is no command."""
    if unclear.candidates:
        named = ", ".join(unclear.candidates[:_MOST_NAMED])
        more = len(unclear.candidates) - _MOST_NAMED
        return Refused(
            f"`{unclear.word}` is not clear", f"it may be: {named}" + (f" and {more} more" if more > 0 else "")
        )
    near = [f"a command with a similar name exists: `{unclear.near}`"] if unclear.near else []
    return Refused(f"unknown command `{unclear.word}`", *near)


def command_named(name: str, table: Table) -> Command | None:
    """The command of a full name, or of a short one that is unique."""
    if name in table:
        return table[name]
    found = short_names(table).get(name, [])
    return found[0] if len(found) == 1 else None


Fit = tuple[Command, int]
"""A command, and the number of words of its name."""


def _fitting(words: Sequence[Word], table: Table, spelling: Spelling) -> list[Fit]:
    """The commands that the words at the start name, by as many words as possible."""
    found: list[Fit] = []
    for command in table.values():
        size = command.name.count(" ") + 1
        for name in (command.full_name,) if "." in words[0].text else (command.name,):
            parts = zip(name.split(" "), words, strict=False)
            if len(words) >= size and all(_stands_for(word, part, spelling) for part, word in parts):
                found.append((command, size))
                break
    longest = max((size for _, size in found), default=0)
    return [fit for fit in found if fit[1] == longest]


def _stands_for(word: Word, part: str, spelling: Spelling) -> bool:
    """Whether a written word stands for a part of a name."""
    return part == word.text or (spelling is Spelling.SHORTENED and part.startswith(word.text))


def _ordered(fit: Fit, words: Sequence[Word], line: str) -> Ordered:
    command, size = fit
    return Ordered(command, tuple(words[size:]), line[words[size - 1].end :].strip())


def _shortened(words: Sequence[Word], line: str, offset: int, names: Names) -> Meaning:
    """The meaning of a line with an abbreviation."""
    head = words[0]
    heads = [(language, name) for language in names.languages for name in heads_of(language)]
    stated = [(language, name) for language, name in heads if name.startswith(head.text)]
    ordered = _fitting(words, names.table, Spelling.SHORTENED)
    exact_first = [fit for fit in ordered if head.text in {fit[0].name.split()[0], fit[0].full_name.split()[0]}]
    ordered = exact_first or ordered
    found = {*[name for _, name in stated], *[command.full_name for command, _ in ordered]}
    if len(found) == 1:
        if ordered:
            return _ordered(ordered[0], words, line)
        language, name = stated[0]
        return Stated(language, line[: head.start] + name + line[head.end :], offset + len(head.text) - len(name))
    return _unclear(words, found, names)


def _unclear(words: Sequence[Word], found: Iterable[str], names: Names) -> Unclear:
    """The names that a line may stand for; those of commands without the namespace where that is enough."""
    short = short_names(names.table)
    by_full = {name: names.table[name].name if name in names.table else name for name in found}
    candidates = {name if len(short.get(by_full[name], [])) > 1 else by_full[name] for name in by_full}
    head = words[0].text
    if not candidates:  # the beginning of a name of several words
        candidates = {command.name for command in names.table.values() if command.name.startswith(f"{head} ")}
    known = [*short, *names.aliases, *[name for language in names.languages for name in heads_of(language)]]
    near = None if candidates else NearMisses(known).of(head)
    return Unclear(head, tuple(sorted(candidates, key=natural)), near)
