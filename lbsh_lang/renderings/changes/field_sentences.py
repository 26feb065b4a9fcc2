"""Sentences about a plain difference: the words of its field (`lbsh_lang.site.diff.fields`), filled in."""

from __future__ import annotations

from typing import assert_never

from lbsh_lang.renderings.changes.parts import changed_servers, plain_text
from lbsh_lang.renderings.value_text import listed
from lbsh_lang.site.diff.changes import Change, OfField, Replaced, Setting, Switched
from lbsh_lang.site.diff.plain import Plain


def field_sentence(change: Change, what: OfField) -> str:
    """A change of a single field in words."""
    match what:
        case Setting():
            return _filled(_setting(change, what), change, what.old, what.new)
        case Replaced(words=words):
            text = words.singular if words.singular and what.new == 1 else words.changed
            return _filled(text, change, what.old, what.new)
        case Switched():
            return _filled(_switched(change, what), change)
        case _:
            assert_never(what)


def _setting(change: Change, setting: Setting) -> str:
    """The sentence about a setting that is added, removed or changed."""
    words = setting.words
    said = words.affects if change.others and words.affects is not None else words.said
    if setting.old is None:
        return said.added
    return said.removed if setting.new is None else said.changed


def _switched(change: Change, switch: Switched) -> str:
    """The sentence about a switch that is turned on or off."""
    words, many = switch.words, len(change.servers) > 1
    if switch.new:
        return words.many_on if many and words.many_on else words.on
    return words.many_off if many and words.many_off else words.off


def _filled(text: str, change: Change, old: Plain | None = None, new: Plain | None = None) -> str:
    servers = f"{changed_servers(change)} of {change.subject} {'are' if len(change.servers) > 1 else 'is'}"
    return text.format(
        subject=change.subject,
        old="" if old is None else plain_text(old),
        new="" if new is None else plain_text(new),
        servers=servers,
        others=listed(change.others),
    )
