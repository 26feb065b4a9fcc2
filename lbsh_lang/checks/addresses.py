"""Findings about words in the place of addresses, by what is probably meant: `10.1.0.11:3060`, `ppp0`, `any`."""

from __future__ import annotations

import re
from typing import NamedTuple

from lbsh_lang.checks.base import Finding, replace
from lbsh_lang.checks.wording import problem_text, quotable
from lbsh_lang.diagnostics import Applicability, Edit, Fix
from lbsh_lang.syntax.faults import BadValue
from lbsh_lang.syntax.nodes import AddStatement, ExternalAddrStatement, RemoveStatement, ServiceStatement, Token
from lbsh_lang.syntax.statement import Node, Stated
from oyster.words import split_words


class _Endpoint(NamedTuple):
    """The two parts of the word."""

    host: str
    port: str


_INTERFACE = re.compile(r"[a-z]+[0-9]+(?:[.:][0-9]+)?")
_EVERYBODY = {"any", "all", "*"}


def no_address(at: Stated[Node], fault: BadValue) -> Finding:
    """A word that is none at all; an interface may be meant, or all clients."""
    token, node = fault.token, at.node
    message = f"`{quotable(token.text)}` is not an IP address: {problem_text(fault.problem)}"
    helps: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    if isinstance(node, ExternalAddrStatement) and _INTERFACE.fullmatch(token.text):
        helps = (f"`external addr of {token.text}` takes the address that the interface has at the time",)
        fixes = (replace(at, token, f"of {token.text}"),)
    elif isinstance(node, ServiceStatement) and token == node.address and _INTERFACE.fullmatch(token.text):
        helps = ("a service needs an address that stays the same, since rules hold it",)
    elif isinstance(node, ServiceStatement) and token.text in _EVERYBODY:
        helps = ("without `from` a service is for all clients",)
    return Finding(at, token, message, help=helps, fixes=fixes)


def port_behind(at: Stated[Node], fault: BadValue) -> Finding:
    """An address with a port behind it, and how its statement says the same."""
    token = fault.token
    message = f"`{quotable(token.text)}` is not an IP address: {problem_text(fault.problem)}"
    end = _parted(token.text)
    node = at.node
    if isinstance(node, ServiceStatement):
        return _of_service(at, node, token, end, message)
    if isinstance(node, AddStatement | RemoveStatement) and "port" in node._fields:
        return _of_servers(at, node, token, end, message)
    helps = ("the port of its servers stands in the `pool` statement",) if isinstance(node, AddStatement) else ()
    return Finding(at, token, message, help=helps, fixes=(_fix(at, token, end.host, None),))


def _parted(text: str) -> _Endpoint:
    if text.startswith("["):
        host, _, port = text[1:].partition("]:")
        return _Endpoint(host, port)
    host, _, port = text.rpartition(":")
    return _Endpoint(host, port)


def _of_service(
    at: Stated[Node], node: ServiceStatement, token: Token[object], end: _Endpoint, message: str
) -> Finding:
    """The port of a service stands behind its protocol; it is moved there if none does."""
    helps = (f"the port stands behind the protocol, as in `{quotable(end.host)} tcp {quotable(end.port)}`",)
    move = _Move(node.protocol, end.port) if node.protocol is not None and not node.ports else None
    return Finding(at, token, message, help=helps, fixes=(_fix(at, token, end.host, move),))


def _of_servers(
    at: Stated[Node], node: AddStatement | RemoveStatement, token: Token[object], end: _Endpoint, message: str
) -> Finding:
    """The port of servers is an option, for all servers of the statement; it is written where it means this one alone."""
    option = f"port {end.port}"
    if len(node.targets) > 1:
        helps = (f"the port is an option, for all servers of the statement: `{quotable(option)}`",)
        return Finding(at, token, message, help=helps)
    words = split_words(at.source.lines[at.line])
    last: Token[object] = Token(words.texts[-1], words.starts[-1], None)
    move = _Move(last if isinstance(node, AddStatement) else token, option)
    helps = (f"the port is an option of the statement: `{quotable(option)}`",)
    return Finding(at, token, message, help=helps, fixes=(_fix(at, token, end.host, move),))


class _Move(NamedTuple):
    """A text and the word behind which it is to stand."""

    behind: Token[object]
    text: str


def _fix(at: Stated[Node], token: Token[object], host: str, move: _Move | None) -> Fix:
    """The address alone, and its port behind another word, or nowhere."""
    edits = [Edit(at.span(token), host)]
    if move is not None:
        place: Token[object] = Token("", move.behind.start + len(move.behind.text), None)
        same = move.behind is token
        edits = (
            [Edit(at.span(token), f"{host} {move.text}")] if same else [*edits, Edit(at.span(place), f" {move.text}")]
        )
    more = "" if move is None else f", and `{quotable(move.text)}` behind `{quotable(move.behind.text)}`"
    return Fix(f"write `{quotable(host)}`{more}", tuple(edits), Applicability.UNSAFE)
