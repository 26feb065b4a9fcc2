"""Selects the safe fixes: those that follow from the only possible reading of the script.

A guess at a name is never safe, nor is the deletion of a fact that no other line states, nor a change of the servers
that a packet reaches beyond the message. A fix is unsafe unless a function here finds it safe.
"""

from __future__ import annotations

import re
import unicodedata

from lbsh_lang.checks.views import FaultContext
from lbsh_lang.diagnostics import Applicability
from lbsh_lang.site.faults import Fault
from lbsh_lang.site.script import AnyFound
from lbsh_lang.syntax.faults import BadOptionValue, BadValue, IntervalTooShort, UnknownOption
from lbsh_lang.syntax.nodes import AddStatement, RemoveStatement, Token
from lbsh_lang.syntax.statement import Node, Stated
from oyster.faults import OpenText, StrayCharacters, Unexpected, UnknownStatement
from oyster.words import split_words

SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE


def of_word(at: Stated[Node], token: Token[object], instead: str, context: FaultContext) -> Applicability:
    """Of another word in the place of a word that cannot stand there."""
    if _is_quoted(token, instead):
        # A text of several words would get its quotes round the first one only.
        return _safe_if(all(_is_quoted(other.token, instead_of(other)) for other in context.faults_at(at)))
    return of_choice(token, instead)


def of_choice(token: Token[object], instead: str) -> Applicability:
    """Of a keyword: only where the same is written in other letter case, or as `udp+tcp` for `tcp+udp`."""
    return _safe_if(sorted(re.split("[+/]", token.text.lower())) == sorted(instead.split("+")))


def of_network(found: AnyFound) -> Applicability:
    """Of a network in the place of an address with a prefix length: one server may be meant where servers stand."""
    return _safe_if(not isinstance(found.at.node, AddStatement | RemoveStatement))


def of_ports(token: Token[object], instead: str) -> Applicability:
    """Of a range the right way round: `8000-443` may lack a digit. Of a port's name in other letter case."""
    first, dash, last = token.text.partition("-")
    turned = bool(dash) and len(first) == len(last) and instead == f"{last}-{first}"
    return SAFE if turned else of_choice(token, instead)


def of_range(token: Token[object]) -> Applicability:
    """Of a range the right way round: in `192.168.1.20-5` the number may be one to count on by."""
    return _safe_if(not token.text.rpartition("-")[2].isdecimal())


def of_repetition(found: AnyFound) -> Applicability:
    """Of a line to delete: only where it says word by word what another one says."""
    if found.other is None:
        return UNSAFE
    lines = [split_words(at.source.lines[at.line]) for at in (found.at, found.other)]
    return _safe_if(lines[0].texts == lines[1].texts and lines[0].comment is None)


def of_invisible(at: Stated[Node], fault: StrayCharacters) -> Applicability:
    """Of invisible characters: blanks that become one, format characters that go. Not where a text may mean them."""
    if _in_text(at, fault.token.start):
        return UNSAFE
    return _safe_if(
        fault.instead == " " or all(unicodedata.category(character) == "Cf" for character in fault.token.text)
    )


def instead_of(fault: Fault) -> str | None:
    """The text for the place of the word that a fault is about, None if that is not clear."""
    match fault:
        case BadValue(problem=problem):
            return problem.instead
        case (
            StrayCharacters(instead=instead)
            | OpenText(instead=instead)
            | Unexpected(instead=instead)
            | UnknownStatement(instead=instead)
            | IntervalTooShort(instead=instead)
            | UnknownOption(instead=instead)
            | BadOptionValue(instead=instead)
        ):
            return instead
    return None


def _in_text(at: Stated[Node], column: int) -> bool:
    words = split_words(at.source.lines[at.line])
    return any(
        text.startswith('"') and start <= column < start + len(text)
        for text, start in zip(words.texts, words.starts, strict=True)
    )


def _is_quoted(token: Token[object], instead: str | None) -> bool:
    """Whether a word only lacks quotes."""
    text = token.text
    return bool(text) and '"' not in text and instead == '"' + text.replace("\\", "\\\\") + '"'


def _safe_if(condition: bool) -> Applicability:
    return SAFE if condition else UNSAFE
