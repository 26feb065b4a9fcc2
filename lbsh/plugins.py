"""Finds the plug-ins that add statements to the language, and makes the language that has them all.

Plug-ins are looked for only where they may matter. Each of their statements begins with a keyword of its own, which has no
meaning anywhere else. So a script in which every line starts a statement of lbsh itself means the same with and without
plug-ins, and commands that read such a script find no plug-in, load none and compile no grammar. The language server looks
once, when it starts.

Lark compiles the grammar of a plug-in, which takes longer than all else. The result is kept in the user's cache, under a
key of all its inputs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from lbsh import __version__
from lbsh.cache import keep_cached, read_cached
from lbsh_lang.site.faults import Inadmissible, Unreadable
from lbsh_lang.site.script import AnyFound
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.extensions import Extension, ExtensionError
from lbsh_lang.syntax.joining import extended
from lbsh_lang.syntax.language import LBSH, Lbsh
from oyster.automaton import Automaton
from oyster.faults import UnknownStatement
from oyster.stored import DamagedAutomaton, from_json, to_json

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "lbsh.statements"


def may_matter(faults: Iterable[AnyFound]) -> bool:
    """Whether a script may mean more with plug-ins, given the faults of its lines without them."""
    return any(map(_may_vanish, faults))


def _may_vanish(found: AnyFound) -> bool:
    """Whether a fault may vanish with plug-ins: of a line, or of an included file in which no line is a statement."""
    match found.fault:
        case UnknownStatement() | Unreadable(reason=Inadmissible.NO_SCRIPT):
            return True
        case _:
            return False


@cache
def installed_language() -> Lbsh:
    """The language with the statements of all installed plug-ins. Raises `ExtensionError`."""
    from importlib.metadata import entry_points  # noqa: PLC0415 -- it takes longer to import than to parse 1,000 lines

    entries = sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))
    extensions = [_load(entry) for entry in entries]
    _refuse_namesakes(entries, extensions)
    return extended([(extension, _compiled(extension)) for extension in extensions]) if extensions else LBSH


def _load(entry: EntryPoint) -> Extension:
    try:
        extension = entry.load()
    except Exception as error:
        reason = " ".join(f"{error}".split()) or type(error).__name__
        raise ExtensionError(f"the plug-in `{entry.name}` ({entry.value}) cannot be loaded: {reason}") from error
    if not isinstance(extension, Extension):
        kind = f"{Extension.__name__}` of `{Extension.__module__}"
        raise ExtensionError(f"the plug-in `{entry.name}` ({entry.value}) cannot be used: it is no `{kind}`")
    return extension


def _refuse_namesakes(entries: Iterable[EntryPoint], extensions: Iterable[Extension]) -> None:
    places: dict[str, str] = {}
    for entry, extension in zip(entries, extensions, strict=True):
        if extension.name in places:
            both = f"{places[extension.name]} and {entry.value}"
            raise ExtensionError(f"two plug-ins are called `{extension.name}`: {both}")
        places[extension.name] = entry.value


def _compiled(extension: Extension) -> Automaton:
    """The automaton of a plug-in's grammar, from the cache if it is there."""
    key = _key(extension.grammar)
    name = f"{key}.json"
    known = _read(key, read_cached(name))
    if known is not None:
        return known
    from oyster.compile import GrammarError, compile_grammar  # noqa: PLC0415 -- it imports Lark

    try:
        automaton = compile_grammar(extension.grammar, AUTOMATON)
    except GrammarError as error:
        raise ExtensionError(f"the grammar of the plug-in `{extension.name}` cannot be used: {error}") from error
    keep_cached(name, json.dumps({"key": key, "automaton": to_json(automaton)}))
    return automaton


def _key(grammar: str) -> str:
    """A name that is equal only for equal results of compiling. Oyster is a part of lbsh, and has its version."""
    from hashlib import sha256  # noqa: PLC0415 -- only where there are plug-ins
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        lark = version("lark")
    except PackageNotFoundError:
        lark = "none"
    return sha256(json.dumps([__version__, lark, to_json(AUTOMATON), grammar]).encode()).hexdigest()


def _read(key: str, text: str | None) -> Automaton | None:
    """The automaton of a text in the cache, None unless it is exactly the text written for this key."""
    try:
        match json.loads(text or ""):
            case {"key": str(known), "automaton": str(automaton)} if known == key:
                return from_json(automaton)
    except (ValueError, RecursionError, DamagedAutomaton):
        pass
    return None
