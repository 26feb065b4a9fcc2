"""The syntax tree of a script, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from lbsh_lang.renderings.json_text import render_value
from lbsh_lang.renderings.terminal import printable
from lbsh_lang.site.script import Script
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import AnyStated, ExtensionStatement, Meant
from lbsh_lang.values import Address, AddressRange, Network, PortRange, address_text

Json = dict[str, object]


def render_tree(script: Script) -> str:
    """A line for each statement, and below it a line for each of its tokens: field, columns, text.

    Below a statement of a plug-in are the statements that it means.
    """
    lines = []
    for stated in script.statements:
        meant = isinstance(stated, Meant)
        indent = "    " if meant else "  "
        lines.append(f"  means {_kind(stated)}" if meant else f"{stated.place} {_kind(stated)}")
        for field, token in _tokens(stated):
            lines.append(f"{indent}{field} {token.start + 1}-{token.end + 1} {printable(token.text)}")
    return "".join(f"{line}\n" for line in lines)


def render_tree_json(script: Script) -> str:
    """One object: every statement with its file, line and fields. Lines and columns count from 1, ends are exclusive.

    A statement of a plug-in also has the list of the statements that it means.
    """
    statements: list[Json] = []
    means: list[Json] = []
    for stated in script.statements:
        shown = _statement(stated)
        if isinstance(stated, Meant):
            means.append(shown)
            continue
        if isinstance(stated.node, ExtensionStatement):
            means = []
            shown["means"] = means
        statements.append(shown)
    return render_value({"version": 1, "statements": statements}, indent=2) + "\n"


def _fields(stated: AnyStated) -> Iterator[tuple[str, Token[object] | tuple[Token[object], ...] | None]]:
    """The fields of a statement of any form: a token, several, or None if it was left out or could not be read."""
    if isinstance(stated.node, ExtensionStatement):
        node: tuple[object, ...] = stated.node.node
        fields = stated.node.form.fields
    else:
        node, fields = stated.node, stated.node._fields
    for field in fields:
        yield field, getattr(node, field)


def _kind(stated: AnyStated) -> str:
    """The class of a statement's node; for a plug-in's statement the class of the plug-in's node."""
    return type(stated.node.node if isinstance(stated.node, ExtensionStatement) else stated.node).__name__


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
    return {"file": stated.source.name, "line": stated.line + 1, "kind": _kind(stated), "fields": parts}


def _token(stated: AnyStated, token: Token[object]) -> Json:
    line = stated.line + 1
    return {
        "text": token.text,
        "value": _plain(token.value),
        "start": {"line": line, "column": token.start + 1},
        "end": {"line": line, "column": token.end + 1},
    }


def _plain(value: object) -> object:
    """A value of the language in JSON."""
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
