"""Languages with statements of plug-ins, for tests: that of the example, and one with odd statements of every kind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.extensions import Extension, ExtensionForm, OwnWord, slot
from lbsh_lang.syntax.joining import extended
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.lowering import lower_word
from lbsh_lang.syntax.nodes import AddStatement, Fact, Name, PoolStatement, RemoveStatement, Token
from lbsh_lang.syntax.terminals import Terminal, TokenType, Word
from lbsh_lang.values import AddressRange
from oyster.compile import compile_grammar
from tests.plugins import EXAMPLE

sys.path.append(str(EXAMPLE))

from lbsh_example.farm import EXTENSION as FARM_EXTENSION


class Twin(NamedTuple):
    """A pool whose name the script does not have."""

    service: Name | None = None
    size: Name | None = None


class Move(NamedTuple):
    """Servers that go from one pool to another."""

    address: Token[AddressRange] | None = None
    source: Name | None = None
    target: Name | None = None


class Bad(NamedTuple):
    """A statement that its plug-in cannot cope with."""

    how: Name | None = None


def twin(node: Twin) -> Iterator[Fact]:
    service = node.service
    if service is not None and service.value is not None:
        name = f"{service.value}_twin"
        yield PoolStatement(name=Token(name, service.start, name), service=service)


def move(node: Move) -> Iterator[Fact]:
    if node.address is not None:
        targets = (node.address,)
        yield RemoveStatement(targets, node.source)
        yield AddStatement(targets, node.target)


def bad(node: Bad) -> list[Fact]:
    if node.how is not None and node.how.text == "loudly":
        raise ValueError("a fault\nof the plug-in")
    if node.how is not None and node.how.text == "often":
        return [PoolStatement()] * 4001
    if node.how is not None and node.how.text == "oddly":
        return [PoolStatement(name="a pool")]  # type: ignore[arg-type]
    strange: list[Fact] = []
    strange.append(node)  # type: ignore[arg-type]
    return strange


SIZE = OwnWord("SIZE", Word("a size", lower_word, TokenType.VALUE, None, ("small", "large")), "How large the twin is.")


def read_how(text: str) -> object:
    if text == "strangely":
        raise ValueError("no\nword")
    return text


HOW = OwnWord("HOW", Word("a word", read_how, TokenType.VALUE, None), "How it fails.")

ODD_EXTENSION = Extension(
    name="odd",
    grammar="""
        statement: TWIN SERVED_SERVICE (SIZED SIZE)? | MOVE MEMBER FROM POOL_NAME TO JOINED_POOL | BAD HOW?
        TWIN: "twin"
        SIZED: "sized"
        MOVE: "move"
        BAD: "bad"
        SIZE: WORD
        HOW: WORD
        """,
    forms=(
        ExtensionForm(
            "twin",
            ("twin SERVICE [sized SIZE]",),
            Twin,
            (slot(Terminal.SERVED_SERVICE, "service"), slot(SIZE, "size")),
            "Sets up a twin.",
            twin,
        ),
        ExtensionForm(
            "move",
            ("move IP from POOL to POOL",),
            Move,
            (
                slot(Terminal.MEMBER, "address"),
                slot(Terminal.POOL_NAME, "source"),
                slot(Terminal.JOINED_POOL, "target"),
            ),
            "Takes a server from one pool to another.",
            move,
        ),
        ExtensionForm("bad", ("bad [HOW]",), Bad, (slot(HOW, "how"),), "Fails.", bad),
    ),
    words=(SIZE, HOW),
    keywords={"sized": "Says how large the twin is."},
)


def language_of(*extensions: Extension) -> Lbsh:
    """The language with the statements of these extensions."""
    return extended([(one, compile_grammar(one.grammar, AUTOMATON)) for one in extensions])


WITH_FARM = language_of(FARM_EXTENSION)
WITH_ALL = language_of(FARM_EXTENSION, ODD_EXTENSION)

__all__ = ["FARM_EXTENSION", "ODD_EXTENSION", "WITH_ALL", "WITH_FARM", "language_of"]
