"""The tutorial from its first line to its last, on a real device."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.system.lab import Answer, Lab, NoAnswer
from tests.tutorial import DEVICE_PAGE, PAGE, matches, ready, run_page

LOADING = [["nft", "-f"], ["lbsh", "apply"], ["lbsh", "run"], ["lbsh", "drain"]]
"""Commands of the page after which connections are tried; the next word names them."""


@pytest.mark.gate
def test_the_tutorial_does_what_it_says(lab: Lab, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    device = lab["device"]
    with ready(lab):
        assert lab.connect("client1", "62.103.127.154", 25) == NoAnswer()
        seen = {}
        for one in run_page(text, tmp_path, lambda _: True, lambda command: list(device.inside(*command))):
            expected = int(one.block.notes.get("status", "0"))
            assert (one.status, matches(one.shown, one.printed)) == (expected, True), (
                f"line {one.block.line}: {one.printed}"
            )
            if one.command[:2] in LOADING:
                seen[one.command[2]] = mail_servers(lab)
        both = {"server1": 3, "server2": 3}
        loaded = {"lbsh.nft": both, "change.nft": {"server2": 6}, "back.nft": both}
        said = {
            "site.lb": both,
            "-c": {"server1": 2, "server2": 2, "server3": 2},
            "192.168.1.2": {"server2": 3, "server3": 3},
        }
        assert seen == loaded | said
        inside = lab.connect("server1", "62.103.127.157", 389)
        assert isinstance(inside, Answer)
        assert inside.seen_address == "192.168.1.1"
        device.run("nft", "flush", "ruleset")
        device.run("iptables-restore", "-w", "--noflush", text=(tmp_path / "lbsh.iptables").read_text())
        assert mail_servers(lab) == both


def mail_servers(lab: Lab) -> dict[str, int]:
    """The servers that answer six clients that deliver mail."""
    answers = [lab.connect("client1", "62.103.127.154", 25) for _ in range(6)]
    return dict(sorted(Counter(one.server for one in answers if isinstance(one, Answer)).items()))


@pytest.mark.gate
def test_the_page_on_devices_does_what_it_says(lab: Lab, tmp_path: Path) -> None:
    text = DEVICE_PAGE.read_text(encoding="utf-8")
    for one in run_page(text, tmp_path, lambda _: True, lambda command: list(lab["device"].inside(*command))):
        expected = int(one.block.notes.get("status", "0"))
        assert (one.status, matches(one.shown, one.printed)) == (expected, True), (
            f"line {one.block.line}: {one.printed}"
        )
