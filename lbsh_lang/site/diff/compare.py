"""Compares the plain fields of two parts of a site, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lbsh_lang.site.diff.changes import Replaced, Setting, Switched
from lbsh_lang.site.diff.fields import Part, SettingField, SwitchField, ValueField


def diff_settings(fields: Iterable[SettingField[Part]], old: Part, new: Part) -> Iterator[Setting]:
    """The settings that are added, removed or changed."""
    for field in fields:
        was, is_now = field.value(old), field.value(new)
        if was != is_now:
            yield Setting(field.words, was, is_now)


def diff_values(fields: Iterable[ValueField[Part]], old: Part, new: Part) -> Iterator[Replaced]:
    """The values that are changed."""
    for field in fields:
        was, is_now = field.value(old), field.value(new)
        if was != is_now:
            yield Replaced(field.words, was, is_now)


def diff_switches(fields: Iterable[SwitchField[Part]], old: Part, new: Part) -> Iterator[Switched]:
    """The switches that are turned."""
    for field in fields:
        was, is_now = field.is_on(old), field.is_on(new)
        if was is not is_now:
            yield Switched(field.words, was, is_now)
