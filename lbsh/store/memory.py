"""The store in memory: what the protocol means, without a file system, for tests and for trying things out.

`Memory` is what several handles share, as processes share a folder.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from lbsh.store.journal import Journal, appended
from lbsh.store.protocol import Act, BusyError, Entry, File, Loaded, Node, Record, Running, Statement, StoreError
from lbsh.store.scripts import KEPT
from lbsh.store.tree import defined_leaf, leaf_name, probed_leaf, server_of, services_of, statuses_in
from lbsh_lang.site.status import ServerId, Status

_EMPTY = Running(0, (), ())


@dataclass(slots=True)
class Memory:
    """The content of a store, which changes, with its lock and its notice of changes."""

    scripts: list[tuple[Act, list[Running]]] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    pools: dict[str, Node] = field(default_factory=dict)
    loaded: Loaded | None = None
    records: dict[Record, Mapping[str, object]] = field(default_factory=dict)
    count: int = 0
    holder: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    poller: str = ""
    notice: threading.Condition = field(default_factory=threading.Condition)


class MemoryReader:
    """Reads a store in memory."""

    def __init__(self, memory: Memory, clock: Callable[[], float] = time.time) -> None:
        self._memory = memory
        self._clock = clock
        self._seen = memory.count

    def running(self) -> Running:
        scripts = self._memory.scripts
        return scripts[-1][1][-1] if scripts else _EMPTY

    def revision(self) -> int:
        return self.running().revision

    def loaded(self) -> Loaded | None:
        return self._memory.loaded

    def record(self, record: Record) -> Mapping[str, object] | None:
        return self._memory.records.get(record)

    def statuses(self, pool: str | None = None) -> dict[ServerId, Status]:
        found = {}
        for name, node in list(self._memory.pools.items()):
            if pool in (None, name):
                for leaf, child in (node.children or {}).items():
                    server = server_of(leaf)
                    assert server is not None, leaf
                    for service, status in statuses_in(child.attributes, services_of(node.attributes)).items():
                        found[ServerId(name, service, *server)] = status
        return found

    def tree(self, pools: Collection[str] | None = None) -> Node:
        found = {name: node for name, node in list(self._memory.pools.items()) if pools is None or name in pools}
        return Node(self._memory.attributes, {"pools": Node({}, found)})

    def history(self) -> tuple[Entry, ...]:
        scripts = reversed(self._memory.scripts)
        return tuple(Entry(runs[-1].revision, act, len(runs[-1].statements)) for act, runs in scripts)

    def script_of(self, revision: int) -> Running:
        for _, runs in self._memory.scripts:
            for running in runs:
                if running.revision == revision:
                    return running
        raise StoreError(f"revision {revision} is not kept; `lbsh history` lists those that are")

    @contextmanager
    def _change(self) -> Iterator[Memory]:
        """A change of what several handles share, of which the others get notice."""
        with self._memory.notice:
            yield self._memory
            if self._seen == self._memory.count:
                self._seen += 1
            self._memory.count += 1
            self._memory.notice.notify_all()


class MemoryStore(MemoryReader):
    """A store in memory, and its own writer."""

    @property
    def place(self) -> str:
        return ""

    @contextmanager
    def lock(self, command: str, wait: float = 0.0) -> Iterator[MemoryStore]:
        memory = self._memory
        if not memory.lock.acquire(timeout=wait):
            raise BusyError(
                f"the store is being changed by `{memory.holder}`; wait for it with --wait SECONDS, or repeat"
            )
        try:
            memory.holder = command
            yield self
        finally:
            memory.lock.release()

    @contextmanager
    def claim(self, command: str) -> Iterator[None]:
        memory = self._memory
        with memory.notice:
            if memory.poller:
                raise BusyError(f"another poller probes the servers of this store: `{memory.poller}`")
            memory.poller = command
        try:
            yield
        finally:
            memory.poller = ""

    def replace(self, files: Sequence[File], act: Act, statements: Sequence[Statement] = ()) -> Running:
        with self._change() as memory:
            running = Running(self.running().revision + 1, tuple(files), tuple(statements))
            memory.scripts = [*memory.scripts, (act, [running])][-KEPT:]
        return running

    def append(self, statements: Sequence[str], act: Act, dropped: Sequence[int] = ()) -> Running:
        before = self.running()
        if not before.revision:
            return self.replace((), act, [Statement(text, act) for text in statements])
        with self._change() as memory:
            after = appended(Journal(before.revision, before.statements), statements, act, dropped)
            running = before._replace(revision=after.revision, statements=after.statements)
            memory.scripts[-1][1].append(running)
        return running

    def note_loaded(self, loaded: Loaded) -> None:
        with self._change() as memory:
            memory.loaded = loaded

    def note_record(self, record: Record, content: Mapping[str, object] | None) -> None:
        with self._change() as memory:
            others = {one: kept for one, kept in memory.records.items() if one is not record}
            memory.records = others if content is None else {**others, record: content}

    def write_tree(self, pools: Mapping[str, Node], attributes: Mapping[str, str] | None = None) -> None:
        memory = self._memory
        found = {name: self._merged(pool, memory.pools.get(name)) for name, pool in pools.items()}
        kept = {name: pool for name, pool in {**memory.pools, **found}.items() if pool.attributes or pool.children}
        root = memory.attributes if attributes is None else dict(attributes)
        if (root, kept) != (memory.attributes, memory.pools):
            with self._change():
                memory.attributes, memory.pools = root, kept

    def set_statuses(self, statuses: Mapping[ServerId, Status]) -> None:
        before = self.statuses()
        changed = {server: status for server, status in statuses.items() if before.get(server) not in (None, status)}
        if not changed:
            return
        with self._change() as memory:
            for server, status in changed.items():
                pool, leaf = memory.pools[server.pool], leaf_name(server.address, server.port)
                children = dict(pool.children or {})
                found = {server.service: status}
                children[leaf] = Node(probed_leaf(children[leaf].attributes, services_of(pool.attributes), found), None)
                memory.pools[server.pool] = Node(pool.attributes, children)

    def wait_for_change(self, seconds: float) -> bool:
        with self._memory.notice:
            changed = self._memory.notice.wait_for(lambda: self._memory.count != self._seen, seconds)
            self._seen = self._memory.count
        return changed

    def _merged(self, pool: Node, before: Node | None) -> Node:
        """The node of a pool with the statuses of servers that stay; new ones are unknown since now."""
        known, leaves = before or Node({}, {}), {}
        services, services_before = services_of(pool.attributes), services_of(known.attributes)
        now = int(self._clock() * 1000)
        for leaf, node in (pool.children or {}).items():
            old = (known.children or {}).get(leaf, Node({}, None))
            leaves[leaf] = Node(defined_leaf(node, services, old.attributes, services_before, now), None)
        return Node(pool.attributes, leaves)
