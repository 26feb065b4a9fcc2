"""Rules for a plug-in's record of a probe method, so that its readers can trust it.

The records of lbsh itself are held to the same by the tests.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from lbsh_lang.probes.base import COMMON_OPTIONS, Argument, Library, Method, Option, OptionKind
from lbsh_lang.values import Protocol

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}", re.ASCII)
_NO_OPTIONS = frozenset({*COMMON_OPTIONS, "file"})
"""Words that have another meaning in the place of an option."""

_MARKDOWN = frozenset("*_<>[]#~|\\")
_NO_PHRASE = _MARKDOWN | frozenset('`"${}')
"""Characters with a meaning in Markdown or in a snippet of an editor, where phrases are shown."""


def fault_of(record: object, name: str, reserved: Collection[str]) -> str | None:
    """The reason why an object is not the probe method of this name, None if it is. `reserved` words cannot be names."""
    if not isinstance(record, Method):
        return "it is no `Method` of `lbsh_lang.probes.base`"
    return next(_faults(record, name, reserved), None)


def _faults(method: Method, name: str, reserved: Collection[str]) -> Iterator[str]:
    if not _is_word(name, reserved):
        yield f"no script can have its name: {_WORDS}"
    if method.name != name:
        yield "its record has another name than its entry point"
    if not _is_sentence(method.sentence):
        yield f"`sentence` {_SENTENCES}"
    if not isinstance(method.protocols, frozenset) or not method.protocols or not _all(Protocol, method.protocols):
        yield "`protocols` is no frozenset of one `Protocol` or more"
    if method.argument is not None:
        yield from _argument_faults(method.argument)
    if method.library is not None and not _is_library(method.library):
        yield "`library` is neither a `Library` with the name of a module nor None"
    if not isinstance(method.usual_ports, frozenset) or not _all(int, method.usual_ports):
        yield "`usual_ports` is no frozenset of port numbers"
    if not isinstance(method.options, Mapping):
        yield "`options` is no mapping"
        return
    for word, option in method.options.items():
        yield from _option_faults(word, option, reserved)


def _argument_faults(argument: object) -> Iterator[str]:
    if not isinstance(argument, Argument):
        yield "`argument` is neither an `Argument` nor None"
    elif not _is_phrase(argument.phrase):
        yield "the phrase of its argument is not plain words such as `the command to run`"
    elif not _is_sentence(argument.sentence):
        yield f"the sentence of its argument {_SENTENCES}"


def _option_faults(word: object, option: object, reserved: Collection[str]) -> Iterator[str]:
    if not _is_word(word, reserved):
        yield f"no script can have the name of one of its options: {_WORDS}"
    elif word in _NO_OPTIONS:
        yield f"its option `{word}` is called as a word that all probes have"
    elif not isinstance(option, Option):
        yield f"its option `{word}` is no `Option`"
    elif not isinstance(option.kind, OptionKind):
        yield f"the kind of its option `{word}` is no `OptionKind`"
    elif not _is_sentence(option.sentence):
        yield f"the sentence of its option `{word}` {_SENTENCES}"
    elif not isinstance(option.required, bool):
        yield f"`required` of its option `{word}` is neither True nor False"


_WORDS = "a name is a letter, then up to 62 letters, digits, `-` and `_`, and no reserved word"
_SENTENCES = "is no sentence: printable text that ends in a full stop, without any Markdown but `code`"


def _all(kind: type, values: Collection[object]) -> bool:
    return all(isinstance(value, kind) for value in values)


def _is_word(text: object, reserved: Collection[str]) -> bool:
    return isinstance(text, str) and _WORD.fullmatch(text) is not None and text not in reserved


def _is_library(record: object) -> bool:
    return isinstance(record, Library) and str(record.module).isidentifier() and _is_phrase(record.name)


def _is_sentence(text: object) -> bool:
    if not isinstance(text, str) or not text.isprintable() or not text.endswith("."):
        return False
    pieces = text.split("`")
    return len(pieces) % 2 == 1 and _MARKDOWN.isdisjoint("".join(pieces[::2]))


def _is_phrase(text: object) -> bool:
    return isinstance(text, str) and text.isprintable() and bool(text.strip()) and _NO_PHRASE.isdisjoint(text)
