"""The labels of servers in metrics. They are what costs in a scrape: so they are made once for the servers of a script, in
steps, and kept, as one text for some hundred servers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh.poller.board import Board
from lbsh_lang.renderings.terminal import printable

STEP = 512
"""Servers in a step."""


class Group(NamedTuple):
    """The servers of a service: their places on the board, and its labels, without the bracket at the end."""

    first: int
    after: int
    labels: str


class Labels:
    """The labels of all servers of a board, which are made in steps when they are wanted first."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.groups: list[Group] = []
        self._texts: list[str] = []
        self._is_whole = False

    def prepare(self) -> Iterator[None]:
        """Makes them, unless they are there."""
        if self._is_whole:
            return
        groups: list[Group] = []
        texts: list[str] = []
        for first in range(0, len(self.board.targets), STEP):
            texts.append("\n".join(self._of(range(first, min(first + STEP, len(self.board.targets))), groups)))
            yield
        self.groups, self._texts, self._is_whole = groups, texts, True

    def at(self, step: int) -> list[str]:
        """Those of a step, in brackets."""
        return self._texts[step].split("\n")

    def _of(self, indexes: range, groups: list[Group]) -> Iterator[str]:
        targets, head = self.board.targets, groups[-1].labels if groups else ""
        for index in indexes:
            pool, service, address, port = targets[index].server
            own = f'{{service="{escaped(service)}",pool="{escaped(pool)}"'
            if own != head:
                head = own
                _close(groups, index)
                groups.append(Group(index, index, head))
            place = str(address) if not port else f"{address}:{port}" if address.family == 4 else f"[{address}]:{port}"
            yield f'{head},server="{place}"}}'
        _close(groups, indexes.stop)


def _close(groups: list[Group], after: int) -> None:
    """Has the last group end before a server."""
    if groups:
        groups[-1] = groups[-1]._replace(after=after)


def escaped(text: str) -> str:
    """A text as the value of a label."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
