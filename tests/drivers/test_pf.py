"""The driver of PF against a stand-in for pfctl that keeps what it is given, and lies as pfctl does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lbsh.drivers.pf import Pf
from lbsh.drivers.pf_saving import PfSaver, is_untouched
from lbsh.drivers.protocol import DriverError, RefusedError, Target
from lbsh.drivers.saving import Copy, UnknownError
from lbsh.gateway.desired import places_of
from lbsh.gateway.machine import Choice
from lbsh.gateway.resident import Resident
from lbsh.gateway.writer import Gateway
from lbsh.store.memory import Memory, MemoryStore
from lbsh_lang.backends.base import Artifact, Line, Options
from lbsh_lang.backends.pf import BACKEND
from lbsh_lang.site.model import Site
from lbsh_lang.site.script import read_script
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.source import Source
from lbsh_lang.values import Address, Protocol
from tests.drivers.pf_stand_in import EMPTY, locked
from tests.gateway.world import NOW, WHO, World
from tests.reading import site_of

ROOT = Path(__file__).parents[2]
SITE = """\
interface external em0
interface internal em1
internal net 192.168.1.0/24
internal gw 192.168.1.1
service WEB is 203.0.113.10 tcp 80 reflect
pool web for WEB
add 192.168.1.2-4 to web
service DNS is 203.0.113.11 udp 53
pool dns for DNS port 5353
add 192.168.1.2-3 to dns
service WEB6 is 2001:db8::10 tcp 80
pool web6 for WEB6
add fd00::2-fd00::3 to web6
"""
ANCHORED = Options("freebsd-15", frozenset({"anchor"}))
WHOLE = Options("freebsd-14")
HOOKS = ['nat-anchor "lbsh" all', 'rdr-anchor "lbsh" all']
STATES = """\
em0 tcp 192.168.1.2:80 (203.0.113.10:80) <- 198.51.100.7:4001       ESTABLISHED:ESTABLISHED
   [3425012 + 65160] wscale 6  [1734 + 66560] wscale 7
   age 00:00:09, expires in 24:00:00, 5:4 pkts, 300:248 bytes, rule 4
   id: 00000001665544aa creatorid: 1a2b3c4d
em0 tcp 192.168.1.3:80 (203.0.113.10:80) <- 198.51.100.7:4002       FIN_WAIT_2:FIN_WAIT_2
   age 00:00:09, expires in 00:01:00, 5:4 pkts, 300:248 bytes, rule 4
   id: 00000002665544aa creatorid: 1a2b3c4d
em0 udp 192.168.1.2:5353 (203.0.113.11:53) <- 198.51.100.7:4003       MULTIPLE:MULTIPLE
   age 00:00:09, expires in 00:01:00, 5:4 pkts, 300:248 bytes, rule 5
   id: 00000003665544aa creatorid: 1a2b3c4d
em0 udp 203.0.113.11:53 <- 198.51.100.7:4004       NO_TRAFFIC:SINGLE
   age 00:00:09, expires in 00:01:00, 5:4 pkts, 300:248 bytes
   id: 00000004665544aa creatorid: 1a2b3c4d
em0 tcp fd00::2[80] (2001:db8::10[80]) <- 2001:db8:c::7[4005]       ESTABLISHED:ESTABLISHED
   age 00:00:09, expires in 24:00:00, 5:4 pkts, 300:248 bytes, rule 6
   id: 00000005665544aa creatorid: 1a2b3c4d
em1 tcp 192.168.1.2:61234 (192.168.1.9:4006) -> 192.168.1.2:80       ESTABLISHED:ESTABLISHED
   age 00:00:09, expires in 24:00:00, 5:4 pkts, 300:248 bytes, rule 7
   id: 00000006665544aa creatorid: 1a2b3c4d
em0 icmp 203.0.113.1:8 <- 198.51.100.7:4       0:0
   id: 00000007665544aa creatorid: 1a2b3c4d
"""


class Device:
    """A folder with a `pfctl`, and what that keeps there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.driver = Pf()

    def kept(self) -> dict[str, object]:
        file = self.folder / "pf.json"
        found: dict[str, object] = json.loads(file.read_text() if file.exists() else json.dumps(EMPTY))
        return found

    def anchor(self, name: str = "lbsh") -> dict[str, dict[str, dict[str, object]]]:
        return self.kept()["anchors"][name]  # type: ignore[index, no-any-return]

    def set(self, **values: object) -> None:
        with locked(str(self.folder)):
            (self.folder / "pf.json").write_text(json.dumps({**self.kept(), **values}))

    def set_anchor(self, name: str, **values: object) -> None:
        anchors = self.kept()["anchors"]
        assert isinstance(anchors, dict)
        self.set(anchors={**anchors, name: {"rules": [], "tables": {}, **anchors.get(name, {}), **values}})

    def members(self, table: str) -> object:
        return self.anchor()["tables"][table]["members"]

    def calls(self) -> list[str]:
        """The calls since the last question."""
        found = (self.folder / "calls").read_text().splitlines()
        (self.folder / "calls").write_text("")
        return found

    def drift(self, site: Site, options: Options = ANCHORED) -> list[tuple[str, bool]]:
        return [*self.driver.observe(render(site, options), options, {}).drift]


def render(site: Site, options: Options = ANCHORED) -> Artifact:
    return BACKEND.render(site, options)


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Device:
    program = tmp_path / "pfctl"
    program.write_text(
        f"#!{sys.executable} -IS\nimport sys\nsys.path[:0] = [{str(ROOT)!r}]\n"
        f"from tests.drivers.pf_stand_in import main\nsys.exit(main({str(tmp_path)!r}, sys.argv[1:]))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    made = Device(tmp_path)
    made.set_anchor("", rules=HOOKS)
    return made


@pytest.mark.parametrize("options", [ANCHORED, WHOLE], ids=["anchor", "whole"])
def test_what_was_loaded_is_as_it_should_be(device: Device, options: Options) -> None:
    site = site_of(SITE)
    device.driver.test(render(site, options))
    device.driver.load(render(site, options), options)
    assert device.drift(site, options) == []
    device.driver.unload(options)
    assert [is_ours for _, is_ours in device.drift(site, options) if is_ours] != []


def test_a_member_is_exchanged_without_a_load(device: Device) -> None:
    old, new = site_of(SITE), site_of(SITE + "drain 192.168.1.3 from web\n")
    notes = device.driver.load(render(old), ANCHORED)
    device.calls()
    after = device.driver.change(render(new), ANCHORED, notes)
    assert [call for call in device.calls() if " -f - " in f"{call} " and " -n " not in call] == []
    assert device.members("web") == ["192.168.1.2", "192.168.1.4"]
    assert device.drift(new) == []
    assert after == device.driver.load(render(new), ANCHORED)


def test_an_empty_pool_is_an_empty_table(device: Device) -> None:
    notes = device.driver.load(render(site_of(SITE)), ANCHORED)
    device.driver.change(render(site_of(SITE + "drain 192.168.1.2-4 from web\n")), ANCHORED, notes)
    assert device.members("web") == []


@pytest.mark.gate
def test_other_differences_are_a_load(device: Device) -> None:
    notes = device.driver.load(render(site_of(SITE)), ANCHORED)
    new = site_of(SITE.replace("tcp 80 reflect", "tcp 81 reflect"))
    device.driver.change(render(new), ANCHORED, notes)
    assert device.drift(new) == []


@pytest.mark.gate
def test_a_table_that_others_removed_is_not_made_by_a_replacement(device: Device) -> None:
    """pfctl would make one that no rule uses, and succeed."""
    old, new = site_of(SITE), site_of(SITE + "drain 192.168.1.3 from web\n")
    notes = device.driver.load(render(old), ANCHORED)
    device.set_anchor("lbsh", tables={})
    device.driver.change(render(new), ANCHORED, notes)
    assert device.drift(new) == []
    assert not device.anchor()["tables"]["web"]["persist"]


@pytest.mark.gate
def test_tables_that_are_left_over_go(device: Device) -> None:
    device.set_anchor("lbsh", tables={"old": {"persist": True, "members": ["10.0.0.1"]}})
    device.set_anchor("", tables={"theirs": {"persist": True, "members": ["10.0.0.2"]}})
    device.driver.load(render(site_of(SITE)), ANCHORED)
    assert set(device.anchor()["tables"]) == {"web", "dns", "web6"}
    assert set(device.anchor("")["tables"]) == {"theirs"}
    device.driver.load(render(site_of(SITE), WHOLE), WHOLE)
    assert "theirs" in device.anchor("")["tables"], "tables of the main ruleset may be others'"


@pytest.mark.gate
def test_drift_of_ours_is_noticed(device: Device) -> None:
    site = site_of(SITE)
    device.driver.load(render(site), ANCHORED)
    tables, rules = device.anchor()["tables"], [*device.anchor()["rules"]]
    web = {"persist": False, "members": ["192.168.1.2", "192.168.1.4"]}
    device.set_anchor("lbsh", tables={**tables, "web": web})
    assert device.drift(site) == [("the table `web` has other members than it should", True)]
    device.set_anchor("lbsh", tables={**tables, "web": {**web, "members": [*web["members"], "192.168.1.9"]}})  # type: ignore[misc]
    assert device.drift(site) == [("the table `web` has other members than it should", True)]
    device.set_anchor("lbsh", tables={**tables, "x": web})
    assert device.drift(site) == [("the table `x` is left over", True)]
    device.set_anchor("lbsh", tables=tables, rules=[*rules[:-1], "rdr on em0 inet from any to any   -> 10.0.0.1"])
    assert device.drift(site) == [("1 translation rules are missing and 1 are not of lbsh", True)]
    device.set_anchor("lbsh", rules=rules[::-1])
    assert device.drift(site) == [("the translation rules are in another order", True)]


NAT = "nat on em0 inet from 192.168.1.0/24 to any -> 203.0.113.1"


ASTRAY = "the main ruleset does not lead to the rules of lbsh: /etc/pf.conf lacks"


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("main", "target", "words"),
    [
        (
            HOOKS[:1],
            "freebsd-14",
            ['the main ruleset does not lead to the rules of lbsh: /etc/pf.conf lacks `rdr-anchor "lbsh"`'],
        ),
        ([*HOOKS, NAT], "freebsd-14", []),
        (
            [NAT, *HOOKS],
            "freebsd-14",
            [f"a rule of the main ruleset may translate connections in place of lbsh: {NAT}"],
        ),
        (
            [*HOOKS, NAT],
            "freebsd-15",
            [f"a rule of the main ruleset may translate connections in place of lbsh: {NAT}"],
        ),
    ],
)
def test_the_main_ruleset_is_looked_at(device: Device, main: list[str], target: str, words: list[str]) -> None:
    site, options = site_of(SITE), Options(target, frozenset({"anchor"}))
    device.driver.load(render(site, options), options)
    device.set_anchor("", rules=main)
    assert device.drift(site, options) == [(one, False) for one in words]


@pytest.mark.gate
def test_a_disabled_pf_is_said_to_be_one(device: Device) -> None:
    device.driver.load(render(site_of(SITE)), ANCHORED)
    device.set(enabled=False)
    assert device.drift(site_of(SITE)) == [
        ("PF is not enabled, so no rule has an effect (enable it with `pfctl -e`)", False)
    ]


@pytest.mark.gate
def test_a_load_waits_for_those_of_others(device: Device) -> None:
    device.set(busy=2)
    device.driver.load(render(site_of(SITE)), ANCHORED)
    device.set(busy=1000)
    with pytest.raises(DriverError, match="Device busy"):
        device.driver.load(render(site_of(SITE)), ANCHORED)


def test_a_load_that_did_nothing_is_not_believed(device: Device) -> None:
    device.set(deaf=True)
    with pytest.raises(DriverError, match=r"pfctl says that it loaded the rules, but .* translation rules are missing"):
        device.driver.load(render(site_of(SITE)), ANCHORED)


def test_a_refused_line_leads_to_its_statement(device: Device) -> None:
    lines = list(render(site_of(SITE)).lines)
    index = next(number for number, line in enumerate(lines) if line.text.strip() == "192.168.1.3")
    lines[index] = Line("  no;sense", lines[index].origin)
    for act in (device.driver.test, lambda rules: device.driver.load(rules, ANCHORED)):
        with pytest.raises(RefusedError, match=r"pfctl refuses what is made of site\.lb:7: syntax error"):
            act(Artifact(tuple(lines)))


def test_connections_of_a_dead_server_end_by_their_numbers(device: Device) -> None:
    device.set(states=blocks(), sources=[["198.51.100.7", "192.168.1.2"], ["198.51.100.8", "192.168.1.3"]])
    web, server = Address(4, 0xCB00710A), Address(4, 0xC0A80102)
    assert device.driver.forget([Target(web, Protocol.TCP, ((80, 80),), server)]) == 1
    assert left(device) == {2, 3, 4, 5, 6, 7}
    assert device.kept()["sources"] == [["198.51.100.8", "192.168.1.3"]]
    assert device.driver.forget([Target(web, Protocol.TCP, ((80, 80),), server)]) == 0


def test_a_server_that_a_poller_finds_down_leaves_its_table_and_its_connections_end(device: Device) -> None:
    machine = World().gateway._machine._replace(driver=lambda name: device.driver)
    store = MemoryStore(Memory())
    gateway = Gateway(store, machine, Choice("pf", "pf", ANCHORED))
    gateway.apply(read_script(Source.of("/etc/site.lb", SITE)), WHO)
    resident = Resident(store, gateway, machine)
    resident.attend()
    device.set(states=blocks())
    device.calls()
    failed = ServerId("web", "WEB", Address(4, 0xC0A80102))
    resident.note({failed: Status(State.DOWN, NOW, "refused")})
    assert resident.apply([failed]) == []
    assert device.members("web") == ["192.168.1.3", "192.168.1.4"]
    assert [call for call in device.calls() if " -f - " in f"{call} " and " -n " not in call] == []
    assert left(device) == {2, 3, 4, 5, 6, 7}
    resident.note({failed: Status(State.UP, NOW, "answered")})
    resident.apply([failed])
    assert device.members("web") == ["192.168.1.2", "192.168.1.3", "192.168.1.4"]
    assert left(device) == {2, 3, 4, 5, 6, 7}


def test_connections_of_an_empty_pool_end(device: Device) -> None:
    device.set(states=blocks())
    assert device.driver.forget([Target(Address(4, 0xCB00710B), Protocol.UDP, ((53, 5353),), None)]) == 1
    assert left(device) == {1, 2, 3, 5, 6, 7}


def test_connections_by_ipv6_end(device: Device) -> None:
    device.set(states=blocks())
    service, server = Address(6, 0x20010DB8 << 96 | 0x10), Address(6, 0xFD00 << 112 | 2)
    assert device.driver.forget([Target(service, Protocol.TCP, None, server)]) == 1
    assert left(device) == {1, 2, 3, 4, 6, 7}


def test_connections_are_counted(device: Device) -> None:
    device.set(states=blocks())
    site = site_of(SITE)
    counted = device.driver.connections(places_of(site.services))
    assert {(one.service, str(one.address)): told.now for one, told in counted.items() if told.now} == {
        ("WEB", "192.168.1.2"): 1,
        ("DNS", "192.168.1.2"): 1,
        ("WEB6", "fd00::2"): 1,
    }
    assert {told.new for told in counted.values()} == {None}


def blocks() -> list[dict[str, str]]:
    """The states, each with the words that end it."""
    found: list[list[str]] = []
    for line in STATES.splitlines():
        if not line.startswith(" "):
            found.append([])
        found[-1].append(line)
    named = [(one, one[-1].split()) for one in found]
    return [{"lines": "\n".join(one), "id": f"{words[1]}/{words[3]}"} for one, words in named]


def left(device: Device) -> set[int]:
    states = device.kept()["states"]
    assert isinstance(states, list)
    return {int(one["id"][:8], 16) for one in states}


@pytest.mark.sampled
@pytest.mark.parametrize("name", ["drop", "tagged", "a.b-c_d", "x" * 63, "F"])
def test_names_of_any_kind_are_names_of_tables(device: Device, name: str) -> None:
    """Words of PF and names that are too long are tables of other names; none is an option of pfctl."""
    text = SITE.replace(" web\n", f" {name}\n").replace("pool web for", f"pool {name} for")
    site, new = site_of(text), site_of(f"{text}drain 192.168.1.3 from {name}\n")
    notes = device.driver.load(render(site), ANCHORED)
    device.driver.change(render(new), ANCHORED, notes)
    assert device.drift(new) == []


# Saving


def saved(site: Site, options: Options) -> Copy:
    return PfSaver().copies(options, lambda: render(site, options))[0]


@pytest.mark.parametrize(
    ("options", "target"), [(ANCHORED, "/etc/lbsh.anchor"), (WHOLE, "/etc/pf.conf")], ids=["anchor", "whole"]
)
def test_what_lbsh_loaded_is_saved(device: Device, options: Options, target: str) -> None:
    copy = saved(site_of(SITE), options)
    assert copy.target == target
    assert copy.text.endswith(render(site_of(SITE), options).text)
    PfSaver().test(copy, options)
    assert all("-n" in call.split() for call in device.calls()), "nothing is loaded by that"
    with pytest.raises(DriverError, match="pfctl refuses the rules"):
        PfSaver().test(copy._replace(text="no;sense\n"), options)


def test_rules_that_others_changed_are_not_saved(device: Device) -> None:
    with pytest.raises(DriverError, match="not those that lbsh loaded"):
        PfSaver().copies(ANCHORED, lambda: None)


@pytest.mark.parametrize("options", [ANCHORED, WHOLE], ids=["anchor", "whole"])
def test_what_a_file_of_pf_has_besides(device: Device, options: Options) -> None:
    old, new = saved(site_of(SITE), options), saved(site_of(SITE + "drain 192.168.1.3 from web\nremove DNS\n"), options)
    file = device.folder / "file"
    file.write_text(old.text)
    assert PfSaver().lacking(new, str(file), options) == (), "lbsh wrote it"
    changed = old.text.replace("# Rules of this device", "# My rules")
    file.write_text(changed)
    assert not is_untouched(changed)
    assert PfSaver().lacking(old, str(file), options) == ()
    assert any("203.0.113.11" in line for line in PfSaver().lacking(new, str(file), options))
    file.write_text("no;sense\n")
    with pytest.raises(UnknownError, match="pfctl does not load it"):
        PfSaver().lacking(new, str(file), options)
