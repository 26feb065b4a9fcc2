"""The syntax tree of a script, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum

from lbsh_lang.renderings.terminal import printable
from lbsh_lang.site.script import Script
from lbsh_lang.syntax.nodes import AnyStated, Token
from lbsh_lang.values import Address, AddressRange, Network, PortRange, address_text

Json = dict[str, object]


def render_tree(script: Script) -> str:
    """A line for each statement, and below it a line for each of its tokens: field, columns, text."""
    lines = []
    for stated in script.statements:
        lines.append(f"{stated.place} {type(stated.node).__name__}")
        for field, token in _tokens(stated):
            lines.append(f"  {field} {token.start + 1}-{token.end + 1} {printable(token.text)}")
    return "".join(f"{line}\n" for line in lines)


def render_tree_json(script: Script) -> str:
    """One object: every statement with its file, line and fields. Lines and columns count from 1, ends are exclusive."""
    statements = [_statement(stated) for stated in script.statements]
    return json.dumps({"version": 1, "statements": statements}, ensure_ascii=True, indent=2) + "\n"


def _fields(stated: AnyStated) -> Iterator[tuple[str, Token[object] | tuple[Token[object], ...] | None]]:
    """The fields of a statement, whatever its form: a token, several, or None if it was left out or could not be read."""
    for field in stated.node._fields:
        yield field, getattr(stated.node, field)


def _tokens(stated: AnyStated) -> Iterator[tuple[str, Token[object]]]:
    for name, value in _fields(stated):
        if isinstance(value, Token):
            yield name, value
        elif value is not None:
            yield from ((name, token) for token in value)


def _statement(stated: AnyStated) -> Json:
    parts: Json = {}
    for name, value in _fields(stated):
        if isinstance(value, Token):
            parts[name] = _token(stated, value)
        else:
            parts[name] = None if value is None else [_token(stated, token) for token in value]
    kind = type(stated.node).__name__
    return {"file": stated.source.name, "line": stated.line + 1, "kind": kind, "fields": parts}


def _token(stated: AnyStated, token: Token[object]) -> Json:
    line = stated.line + 1
    return {
        "text": token.text,
        "value": _plain(token.value),
        "start": {"line": line, "column": token.start + 1},
        "end": {"line": line, "column": token.end + 1},
    }


def _plain(value: object) -> object:
    """A value of the language as JSON has it."""
    match value:
        case Enum():
            return value.value
        case Address() | Network() | PortRange():
            return str(value)
        case AddressRange(family=family, first=first, last=last):
            return {"first": address_text(family, first), "last": address_text(family, last)}
        case tuple():
            return [_plain(part) for part in value]
        case _:
            return value
