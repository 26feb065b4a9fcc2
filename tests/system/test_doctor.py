"""Each finding of the doctor on a device in a real kernel: made to happen, found, and gone after its own mend."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

from lbsh.doctor import case_of, diagnose
from lbsh.gateway.doctor.base import Finding, Severity
from lbsh.gateway.doctor.catalog import CHECKS
from lbsh.gateway.doctor.examine import Result, State, examine
from lbsh.gateway.doctor.system import Machine
from lbsh.lab.namespaces import Namespace
from tests.system.device import Device, without_capabilities

SITE = """\
interface external xl0
interface external xl2
interface internal xl1
external net 203.0.113.0/24 on xl0
external net 198.51.100.0/24 on xl2
external net 2001:db8::/64 on xl0
external addr 203.0.113.1
external gw 203.0.113.254 on xl0
external gw 198.51.100.254 on xl2
internal net 192.168.1.0/24
internal net fd00:1::/64
internal gw 192.168.1.1
internal gw fd00:1::1
service WEB is 203.0.113.150 tcp 80 reflect
service WEB6 is 2001:db8::150 tcp 80
pool web for WEB
add 192.168.1.2 to web
pool web6 for WEB6
add fd00:1::2 to web6
service RADIUS is 203.0.113.151 udp 1812
pool radius for RADIUS
add 192.168.1.2 to radius
probe RADIUS with radius user "probe" secret file "FOLDER/secret"
"""


PLAIN = """\
interface external xl0
interface internal xl1
external net 203.0.113.0/24
internal net 192.168.1.0/24
internal gw 192.168.1.1
service WEB is 203.0.113.150 tcp 80 reflect
pool web for WEB
add 192.168.1.2 to web
"""


class Patient(NamedTuple):
    """A device that works, with two uplinks, and the machine at the other ends of its links."""

    device: Device
    peer: Namespace

    @property
    def namespace(self) -> Namespace:
        return self.device.namespace

    def filled(self, text: str) -> str:
        """A text with the names of this place."""
        return text.replace("PEER", str(self.peer.path)).replace("FOLDER", str(self.device.folder))

    def findings(self) -> list[Finding]:
        """What the doctor finds, notes and all."""
        results = self.namespace.call(diagnose, str(self.device.store))
        assert not [one for one in results if one.state is State.BLIND], results
        return [finding for one in results for finding in one.findings]

    def names(self) -> set[str]:
        """The names of errors and warnings."""
        return {one.kind.name for one in self.findings() if one.kind.severity is not Severity.NOTE}

    def sh(self, *lines: str) -> None:
        """Carries out commands in the namespace, each one a line of words."""
        for line in lines:
            words = shlex.split(line)
            if words[0] == "lbsh":
                self.device.lbsh(*words[1:], status=None)
            else:
                self.namespace.run(*words)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    inside, peer = Namespace("patient"), Namespace("peer")
    try:
        patient = Patient(Device(inside, tmp_path_factory.mktemp("patient")), peer)
        _wire(patient)
        yield patient
    finally:
        inside.delete()
        peer.delete()


@pytest.fixture(autouse=True)
def no_foreign_rules(patient: Patient) -> Iterator[None]:
    yield
    for line in patient.namespace.run("nft", "list", "tables").splitlines():
        if not line.endswith(" lbsh"):
            patient.namespace.run("nft", "delete", *line.split())


def _wire(patient: Patient) -> None:
    inside, peer = patient.namespace, patient.peer
    inside.configure("link set lo up")
    for number in range(3):
        inside.configure(f"link add xl{number} type veth peer name eth{number} netns {peer.path}")
        inside.set_sysctl(f"net.ipv6.conf.xl{number}.accept_dad", 0)
        inside.configure(f"link set xl{number} up")
        peer.configure(f"link set eth{number} up")
    peer.configure("address add 203.0.113.254/24 dev eth0", "address add 192.168.1.2/24 dev eth1")
    script = patient.device.folder / "site.lb"
    script.write_text(patient.filled(SITE))
    patient.device.folder.chmod(0o755)
    (patient.device.folder / "more.lb").write_text(patient.filled(SITE) + "add 192.168.1.3 to web\n")
    (patient.device.folder / "secret").touch(0o600)
    listed = patient.device.lbsh("addresses", "--format", "ip", str(script)).out
    inside.run("ip", "-batch", "-", text=listed)
    patient.sh(*[line.removeprefix("# ") for line in listed.splitlines() if line.startswith("# sysctl")])
    patient.device.lbsh("apply", "--driver", "nftables", str(script))


class Case(NamedTuple):
    """A finding: the commands that make it happen, and what mends it where its own commands do not."""

    name: str
    make: tuple[str, ...]
    mend: tuple[str, ...] = ()


CASES = (
    Case("forwarding-off", ("sysctl -w net.ipv4.ip_forward=0",)),
    Case("forwarding-off", ("sysctl -w net.ipv6.conf.all.forwarding=0",)),
    Case("forwarding-off-on-interface", ("sysctl -w net.ipv4.conf.xl0.forwarding=0",)),
    Case("interface-missing", ("ip link set xl2 name other",), ("ip link set other name xl2",)),
    Case("interface-down", ("ip link set xl1 down",)),
    Case("no-carrier", ("nsenter --net=PEER ip link set eth1 down",), ("nsenter --net=PEER ip link set eth1 up",)),
    Case("address-missing", ("ip address del 203.0.113.150/24 dev xl0",)),
    Case("address-missing", ("ip address del fd00:1::1/64 dev xl1",)),
    Case(
        "address-on-other-interface", ("ip address del 192.168.1.1/24 dev xl1", "ip address add 192.168.1.1/32 dev xl2")
    ),
    Case("redirects-sent", ("sysctl -w net.ipv4.conf.xl1.send_redirects=1",)),
    Case("redirects-sent", ("sysctl -w net.ipv4.conf.all.send_redirects=1",)),
    Case("reverse-path-strict", ("sysctl -w net.ipv4.conf.xl0.rp_filter=1",)),
    Case("reverse-path-strict", ("sysctl -w net.ipv4.conf.xl2.rp_filter=0", "sysctl -w net.ipv4.conf.all.rp_filter=1")),
    Case("reverse-path-marks", ("sysctl -w net.ipv4.conf.xl2.src_valid_mark=1",)),
    Case("unconfirmed", ("lbsh apply --confirm 1h FOLDER/more.lb",)),
    Case("ipv6-off", ("sysctl -w net.ipv6.conf.xl1.disable_ipv6=1",)),
    Case("default-route-missing", ("ip route del default",)),
    Case("uplink-route-missing", ("ip route flush table 0x02000000",)),
    Case("uplink-rule-missing", ("ip rule del lookup 0x02000000",)),
    Case("mark-taken", ("ip rule add fwmark 0x1000000 lookup 77",), ("ip rule del lookup 77",)),
    Case("server-unreachable", ("ip neighbour add 192.168.1.2 dev xl1 nud failed",), ("ip neighbour flush dev xl1",)),
    Case("changed-by-others", ("nft add chain ip lbsh strange",)),
    Case("changed-by-others", ("nft flush ruleset",)),
    Case(
        "forward-dropped",
        ("nft 'table ip own { chain fw { type filter hook forward priority 0; policy drop; }; }'",),
    ),
    Case(
        "forward-dropped",
        (
            "nft 'table inet own { chain fw { type filter hook forward priority 0; policy accept; }; }'",
            "nft 'add rule inet own fw ct state established,related accept'",
            "nft 'add rule inet own fw iifname lo accept'",
            "nft 'add rule inet own fw tcp dport 22 log drop'",
            "nft 'add rule inet own fw reject with icmpx admin-prohibited'",
        ),
    ),
    Case(
        "forward-dropped",
        (
            "nft 'table ip6 own { chain sub { drop; }; chain fw { type filter hook forward priority 0; }; }'",
            "nft 'add rule ip6 own fw ct status dnat ct state new accept'",
            "nft 'add rule ip6 own fw jump sub'",
        ),
    ),
    Case("forward-dropped", ("iptables -P FORWARD DROP",)),
    Case(
        "forward-dropped",
        (
            "iptables -P FORWARD DROP",
            "iptables -N DOCKER-USER",
            "iptables -A FORWARD -j DOCKER-USER",
            "iptables -A DOCKER-USER -j RETURN",
            "iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            "iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
        ),
    ),
    Case("forward-dropped", ("ip6tables -A FORWARD -m comment --comment '-j ACCEPT' -j REJECT",)),
    Case(
        "probes-tracked",
        (
            "nft 'table inet own { chain in { type filter hook input priority 0; }; }'",
            "nft 'add rule inet own in ct state established,related accept'",
            "nft 'add rule inet own in iifname xl0 tcp dport 22 accept'",
            "nft 'add rule inet own in ct state new,untracked drop'",
        ),
    ),
    Case(
        "probes-tracked",
        (
            "nft 'table ip own { chain out { type filter hook output priority 0; policy drop; }; }'",
            "nft 'add rule ip own out ct state vmap { new : accept, established : accept }'",
        ),
    ),
    Case(
        "probes-tracked",
        (
            "iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            "iptables -A INPUT -i lo -j ACCEPT",
            "iptables -P INPUT DROP",
        ),
    ),
    Case(
        "translated-by-others",
        (
            "nft 'table ip own { chain pre { type nat hook prerouting priority -150; }; }'",
            "nft 'add rule ip own pre fib daddr type local tcp dport 80 dnat to 10.0.0.1'",
        ),
        ("nft delete table ip own",),
    ),
    Case(
        "translated-by-others",
        (
            "nft 'table ip own { chain to { redirect; }; chain pre { type nat hook prerouting priority -150; }; }'",
            "nft 'add rule ip own pre iifname xl0 tcp dport vmap { 80 : goto to, 443 : accept }'",
        ),
        ("nft delete table ip own",),
    ),
    Case("store-open", ("chmod o+rx FOLDER/store",)),
    Case("store-writable", ("chmod g+w FOLDER/store",)),
    Case("folder-writable", ("chmod o+w FOLDER",)),
    Case("secret-open", ("chmod o+r FOLDER/secret",)),
    Case("secret-missing", ("mv FOLDER/secret FOLDER/other",), ("mv FOLDER/other FOLDER/secret",)),
    Case(
        "script-incomplete", ("lbsh run -c 'remove interface internal xl1'",), ("lbsh run -c 'interface internal xl1'",)
    ),
)
"""What a kernel can be made to show."""


@pytest.mark.sampled
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}: {case.make[-1]}")
def test_a_finding_is_found_and_gone_after_its_mend(patient: Patient, case: Case) -> None:
    patient.sh(*[patient.filled(line) for line in case.make])
    found = patient.findings()
    assert case.name in {one.kind.name for one in found}
    patient.sh(*[patient.filled(line) for line in case.mend])
    while commands := [line for one in found for line in one.commands]:  # one mend may be needed before another
        patient.sh(*commands)
        before, found = found, patient.findings()
        assert found != before
    assert patient.names() == set()


def test_a_chain_before_that_of_iptables_is_found(patient: Patient) -> None:
    """Jumps to the rules of lbsh come first again after the mend."""
    script = patient.device.folder / "plain.lb"
    script.write_text(PLAIN)
    patient.device.lbsh("apply", "--driver", "iptables", str(script))
    before = patient.device.rules()
    assert patient.names() == set()
    assert patient.device.rules() == before, "the doctor changed rules"
    patient.sh("iptables -t nat -I PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1")
    assert patient.names() == {"translated-by-others", "changed-by-others"}
    patient.sh(*[line for one in patient.findings() for line in one.commands])
    assert patient.names() == set()
    patient.device.lbsh("apply", "--driver", "nftables", str(patient.device.folder / "site.lb"))
    assert patient.names() == set()


def test_the_command_changes_nothing_and_ends_with_its_status(patient: Patient) -> None:
    before = patient.device.rules()
    clean = patient.device.lbsh("doctor", status=0)
    assert "checks found nothing" in clean.out
    patient.namespace.set_sysctl("net.ipv4.ip_forward", 0)
    found = patient.device.lbsh("doctor", "--format", "json", status=1)
    names = [finding["name"] for check in json.loads(found.out)["checks"] for finding in check["findings"]]
    assert "forwarding-off" in names
    assert patient.device.rules() == before
    patient.namespace.set_sysctl("net.ipv4.ip_forward", 1)
    patient.device.lbsh("doctor", "--format", "odd", status=2)


def test_without_rights_it_does_what_it_can(patient: Patient) -> None:
    """As a user who may change no filter, and read no store of others."""
    lacking = without_capabilities("net_admin", "dac_override", "dac_read_search")
    alone = patient.device.lbsh("doctor", before=lacking, status=0).out
    checks = "filter, forward-rules, untracked-probes, other-translations, drift"
    assert f"could not look: {checks}: `nft -j -t list ruleset` needs CAP_NET_ADMIN: run this as root\n" in alone
    os.chown(patient.device.store, 1, 1)
    patient.device.store.chmod(0o700)
    try:
        stranger = patient.device.lbsh("doctor", before=lacking, status=2).out
    finally:
        os.chown(patient.device.store, 0, 0)
        patient.device.store.chmod(0o750)
    (line,) = (line for line in stranger.splitlines() if "the running script is not known: " in line)
    assert " addresses, " in line
    assert "permission denied" in line


def test_a_damaged_store_is_found(patient: Patient) -> None:
    path = patient.device.store / "loaded"
    kept = path.read_bytes()
    path.write_bytes(b"{")
    try:
        found = patient.device.lbsh("doctor", status=1).out
    finally:
        path.write_bytes(kept)
    assert found.startswith(f"error: {path} is damaged; remove it, and everything is loaded anew [store-unusable]")
    assert patient.names() == set()


@pytest.mark.gate
def test_a_filter_that_hangs_is_found_and_the_others_are_looked_at(patient: Patient) -> None:
    patient.device.put("nft", 'test "$1" = --version || exec sleep 1000')
    patient.namespace.set_sysctl("net.ipv4.ip_forward", 0)
    path = os.environ["PATH"]
    try:
        os.environ["PATH"] = f"{patient.device.programs}:{path}"
        found = patient.namespace.call(_with_little_time, str(patient.device.store))
    finally:
        os.environ["PATH"] = path
        patient.namespace.set_sysctl("net.ipv4.ip_forward", 1)
        (patient.device.programs / "nft").unlink()
    names = [
        finding.kind.name for one in found for finding in one.findings if finding.kind.severity is not Severity.NOTE
    ]
    assert sorted(names) == ["forwarding-off", "program-failed"]


def _with_little_time(store: str) -> Sequence[Result]:
    return examine(CHECKS, case_of(Machine(seconds=5), store))
