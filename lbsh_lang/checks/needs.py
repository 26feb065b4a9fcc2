"""Comments that name plug-ins: `# lbsh: needs farm` says that the script has statements of the plug-in `farm`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lbsh_lang.source import Source
from oyster.words import split_words

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NEEDS = rf"#\s*lbsh:?\s+needs\s+(?P<names>{_NAME}(?:\s*,\s*{_NAME})*)"


def needs_in(text: str) -> tuple[str, ...]:
    """The plug-ins that the comment of a line names."""
    comment = split_words(text).comment if "needs" in text else None
    match = re.search(_NEEDS, comment.text, re.ASCII) if comment is not None else None
    return tuple(re.split(r"\s*,\s*", match["names"])) if match is not None else ()


def find_needs(sources: Iterable[Source]) -> frozenset[str]:
    """The plug-ins that the comments of a script name."""
    lines = (text for source in sources if "needs" in source.text for text in source.lines)
    return frozenset(name for text in lines for name in needs_in(text))
