"""What `status` says of rules that are not those of the running script."""

from __future__ import annotations

import pytest

from lbsh.cli.status import print_status
from lbsh.cli.terminal import CLEAN, PENDING
from lbsh.standing import STALE_STATUS
from lbsh.store.memory import Memory, MemoryStore
from lbsh.store.protocol import Act, File, Loaded, Node, Record
from lbsh.stores import boot
from lbsh_lang.site.status import State, Status

ACT = Act(1_700_000_000_000, "root", "", "apply site.lb")
FILES = (File("site.lb", "/etc/site.lb", ""),)


@pytest.mark.parametrize(
    ("start", "revision", "said"),
    [
        ("another", 1, "nothing was loaded since the machine started; `lbsh apply --running` loads the running script"),
        (boot(), 2, "revision 1 is loaded"),
    ],
)
def test_what_is_not_loaded_is_said(capsys: pytest.CaptureFixture[str], start: str, revision: int, said: str) -> None:
    store = MemoryStore(Memory())
    with store.lock("test") as writer:
        for _ in range(revision):
            writer.replace(FILES, ACT)
        writer.note_loaded(Loaded(1, frozenset(), "nftables", {}, {"boot": start}))
    print_status(store, None)
    assert f"not loaded: {said}" in capsys.readouterr().out


LACKING = "the interface `xl0` is not there"


@pytest.mark.parametrize(
    ("start", "trouble", "status"), [(boot(), LACKING, PENDING), (boot(), "", CLEAN), ("another", LACKING, CLEAN)]
)
def test_a_network_that_is_not_as_it_should_be_is_pending(
    capsys: pytest.CaptureFixture[str], start: str, trouble: str, status: int
) -> None:
    store = MemoryStore(Memory())
    with store.lock("test") as writer:
        writer.replace(FILES, ACT)
        writer.note_loaded(Loaded(0, frozenset(), "none", {}, {}))
        writer.note_record(
            Record.NETWORK, {"version": 1, "boot": start, "made": [], "settings": [], "trouble": trouble}
        )
    assert print_status(store, None) == status
    assert ("network, not as it should be" in capsys.readouterr().out) == (status == PENDING)


def test_ten_thousand_servers_that_nobody_probes_any_longer_are_stale(capsys: pytest.CaptureFixture[str]) -> None:
    store = MemoryStore(Memory())
    leaf = Node({}, None)
    pools = {
        f"p{pool}": Node({"service": f"S{pool}"}, {f"10.0.{pool}.{one}": leaf for one in range(100)})
        for pool in range(100)
    }
    with store.lock("test") as writer:
        writer.write_tree(pools, {f"service_S{pool}": "{ip: 192.0.2.1, port: 25, probe: tcp}" for pool in range(100)})
    store.set_statuses(dict.fromkeys(store.statuses(), Status(State.UP, 5)))
    assert print_status(store, None) == STALE_STATUS
    out = capsys.readouterr().out
    assert out.startswith("nothing runs yet")
    assert "\nSTALE: no poller runs; " in out
    assert out.count("STALE (UP)") == 10_000
