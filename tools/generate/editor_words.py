"""The words of the language in the files of editors.

The grammar is the only source: each editor's file has a region between two marks, filled from the tables that the parser
reads, so that no keyword is typed a second time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lbsh_lang.probes.registry import built_in
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.methods import RECORD_TYPES, SWITCHES
from lbsh_lang.values import Algorithm, Helper, Protocol
from tools.generate.derived import ROOT, Derived, fill

EDITORS = ROOT / "editors"
BEGIN, END = "BEGIN words, written by make generate", "END words"
WIDTH = 110


@dataclass(frozen=True, slots=True)
class StatementWords:
    """A statement by its first word: the keywords that may follow, and the known values that may stand in it."""

    head: str
    keywords: tuple[str, ...]
    values: tuple[str, ...]


def statements() -> tuple[StatementWords, ...]:
    """All statements, in the order of the grammar."""
    return tuple(_statement(head) for head in AUTOMATON.moves[0] if head in AUTOMATON.keywords)


def _statement(head: str) -> StatementWords:
    known = _known_values()
    terminals = _terminals_after(AUTOMATON.moves[0][head][1])
    keywords = [word for word, terminal in AUTOMATON.keywords.items() if terminal in terminals]
    values = [value for terminal, words in known.items() if terminal in terminals for value in words]
    return StatementWords(head, tuple(keywords), tuple(dict.fromkeys(values)))


def _terminals_after(situation: int) -> set[str]:
    """Every terminal that may stand in a line from this situation of the parser on."""
    seen, waiting, terminals = {situation}, [situation], set[str]()
    while waiting:
        for terminal, after in AUTOMATON.moves[waiting.pop()].values():
            terminals.add(terminal)
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return terminals


def _known_values() -> dict[str, tuple[str, ...]]:
    """The words that mean something in the place of a terminal, although they are no keywords."""
    protocols = tuple(protocol.value for protocol in Protocol)
    options = [option for method in built_in().values() for option in method.options]
    return {
        "PROTOCOL": (*protocols, "+".join(protocols)),
        "ALGORITHM": tuple(algorithm.value for algorithm in Algorithm),
        "HELPER_NAME": tuple(helper.value for helper in Helper),
        "METHOD": tuple(built_in()),
        "PROBE_OPTION": tuple(dict.fromkeys(options)),
        "PROBE_WORD": (*SWITCHES, *RECORD_TYPES),
    }


def tree_sitter_query() -> str:
    """The keywords as a query's list of anonymous nodes."""
    return "[\n" + "".join(f'  "{word}"\n' for word in AUTOMATON.keywords) + "] @keyword\n"


def vim() -> str:
    lines = []
    for statement in statements():
        lines.append(f"call s:Statement('{statement.head}')\n")
        lines += _vim_keywords(f"lbsh{statement.head.capitalize()}Keyword", statement.keywords)
        lines += _vim_keywords(f"lbsh{statement.head.capitalize()}Value", statement.values)
    return "".join(lines)


def _vim_keywords(group: str, words: tuple[str, ...]) -> list[str]:
    return [f"syn keyword {group} contained {' '.join(row)}\n" for row in _rows(words)]


def emacs() -> str:
    lines = [
        f"    ({_lisp(one.head)} {_lisp_list(one.keywords)}\n     {_lisp_list(one.values)})" for one in statements()
    ]
    return "  '(" + "\n".join(lines).strip() + ")\n"


def _lisp(word: str) -> str:
    return f'"{word}"'


def _lisp_list(words: tuple[str, ...]) -> str:
    return "(" + "\n       ".join(" ".join(map(_lisp, row)) for row in _rows(words, 60)) + ")"


def sublime() -> str:
    """One pattern for each statement's first word, and the context of the rest of its line."""
    heads = ""
    for one in statements():
        heads += f"    - match: '{{{{before}}}}{one.head}{{{{after}}}}'\n"
        heads += f"      scope: keyword.control.{one.head}.lbsh\n      push: {one.head}\n"
    return f"  statements:\n{heads}" + "".join(map(_sublime_context, statements()))


def _sublime_context(statement: StatementWords) -> str:
    context = f"\n  {statement.head}:\n    - meta_scope: meta.statement.{statement.head}.lbsh\n    - include: rest\n"
    for scope, words in (("keyword.other", statement.keywords), ("constant.language", statement.values)):
        if words:
            context += (
                f"    - match: '{{{{before}}}}(?:{_alternatives(words)}){{{{after}}}}'\n      scope: {scope}.lbsh\n"
            )
    return context + "    - include: words\n"


_KATE_END = "(?![^\\s,&quot;#])"


def kate() -> str:
    """Contexts: the first word of a line chooses the one for its rest."""
    heads = "".join(
        f'      <RegExpr attribute="Statement" context="{one.head}" String="{one.head}{_KATE_END}" firstNonSpace="true"/>\n'
        for one in statements()
    )
    opened = f'    <context name="line" attribute="Normal Text" lineEndContext="#stay">\n{heads}'
    return (
        opened + '      <IncludeRules context="words"/>\n    </context>\n' + "".join(map(_kate_context, statements()))
    )


def _kate_context(statement: StatementWords) -> str:
    rules = "".join(
        f'      <RegExpr attribute="{attribute}" context="#stay" String="(?:{_alternatives(words)}){_KATE_END}"/>\n'
        for attribute, words in (("Keyword", statement.keywords), ("Value", statement.values))
        if words
    )
    opened = f'    <context name="{statement.head}" attribute="Normal Text" lineEndContext="#pop">\n'
    return f'{opened}{rules}      <IncludeRules context="words"/>\n    </context>\n'


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words))


def _rows(words: tuple[str, ...], width: int = WIDTH - 40) -> list[list[str]]:
    """The words in rows that are not wider than this."""
    rows: list[list[str]] = []
    for word in words:
        if not rows or len(" ".join(rows[-1])) + len(word) >= width:
            rows.append([])
        rows[-1].append(word)
    return rows


REGIONS: dict[str, Callable[[], str]] = {
    "tree-sitter-lbsh/queries/highlights.scm": tree_sitter_query,
    "vim/syntax/lbsh.vim": vim,
    "emacs/lbsh-mode.el": emacs,
    "sublime/lbsh.sublime-syntax": sublime,
    "kate/lbsh.xml": kate,
}
"""Files with a region to fill, and its text."""


def files() -> Iterator[Derived]:
    """The files of all editors, with their present texts outside the regions."""
    for name, make in REGIONS.items():
        yield Derived(EDITORS / name, fill((EDITORS / name).read_text(encoding="utf-8"), BEGIN, END, make()))
