"""What a running script has beyond a known one: statements behind it, and the pools and services that they touch. Pure.

To read a large script takes seconds. A server that fails meanwhile can leave the rules nevertheless, if the new statements
leave its service as it was. For example, behind a known script

    add 10.0.0.9 to web          touches the pool `web`, with all of its services
    probe SMTP with smtp         touches the service `SMTP`

Any other statement may touch anything: a new service may take ports from others of its address.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from lbsh.store.protocol import File, Running, Statement
from lbsh_lang.site.facts import About, subjects
from lbsh_lang.site.status import ServerId
from lbsh_lang.syntax.language import LBSH
from lbsh_lang.syntax.nodes import (
    AddStatement,
    DownStatement,
    DrainStatement,
    ProbeStatement,
    RemoveProbeStatement,
    RemoveStatement,
    ResumeStatement,
    SetStatement,
    UpStatement,
)
from lbsh_lang.syntax.parser import LineParser

_LOCAL = (
    AddStatement,
    RemoveStatement,
    SetStatement,
    DrainStatement,
    ResumeStatement,
    DownStatement,
    UpStatement,
    ProbeStatement,
    RemoveProbeStatement,
)
"""Statements that touch no other pools and services than those that they name, with the services of such a pool."""


class Extent(NamedTuple):
    """A script by the digests of its files and of its statements, and their number: its text would take much memory."""

    files: bytes = b""
    length: int = 0
    statements: bytes = b""


class Touched(NamedTuple):
    """The names of pools and services that may be others than before."""

    pools: frozenset[str]
    services: frozenset[str]

    def has(self, server: ServerId) -> bool:
        """Whether the service of a server may be another than before."""
        return server.pool in self.pools or server.service in self.services


def extent_of(running: Running, length: int | None = None) -> Extent:
    """The extent of a script, or of one with its first statements alone."""
    statements = running.statements[:length]
    return Extent(_of_files(running.files), len(statements), _of_texts(one.text for one in statements))


def touched_since(extent: Extent, running: Running) -> Touched | None:
    """What the statements touch by which a script goes beyond another one; None if that is not known, or anything may be."""
    if len(running.statements) < extent.length or extent_of(running, extent.length) != extent:
        return None
    return _touched(running.statements[extent.length :])


def _touched(statements: Iterable[Statement]) -> Touched | None:
    names: dict[About, set[str]] = {About.POOL: set(), About.SERVICE: set()}
    parser = LineParser(LBSH)
    for statement in statements:
        parsed = parser.parse(statement.text)
        if parsed.faults or not isinstance(parsed.node, _LOCAL):
            return None
        for about, name in subjects(parsed.node):
            if about not in names:
                return None
            names[about].add(name)
    return Touched(frozenset(names[About.POOL]), frozenset(names[About.SERVICE]))


def _of_files(files: Iterable[File]) -> bytes:
    return _of_texts(text for file in files for text in (file.name, file.identity, file.text))


def _of_texts(texts: Iterable[str]) -> bytes:
    digest = blake2b(digest_size=16)
    for text in texts:
        data = text.encode(errors="surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.digest()
