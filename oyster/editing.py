"""What may be written at a place of a line, its usage and tokens: what languages say, and what commands and pipes need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oyster.commands import Command, Shell, Typed
from oyster.naming import Meaning, Names, Ordered, Spelling, Stated, heads_of, meaning, short_names
from oyster.offers import Candidate, Completion, Mark, Usage, fitting
from oyster.pipes import PIPES
from oyster.quoting import Part, Word, quoted, split_pipes, words_of

MOST_OFFERED = 200


class Editor:
    """Answers the questions of a source with an editor of lines."""

    def __init__(self, names: Names, shell: Shell) -> None:
        self._names = names
        self._shell = shell

    def complete(self, line: str, place: int) -> Completion:
        """What may be written at a place, in natural order."""
        parts = split_pipes(line[:place])
        if len(parts) > 1:
            return _of_pipe(parts[-1])
        words = words_of(line[:place])
        begun = words.pop() if words and words[-1].end == place else Word("", place, place)
        if not words:
            return _limited(Completion(begun.start, fitting(self._first_words(begun.text), begun.text)))
        further = fitting(self._further_words([word.text for word in words]), begun.text)
        behind = self._behind_name(self._meaning(line), line, place)
        if not further or behind.start != begun.start:
            return _limited(behind)
        return _limited(behind._replace(candidates=fitting([*further, *behind.candidates], "")))

    def usage(self, line: str, place: int) -> Usage | None:
        """The usage of the command or statement, or that of the pipe that is written."""
        parts = split_pipes(line[:place])
        if len(parts) > 1:
            name = parts[-1].text.split()[:1]
            known = PIPES.get(name[0]) if name else None
            return Usage(known.usage if known else " | ".join(f"'{pipe}'" for pipe in PIPES))
        match self._meaning(split_pipes(line)[0].text):
            case Stated(language, statement, offset):
                return language.usage(statement, max(place - offset, 0))
            case Ordered(command):
                return _usage_of(command, line[:place])
        return None

    def tokens(self, line: str) -> Sequence[Mark]:
        """The tokens of a line that have a colour."""
        parts = split_pipes(line)
        return [*self._tokens_of_command(parts[0].text), *_tokens_of_pipes(parts[1:])]

    def _tokens_of_command(self, text: str) -> Iterator[Mark]:
        match self._meaning(text):
            case Stated(language, statement, offset):
                for mark in language.tokens(statement):
                    if 0 <= mark.start + offset < mark.end + offset <= len(text):
                        yield Mark(mark.start + offset, mark.end + offset, mark.kind)
            case Ordered(command):
                is_alias = words_of(text)[0].text in self._names.aliases
                for word in words_of(text)[: 1 if is_alias else command.name.count(" ") + 1]:
                    yield Mark(word.start, word.end, "function")

    def _meaning(self, text: str) -> Meaning | None:
        return meaning(text, self._names, Spelling.SHORTENED) if words_of(text) else None

    def _first_words(self, begun: str) -> Iterator[Candidate]:
        """The words that a line may start with."""
        short = short_names(self._names.table)
        for command in self._names.table.values():
            is_unique = len(short[command.name]) == 1
            name = command.full_name if "." in begun or not is_unique else command.name
            yield Candidate(name.split(" ")[0], command.summary)
        for language in self._names.languages:
            if "." in begun:
                yield from (Candidate(f"{language.namespace}.{head}", language.summary) for head in heads_of(language))
            else:
                yield from language.complete("", 0).candidates
        for alias, text in self._names.aliases.items():
            yield Candidate(alias, f"stands for `{text}`")

    def _further_words(self, written: Sequence[str]) -> Iterator[Candidate]:
        """The words with which names of several words go on."""
        for command in self._names.table.values():
            for name in (command.name.split(" "), command.full_name.split(" ")):
                if len(name) > len(written) and all(map(str.startswith, name, written)):
                    yield Candidate(name[len(written)], command.summary)

    def _behind_name(self, found: Meaning | None, line: str, place: int) -> Completion:
        """What may be written behind a command's name, or within a statement."""
        if isinstance(found, Stated):
            asked = max(place - found.offset, 0)
            completion = found.language.complete(found.line, asked)
            begun = found.line[completion.start : asked]
            candidates = fitting(completion.candidates, begun)
            return completion._replace(start=completion.start + found.offset, candidates=candidates)
        before = self._meaning(line[:place])
        if not isinstance(before, Ordered):
            return Completion(place)
        words = list(before.words)
        last = words_of(line[:place])[-1]
        begun = words.pop().text if words and last.end == place else ""
        start = last.start if last.end == place else place
        offered = before.command.completion(Typed(self._shell, tuple(word.text for word in words), begun))
        fit = [one._replace(text=quoted(one.text)) for one in fitting(offered, begun)]
        return Completion(start, tuple(fit), _hints_of(before.command, line[:place]))


def _of_pipe(part: Part) -> Completion:
    """The names of pipes, and what stands behind one."""
    words = words_of(part.text)
    is_begun = bool(words) and words[-1].end == len(part.text)
    if len(words) > 1 or (words and not is_begun):
        pipe = PIPES.get(words[0].text)
        hints = (Candidate(pipe.usage.rpartition(" ")[2], pipe.summary),) if pipe and " " in pipe.usage else ()
        return Completion(part.start + (words[-1].start if is_begun else len(part.text)), (), hints)
    begun = words[0].text if words else ""
    start = part.start + (words[0].start if words else len(part.text))
    return Completion(start, fitting([Candidate(pipe.name, pipe.summary) for pipe in PIPES.values()], begun))


def _tokens_of_pipes(parts: Sequence[Part]) -> Iterator[Mark]:
    for part in parts:
        for word in words_of(part.text)[:1]:
            if word.text in PIPES:
                yield Mark(part.start + word.start, part.start + word.end, "keyword")


def _usage_of(command: Command, written: str) -> Usage:
    """The usage of a command; the part at the place is found by counting words."""
    words = len(words_of(written))
    place = words if written[-1:].isspace() or not words else words - 1
    parts = words_of(command.synopsis)
    if parts and place >= len(parts) and "..." in parts[-1].text:
        place = len(parts) - 1
    if place >= len(parts):
        return Usage(command.synopsis)
    return Usage(command.synopsis, parts[place].start, parts[place].end)


def _hints_of(command: Command, written: str) -> tuple[Candidate, ...]:
    """The part of the usage that is written, with its explanation."""
    usage = _usage_of(command, written)
    part = usage.text[usage.start : usage.end].strip("[].")
    explained = dict(command.where)
    return (Candidate(part, explained[part]),) if part in explained else ()


def _limited(completion: Completion) -> Completion:
    more = completion.more + max(len(completion.candidates) - MOST_OFFERED, 0)
    return completion._replace(candidates=completion.candidates[:MOST_OFFERED], more=more)
