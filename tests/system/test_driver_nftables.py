"""The driver of nftables in a real kernel: what it loads is there, and every difference is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lbsh import app
from lbsh.drivers.generation import Moment, now
from lbsh.drivers.nftables import Nftables
from lbsh.drivers.protocol import DriverError, RefusedError
from lbsh.files import read_source
from lbsh.lab.namespaces import Namespace, run
from lbsh_lang.backends.base import Artifact, Line, Options
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.model import Site
from tests.golden_rules import FOLDER
from tests.reading import site_of

SITE = """\
interface external em0
interface internal em1
internal net 192.168.1.0/24
internal gw 192.168.1.1
service WEB is 203.0.113.10 tcp 80 reflect
pool web for WEB
add 192.168.1.2-4 to web
service WEB6 is 2001:db8::10 tcp+udp 80,1000-2000
pool web6 for WEB6
add fd00::2-fd00::3 to web6
service S is 203.0.113.11 tcp 443 sticky 1h
pool s for S
add 192.168.1.2-3 to s
"""
OPTIONS = Options("nftables-1.0")


class Device(NamedTuple):
    """The driver in a namespace of its own, with the rules that it loaded, and their notes."""

    namespace: Namespace
    driver: Nftables

    def load(self, site: Site, options: Options = OPTIONS) -> dict[str, object]:
        return dict(self.namespace.call(self.driver.load, BACKEND.render(site, options), options))

    def drift(self, site: Site, notes: dict[str, object], options: Options = OPTIONS) -> list[str]:
        seen = self.namespace.call(self.driver.observe, BACKEND.render(site, options), options, notes)
        assert self.unchanged(dict(seen.notes)) is not bool(seen.drift)
        return [one.words for one in seen.drift]

    def unchanged(self, notes: dict[str, object]) -> bool:
        return self.namespace.call(self.driver.unchanged, notes)

    def nft(self, *commands: str) -> str:
        return self.namespace.run("nft", "-f", "-", text="".join(f"{one}\n" for one in commands))


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    made = Namespace("driver")
    yield made
    made.delete()


@pytest.fixture
def device(namespace: Namespace) -> Device:
    namespace.run("nft", "flush", "ruleset")
    return Device(namespace, Nftables())


SITES = sorted(
    path for path in FOLDER.glob("*/site.lb") if "table ip" in (path.parent / "nftables-1.0.rules").read_text()
)


def test_what_was_loaded_is_as_it_should_be(device: Device) -> None:
    """For the site of every case of rules."""
    assert len(SITES) > 20
    for path in SITES:
        site = app.check_source(read_source(str(path))).site
        notes = device.load(site)
        assert device.unchanged(notes), path
        assert device.drift(site, notes) == [], path


def test_a_change_is_one_too(device: Device) -> None:
    cases = [path for path in SITES if (path.parent / "next.lb").exists()]
    assert cases
    for path in cases:
        old, new = site_of(path.read_text()), site_of((path.parent / "next.lb").read_text())
        notes = device.load(old)
        change = BACKEND.render_change(old, new, OPTIONS)
        assert change is not None
        after = dict(device.namespace.call(device.driver.change, change, OPTIONS, notes))
        assert device.unchanged(after), path
        assert device.drift(new, after) == [], path


DRIFTS = {
    "delete table ip lbsh": "the table `ip lbsh` is gone",
    "delete element ip lbsh servers-3 { 203.0.113.10 . tcp . 80 . 1 }": (
        "the map `servers-3` lacks `203.0.113.10 . tcp . 80 . 1 : 192.168.1.3` (table `ip lbsh`)"
    ),
    "add element ip lbsh servers-3 { 203.0.113.10 . tcp . 80 . 7 : 10.9.9.9 }": (
        "the map `servers-3` has, and should not have, `203.0.113.10 . tcp . 80 . 7 : 10.9.9.9` (table `ip lbsh`)"
    ),
    "insert rule ip lbsh prerouting ip daddr 203.0.113.10 accept": (
        "the rules of chain `prerouting` were changed (table `ip lbsh`)"
    ),
    "flush chain ip6 lbsh prerouting": "the rules of chain `prerouting` were changed (table `ip6 lbsh`)",
    "add chain ip lbsh theirs": "the chain `theirs` is not of lbsh (table `ip lbsh`)",
    "add map ip lbsh theirs { type ipv4_addr : ipv4_addr; }": "the map `theirs` is not of lbsh (table `ip lbsh`)",
    "add table ip f\nadd chain ip f early { type nat hook prerouting priority -150; }": (
        "the chain `early` of table `ip f` (priority -150) translates destinations before the rules of lbsh "
        "(priority -105): what it translates is not balanced"
    ),
}


@pytest.mark.parametrize("command", DRIFTS)
def test_drift_is_noticed(device: Device, command: str) -> None:
    site = site_of(SITE)
    notes = device.load(site)
    device.nft(command)
    assert not device.unchanged(notes)
    assert device.drift(site, notes) == [DRIFTS[command]]


def test_chains_of_both_families_are_looked_at(device: Device) -> None:
    site = site_of(SITE)
    notes = device.load(site)
    device.nft("table inet f { chain both { type nat hook prerouting priority -150; }; }")
    device.nft("table ip6 f { chain six { type nat hook prerouting priority -105; }; }")
    device.nft("table ip f { chain out { type nat hook postrouting priority -150; }; }")
    assert sorted(words.split(" (")[0] for words in device.drift(site, notes)) == [
        "the chain `both` of table `inet f`",
        "the chain `six` of table `ip6 f`",
    ]


def test_drift_of_ours_is_mended_by_loading_again(device: Device) -> None:
    site = site_of(SITE)
    notes = device.load(site)
    for command in [one for one in DRIFTS if "ip f" not in one]:
        device.nft(command)
        assert device.drift(site, notes)
        notes = device.load(site)
        assert device.drift(site, notes) == []


def test_rules_of_others_stay_as_they_were(device: Device) -> None:
    device.nft("table inet theirs { chain c { type filter hook forward priority 0; tcp dport 1 drop; }; }")
    before = device.namespace.run("nft", "list", "ruleset")
    notes = device.load(site_of(SITE))
    device.drift(site_of(SITE), notes)
    device.namespace.call(device.driver.unload, OPTIONS)
    assert device.namespace.run("nft", "list", "ruleset") == before


def test_a_later_chain_of_others_is_no_drift(device: Device) -> None:
    site = site_of(SITE)
    notes = device.load(site)
    device.nft("table ip f { chain late { type nat hook prerouting priority dstnat; }; }")
    assert not device.unchanged(notes)
    seen = device.namespace.call(device.driver.observe, BACKEND.render(site, OPTIONS), OPTIONS, notes)
    assert seen.drift == ()
    assert device.unchanged(dict(seen.notes)), "what was observed need not be observed again"


def test_two_scripts_stand_side_by_side(device: Device) -> None:
    site, other = site_of(SITE), Options("nftables-1.0", name="dmz")
    notes, more = device.load(site), device.load(site, other)
    assert device.drift(site, more, other) == [], "neither is a stranger to the other"
    assert device.drift(site, notes) == []


def test_a_change_by_others_before_ours_stays_noticed(device: Device) -> None:
    old, new = site_of(SITE), site_of(SITE + "drain 192.168.1.2 from web\n")
    notes = device.load(old)
    device.nft("insert rule ip lbsh prerouting ip daddr 203.0.113.10 accept")
    change = BACKEND.render_change(old, new, OPTIONS)
    assert change is not None
    after = dict(device.namespace.call(device.driver.change, change, OPTIONS, notes))
    assert not device.unchanged(after)
    assert device.drift(new, after) == ["the rules of chain `prerouting` were changed (table `ip lbsh`)"]


def test_a_refused_line_leads_to_its_statement_and_changes_nothing(device: Device) -> None:
    site = site_of(SITE)
    notes, artifact = device.load(site), BACKEND.render(site, OPTIONS)
    index = next(number for number, line in enumerate(artifact.lines) if "192.168.1.3" in line.text)
    line = Line(artifact.lines[index].text.replace("192.168.1.3", "no;sense"), artifact.lines[index].origin)
    spoiled = Artifact((*artifact.lines[:index], line, *artifact.lines[index + 1 :]))
    for act in (device.driver.test, lambda rules: device.driver.load(rules, OPTIONS)):
        with pytest.raises(RefusedError, match=r"nft refuses what is made of site\.lb:7: ") as caught:
            device.namespace.call(act, spoiled)
        assert caught.value.complaints[0][0] is line.origin
    assert device.unchanged(notes)


def test_a_change_for_other_rules_is_refused(device: Device) -> None:
    old, new = site_of(SITE), site_of(SITE + "drain 192.168.1.2 from web\n")
    notes = device.load(new)
    change = BACKEND.render_change(old, new, OPTIONS)
    assert change is not None
    with pytest.raises(DriverError, match="No such file or directory"):
        device.namespace.call(device.driver.change, change, OPTIONS, notes)
    assert device.unchanged(notes)


def test_nothing_stays_after_unloading_twice(device: Device) -> None:
    device.load(site_of(SITE))
    for _ in range(2):
        device.namespace.call(device.driver.unload, OPTIONS)
        assert device.namespace.run("nft", "list", "tables") == ""


def test_hostile_names_are_texts_of_the_rules(device: Device, tmp_path: Path) -> None:
    hostile = tmp_path / "a;$(id)`id`'\"} flush ruleset.lb"
    names = ["ct", "accept", "x" * 62, "drop", "ip"]
    for name in names:
        text = SITE.replace(" web", f" {name}")
        site = site_of(text, str(hostile))
        assert device.drift(site, device.load(site)) == []


class Meddler:
    """A clock whose next question finds that somebody else has changed the rules in the moment before."""

    def __init__(self, commands: list[str]) -> None:
        self._commands = commands

    def __call__(self) -> Moment:
        if self._commands:
            run("nft", self._commands.pop())
        return now()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("add table ip theirs", []),
        ("insert rule ip lbsh prerouting accept", ["the rules of chain `prerouting` were changed (table `ip lbsh`)"]),
        ("add chain ip lbsh theirs", ["the chain `theirs` is not of lbsh (table `ip lbsh`)"]),
        (
            "delete element ip lbsh servers-3 { 203.0.113.10 . tcp . 80 . 1 }",
            ["the map `servers-3` lacks `203.0.113.10 . tcp . 80 . 1 : 192.168.1.3` (table `ip lbsh`)"],
        ),
    ],
)
@pytest.mark.parametrize("way", ["load", "change"])
def test_others_that_change_rules_in_the_moment_of_a_load_are_noticed(
    device: Device, way: str, command: str, words: list[str]
) -> None:
    old, new = site_of(SITE.replace("add fd00::2-fd00::3 to", "add fd00::2 to")), site_of(SITE)
    driver = Nftables(Meddler([command, "add table ip before"]))  # taken from the end
    if way == "load":
        notes = dict(device.namespace.call(driver.load, BACKEND.render(new, OPTIONS), OPTIONS))
    else:
        change = BACKEND.render_change(old, new, OPTIONS)
        assert change is not None
        notes = dict(device.namespace.call(driver.change, change, OPTIONS, device.load(old)))
    assert not device.unchanged(notes)
    assert device.drift(new, notes) == words
