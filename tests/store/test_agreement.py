"""Both stores after the same acts: whatever these are, they say the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh.store import disk, scripts
from lbsh.store.disk import DiskStore, DiskWriter
from lbsh.store.memory import Memory, MemoryStore
from lbsh.store.protocol import Act, File, Loaded, Node, Record, Statement, Store
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests.store.machine import WITHOUT_WAITING

NOW = 1_800_000_000_000
POOLS = ("one", "attributes", "..")
SERVICES = ("A", "B")
ADDRESSES = (Address(4, 0x0A000001), Address(6, 1))
LEAVES = {"10.0.0.1": (ADDRESSES[0], 0), "10.0.0.1:80": (ADDRESSES[0], 80), "[::1]:80": (ADDRESSES[1], 80)}

Writer = DiskWriter | MemoryStore
Do = Callable[[Store, Writer], object]

texts = st.text(max_size=8)
acts = st.builds(Act, st.integers(-5, 1 << 50), texts, texts, texts)
nodes = st.one_of(
    st.just(Node({}, {})),
    st.builds(
        lambda services, leaves, wish: Node(
            {"service": ", ".join(services)}, {leaf: Node({"wish": "drained"} if wish else {}, None) for leaf in leaves}
        ),
        st.lists(st.sampled_from(SERVICES), min_size=1, unique=True),
        st.lists(st.sampled_from(sorted(LEAVES)), unique=True),
        st.booleans(),
    ),
)
servers = st.builds(
    lambda pool, service, leaf: ServerId(pool, service, *LEAVES[leaf]),
    st.sampled_from(POOLS),
    st.sampled_from(SERVICES),
    st.sampled_from(sorted(LEAVES)),
)
statuses = st.builds(Status, st.sampled_from(State), st.integers(-5, 1 << 60), texts)


def append(lines: list[str], act: Act, dropped: set[int]) -> Do:
    def do(store: Store, writer: Writer) -> object:
        count = len(store.running().statements)
        return writer.append(lines, act, sorted(index for index in dropped if index < count))

    return do


doings: st.SearchStrategy[Do] = st.one_of(
    st.builds(
        lambda files, act, kept: lambda _, writer: writer.replace([File(*file) for file in files], act, kept),
        st.lists(st.tuples(texts, texts, texts), max_size=2),
        acts,
        st.lists(st.builds(Statement, texts, acts), max_size=2),
    ),
    st.builds(append, st.lists(texts, max_size=3), acts, st.sets(st.integers(0, 4))),
    st.builds(
        lambda pools, root: lambda _, writer: writer.write_tree(pools, root),
        st.dictionaries(st.sampled_from(POOLS), nodes),
        st.none() | st.dictionaries(st.sampled_from(["service_A", "interface_internal"]), texts),
    ),
    st.builds(lambda found: lambda store, _: store.set_statuses(found), st.dictionaries(servers, statuses)),
    st.builds(
        lambda down, trouble: lambda _, writer: writer.note_loaded(Loaded(1, down, "none", {}, {"a": [1]}, trouble)),
        st.frozensets(servers),
        texts,
    ),
    st.builds(
        lambda record, content: lambda _, writer: writer.note_record(record, content),
        st.sampled_from(Record),
        st.none() | st.dictionaries(texts, texts),
    ),
)


@settings(max_examples=400)
@given(st.lists(doings, max_size=12))
def test_both_stores_say_the_same(acts_done: list[Do]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "now", lambda: NOW)
        patch.setattr(scripts, "KEPT", 3)
        on_disk, in_memory = DiskStore(folder, WITHOUT_WAITING), MemoryStore(Memory(), lambda: NOW / 1000)
        for act in acts_done:
            with on_disk.lock("disk") as one, in_memory.lock("memory") as other:
                assert act(on_disk, one) == act(in_memory, other)
            for store in (on_disk, DiskStore(folder)):
                assert view(store) == view(in_memory)


def view(store: Store) -> object:
    history = store.history()[:3]
    scripts_kept = [store.script_of(entry.revision) for entry in history]
    records = [store.record(one) for one in Record]
    return (
        store.running(),
        store.revision(),
        history,
        scripts_kept,
        store.statuses(),
        store.tree(),
        store.loaded(),
        records,
    )
