"""Changes by others on a device: every change of lbsh notices them, says so in a line, and mends what is its own."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.gateway.world import FIG_7
from tests.system.device import Device


class Change(NamedTuple):
    """What somebody else does to the rules, a part of what lbsh says of it, whether it puts that back, and what takes away
    what stays."""

    command: tuple[str, ...]
    words: str
    is_ours: bool = True
    undo: tuple[str, ...] = ("true",)


def nft(text: str) -> tuple[str, ...]:
    return ("nft", text)


CHANGES = {
    "nftables": {
        "the table is deleted": Change(nft("delete table ip lbsh"), "the table `ip lbsh` is gone"),
        "all rules are flushed": Change(nft("flush ruleset"), "the table `ip lbsh` is gone"),
        "a member is removed": Change(
            nft("delete element ip lbsh servers-2 { 62.103.127.154 . tcp . 25 . 1 }"), "the map `servers-2` lacks"
        ),
        "a rule of ours is changed": Change(
            nft("insert rule ip lbsh prerouting ip daddr 62.103.127.154 accept"), "the rules of chain `prerouting`"
        ),
        "a foreign rule comes first": Change(
            nft("add table ip f; add chain ip f early { type nat hook prerouting priority -150; }"),
            "the chain `early` of table `ip f`",
            is_ours=False,
        ),
    },
    "iptables": {
        "the jump is deleted": Change(("iptables", "-t", "nat", "-F", "PREROUTING"), "PREROUTING"),
        "a chain is emptied": Change(("iptables", "-t", "nat", "-F"), "LBSH-PREROUTING"),
        "a foreign rule comes first": Change(
            ("iptables", "-t", "nat", "-I", "PREROUTING", "-p", "tcp", "-j", "ACCEPT"),
            "PREROUTING",
            undo=("iptables", "-t", "nat", "-D", "PREROUTING", "-p", "tcp", "-j", "ACCEPT"),
        ),
    },
}
CASES = [(driver, what) for driver, changes in CHANGES.items() for what in changes]


@pytest.mark.sampled
@pytest.mark.parametrize(("driver", "what"), CASES, ids=[f"{driver}: {what}" for driver, what in CASES])
def test_changes_by_others(bare: Device, driver: str, what: str) -> None:
    change, site = CHANGES[driver][what], bare.folder / "site.lb"
    site.write_text(FIG_7)
    bare.lbsh("apply", "--driver", driver, str(site))
    before = bare.rules()
    bare.namespace.run(*change.command)
    done = bare.run("add 192.168.1.4 to mx_pool")
    said = "changed by others, and put back: " if change.is_ours else "changed by others: "
    assert done.errors.startswith(said)
    assert change.words in done.errors
    assert "192.168.1.4" in bare.rules()
    again = bare.run("remove 192.168.1.4 from mx_pool").errors
    if change.is_ours:
        assert again == ""
        bare.namespace.run(*change.undo)
        assert sorted(bare.rules().splitlines()) == sorted(before.splitlines())
        bare.namespace.run(*change.command)
        assert bare.lbsh("apply", str(site)).errors.startswith(said)
        assert bare.lbsh("apply", str(site)).errors == ""
        bare.namespace.run(*change.command)
        assert bare.lbsh("apply", "--running").errors.startswith(said)
    else:
        assert again == done.errors, "it is there as long as it is there"
        assert "table ip f" in bare.rules()
