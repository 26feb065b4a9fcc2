"""Work that takes long, done beside the event loop, so that nobody who types waits for it.

Theory of operation. Work is a function of values that do not change: copies of documents and scripts, places, names. It
never asks a session. A handler gathers these values and hands the function over; the answer comes back as JSON. There is one
thread for all the work of a client: Python runs one thread at a time, so the loop has to share with one at most. It has its
turn soon, because threads take turns often (`_TURN`).

If the document is another by then, the answer is ContentModified (LSP 3.17); work that has not begun is not done any more.
Who cancels a request is answered at once, and what becomes of its work is lost.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from pygls.exceptions import JsonRpcContentModified

from lbsh_lsp.documents import Documents
from lbsh_lsp.prepared import Prepared, prepare

T = TypeVar("T")

FEW = 200
"""So many parts of an answer are made at once: to hand them over and to wait for other work would take longer."""

_TURN = 0.0005
"""Seconds for which a thread may run while another one waits. By default ten times as long, and a keystroke waits often."""


class Aside:
    """The work of one client. `plain` turns values of the protocol into what JSON has."""

    def __init__(self, documents: Documents, plain: Callable[[object], object]) -> None:
        self._documents = documents
        self._plain = plain
        self._thread = ThreadPoolExecutor(1, "lbsh-aside")
        sys.setswitchinterval(_TURN)

    def close(self) -> None:
        """Begins nothing any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def answer(self, uri: str, make: Callable[[], object]) -> Prepared:
        """An answer about a document as it is now."""
        check = self._unless_changed(uri)

        def make_if_unchanged() -> object:
            check()
            return make()

        prepared = await self.answer_as_asked(make_if_unchanged)
        check()
        return prepared

    async def answer_each(self, uri: str, found: Sequence[T], convert: Callable[[T], object]) -> Prepared:
        """An answer with a part for each thing that was found; at once if these are few."""
        return await self.answer_many(uri, len(found), lambda: [convert(one) for one in found])

    async def answer_many(self, uri: str, parts: int, make: Callable[[], object]) -> Prepared:
        """An answer that has so many parts; at once if these are few."""
        return prepare(make(), self._plain) if parts <= FEW else await self.answer(uri, make)

    async def answer_as_asked(self, make: Callable[[], object]) -> Prepared:
        """An answer that holds whatever has changed since, as it names no places that anybody would edit."""

        def work() -> Prepared:
            with _collector_resting():
                return prepare(make(), self._plain)

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def pause(self, uri: str) -> None:
        """Lets others have their turn amid work that has to ask a session."""
        check = self._unless_changed(uri)
        await asyncio.sleep(0)
        check()

    def _unless_changed(self, uri: str) -> Callable[[], None]:
        """Raises `JsonRpcContentModified` as soon as a document is another than now."""
        version = self._documents.version_of(uri)

        def check() -> None:
            if self._documents.version_of(uri) != version:
                raise JsonRpcContentModified("the document has changed since")

        return check


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Keeps the garbage collector from looking through very many new values, while which nobody else has a turn."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
