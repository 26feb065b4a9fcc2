"""Long work, done in a thread beside the event loop, so that typing does not wait for it.

Theory of operation. Work is a function of values that do not change: copies of documents, snapshots of scripts, places,
names. It never reads a session, which changes with every edit. A handler gathers these values and hands the function
over; the result comes back as JSON text. A client has one such thread: Python runs one thread at a time, so the event
loop competes with one at most, and threads take turns often (`_SWITCH_INTERVAL`).

If the document has changed by the time the work is done, the answer is ContentModified (LSP 3.17); work on an old version
that has not begun is dropped. A cancelled request is answered at once, and its result is discarded.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from lbsh_lsp.documents import Documents
from lbsh_lsp.serialization import Serialized, Unstructure, serialize

T = TypeVar("T")

MOST_AT_ONCE = 200
"""A result of at most this many parts is made on the event loop: the way to the thread and back would take longer."""

_SWITCH_INTERVAL = 0.0005
"""Seconds that a thread may run while another waits. Python's default is ten times as long, and a keystroke waits
often."""


class Background:
    """The background work of one client. Its state is the work under way, and the interval at which threads take turns."""

    def __init__(self, documents: Documents, unstructure: Unstructure) -> None:
        self._documents = documents
        self._unstructure = unstructure
        self._thread = ThreadPoolExecutor(1, "lbsh-background")
        sys.setswitchinterval(_SWITCH_INTERVAL)

    def close(self) -> None:
        """Begins no more work, and drops waiting work."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def answer(self, uri: str, make: Callable[[], object]) -> Serialized:
        """Answers for the current version of a document; raises `JsonRpcContentModified` once that has changed."""
        ensure_unchanged = self._documents.change_guard(uri)

        def make_if_unchanged() -> object:
            ensure_unchanged()
            return make()

        serialized = await self.answer_from_snapshot(make_if_unchanged)
        ensure_unchanged()
        return serialized

    async def answer_each(self, uri: str, found: Sequence[T], convert: Callable[[T], object]) -> Serialized:
        """Answers with a part for each value; on the event loop if there are few."""
        return await self.answer_many(uri, len(found), lambda: [convert(one) for one in found])

    async def answer_many(self, uri: str, parts: int, make: Callable[[], object]) -> Serialized:
        """Answers with a result; on the event loop if it has few parts."""
        return serialize(make(), self._unstructure) if parts <= MOST_AT_ONCE else await self.answer(uri, make)

    async def answer_from_snapshot(self, make: Callable[[], object]) -> Serialized:
        """Answers for the text as it was, even if that has changed since: for results that hold no places to edit."""

        def work() -> Serialized:
            with _garbage_collection_paused():
                return serialize(make(), self._unstructure)

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def pause(self, uri: str) -> None:
        """Lets other requests run amid work that has to read a session on the event loop."""
        ensure_unchanged = self._documents.change_guard(uri)
        await asyncio.sleep(0)
        ensure_unchanged()


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    """Pauses the garbage collector: it would look through very many new values, and stop all threads meanwhile."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
