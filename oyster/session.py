"""A session: reads lines from a source, runs them, shows the answers. The same for all sources.

A line that is refused is answered with `ERROR:`; a script ends there. Ctrl-C leaves the line that is written or runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from oyster.commands import Call, Place, Refused, Table
from oyster.editing import Editor
from oyster.history import History
from oyster.naming import Names, Ordered, Spelling, Stated, Unclear, command_named, expand, meaning, refusal
from oyster.near import NearMisses
from oyster.offers import Candidate, Completion, Mark, Severity, Usage
from oyster.pipes import Pipeline, json_lines, stages_of
from oyster.quoting import split_pipes, words_of
from oyster.reports import finding_lines, help_lines, placed, refusal_lines, refusal_of
from oyster.shown import Piece, Sink, Styled, Text, styled
from oyster.sources import Source, TextSource
from oyster.statements import LineLanguage
from oyster.streams import read_text

INTERRUPTED = 130
"""Exit status: a script was stopped by Ctrl-C."""

LONGEST_LINE = 65_536
DEEPEST = 10
"""Files that run files."""

_log = logging.getLogger(__name__)


class Session:
    """A shell at work. Its state: aliases, history, and whether it is to end."""

    def __init__(
        self,
        table: Table,
        source: Source,
        sink: Sink,
        *,
        languages: Sequence[LineLanguage] = (),
        namespaces: Mapping[str, str] | None = None,
        history: History | None = None,
        prompt: Callable[[], Text] = lambda: ">> ",
    ) -> None:
        self.table = table
        self.aliases: dict[str, str] = {}
        self._source = source
        self._sink = sink
        self._languages = tuple(languages)
        self._summaries = dict(namespaces or {})
        self._history = history or History()
        self._prompt = prompt
        self._names = Names(table, self._languages, self.aliases)
        self._editor = Editor(self._names, self)
        self._show: Callable[[tuple[Text, ...]], None] = self.show
        self._depth = 0
        self._status: int | None = None

    def run(self) -> int:
        """Runs the lines of the source to its end. Gives an exit status: 1 if a script ended at a refused line."""
        try:
            status = self._run_source()
        except _UnreadError:
            return 1
        return status if self._status is None else self._status

    def show(self, lines: Iterable[Text]) -> None:
        """Shows lines, with all control characters visible."""
        try:
            self._sink.show([styled(line) for line in lines])
        except OSError as error:
            raise _UnreadError(str(error)) from error

    # What a source with an editor asks

    def prompt(self) -> Styled:
        """The text before the line."""
        return tuple(Piece(piece.text, piece.kind or "prompt") for piece in styled(self._prompt()))

    def complete(self, line: str, place: int) -> Completion:
        """What may be written at a place."""
        return self._editor.complete(line, place)

    def usage(self, line: str, place: int) -> Usage | None:
        """The usage of what is written."""
        return self._editor.usage(line, place)

    def tokens(self, line: str) -> Sequence[Mark]:
        """The tokens that have a colour."""
        return self._editor.tokens(line)

    # What actions ask

    @property
    def columns(self) -> int | None:
        """The width of the terminal."""
        return self._sink.columns

    def history(self) -> tuple[str, ...]:
        """The lines that were typed."""
        return self._history.lines

    def knows(self, word: str) -> bool:
        """Whether a word begins a command or a statement."""
        heads = {name.split(" ")[0] for command in self.table.values() for name in (command.name, command.full_name)}
        return word in heads or any(language.owns(word) for language in self._languages)

    def topics(self) -> tuple[Candidate, ...]:
        """All that there is help on."""
        commands = [Candidate(command.name, command.summary) for command in self.table.values()]
        return (*commands, *[topic for language in self._languages for topic in language.topics()])

    def namespaces(self) -> tuple[Candidate, ...]:
        """The namespaces with a line on each."""
        languages = {language.namespace: language.summary for language in self._languages}
        own = {command.namespace: self._summaries.get(command.namespace, "") for command in self.table.values()}
        return tuple(Candidate(name, summary) for name, summary in (own | languages).items())

    def help_on(self, topic: str) -> tuple[str, ...]:
        """The help on a command or a topic of a language."""
        for language in self._languages:
            lines = language.help(topic.removeprefix(f"{language.namespace}."))
            if lines:
                return tuple(lines)
        command = command_named(topic, self.table)
        if command is None and self._source.is_typed and words_of(topic):
            found = meaning(topic, self._names, Spelling.SHORTENED)
            command = found.command if isinstance(found, Ordered) and not found.words else None
        if command is not None:
            return tuple(help_lines(command))
        near = NearMisses([candidate.text for candidate in self.topics()]).of(topic)
        raise Refused(f"there is no help on `{topic}`", *([f"there is on `{near}`"] if near else []))

    def run_file(self, path: str) -> None:
        """Runs the lines of a file, up to the first that is refused."""
        if self._depth >= DEEPEST:
            raise Refused(f"files run files {DEEPEST} deep at most")
        try:
            text = read_text(path)
        except (OSError, ValueError) as error:
            raise Refused(f"cannot read {path}: {error}") from error
        self.run_text(path, text)

    def run_text(self, name: str, text: str) -> None:
        """Runs the lines of a text in the same way."""
        if self._depth >= DEEPEST:
            raise Refused(f"files run files {DEEPEST} deep at most")
        source = TextSource(name, text)
        self._depth += 1
        try:
            number = 0
            while self._status is None and (line := source.read(self)) is not None:
                number += 1
                place = Place(name, number)
                try:
                    self._run_line(line, place, Spelling.FULL)
                except Refused as refused:
                    raise placed(refused, place) from refused
        finally:
            self._depth -= 1

    def ask(self, question: str) -> str:
        """The answer to a question."""
        return _answered(self._source.ask(question), question)

    def ask_secret(self, question: str) -> str:
        """The answer to a question, not shown while it is typed."""
        return _answered(self._source.ask_secret(question), question)

    def notice(self, line: Text) -> None:
        """Shows a line above the prompt, from any thread."""
        self._sink.notice(styled(line))

    def leave(self, status: int) -> None:
        """Ends the session after this line."""
        self._status = status

    # Lines

    def _run_source(self) -> int:
        source = self._source
        spelling = Spelling.SHORTENED if source.is_typed else Spelling.FULL
        number = 0
        while self._status is None:
            try:
                line = source.read(self)
            except KeyboardInterrupt:
                if source.ends_at_fault:
                    return INTERRUPTED
                continue
            if line is None:
                break
            number += 1
            try:
                if source.is_typed:
                    self._keep(line)
                self._run_line(line, Place(source.name, number), spelling)
            except KeyboardInterrupt:
                if source.ends_at_fault:
                    return INTERRUPTED
                self.show([""])  # the terminal shows `^C` where the cursor is
                source.refused()
            except Refused as refused:
                self.show(
                    refusal_lines(placed(refused, Place(source.name, number)) if source.ends_at_fault else refused)
                )
                if source.ends_at_fault:
                    return 1
                source.refused()
        return 0

    def _run_line(self, line: str, place: Place, spelling: Spelling) -> None:
        """Runs a line through its pipes."""
        if len(line) > LONGEST_LINE:
            raise Refused(f"a line may have {LONGEST_LINE:,} characters")
        first, *pipes = split_pipes(expand(line, self.aliases))
        if not words_of(first.text):
            if pipes:
                raise Refused("a command is missing before `|`")
            return
        found = meaning(first.text, self._names, spelling)
        if isinstance(found, Unclear):
            raise refusal(found)
        stages, asks_for_data = stages_of(pipes)
        outer = self._show
        pipeline = Pipeline(stages, outer)
        self._show = pipeline.feed if stages else outer
        try:
            self._obey(found, place, asks_for_data=asks_for_data)
            pipeline.end()
        except (Refused, _UnreadError):
            raise
        except Exception as error:  # a fault of a command must not end the session
            _log.debug("a command failed", exc_info=True)
            raise Refused(f"the command failed: {type(error).__name__}: {error}") from error
        finally:
            self._show = outer

    def _obey(self, found: Ordered | Stated, place: Place, *, asks_for_data: bool) -> None:
        if isinstance(found, Ordered):
            call = Call(self, tuple(word.text for word in found.words), found.text, place, self._say)
            if not asks_for_data:
                found.command.action(call)
            elif found.command.data is None:
                raise Refused(f"`{found.command.name}` has no data for `json`")
            else:
                call.say(*json_lines(found.command.data(call)))
            return
        if asks_for_data:
            raise Refused("statements have no data for `json`")
        findings = found.language.findings(found.line)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        if errors:
            raise refusal_of(found.line, errors, self.columns)
        for finding in findings:
            self._say(tuple(finding_lines(found.line, finding, self.columns)))
        found.language.run(found.line, Call(self, (), found.line, place, self._say))

    def _say(self, lines: tuple[Text, ...]) -> None:
        self._show(tuple(styled(line) for line in lines))

    def _keep(self, line: str) -> None:
        """Keeps a line in the history, unless a language finds a secret in it, or it begins with a blank."""
        if line[:1].isspace():
            return
        bare = split_pipes(expand(line, self.aliases))[0].text
        statements = [bare.removeprefix(f"{language.namespace}.") for language in self._languages]
        if not any(map(_is_secret, self._languages, statements)):
            self._history.add(line)


class _UnreadError(Exception):
    """Nobody reads the answers any more."""


def _is_secret(language: LineLanguage, line: str) -> bool:
    return language.is_secret(line)


def _answered(answer: str | None, question: str) -> str:
    if answer is None:
        raise Refused(f"nobody can be asked here: {question.strip()}")
    return answer
