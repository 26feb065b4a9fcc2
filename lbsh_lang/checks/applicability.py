"""Which fixes may be made unasked: those that follow from what is written, in the only way in which it can be read.

A guess at a name is never one of them, nor is a deletion of what says something that no other line says, nor what would
change whom a packet reaches beyond what the message says. A fix is unsafe unless a function here finds it safe.
"""

from __future__ import annotations

import re
import unicodedata

from lbsh_lang.checks.base import Context
from lbsh_lang.diagnostics import Applicability
from lbsh_lang.site.script import Found
from lbsh_lang.syntax.nodes import AddStatement, Fault, RemoveStatement, Stated
from oyster.words import split_words

SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE


def of_word(found: Found, context: Context) -> Applicability:
    """Of another word in the place of one that cannot stand there."""
    fault = found.fault
    if not fault.token.text.isprintable():
        return _of_invisible(found)
    if _is_quoted(fault):
        # A text of several words would get its quotes round the first one only.
        return _safe_if(all(_is_quoted(other) for other in context.faults_at(found.at)))
    return of_choice(fault)


def of_choice(fault: Fault) -> Applicability:
    """Of a keyword: only where the same is written in other letter case, or as `udp+tcp` for `tcp+udp`."""
    assert fault.instead is not None
    return _safe_if(sorted(re.split("[+/]", fault.token.text.lower())) == sorted(fault.instead.split("+")))


def of_network(found: Found) -> Applicability:
    """Of a network in the place of an address with a prefix length: one server may be meant where servers stand."""
    return _safe_if(not isinstance(found.at.node, AddStatement | RemoveStatement))


def of_ports(fault: Fault) -> Applicability:
    """Of a range the right way round: `8000-443` may lack a digit. Of a port's name in other letter case."""
    first, dash, last = fault.token.text.partition("-")
    turned = bool(dash) and len(first) == len(last) and fault.instead == f"{last}-{first}"
    return SAFE if turned else of_choice(fault)


def of_range(fault: Fault) -> Applicability:
    """Of a range the right way round: in `192.168.1.20-5` the number may be one to count on by."""
    return _safe_if(not fault.token.text.rpartition("-")[2].isdecimal())


def of_repetition(found: Found) -> Applicability:
    """Of a line to delete: only where it says word by word what another one says."""
    if found.other is None:
        return UNSAFE
    lines = [split_words(at.source.lines[at.line]) for at in (found.at, found.other)]
    return _safe_if(lines[0].texts == lines[1].texts and lines[0].comment is None)


def _of_invisible(found: Found) -> Applicability:
    """Of characters that show nothing: blanks that became one, format characters that go. Not of what a text may mean."""
    token = found.fault.token
    if _in_text(found.at, token.start):
        return UNSAFE
    return _safe_if(
        found.fault.instead == " " or all(unicodedata.category(character) == "Cf" for character in token.text)
    )


def _in_text(at: Stated, column: int) -> bool:
    words = split_words(at.source.lines[at.line])
    return any(
        text.startswith('"') and start <= column < start + len(text)
        for text, start in zip(words.texts, words.starts, strict=True)
    )


def _is_quoted(fault: Fault) -> bool:
    """Whether all that a fault needs is quotes."""
    text = fault.token.text
    return bool(text) and '"' not in text and fault.instead == '"' + text.replace("\\", "\\\\") + '"'


def _safe_if(condition: bool) -> Applicability:
    return SAFE if condition else UNSAFE
