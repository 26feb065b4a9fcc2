"""Joins extensions to the language, and refuses those that do not fit the language or each other.

Separate from `language`, which does not need it without extensions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lbsh_lang.codes import Code
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.extensions import Extension, ExtensionError
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.statement import ExtensionForm
from lbsh_lang.syntax.terminals import Reader
from oyster.automaton import Automaton
from oyster.join import SHARED, JoinError, join

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)


def extended(additions: Sequence[tuple[Extension, Automaton]]) -> Lbsh:
    """The language with the statements of extensions, each with the automaton of its grammar.

    Raises `ExtensionError` if the records of an extension do not fit its grammar, or if two extensions clash.
    """
    for extension, automaton in additions:
        _check(extension, automaton)
    try:
        joined = join(AUTOMATON, [(extension.name, automaton) for extension, automaton in additions])
    except JoinError as error:
        raise ExtensionError(f"these plug-ins cannot be used together: {error}") from error
    return Lbsh(joined, [_with_guarded_readers(extension) for extension, _ in additions])


def _with_guarded_readers(extension: Extension) -> Extension:
    """The extension with readers that raise nothing, which the parser relies on."""
    own = {word.word.read for word in extension.words}
    forms = (
        form._replace(
            slots=tuple([one._replace(read=_guarded(one.read)) if one.read in own else one for one in form.slots])
        )
        for form in extension.forms
    )
    return extension._replace(forms=tuple(forms))


def _guarded(read: Reader) -> Reader:
    def guarded(text: str) -> object:
        try:
            return read(text)
        except Exception as error:  # code of a plug-in: an exception means an unreadable word
            return Problem(Code.LB001, " ".join(f"the plug-in fails to read it: {error}".split()))

    return guarded


def _check(extension: Extension, automaton: Automaton) -> None:
    """Raises `ExtensionError` if the records of an extension do not fit its grammar, which was compiled for lbsh."""
    fault = next(_faults(extension, automaton), None)
    if fault is not None:
        raise ExtensionError(f"the plug-in `{extension.name}` {fault}")


def _faults(extension: Extension, automaton: Automaton) -> Iterator[str]:
    """The faults of an extension's records."""
    if not _NAME.fullmatch(extension.name):
        yield "has a name that is not made of letters, digits, `.`, `_` and `-`"
    heads = {form.head.split()[0] for form in extension.forms}
    for word in automaton.moves[0].keys() - heads:
        yield f"has no form for the statements that begin with `{word}`"
    for keyword in extension.keywords.keys() - automaton.keywords.keys():
        yield f"has a sentence for `{keyword}`, which is no keyword"
    for keyword in automaton.keywords.keys() - AUTOMATON.keywords.keys() - heads - extension.keywords.keys():
        yield f"has no sentence for its keyword `{keyword}`"
    own = automaton.terminals.keys() - AUTOMATON.terminals.keys() - SHARED
    for terminal in own - {word.terminal for word in extension.words}:
        yield f"has no record for its terminal {terminal}"
    for form in extension.forms:
        yield from (f"has a form `{form.head}` {fault}" for fault in _faults_of_form(form, automaton))


def _faults_of_form(form: ExtensionForm, automaton: Automaton) -> Iterator[str]:
    if automaton.following(tuple(form.head.split())) == ():
        yield "with which none of its statements begins"
    known = {*automaton.terminals, *automaton.keywords.values()}
    for one in form.slots:
        if one.terminal not in known:
            yield f"with a slot for {one.terminal}, which is no terminal"
    for field in (*form.many, *[form.joined] * bool(form.joined)):
        if field not in form.fields:
            yield f"that collects words in `{field}`, for which it has no slot"
    try:
        form.make([() if field in form.many else None for field in form.fields])
    except Exception as error:  # code of a plug-in
        yield f"whose node cannot be made: {error}"
