"""Values as JSON text that every reader takes: ASCII alone, and no half of a surrogate pair.

A file name need not be text. Python keeps its bytes as lone surrogates, which RFC 8259 (section 8.2) leaves undefined and
strict readers refuse. The replacement character stands for each, as in the other output formats.
"""

from __future__ import annotations

import json
import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def render_value(value: object, indent: int | None = None) -> str:
    """The JSON text of a value."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isascii():
        return text
    readable = _SURROGATE.sub("\ufffd", text)
    return _NOT_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], readable)
