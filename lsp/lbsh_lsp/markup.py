"""Text for people, in a format that the client supports."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from lbsh_lang.analysis import Prose, markdown_of, plain_of


def to_markup(prose: Prose, formats: Sequence[types.MarkupKind] | None) -> types.MarkupContent:
    """Renders text as Markdown for a client that supports it, and as plain text for others."""
    if types.MarkupKind.Markdown in (formats or ()):
        return types.MarkupContent(types.MarkupKind.Markdown, markdown_of(prose))
    return types.MarkupContent(types.MarkupKind.PlainText, plain_of(prose))
