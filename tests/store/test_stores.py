"""The meaning of the protocol, for each of its implementations."""

from __future__ import annotations

import threading

import pytest

from lbsh.store.protocol import BusyError, Entry, Loaded, Node, Record, Running, Statement, Store, StoreError
from lbsh_lang.site.status import ServerId, State, Status
from tests.limits import LONGEST
from tests.store.conftest import Handles
from tests.store.examples import (
    ACT,
    BOTH,
    DOWN,
    FILES,
    FIRST,
    GONE,
    LATER,
    MX,
    OTHER,
    ROOT,
    SECOND,
    SIX,
    UP,
)


def test_a_store_that_nobody_wrote_to_is_empty(store: Store) -> None:
    assert store.running() == Running(0, (), ())
    assert store.loaded() is None
    assert store.revision() == 0
    assert store.statuses() == store.statuses("mx_pool") == {}
    assert store.history() == ()
    assert store.tree() == Node({}, {"pools": Node({}, {})})
    store.set_statuses({FIRST: DOWN})
    assert store.statuses() == {}
    with pytest.raises(StoreError, match="revision 1 is not kept"):
        store.script_of(1)


def test_a_script_is_replaced_and_appended_to(handles: Handles) -> None:
    store = handles()
    with store.lock("apply") as writer:
        first = writer.replace(FILES, ACT, [Statement("drain 10.0.0.1", LATER)])
        assert first == Running(1, FILES, (Statement("drain 10.0.0.1", LATER),))
        second = writer.append(["add 10.0.0.2 to P", "add 10.0.0.3 to P"], LATER)
        third = writer.append(["remove 10.0.0.2 from P"], LATER, dropped=[0, 1])
    assert second.statements == (*first.statements, *(Statement(f"add 10.0.0.{one} to P", LATER) for one in (2, 3)))
    assert third == Running(
        3, FILES, (Statement("add 10.0.0.3 to P", LATER), Statement("remove 10.0.0.2 from P", LATER))
    )
    assert handles().running() == store.running() == third
    assert handles().revision() == 3
    assert [store.script_of(revision) for revision in (1, 2, 3)] == [first, second, third]


def test_a_statement_needs_no_file(store: Store) -> None:
    with store.lock("run") as writer:
        running = writer.append(["interface internal xl1"], ACT)
    assert running == store.running() == Running(1, (), (Statement("interface internal xl1", ACT),))


def test_the_history_is_bounded_and_says_how_each_script_came(handles: Handles) -> None:
    store = handles()
    with store.lock("apply") as writer:
        for _ in range(52):
            writer.replace(FILES, ACT)
        before = writer.append(["a"], LATER)
        writer.replace(OTHER, LATER, [Statement("b", ACT), Statement("c", LATER)])
        last = writer.append(["d"], LATER)
    history = handles().history()
    assert history[:3] == (Entry(55, LATER, 3), Entry(53, ACT, 1), Entry(51, ACT, 0))
    assert len(history) == 50
    assert store.script_of(55) == last
    assert store.script_of(53) == before
    for revision in (1, 56):
        with pytest.raises(StoreError, match="is not kept"):
            store.script_of(revision)


def test_what_is_loaded_is_kept(handles: Handles) -> None:
    store = handles()
    down = frozenset({FIRST, ServerId("p", "s", SIX, 8080)})
    loaded = Loaded(7, down, "nftables", {"name": "lb", "table": None}, {"layout": [["a", 1], {"b": 2}]}, "no\nanswer")
    with store.lock("apply") as writer:
        writer.note_loaded(loaded)
        assert handles().loaded() == store.loaded() == loaded
        writer.note_loaded(loaded._replace(trouble=""))
    assert store.loaded() == loaded._replace(trouble="")
    assert store.running().revision == 0


def test_a_record_is_kept_until_it_is_removed(handles: Handles) -> None:
    store = handles()
    with store.lock("apply") as writer:
        writer.note_record(Record.CONFIRMATION, {"deadline": 7, "driver": {"name": "nftables"}})
        writer.note_record(Record.NETWORK, {})
        assert handles().record(Record.CONFIRMATION) == {"deadline": 7, "driver": {"name": "nftables"}}
        writer.note_record(Record.CONFIRMATION, None)
    assert {one: found for one in Record if (found := store.record(one)) is not None} == {Record.NETWORK: {}}


def test_servers_are_unknown_until_probes_say_otherwise(handles: Handles) -> None:
    store = handles()
    with store.lock("apply") as writer:
        writer.write_tree({"mx_pool": MX, "ldap": BOTH}, ROOT)
    statuses = store.statuses()
    assert {(server.pool, server.service, server.port) for server in statuses} == {
        ("mx_pool", "SMTP", 0),
        ("mx_pool", "SMTP", 2525),
        *(("ldap", service, port) for service in ("LDAP", "LDAPS") for port in (0, 636)),
    }
    assert {status.state for status in statuses.values()} == {State.UNKNOWN}
    assert store.statuses("mx_pool") == {server: statuses[server] for server in (FIRST, SECOND)}
    assert store.statuses("nothing") == {}
    handles().set_statuses({SECOND: DOWN, ServerId("mx_pool", "SMTP", SIX): DOWN, ServerId("no", "SMTP", SIX): DOWN})
    assert store.statuses() == {**statuses, SECOND: DOWN}


def test_definitions_change_and_statuses_stay(store: Store) -> None:
    inside, secure = ServerId("ldap", "LDAP", SIX), ServerId("ldap", "LDAPS", SIX)
    with store.lock("run") as writer:
        writer.write_tree({"mx_pool": MX, "ldap": BOTH}, ROOT)
        store.set_statuses({FIRST: DOWN, secure: DOWN, inside: UP})
        writer.write_tree({"mx_pool": MX._replace(children={"192.168.1.2": Node({"wish": "drained"}, None)})})
        assert store.statuses("mx_pool") == {FIRST: DOWN}
        writer.write_tree({"ldap": Node({"service": "LDAPS"}, {"2001:db8::1": Node({}, None)})})
        assert store.statuses("ldap") == {secure: DOWN}
        writer.write_tree({"ldap": Node({"service": "LDAPS, NEW"}, {"2001:db8::1": Node({}, None)})})
        assert store.statuses("ldap")[secure] == DOWN
        assert store.statuses("ldap")[ServerId("ldap", "NEW", SIX)].state is State.UNKNOWN
        writer.write_tree({"ldap": GONE})
        assert store.statuses() == {FIRST: DOWN}
    tree = store.tree()
    assert store.tree(["mx_pool", "ldap", "other"]) == tree
    assert store.tree([]) == Node(ROOT, {"pools": Node({}, {})})
    assert tree.attributes == ROOT
    assert tree.children is not None
    pools = tree.children["pools"].children
    assert pools is not None
    assert pools["mx_pool"].children == {
        "192.168.1.2": Node(
            {
                "status": "DOWN",
                "since": "2023-11-14T22:13:20.123Z",
                "reason": DOWN.reason,
                "wish": "drained",
            },
            None,
        )
    }


@pytest.mark.parametrize(
    "status", [DOWN, UP, Status(State.DOWN, -1), Status(State.UP, 1 << 70, "a: b"), Status(State.UP, 0, '"')]
)
def test_statuses_come_back_as_they_were(store: Store, status: Status) -> None:
    with store.lock("run") as writer:
        writer.write_tree({"mx_pool": MX, "ldap": BOTH}, ROOT)
    servers = (FIRST, SECOND, ServerId("ldap", "LDAP", SIX, 636))
    store.set_statuses(dict.fromkeys(servers, status))
    assert [store.statuses()[server] for server in servers] == [status] * 3


def test_names_mean_nothing_to_the_file_system(store: Store) -> None:
    names = (
        ".",
        "..",
        "attributes",
        "-rf",
        "a/b",
        "%",
        "%41",
        "A",
        "x" * 63,
        "é\n",
        ".new-x",
        "con:",
        "*",
        "",
        "lost+found",
    )
    with store.lock("run") as writer:
        for name in names:
            writer.write_tree({name: MX})
        assert {server.pool for server in store.statuses()} == set(names)
        for name in names:
            assert {server.pool for server in store.statuses(name)} == {name}
            writer.write_tree({name: GONE})
    assert store.statuses() == {}


def test_one_holds_the_lock_and_others_see_who(handles: Handles) -> None:
    with handles().lock("run -c 'add'"):
        with pytest.raises(BusyError, match=r"being changed by .*run -c 'add'"), handles().lock("other"):
            pass
        with pytest.raises(BusyError), handles().lock("other", wait=0.01):
            pass
    with handles().lock("other"):
        pass


def test_one_poller_has_a_store_and_a_second_names_it(handles: Handles) -> None:
    """The lock for changes is another one, and a poller that has ended leaves the store to the next."""
    with handles().claim("poll --once"):
        with pytest.raises(BusyError, match=r"another poller .*poll --once"), handles().claim("poll"):
            pass
        with handles().lock("run"):
            pass
    with handles().claim("poll"):
        pass


def test_the_lock_comes_to_those_who_wait(handles: Handles) -> None:
    order: list[str] = []

    def wait() -> None:
        with handles().lock("second", wait=LONGEST):
            order.append("second")

    with handles().lock("first"):
        thread = threading.Thread(target=wait)
        thread.start()
        order.append("first")
    thread.join(LONGEST)
    assert order == ["first", "second"]


def test_changes_by_others_are_noticed(handles: Handles) -> None:
    with handles().lock("first") as writer:
        writer.write_tree({"mx_pool": MX}, ROOT)
    store, other = handles(), handles()
    assert not store.wait_for_change(0)
    with other.lock("run") as writer:
        for change in (
            lambda: writer.append(["a"], ACT),
            lambda: writer.replace(FILES, ACT),
            lambda: writer.note_loaded(Loaded(1, frozenset(), "none", {}, {})),
            lambda: writer.write_tree({"mx_pool": GONE}),
            lambda: writer.write_tree({"mx_pool": MX}),
            lambda: other.set_statuses({FIRST: DOWN}),
        ):
            change()
            assert store.wait_for_change(0)
            assert not store.wait_for_change(0)
    assert not other.wait_for_change(0)
    other.set_statuses({FIRST: DOWN})  # as it is already
    with other.lock("again") as writer:
        writer.write_tree({"mx_pool": MX, "nothing": GONE}, ROOT)
    assert not store.wait_for_change(0)
    store.set_statuses({FIRST: UP})
    assert not store.wait_for_change(0)
    assert other.wait_for_change(0)


def test_a_change_ends_a_wait(handles: Handles) -> None:
    with handles().lock("first") as writer:
        writer.append(["a"], ACT)
        store, seen = handles(), threading.Event()

        def wait() -> None:
            if store.wait_for_change(LONGEST):
                seen.set()

        thread = threading.Thread(target=wait)
        thread.start()
        writer.append(["b"], ACT)
        assert seen.wait(LONGEST)
        thread.join(LONGEST)
