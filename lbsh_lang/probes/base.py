"""The record of a probe method, which parser, checks, completion, hover and documentation read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from lbsh_lang.values import Protocol

COMMON_OPTIONS = ("every", "timeout", "rise", "fall")
"""The options that every probe has, whatever its method."""


class OptionKind(Enum):
    """The kind of a probe option's value, in the words of a message."""

    TEXT = "a text in quotes"
    STATUSES = "a status or a range of them such as `200-399`"
    SWITCH = "`on` or `off`"
    RECORD = "a record type such as `A`"
    FILE = "`file` and a path in quotes"


class Option(NamedTuple):
    """An option of a probe method: the kind of its value, a sentence on its purpose, and whether it must be given."""

    kind: OptionKind
    sentence: str
    required: bool


class Argument(NamedTuple):
    """The text right behind a method's name: a phrase, such as `the command to run`, and a sentence on its purpose."""

    phrase: str
    sentence: str


class Method(NamedTuple):
    """A way to probe: a sentence on when a server counts as up, and the protocols of the services that it fits.

    Options are listed, and formatted, in the order of `options`. `argument` is None if no text stands behind the name.
    """

    name: str
    sentence: str
    protocols: frozenset[Protocol]
    argument: Argument | None
    options: Mapping[str, Option]

    @property
    def required(self) -> tuple[str, ...]:
        """The options that must be given."""
        return tuple(name for name, option in self.options.items() if option.required)
