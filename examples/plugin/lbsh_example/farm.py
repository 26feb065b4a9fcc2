"""The statement `farm`: a pool with all its servers in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.syntax import lowering
from lbsh_lang.syntax.extensions import Extension, ExtensionForm, OwnWord, flag, slot
from lbsh_lang.syntax.nodes import AddStatement, Fact, Name, PoolStatement, Token
from lbsh_lang.syntax.terminals import NameKind, Naming, Role, Terminal, TokenType, Word
from lbsh_lang.values import AddressRange

GRAMMAR = """
statement: FARM NEW_POOL SERVES SERVED_SERVICE WITH TARGET ("," TARGET)* (SPARE SPARE_TARGET ("," SPARE_TARGET)*)?

FARM:   "farm"
SERVES: "serves"
SPARE:  "spare"
SPARE_TARGET: WORD
"""


class FarmStatement(NamedTuple):
    """A pool with its servers, and with others for when none of these is up."""

    name: Name | None = None
    service: Name | None = None
    targets: tuple[Token[AddressRange], ...] = ()
    spare: Name | None = None
    spares: tuple[Token[AddressRange], ...] = ()


def meaning(node: FarmStatement) -> Iterator[Fact]:
    """A pool, and the servers that are added to it."""
    yield PoolStatement(name=node.name, service=node.service)
    yield AddStatement(targets=node.targets, pool=node.name)
    if node.spare is not None:
        yield AddStatement(targets=node.spares, pool=node.name, backup=node.spare)


SPARE_TARGET = OwnWord(
    terminal="SPARE_TARGET",
    word=Word(
        phrase="an address, a network or a range",
        read=lowering.lower_target,
        type=TokenType.ADDRESS,
        names=Naming(NameKind.SERVER, Role.DEFINES),
    ),
    sentence="Servers that serve only while none of the others is up.",
)

EXTENSION = Extension(
    name="lbsh-example",
    grammar=GRAMMAR,
    forms=(
        ExtensionForm(
            head="farm",
            usage=("farm NAME serves SERVICE with TARGET[, TARGET…] [spare TARGET[, TARGET…]]",),
            node=FarmStatement,
            slots=(
                slot(Terminal.NEW_POOL, "name"),
                slot(Terminal.SERVED_SERVICE, "service"),
                slot(Terminal.TARGET, "targets"),
                flag("SPARE", "spare"),
                slot(SPARE_TARGET, "spares"),
            ),
            sentence="Sets up the farm behind a service, with all its servers.",
            means=meaning,
            many=frozenset({"targets", "spares"}),
        ),
    ),
    words=(SPARE_TARGET,),
    keywords={
        "serves": "Says which service the farm serves.",
        "spare": "Servers behind this word are backups.",
    },
)
