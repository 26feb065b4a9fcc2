"""A terminal with an editor of lines: the only importer of prompt_toolkit, which takes long to import.

Theory of operation. A small application of its own replaces prompt_toolkit's `PromptSession`:

- Its usage line stands directly below the line that is written. That of `PromptSession` is shown only after the terminal has
  told where its cursor is (CPR). So nothing asks the terminal, and a terminal that never answers misses nothing.
- Tab computes the completion at once, within the key's own turn. prompt_toolkit's completion runs beside the keys, so those
  that are typed or pasted behind Tab would change the line before it.
- Notices and lists are written above the prompt in one turn too: the prompt is erased, lines are printed, and the prompt is
  drawn anew. The terminal never leaves its mode meanwhile, so no key is echoed between.

Several lines that are pasted together are given out one by one. If a line is refused, those behind it come back into the
editor: lines of a paste in brackets, and those that came as single keys and were read already.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, is_done, is_searching
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import ConditionalContainer, HSplit, Layout, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl, SearchBufferControl
from prompt_toolkit.layout.processors import (
    BeforeInput,
    HighlightIncrementalSearchProcessor,
    PasswordProcessor,
    Processor,
)
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from oyster.keys import Insertion, is_literal, tab, what_may_come
from oyster.shown import Piece, Styled, Text, plain, styled
from oyster.sources import Editing, lines_of
from oyster.usage import shortened_usage

COLOURS: Mapping[str, str] = {
    "keyword": "ansiblue bold",
    "function": "bold",
    "number": "ansicyan",
    "string": "ansigreen",
    "comment": "ansibrightblack",
    "prompt": "bold",
    "error": "ansired bold",
    "warning": "ansiyellow",
    "good": "ansigreen",
    "bad": "ansired bold",
    "doubtful": "ansiyellow",
    "heading": "bold",
    "faint": "ansibrightblack",
    "active": "bold",
    "usage": "",
    "usage.active": "underline bold",
}
"""The styles of kinds, in prompt_toolkit's words."""

_LARGEST_TYPEAHEAD = 1 << 20

_SHOWN_BY_EDITOR = frozenset(map(chr, [*range(32), *range(127, 161)]))
"""Characters that prompt_toolkit shows as `^[` or `<9b>`."""


class Terminal:
    """The source and the sink at a terminal.

    Its state: lines that were pasted and wait, the text that is given back, and notices of other threads that wait.
    """

    name = "terminal"
    is_typed = True
    ends_at_fault = False

    def __init__(
        self,
        shown: Callable[[], None] = lambda: None,
        colours: Mapping[str, str] | None = None,
        *,
        keys: Input | None = None,
        output: Output | None = None,
    ) -> None:
        """`shown` is called once, when the first prompt stands. `colours` are further styles of kinds."""
        self._shown: Callable[[], None] | None = shown
        self._keys = keys or create_input()
        self._output = output or _output()
        self._depth = ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else self._output.get_default_color_depth()
        self._style = Style.from_dict({kind.lower(): style for kind, style in {**COLOURS, **(colours or {})}.items()})
        self._pasted: deque[str] = deque()
        self._given_back = ""
        self._notices: deque[Styled] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.RLock()
        self._editing: Editing | None = None
        self._buffer = _Line(multiline=False, enable_history_search=True)
        self._colours = _Colours(self)
        self._application = self._editor()

    # Source

    def read(self, editing: Editing) -> str | None:
        """The next line."""
        self._editing = editing
        if self._pasted:
            line = self._pasted.popleft()
            self.show([(*editing.prompt(), Piece(_clean(line)))])
            return line
        text, self._given_back = self._given_back, ""
        self._buffer.begin(text, editing.history())
        typed = self._run(self._application)
        if typed is None:
            return None
        first, *others = lines_of(typed) or [""]
        self._pasted.extend(others)
        return first

    def refused(self) -> None:
        """Gives the lines that were pasted behind a refused line back into the editor."""
        lines = [*self._pasted, *self._typed_ahead()]
        self._pasted.clear()
        if any(line.strip() for line in lines):
            self._given_back = "\n".join(lines)
            self.show([(Piece("The lines behind it were not run: Enter runs them, Ctrl-C drops them.", "faint"),)])

    def ask(self, question: str) -> str | None:
        """The answer to a question."""
        return self._run(_question(question, self, []))

    def ask_secret(self, question: str) -> str | None:
        """The answer to a question, not shown."""
        return self._run(_question(question, self, [PasswordProcessor()]))

    # Sink

    @property
    def columns(self) -> int | None:
        """The width of the terminal."""
        return self._output.get_size().columns

    def show(self, lines: Iterable[Styled]) -> None:
        """Prints lines."""
        with self._lock:
            self._print(lines)

    def notice(self, line: Styled) -> None:
        """Prints a line above the prompt."""
        with self._lock:
            self._notices.append(line)
            loop = self._loop
            if loop is None:
                self._print_notices()
                return
        try:
            loop.call_soon_threadsafe(self._show_notices)
        except RuntimeError:  # the prompt ended just now
            self._show_notices()

    def refresh(self) -> None:
        """Draws usage and colours anew."""
        with self._lock:
            self._colours.age += 1
            loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the prompt ended just now
                loop.call_soon_threadsafe(self._application.invalidate)

    def _show_notices(self) -> None:
        with self._lock:
            if self._notices and self._loop is not None and self._application.is_running:
                self._above(self._print_notices)
            else:
                self._print_notices()

    def _print_notices(self) -> None:
        lines = [*self._notices]
        self._notices.clear()
        self._print(lines)

    def _print(self, lines: Iterable[Styled]) -> None:
        fragments: StyleAndTextTuples = []
        for line in lines:
            fragments += _fragments(line)
            fragments.append(("", "\n"))
        if any(style for style, *_ in fragments):
            print_formatted_text(self._output, fragments, self._style, color_depth=self._depth)
        else:
            self._output.write_raw("".join([text for _, text, *_ in fragments]).replace("\n", "\r\n"))
        self._output.flush()

    def _above(self, print_lines: Callable[[], None]) -> None:
        """Prints above the prompt, which is drawn anew."""
        self._application.renderer.erase()
        print_lines()
        self._application.invalidate()

    # Editor

    def _editor(self) -> Application[str]:
        searching = SearchBufferControl()
        line = BufferControl(
            self._buffer,
            lexer=self._colours,
            input_processors=[HighlightIncrementalSearchProcessor(), BeforeInput(self._prompt)],
            search_buffer_control=searching,
            preview_search=True,
        )
        usage = Window(FormattedTextControl(self._usage_line), height=1, dont_extend_height=True)
        rows = [
            Window(line, wrap_lines=True, dont_extend_height=True),
            ConditionalContainer(Window(searching, height=1), is_searching),
            ConditionalContainer(usage, Condition(lambda: bool(self._usage_line())) & ~is_done & ~is_searching),
        ]
        return self.application(Layout(HSplit(rows), line), self._bindings())

    def application(self, layout: Layout, bindings: KeyBindings) -> Application[str]:
        """An application on this terminal."""
        return Application(
            layout=layout,
            key_bindings=bindings,
            style=self._style,
            include_default_pygments_style=False,
            color_depth=self._depth,
            input=self._keys,
            output=self._output,
        )

    def _bindings(self) -> KeyBindings:
        bindings = _ending()
        writes = ~is_searching

        @bindings.add("tab", filter=writes)
        def _complete(_: KeyPressEvent) -> None:
            self._insert(tab(self._asked(), *self._place(), self.columns))

        @bindings.add("?", filter=writes & Condition(lambda: not is_literal(*self._place())))
        def _list(_: KeyPressEvent) -> None:
            self._list(what_may_come(self._asked(), *self._place(), self.columns))

        return bindings

    def _place(self) -> tuple[str, int]:
        """The line at the cursor, and the cursor's column in it."""
        document = self._buffer.document
        return document.current_line, document.cursor_position_col

    def _insert(self, insertion: Insertion) -> None:
        if insertion.before:
            self._buffer.delete_before_cursor(insertion.before)
        if insertion.text:
            self._buffer.insert_text(insertion.text)
        if insertion.lists:
            self._list(insertion.lists)

    def _list(self, lines: Sequence[Text]) -> None:
        """Prints what may come below the line, and begins the line again."""
        written = (*self._asked().prompt(), Piece(_clean(self._buffer.document.current_line)))
        self._above(lambda: self.show([written, *map(styled, lines)]))

    def _asked(self) -> Editing:
        assert self._editing is not None, "there is no prompt before a session reads"
        return self._editing

    def _prompt(self) -> StyleAndTextTuples:
        return _fragments(self._asked().prompt())

    def _usage_line(self) -> StyleAndTextTuples:
        usage = self._asked().usage(*self._place())
        if usage is None or not usage.text:
            return []
        shown = shortened_usage(usage, self._output.get_size().columns - 1)
        parts = [shown.text[: shown.start], shown.text[shown.start : shown.end], shown.text[shown.end :]]
        styles = ("class:usage", "class:usage.active", "class:usage")
        return [(style, text) for style, text in zip(styles, parts, strict=True) if text]

    def colours_of(self, line: str) -> StyleAndTextTuples:
        """A line in the colours of its tokens. What would reach the terminal as it is, but is not printable, is replaced."""
        shown = "".join([letter if letter.isprintable() or letter in _SHOWN_BY_EDITOR else "\ufffd" for letter in line])
        fragments: StyleAndTextTuples = []
        end = 0
        for mark in self._asked().tokens(line):
            if mark.start >= end:
                fragments += [("", shown[end : mark.start]), (_style(mark.kind), shown[mark.start : mark.end])]
                end = mark.end
        return [*fragments, ("", shown[end:])]

    # Running

    def _run(self, application: Application[str]) -> str | None:
        """The text that an application ends with, None at the end of the input. Raises KeyboardInterrupt."""

        def begin() -> None:
            with self._lock:
                self._loop = asyncio.get_running_loop()

        def drawn(_: object) -> None:
            shown, self._shown = self._shown, None
            if shown is not None:
                shown()

        application.after_render += drawn
        try:
            return application.run(pre_run=begin)
        except EOFError:
            return None
        finally:
            application.after_render -= drawn
            with self._lock:
                self._loop = None
                self._print_notices()

    def _typed_ahead(self) -> list[str]:
        """The lines that were read as keys behind the last line, if there is a whole one; else they stay keys."""
        keys = get_typeahead(self._keys)
        if not any(key.key in {Keys.ControlM, Keys.ControlJ} for key in keys):
            store_typeahead(self._keys, keys)
            return []
        return lines_of("".join(map(_text_of, keys))[:_LARGEST_TYPEAHEAD])


class _Line(Buffer):
    """The line that is written. Earlier ones are there before the first key; prompt_toolkit loads them beside the keys."""

    def begin(self, text: str, earlier: Iterable[str]) -> None:
        """Begins a line with a text in it, behind those that were typed before."""
        self.reset(Document(text))
        self._working_lines.extendleft(reversed(tuple(earlier)))
        self.working_index = len(self._working_lines) - 1
        self.cursor_position = len(text)

    def load_history_if_not_yet_loaded(self) -> None:
        """There is nothing left to load."""


class _Colours(Lexer):
    """Colours the lines in the editor."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.age = 0

    def invalidation_hash(self) -> int:
        return self.age

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines = document.lines

        def line_of(number: int) -> StyleAndTextTuples:
            return self._terminal.colours_of(lines[number]) if number < len(lines) else []

        return line_of


def _question(question: str, terminal: Terminal, processors: list[Processor]) -> Application[str]:
    """Asks for a single line, without completion, history or colours."""
    buffer = Buffer(multiline=False)
    shown = BeforeInput(_clean(question), "class:prompt")
    line = BufferControl(buffer, input_processors=[*processors, shown])
    return terminal.application(Layout(Window(line, wrap_lines=True, dont_extend_height=True)), _ending())


def _ending() -> KeyBindings:
    """The keys that end a line: Enter, Ctrl-C and Ctrl-D."""
    bindings = KeyBindings()

    @bindings.add("enter", filter=~is_searching)
    @bindings.add("c-j", filter=~is_searching)
    def _accept(event: KeyPressEvent) -> None:
        event.app.exit(result=event.app.current_buffer.text)

    @bindings.add("c-c")
    def _leave(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt)

    @bindings.add("c-d")
    def _end(event: KeyPressEvent) -> None:
        buffer = event.app.current_buffer
        if buffer.text:
            buffer.delete()
        else:
            event.app.exit(exception=EOFError)

    return bindings


def _output() -> Output:
    """The terminal at standard output. It is never asked where its cursor is."""
    output = Vt100_Output.from_pty(sys.stdout, term=os.environ.get("TERM"))
    output.enable_cpr = False
    return output


def _fragments(line: Styled) -> StyleAndTextTuples:
    return [(_style(piece.kind) if piece.kind else "", piece.text) for piece in line if piece.text]


def _style(kind: str) -> str:
    return f"class:{kind.lower()}"


def _clean(text: str) -> str:
    return plain(styled(text))


def _text_of(key: KeyPress) -> str:
    if key.key in {Keys.ControlM, Keys.ControlJ}:
        return "\n"
    if key.key is Keys.BracketedPaste:
        return key.data.replace("\r\n", "\n").replace("\r", "\n")
    return key.data if key.data.isprintable() else ""
