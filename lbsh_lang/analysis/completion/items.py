"""The offers of completion, and the input of the functions that make them. Knows no single kind of word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile

from lbsh_lang.analysis.lines.cursor import Cursor
from lbsh_lang.analysis.live.resolution import LiveResolution
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.prose.blocks import Prose
from lbsh_lang.syntax.extensions import acting
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.lowering import lower_target
from lbsh_lang.syntax.statement import Statement
from lbsh_lang.values import AddressRange

MOST_ITEMS = 200
"""The most offers in one answer; a longer list is no help, and takes long to send."""

_SERVERS = (
    "LEAVING",
    "LEAVING_TARGET",
    "CHANGED",
    "CHANGED_TARGET",
    "TARGET",
    "MEMBER",
    "SERVICE_ADDRESS",
    "DEVICE_ADDRESS",
    "LINK_ADDRESS",
    "WATCHED",
)

REACH = 500
"""The number of lines above the cursor that count as near."""


class CompletionKind(Enum):
    """The kind of an offered word."""

    STATEMENT = "a statement"
    KEYWORD = "a keyword"
    OPTION = "an option"
    SERVICE = "a service"
    POOL = "a pool"
    SERVER = "a server"
    ADDRESS = "an address"
    INTERFACE = "an interface"
    PORT = "a port"
    VALUE = "one of a closed set of words, or a usual number or duration"
    METHOD = "a probe method"
    CODE = "a diagnostic code"
    FILE = "a file"


@dataclass(frozen=True, slots=True)
class CompletionItem:
    """A word, or several, that may be written at the cursor.

    `snippet` is the text with places to fill in, in the notation of LSP (`${1:NAME}`); `matched` is the text with which the
    editor compares the typed word, if it is not the label.
    """

    label: str
    kind: CompletionKind
    text: str
    detail: str = ""
    snippet: str | None = None
    documentation: Prose = ()
    matched: str | None = None


Paths = Callable[[str], Iterable[str]]
"""Returns the paths that begin with the text typed between quotes."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A cursor in its script. `now` is the highest rank right before its line."""

    view: View
    cursor: Cursor
    now: int
    interfaces: Sequence[str]
    paths: Paths

    @property
    def language(self) -> Lbsh:
        return self.view.document.language

    @property
    def resolution(self) -> LiveResolution:
        return self.view.session.resolution

    @property
    def own(self) -> int | None:
        """The `line` of the statements on the cursor's own line, None if there are none."""
        stated = self.view.session.stated_at(self.view.document, self.cursor.line)
        return stated.line if stated is not None else None

    @property
    def is_last(self) -> bool:
        """Whether no word follows on the line."""
        return not self.cursor.after

    def after(self, keyword: str) -> str | None:
        """The word behind a keyword that follows on the line."""
        words = self.cursor.after
        return next((words[place + 1] for place, word in enumerate(words[:-1]) if word == keyword), None)

    @property
    def targets(self) -> list[AddressRange]:
        """The readable servers that the line names, before the cursor and behind it."""
        before = [text for terminal in _SERVERS for text in self.cursor.texts_of(terminal)]
        behind = takewhile(lambda word: word not in self.language.automaton.keywords, self.cursor.after)
        targets = [lower_target(text) for text in (*before, *behind)]
        return [one for one in targets if not isinstance(one, Problem)]

    def nearby(self) -> Iterator[Statement]:
        """The statements above the cursor, the nearest first."""
        line, parsed = self.cursor.line, self.view.document.parsed
        for above in range(line - 1, max(line - REACH, 0) - 1, -1):
            yield from acting(parsed[above].node)


def snippet_text(text: str) -> str:
    """A text escaped for a snippet (LSP 3.17, "Snippet Syntax")."""
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")
