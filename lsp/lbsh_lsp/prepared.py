"""Answers that are made as JSON at once. For those with many thousand parts, which take long on the way otherwise.

The outline of a script of 10,000 lines takes some 400 ms as objects that are converted later, and 100 ms as plain
dictionaries. The tests hold what is made so to what a client reads as the protocol's types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygls.protocol import default_converter

if TYPE_CHECKING:
    from cattrs import Converter

Json = dict[str, "Json"] | list["Json"] | str | int | None


class Prepared(list[Json]):
    """A list that is sent as it is."""


def make_converter() -> Converter:
    """What pygls converts messages with, but that it leaves prepared answers alone."""
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]
    converter.register_unstructure_hook(Prepared, lambda answer: answer)
    return converter
