"""The language as a value: that of lbsh itself, or with the statements of extensions.

Code that reads, explains or offers words takes the language as a parameter (`LineParser.language`, `Script.language`,
`Document.language`), so that several languages may be in use side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import cast

from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.consistency import faults_between
from lbsh_lang.syntax.extensions import Extension
from lbsh_lang.syntax.faults import BadValue, OwnFault, Problem
from lbsh_lang.syntax.nodes import ALL_FORMS
from lbsh_lang.syntax.slots import OwnWord
from lbsh_lang.syntax.statement import AnyForm, Statement
from lbsh_lang.syntax.terminals import PHRASES, WORDS, Word
from oyster.automaton import Automaton
from oyster.faults import Token
from oyster.lines import Language


class Lbsh(Language[Statement, OwnFault]):
    """The language with the statements of any number of extensions; `automaton` is that of all of them (`joining`).

    Not a dataclass, which would cost each command half a millisecond.
    """

    forms: tuple[AnyForm, ...]
    _additions: tuple[Extension, ...]

    def __init__(self, automaton: Automaton, additions: Sequence[Extension]) -> None:
        object.__setattr__(self, "_additions", tuple(additions))
        super().__init__(
            automaton=automaton,
            forms=(*ALL_FORMS, *[form for one in additions for form in one.forms]),
            identifiers=frozenset(name for name, word in self.terminals.items() if word.is_identifier),
            problem=Problem,
            bad_value=_bad_value,
            between=faults_between,
        )

    @cached_property
    def extensions(self) -> frozenset[str]:
        """The names of the extensions."""
        return frozenset(one.name for one in self._additions)

    @cached_property
    def terminals(self) -> Mapping[str, Word]:
        """The records of all words that are no keywords, by the names of their terminals."""
        return {**WORDS, **{name: own.word for name, own in self.own_words.items()}}

    @cached_property
    def own_words(self) -> Mapping[str, OwnWord]:
        """The records of the terminals that extensions define."""
        return {own.terminal: own for one in self._additions for own in one.words}

    @cached_property
    def sentences(self) -> Mapping[str, str]:
        """The meanings of the keywords of extensions, by their terminals."""
        keywords = self.automaton.keywords
        return {keywords[word]: sentence for one in self._additions for word, sentence in one.keywords.items()}

    def phrase(self, terminal: str) -> str:
        """The name of a terminal's words in messages; a keyword is its own name."""
        if terminal in self.words:
            return f"`{self.words[terminal]}`"
        return self.terminals[terminal].phrase if terminal in self.terminals else PHRASES[terminal]


def _bad_value(token: Token[object], problem: object) -> BadValue:
    return BadValue(token, cast(Problem, problem))  # `Language.problem` ensures the type


LBSH = Lbsh(AUTOMATON, ())
"""The language itself."""
