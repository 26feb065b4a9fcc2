"""The driver of iptables with both kinds of it, over nf_tables and the older one: jumps, left-overs, drift."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lbsh import app
from lbsh.drivers.iptables import Iptables
from lbsh.drivers.protocol import RefusedError
from lbsh.files import read_source
from lbsh.lab.namespaces import Namespace
from lbsh_lang.backends.base import Artifact, Line, Options
from lbsh_lang.backends.iptables import BACKEND
from lbsh_lang.site.model import Site
from tests.golden_rules import FOLDER
from tests.reading import site_of
from tests.system.lab import is_legacy, no_rules

SITE = """\
interface external em0
interface internal em1
internal net 192.168.1.0/24
internal gw 192.168.1.1
service WEB is 203.0.113.10 tcp 80 reflect
pool web for WEB
add 192.168.1.2-4 to web
"""
SIX = "service WEB6 is 2001:db8::10 tcp 80\npool web6 for WEB6\nadd fd00::2-fd00::3 to web6\n"
STICKY = "service S is 203.0.113.11 tcp 443 sticky 1h\npool s for S\nadd 192.168.1.2-3 to s\n"
OPTIONS = Options("iptables-1.8")
PROGRAMS = ("iptables", "ip6tables")


class Device(NamedTuple):
    """The driver in a namespace of its own."""

    namespace: Namespace
    driver: Iptables
    is_legacy: bool

    def load(self, site: Site, options: Options = OPTIONS) -> dict[str, object]:
        return dict(self.namespace.call(self.driver.load, BACKEND.render(site, options), options))

    def drift(self, site: Site, notes: dict[str, object], options: Options = OPTIONS) -> list[str]:
        seen = self.namespace.call(self.driver.observe, BACKEND.render(site, options), options, notes)
        assert self.unchanged(dict(seen.notes)) is (not seen.drift and not self.is_legacy)
        return [one.words for one in seen.drift]

    def unchanged(self, notes: dict[str, object]) -> bool:
        return self.namespace.call(self.driver.unchanged, notes)

    def rules(self, program: str = "iptables") -> list[str]:
        return [line for line in self.namespace.run(f"{program}-save").splitlines() if line.startswith("-A")]

    def run(self, command: str) -> None:
        self.namespace.run(*command.split(" "))


@pytest.fixture(params=["nf_tables", "legacy"])
def device(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """A device on whose path `iptables` is of one kind."""
    suffix = "nft" if request.param == "nf_tables" else "legacy"
    for program in PROGRAMS:
        for end in ("", "-save", "-restore"):
            found = shutil.which(f"{program}-{suffix}{end}")
            if found is None:
                pytest.skip(f"{program}-{suffix}{end} is not installed")
            (tmp_path / f"{program}{end}").symlink_to(found)
    path = f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"
    monkeypatch.setenv("PATH", path)
    namespace = Namespace("driver")
    yield Device(namespace, Iptables(), namespace.call(is_legacy, str(tmp_path / "iptables")))
    namespace.delete()


@pytest.mark.gate
def test_what_was_loaded_is_as_it_should_be(device: Device) -> None:
    """For the site of each case of rules, one after the other: nothing of the one before is left."""
    sites = [
        path
        for path in sorted(FOLDER.glob("*/site.lb"))
        if "COMMIT" in (path.parent / "iptables-1.8.rules").read_text()
    ]
    assert len(sites) > 15
    for path in sites:
        site = app.check_source(read_source(str(path))).site
        notes = device.load(site)
        assert device.drift(site, notes) == [], path
    device.namespace.call(device.driver.unload, OPTIONS)
    assert [one for program in PROGRAMS for one in device.rules(program)] == []


def test_jumps_are_set_once_and_before_all_others(device: Device) -> None:
    site, first = site_of(SITE), "-A PREROUTING -j LBSH-PREROUTING"
    theirs = "-A PREROUTING -p tcp -m tcp --dport 1 -j DNAT --to-destination 192.0.2.1"
    device.run(f"iptables -t nat {theirs}")
    for _ in range(2):
        device.load(site)
        assert [one for one in device.rules() if one.startswith("-A PREROUTING")] == [first, theirs]
    device.run(f"iptables -t nat -I {theirs[3:]}")
    device.run("iptables -t nat -A PREROUTING -j LBSH-PREROUTING")
    notes = device.load(site)
    assert [one for one in device.rules() if one.startswith("-A PREROUTING")] == [first, theirs, theirs]
    device.namespace.call(device.driver.unload, OPTIONS)
    assert device.rules() == [theirs, theirs]
    assert device.drift(site, notes) != []


def test_a_family_without_rules_has_no_chain(device: Device) -> None:
    device.load(site_of(SITE + SIX))
    assert device.rules("ip6tables") != []
    device.load(site_of(SITE))
    assert device.rules("ip6tables") == []
    assert "LBSH" not in device.namespace.run("ip6tables-save")


def test_tables_that_are_no_longer_needed_are_left_clean(device: Device) -> None:
    device.load(site_of(SITE + STICKY))
    assert "-A FORWARD -j LBSH-FORWARD" in device.rules()
    device.load(site_of(SITE))
    assert "-A FORWARD -j LBSH-FORWARD" not in device.rules()
    assert "LBSH-FORWARD" not in device.namespace.run("iptables-save")


def test_two_scripts_stand_side_by_side(device: Device) -> None:
    """Both lead connections to their rules before those of others; neither moves the other."""
    site, options = site_of(SITE), Options("iptables-1.8", name="dmz")
    notes, more = device.load(site), device.load(site, options)
    assert device.drift(site, notes) == []
    assert device.drift(site, more, options) == []
    device.load(site)
    assert device.drift(site, more, options) == []
    device.namespace.call(device.driver.unload, OPTIONS)
    assert device.drift(site, more, options) == []


DRIFTS = {
    "iptables -t nat -I PREROUTING -p tcp --dport 80 -j DNAT --to-destination 192.0.2.1": (
        "`PREROUTING` of table `nat` does not lead to `LBSH-PREROUTING` before rules of others, once (iptables)"
    ),
    "iptables -t nat -D POSTROUTING -j LBSH-POSTROUTING": (
        "`POSTROUTING` of table `nat` does not lead to `LBSH-POSTROUTING` before rules of others, once (iptables)"
    ),
    "iptables -t nat -D LBSH/WEB 1": "the rules of chain `LBSH/WEB` of table `nat` were changed (iptables)",
    "iptables -t nat -R LBSH/WEB 3 -j DNAT --to-destination 192.0.2.1": (
        "the rules of chain `LBSH/WEB` of table `nat` were changed (iptables)"
    ),
    "ip6tables -t nat -I LBSH-EXTERNAL -j ACCEPT": (
        "the rules of chain `LBSH-EXTERNAL` of table `nat` were changed (ip6tables)"
    ),
    "iptables -t nat -N LBSH/OLD": "the chain `LBSH/OLD` of table `nat` is left over (iptables)",
}


def test_drift_is_noticed_and_mended(device: Device) -> None:
    site = site_of(SITE + SIX)
    for command, words in DRIFTS.items():
        notes = device.load(site)
        assert device.drift(site, notes) == []
        device.run(command)
        assert not device.unchanged(notes)
        assert device.drift(site, notes) == [words]


def test_an_emptied_table_is_noticed_and_mended(device: Device) -> None:
    site = site_of(SITE)
    notes = device.load(site)
    device.namespace.run("iptables-restore", text=no_rules("nat"))
    assert "the chain `LBSH/WEB` of table `nat` is gone (iptables)" in device.drift(site, notes)
    assert device.drift(site, device.load(site)) == []


def test_a_refused_line_leads_to_its_statement_and_changes_nothing(device: Device) -> None:
    site = site_of(SITE)
    device.load(site)
    artifact, before = BACKEND.render(site, OPTIONS), device.rules()
    index = next(number for number, line in enumerate(artifact.lines) if "-d 203.0.113.10" in line.text)
    line = Line(artifact.lines[index].text.replace("203.0.113.10", "no;sense"), artifact.lines[index].origin)
    spoiled = Artifact((*artifact.lines[:index], line, *artifact.lines[index + 1 :]))
    for act in (device.driver.test, lambda rules: device.driver.load(rules, OPTIONS)):
        with pytest.raises(RefusedError, match=r"iptables-restore refuses what is made of site\.lb:5: "):
            device.namespace.call(act, spoiled)
    assert device.rules() == before


def test_chains_of_nftables_that_come_first_are_said(device: Device) -> None:
    """Of iptables over nf_tables; the older kind is called at a place among them that nobody tells."""
    site = site_of(SITE)
    notes = device.load(site)
    device.namespace.run(
        "nft", "-f", "-", text="table ip f { chain late { type nat hook prerouting priority -90; }; }\n"
    )
    assert device.drift(site, notes) == []
    device.namespace.run(
        "nft", "-f", "-", text="table ip f { chain early { type nat hook prerouting priority -150; }; }\n"
    )
    words = (
        "the chain `early` of table `ip f` (priority -150) translates destinations before the rules of lbsh "
        "(priority -100): what it translates is not balanced"
    )
    assert device.drift(site, notes) == ([] if device.is_legacy else [words])
    device.namespace.run("nft", "delete", "table", "ip", "f")
