"""The checks of the doctor on machines of fakes, and what it says for people and programs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lbsh.drivers.nft_listing import items_in
from lbsh.drivers.values import Drift
from lbsh.gateway.doctor.base import BlindError, FailedError, FileStatus, Finding, Kind, Room, Severity
from lbsh.gateway.doctor.catalog import CHECKS
from lbsh.gateway.doctor.checks.connections import dropped_in
from lbsh.gateway.doctor.checks.listeners import listeners_in
from lbsh.gateway.doctor.checks.store_place import mounts_in
from lbsh.gateway.doctor.examine import Result, State, is_healthy
from lbsh.gateway.doctor.iptables_chains import chains_of
from lbsh.gateway.doctor.nft_chains import chains_in
from lbsh.gateway.doctor.report import as_json, as_text
from lbsh.gateway.doctor.system import Machine
from lbsh.gateway.doctor.walk import Packet, Verdict, walk
from lbsh.store.protocol import Record
from lbsh_lang.values import Address, PortRange, Protocol
from tests.costs import calls_of
from tests.gateway.patients import HANGS, IFCONFIG, SITE, STORE, Patient, folder, freebsd, linux, says
from tests.gateway.world import choice

SYSCTL = "/proc/sys/net/"


@pytest.mark.parametrize("machine", [linux, freebsd])
def test_nothing_is_found_on_a_device_that_works(machine: Callable[[], Patient]) -> None:
    results = machine().examine()
    assert [one for one in results if one.state not in {State.CLEAN, State.ELSEWHERE}] == []
    assert is_healthy(results)


def test_each_kind_of_finding_has_a_name_of_its_own() -> None:
    names = [kind.name for check in CHECKS for kind in check.kinds]
    assert len({*names}) == len(names)
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def _files(patient: Patient, **values: str) -> None:
    patient.system.files.update({f"{SYSCTL}netfilter/nf_conntrack_{key}": value for key, value in values.items()})


def _mounted(patient: Patient, kind: str, options: str = "rw") -> None:
    patient.system.files["/proc/thread-self/mountinfo"] += f"30 24 0:9 / /var/lib {options} - {kind} x rw\n"


def _untracked(patient: Patient) -> None:
    for name in ("max", "count", "buckets"):
        del patient.system.files[f"{SYSCTL}netfilter/nf_conntrack_{name}"]


def _statistics(patient: Patient) -> None:
    patient.system.files["/proc/thread-self/net/stat/nf_conntrack"] = "entries found drop\n01 02 0a\n01 02 01\n"


def _systemd(patient: Patient) -> None:
    patient.system.statuses["/run/systemd/system"] = folder(0o755)
    patient.system.programs["systemctl", "is-enabled", "lbsh.service"] = says("disabled\n", 1)


def _listens(patient: Patient) -> None:
    patient.system.files["/proc/thread-self/net/tcp"] = "head\n0: 0A7100CB:0050 00000000:0000 0A 0 0\n"


def _secret(patient: Patient, status: FileStatus | None) -> None:
    patient.script = SITE.replace("tcp 80 reflect", "udp 1812").replace(
        "add", 'probe WEB with radius user "x" secret file "/etc/s"\nadd'
    )
    if status is not None:
        patient.system.statuses |= {"/etc/s": status, "/etc": folder(0o755)}


def _said_later(patient: Patient) -> None:
    patient.system.time -= 3_600_000


def _sticky(patient: Patient, mode: int, uid: int, driver: str = "iptables") -> None:
    patient.script = SITE.replace("tcp 80 reflect", "tcp 80 sticky 1h")
    patient.chosen = choice(driver)
    patient.system.programs["iptables", "--version"] = says("iptables v1.8.9\n")
    for family in ("iptables", "ip6tables"):
        patient.system.programs[f"{family}-restore", "--test", "--noflush"] = says("")
        patient.system.programs[f"{family}-save",] = says("")
    patient.system.statuses[STORE] = folder(0o750, 990)
    lists = "/proc/thread-self/net/xt_recent/LBSH-WEB@192.168.1."
    patient.system.statuses |= {f"{lists}{last}": FileStatus(mode, uid, 0, "", "") for last in (2, 3)}


def _pair(patient: Patient, program: tuple[str, ...], text: str) -> None:
    patient.system.programs[program] = says(text)


LINUX: dict[str, tuple[Callable[[Patient], object], list[str]]] = {
    "few connections": (lambda one: _files(one, count="1000"), []),
    "many connections": (lambda one: _files(one, count="200000"), ["connections-nearly-full"]),
    "full": (lambda one: _files(one, count="262144"), ["connections-full"]),
    "no limit": (lambda one: _files(one, count="262144", max="0"), []),
    "few buckets": (lambda one: _files(one, buckets="1024"), ["connections-slow"]),
    "untracked": (_untracked, ["connections-untracked"]),
    "dropped": (_statistics, ["connections-dropped"]),
    "nfs": (lambda one: _mounted(one, "nfs4"), ["store-on-network"]),
    "tmpfs": (lambda one: _mounted(one, "tmpfs"), ["store-in-memory"]),
    "read-only": (lambda one: _mounted(one, "ext4", "ro,relatime"), ["store-read-only"]),
    "no room": (lambda one: setattr(one.system, "space", Room(0, 1, 9999, 9999)), ["disk-full"]),
    "little room": (lambda one: setattr(one.system, "space", Room(32 << 20, 1, 0, 0)), ["disk-nearly-full"]),
    "no inodes": (lambda one: setattr(one.system, "space", Room(1 << 40, 1, 0, 100)), ["disk-full"]),
    "1970": (lambda one: setattr(one.system, "time", 1000), ["clock-wrong", "clock-behind-store"]),
    "an hour ago": (_said_later, ["clock-behind-store"]),
    "nobody keeps the clock": (lambda one: setattr(one.system, "is_synchronised", False), ["clock-unsynchronised"]),
    "not at boot": (_systemd, ["not-at-boot"]),
    "listener": (_listens, ["listener-hidden"]),
    "secret of everybody": (lambda one: _secret(one, FileStatus(0o100644, 0, 0, "root", "root")), ["secret-open"]),
    "no secret": (lambda one: _secret(one, None), ["secret-missing"]),
    "store of everybody": (lambda one: one.system.statuses.update({STORE: folder(0o755)}), ["store-open"]),
    "store of a group": (lambda one: one.system.statuses.update({STORE: folder(0o770)}), ["store-writable"]),
    "above": (lambda one: one.system.statuses.update({"/var/lib": folder(0o777)}), ["folder-writable"]),
    "above, sticky": (lambda one: one.system.statuses.update({"/var/lib": folder(0o1777)}), []),
    "far above": (lambda one: one.system.statuses.update({"/var": folder(0o777)}), ["folder-writable"]),
    "above, of others": (lambda one: one.system.statuses.update({"/var/lib": folder(0o755, 7)}), ["folder-writable"]),
    "lists of root's": (lambda one: _sticky(one, 0o100644, 0), ["sticky-unwritable"]),
    "lists of the owner's": (lambda one: _sticky(one, 0o100644, 990), []),
    "lists of everybody": (lambda one: _sticky(one, 0o100666, 0), []),
    "lists of other rules": (lambda one: _sticky(one, 0o100644, 0, "nftables"), []),
    "old": (lambda one: one.system.files.update({"/proc/sys/kernel/osrelease": "4.19.0"}), ["kernel-old"]),
    "old nft": (lambda one: _pair(one, ("nft", "--version"), "nftables v0.9.8 (E.D.S.)"), ["filter-old"]),
    "no nft": (
        lambda one: [one.system.programs.pop(words) for words in [*one.system.programs] if words[0] == "nft"],
        ["filter-missing"],
    ),
    "drift": (lambda one: setattr(one, "drift", (Drift("gone", is_ours=True),)), ["changed-by-others"]),
    "others": (lambda one: setattr(one, "drift", (Drift("first", is_ours=False),)), ["chain-before-ours"]),
    "broken": (lambda one: setattr(one, "trouble", "`nft list` failed"), ["program-failed"]),
    "forbidden": (lambda one: setattr(one, "trouble", "`nft list` failed: Operation not permitted"), []),
    "restarted": (lambda one: setattr(one.world, "boot", "second"), ["not-loaded"]),
    "duplicate": (
        lambda one: _pair(one, ("ip", "-j", "address", "show"), _duplicate()),
        ["address-duplicate"],
    ),
}


def _duplicate() -> str:
    links = json.loads(str(linux().system.run("ip", "-j", "address", "show").output))
    links[0]["addr_info"][0]["dadfailed"] = True
    return json.dumps(links)


FREEBSD: dict[str, tuple[Callable[[Patient], object], list[str]]] = {
    "forwarding": (lambda one: _pair(one, ("sysctl", "-n", "net.inet.ip.forwarding"), "0\n"), ["forwarding-off"]),
    "redirects": (lambda one: _pair(one, ("sysctl", "-n", "net.inet.ip.redirect"), "1\n"), ["redirects-sent"]),
    "disabled": (lambda one: _pair(one, ("pfctl", "-s", "info"), "Status: Disabled\n"), ["filter-disabled"]),
    "full": (lambda one: _pair(one, ("pfctl", "-s", "memory"), "states   hard limit   17\n"), ["connections-full"]),
    "address": (
        lambda one: _pair(one, ("ifconfig",), IFCONFIG.replace("inet 192.168.1.1 ", "inet 192.168.1.9 ")),
        ["address-missing"],
    ),
    "duplicate": (
        lambda one: _pair(
            one, ("ifconfig",), IFCONFIG.replace("255.255", "255 duplicated").replace("mask 0xffffff00 b", "mask b")
        ),
        [],
    ),
    "cable": (
        lambda one: _pair(one, ("ifconfig",), IFCONFIG.replace("status: active", "status: no carrier", 1)),
        ["no-carrier"],
    ),
    "down": (lambda one: _pair(one, ("ifconfig",), IFCONFIG.replace("<UP,", "<", 1)), ["interface-down"]),
    "missing": (lambda one: _pair(one, ("ifconfig",), IFCONFIG.replace("em1", "em7")), ["interface-missing"]),
    "old": (lambda one: _pair(one, ("uname", "-r"), "12.4-RELEASE\n"), ["kernel-old"]),
    "boot": (lambda one: _pair(one, ("sysrc", "-n", "lbsh_enable"), "NO\n"), ["not-at-boot"]),
    "nfs": (
        lambda one: _pair(one, ("mount", "-p"), "x / ufs rw 1 1\ny:/z /var/lib nfs rw 0 0\n"),
        ["store-on-network"],
    ),
    "hooks": (lambda one: setattr(one, "drift", (Drift("no hook", is_ours=False),)), ["rules-around-ours"]),
}


@pytest.mark.parametrize(("change", "names"), LINUX.values(), ids=LINUX)
def test_what_is_wrong_on_linux_is_found(change: Callable[[Patient], object], names: list[str]) -> None:
    patient = linux()
    change(patient)
    assert patient.names() == names


@pytest.mark.parametrize(("change", "names"), FREEBSD.values(), ids=FREEBSD)
def test_what_is_wrong_on_freebsd_is_found(change: Callable[[Patient], object], names: list[str]) -> None:
    patient = freebsd()
    change(patient)
    assert patient.names() == names


def test_what_waits_for_its_confirmation_and_what_was_put_back_are_found() -> None:
    patient = linux()
    patient.world.apply(SITE + "add 192.168.1.4 to web\n", confirm=60_000)
    assert patient.names() == ["unconfirmed"]
    patient.world.store.note_record(Record.CONFIRMATION, None)
    act = {"time": 1, "user": "a", "origin": "", "way": "apply"}
    put_back = {"time": 1, "revision": 2, "instead": 3, "reason": "not confirmed in time", "act": act}
    patient.world.store.note_record(Record.PUT_BACK, put_back)
    assert patient.names() == ["put-back"]


def test_a_check_for_another_system_says_so() -> None:
    states = {one.check.name: one.state for one in freebsd().examine()}
    assert {name for name, state in states.items() if state is State.ELSEWHERE} == {
        check.name for check in CHECKS if check.systems == ("linux",)
    }


def test_a_program_that_hangs_is_one_finding_and_other_checks_go_on() -> None:
    patient = linux()
    patient.system.programs["nft", "-j", "-t", "list", "ruleset"] = HANGS
    patient.system.files[f"{SYSCTL}ipv4/ip_forward"] = "0"
    assert patient.names() == ["program-failed", "forwarding-off"]


def test_without_rights_each_check_says_what_it_lacks() -> None:
    patient = linux()
    patient.unread = "/var/lib/lbsh: the store cannot be read: permission denied"
    patient.system.programs["nft", "-j", "-t", "list", "ruleset"] = BlindError("needs CAP_NET_ADMIN")
    blind = [one for one in patient.examine() if one.state is State.BLIND]
    assert len(blind) > len(CHECKS) // 2
    assert all(one.reason for one in blind)
    lines = [line for line in as_text(blind) if line.startswith("could not look: ")]
    assert len(lines) == len({one.reason for one in blind}) < len(blind)
    assert all(any(one.check.name in line for line in lines) for one in blind)


def test_a_damaged_store_is_a_finding() -> None:
    patient = linux()
    patient.unread, patient.is_forbidden = "/var/lib/lbsh/loaded is damaged; remove it", False
    assert patient.names() == ["store-unusable"]


def test_refused_rights_are_no_failure() -> None:
    patient = linux()
    patient.system.programs["nft", "-j", "-t", "list", "ruleset"] = says(
        "", 1, "Operation not permitted (you must be root)"
    )
    blind = {one.check.name for one in patient.examine() if one.state is State.BLIND}
    assert {"filter", "forward-rules", "other-translations", "drift"} <= blind
    assert patient.names() == []


def test_hidden_settings_are_no_finding() -> None:
    patient = linux()
    patient.system.files.clear()
    results = {one.check.name: one for one in patient.examine()}
    assert "ProcSubset" in results["forwarding"].reason


def test_each_thing_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ip"
    program.write_text(f"#!/bin/sh\necho x >> {tmp_path}/calls\necho '[]'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    machine = Machine()
    assert machine.run("ip", "-j", "address") == machine.run("ip", "-j", "address")
    assert (tmp_path / "calls").read_text() == "x\n"


def test_a_program_that_does_not_end_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ip"
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    machine = Machine(seconds=0.1)
    for _ in range(2):
        with pytest.raises(FailedError, match="did not end"):
            machine.run("ip", "-j", "address")
    with pytest.raises(BlindError, match="`no-such` is not installed"):
        machine.run("no-such")


def _result() -> Result:
    kind = Kind("odd", Severity.WARNING, "Odd.")
    return Result(CHECKS[0], State.FOUND, (Finding(kind, "a\x1b[31m name\n", "b\x07", ("c 'd\x1b'",)),))


def test_texts_are_harmless_to_terminals() -> None:
    lines = [*as_text([_result()])]
    assert lines[:3] == ["warning: a\ufffd[31m name\ufffd [odd]", "  mend: c 'd\ufffd'", "        b\ufffd"]
    assert "".join(lines).isprintable()


def test_the_worst_comes_first_and_the_rest_is_a_number() -> None:
    patient = linux()
    _files(patient, count="200000", buckets="1024")
    patient.system.is_synchronised = False
    patient.system.files[f"{SYSCTL}ipv4/ip_forward"] = "0"
    lines = [*as_text(patient.examine(), verbose=True)]
    heads = [line.partition(":")[0] for line in lines if "[" in line]
    assert heads == ["error", "warning", "warning", "note"]
    assert lines[-1].startswith(f"{len(CHECKS) - 3} checks found nothing: script, ")


def test_the_json_has_a_version_and_all_checks() -> None:
    patient = linux()
    patient.system.files[f"{SYSCTL}ipv4/ip_forward"] = "0"
    found = json.loads(json.dumps(as_json(patient.examine())))
    assert found["version"] == 1
    assert [one["check"] for one in found["checks"]] == [check.name for check in CHECKS]
    for one in found["checks"]:
        assert {*one} == {"check", "state", "reason", "findings"}
        assert one["state"] in {"clean", "found", "blind", "elsewhere"}
    (finding,) = (finding for one in found["checks"] for finding in one["findings"])
    assert finding == {
        "name": "forwarding-off",
        "severity": "error",
        "message": "forwarding of IPv4 is off",
        "commands": ["sysctl -w net.ipv4.ip_forward=1"],
        "advice": "write the same setting into a file in /etc/sysctl.d, or it is lost at the next boot",
    }


# Rules of others

SERVER = Address(4, 0xC0A80102)
NEW = Packet(4, ("em0",), ("em1",), ("new", "dnat"), ("tcp",), (PortRange(80, 80),), (SERVER,), is_local=False)

SAVED = {
    "-A FORWARD -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED,DNAT -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT": Verdict.DROP,
    "-A FORWARD -m state ! --state INVALID -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD -i em0 -o em1 -p tcp -m tcp --dport 80 -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD -p tcp -m multiport --dports 22,79:81 -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD -p tcp -m tcp --dport 81 -j ACCEPT": Verdict.DROP,
    "-A FORWARD -p udp -j ACCEPT": Verdict.DROP,
    "-A FORWARD -i docker0 -j ACCEPT": Verdict.DROP,
    "-A FORWARD -i em+ -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD ! -i em0 -j ACCEPT": Verdict.DROP,
    "-A FORWARD -d 192.168.1.0/24 -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD -d 10.0.0.0/8 -j ACCEPT": Verdict.DROP,
    "-A FORWARD -s 198.51.100.0/24 -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD -m comment --comment '-j ACCEPT' -j LOG": Verdict.DROP,
    "-A FORWARD -m set --match-set good src -j ACCEPT": Verdict.ACCEPT,
    "-A FORWARD -j SUB\n-A SUB -j RETURN\n-A SUB -j ACCEPT": Verdict.DROP,
    "-A FORWARD -g SUB\n-A FORWARD -j ACCEPT\n-A SUB -p udp -j ACCEPT": Verdict.DROP,
    "-A FORWARD -j SUB\n-A FORWARD -j ACCEPT\n-A SUB -p udp -j DROP": Verdict.ACCEPT,
    "-A FORWARD -j SUB\n-A SUB -j SUB": Verdict.DROP,
    "-A FORWARD -j 'unfinished": Verdict.DROP,
}


@pytest.mark.parametrize(("rules", "verdict"), SAVED.items())
def test_iptables_drops_or_lets_through(rules: str, verdict: Verdict) -> None:
    text = f"*filter\n:FORWARD DROP [0:0]\n:SUB - [0:0]\n{rules}\nCOMMIT\n"
    (base,) = chains_of(text, 4)
    assert walk(base, NEW, Verdict.ACCEPT).verdict is verdict


def test_rules_behind_those_of_lbsh_translate_nothing_of_its_own() -> None:
    rules = "-A PREROUTING -j LBSH-PREROUTING\n-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1\n"
    head = "*nat\n:PREROUTING ACCEPT [0:0]\n:LBSH-PREROUTING - [0:0]\n"
    for text, verdict in ((rules, Verdict.ACCEPT), (rules.partition("\n")[2], Verdict.TRANSLATE)):
        (base,) = chains_of(f"{head}{text}COMMIT\n", 4)
        assert walk(base, NEW, Verdict.TRANSLATE).verdict is verdict


def test_tables_of_lbsh_are_none_of_others_whatever_their_name() -> None:
    chain = {"name": "c", "hook": "forward", "type": "filter", "prio": 0, "policy": "drop"}
    tables = [("ip", "lbsh"), ("ip6", "lbsh.dmz"), ("inet", "lbsh"), ("ip", "lbshx")]
    items = [{"chain": {**chain, "family": family, "table": name}} for family, name in tables]
    found = chains_in(items_in(json.dumps({"nftables": items})), is_iptables_read=True)
    assert [one.table for one in found] == ["inet lbsh", "ip lbshx"]


@pytest.mark.parametrize(
    "expression", [{}, {"match": None}, {"match": {"left": 3, "right": {"x": 1}}}, {"vmap": {"data": "@m"}}]
)
def test_rules_of_nft_that_are_not_understood_let_packets_through(expression: dict[str, object]) -> None:
    chain = {"family": "ip", "table": "t", "name": "c", "hook": "forward", "type": "filter", "policy": "drop"}
    rule = {"family": "ip", "table": "t", "chain": "c", "expr": [expression, {"accept": None}]}
    (base,) = chains_in(items_in(json.dumps({"nftables": [{"chain": chain}, {"rule": rule}]})), is_iptables_read=True)
    assert walk(base, NEW, Verdict.ACCEPT).verdict is Verdict.ACCEPT


FRONT_ENDS = {
    "ufw": (
        ":ufw-before-forward - [0:0]\n-A FORWARD -j ufw-before-forward\n",
        (),
        "-A ufw-before-forward -m conntrack",
    ),
    "docker": (":DOCKER-USER - [0:0]\n", ("iptables -I DOCKER-USER -m conntrack",), "Docker asks this chain first"),
    "none": ("", ("iptables -I FORWARD -m conntrack",), "It stands at the top"),
}


@pytest.mark.parametrize(("chains", "commands", "advice"), FRONT_ENDS.values(), ids=FRONT_ENDS)
def test_the_mend_is_that_of_the_front_end(chains: str, commands: tuple[str, ...], advice: str) -> None:
    patient = linux()
    text = f"# Generated by iptables-save v1.8.9 (nf_tables)\n*filter\n:FORWARD DROP [0:0]\n{chains}COMMIT\n"
    patient.system.programs["iptables-save",] = says(text)
    (found,) = patient.findings()
    assert found.kind.name == "forward-dropped"
    assert len(found.commands) == len(commands)
    assert all(one.startswith(start) for one, start in zip(found.commands, commands, strict=True))
    assert advice in found.advice


STRICT = ["-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"]
INPUTS = {
    "iptables": ([], STRICT, ("iptables -t filter -I INPUT -p tcp --dport ",), "write this rule into the file"),
    "ufw": (
        [":ufw-before-input - [0:0]"],
        STRICT,
        (),
        "/etc/ufw/before.rules, and reload ufw:\n-A ufw-before-input -p tcp",
    ),
    "accepted": ([], [*STRICT, "-A INPUT -i em1 -j ACCEPT"], None, ""),
    "not decided": ([], [*STRICT, "-A INPUT -s 192.168.1.0/24 -j ACCEPT"], None, ""),
    "closed to all": ([], ["-A INPUT -i lo -j ACCEPT"], None, ""),
    "accepted by its state": ([], ["-A INPUT -m conntrack --ctstate ESTABLISHED,UNTRACKED -j ACCEPT"], None, ""),
    "mended": (
        [],
        [*STRICT, "-A INPUT -p tcp -m tcp --dport 20480:65535 -m state --state UNTRACKED -j ACCEPT"],
        None,
        "",
    ),
}


@pytest.mark.parametrize(("chains", "rules", "commands", "advice"), INPUTS.values(), ids=INPUTS)
def test_rules_that_untracked_probes_do_not_pass(
    chains: list[str], rules: list[str], commands: tuple[str, ...] | None, advice: str
) -> None:
    patient = linux()
    lines = ["*filter", ":INPUT DROP [0:0]", ":FORWARD ACCEPT [0:0]", *chains, *rules, "COMMIT", ""]
    patient.system.programs["iptables-save",] = says("\n".join(lines))
    if commands is None:
        assert patient.findings() == []
        return
    (found,) = patient.findings()
    assert found.kind.name == "probes-tracked"
    assert "its policy is drop" in found.words
    assert len(found.commands) == len(commands)
    assert all(one.startswith(start) for one, start in zip(found.commands, commands, strict=True))
    assert advice in found.advice
    patient.script = SITE + "probe WEB with icmp\n"
    assert patient.findings() == []


@pytest.mark.parametrize(
    ("table", "commands", "advice"),
    [
        ("firewalld", 0, "--zone=ZONE --add-port="),
        ("own", 1, "write this rule into the file of that table"),
        ("a; flush ruleset", 0, "write this rule into the file of that table"),
    ],
)
def test_chains_of_nft_that_untracked_probes_do_not_pass(table: str, commands: int, advice: str) -> None:
    patient = linux()
    chain = {"family": "inet", "table": table, "name": "in", "hook": "input", "type": "filter", "policy": "accept"}
    states = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}
    known = {"family": "inet", "table": table, "chain": "in", "expr": [states, {"accept": None}]}
    rest = {"family": "inet", "table": table, "chain": "in", "expr": [{"reject": None}]}
    text = json.dumps({"nftables": [{"chain": chain}, {"rule": known}, {"rule": rest}]})
    patient.system.programs["nft", "-j", "-t", "list", "ruleset"] = says(text)
    (found,) = patient.findings()
    assert (found.kind.name, len(found.commands)) == ("probes-tracked", commands)
    assert "by `reject`" in found.words
    assert advice in found.advice


def test_a_chain_whose_name_nft_cannot_read_gets_no_command() -> None:
    patient = linux()
    chain = {
        "family": "ip",
        "table": "t",
        "name": "a; flush ruleset",
        "hook": "forward",
        "type": "filter",
        "policy": "drop",
    }
    text = json.dumps({"nftables": [{"chain": chain}]})
    patient.system.programs["nft", "-j", "-t", "list", "ruleset"] = says(text)
    (found,) = patient.findings()
    assert (found.kind.name, found.commands) == ("forward-dropped", ())


def test_services_are_not_asked_about_one_by_one() -> None:
    """Unless a rule tests their addresses."""
    costs = {}
    for number in (10, 100):
        patient = linux()
        patient.script = SITE + "".join(
            f"service S{n} is 203.0.113.{n + 20} tcp 80\npool p{n} for S{n}\nadd 192.168.1.2 to p{n}\n"
            for n in range(number)
        )
        rules = [
            {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": expr}}
            for expr in [_dnat(n) for n in range(200)]
        ]
        chain = {"family": "ip", "table": "t", "name": "c", "hook": "prerouting", "type": "nat", "prio": -150}
        own = {"family": "ip", "table": "lbsh", "name": "c", "hook": "prerouting", "type": "nat", "prio": -105}
        text = json.dumps({"nftables": [{"chain": chain}, {"chain": own}, *rules]})
        patient.system.programs["nft", "-j", "-t", "list", "ruleset"] = says(text)
        costs[number] = calls_of(patient.examine, [one for one in CHECKS if one.name == "other-translations"])
    assert costs[100] < 3 * costs[10]


def _dnat(number: int) -> list[object]:
    port = {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 9000 + number}}
    return [port, {"dnat": {"addr": "10.0.0.1"}}]


# What the kernel prints


def test_what_the_kernel_prints_is_read() -> None:
    assert dropped_in("") == dropped_in("entries found\n1 2\n") == 0
    assert dropped_in("entries drop\n00 0f\n00 01\n") == 16
    (mount,) = mounts_in("1 2 0:3 / /a\\040b rw,noatime shared:1 - nfs4 host:/x rw\nodd\n")
    assert mount == ("/a b", "nfs4", False)
    text = "head\n 0: 00000000000000000000000001000000:0035 x 07 y\n 1: 0100007F:0035 x 01 y\n"
    assert [*listeners_in(text, Protocol.UDP)] == [(Protocol.UDP, Address(6, 1), 53)]


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    machine = Machine()
    assert machine.read(f"{tmp_path}/missing") is None
    assert machine.status(f"{tmp_path}/missing") is None
    status = machine.status(str(tmp_path))
    assert status is not None
    assert status.uid == os.getuid() == machine.uid
    assert machine.room(str(tmp_path)).size > 0
    with pytest.raises(BlindError):
        machine.room(f"{tmp_path}/missing")
    assert machine.is_clock_synchronised() in {True, False, None}
