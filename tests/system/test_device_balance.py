"""Fig. 7 of the paper, typed on the device: the kernel then balances as the language says, after every statement."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.world import FIG_7
from tests.system.device import Device
from tests.system.lab import EXTERNAL_ADDRESSES, SERVERS, Answer, Lab, Outcome, Refused

SMTP, LDAP = ("62.103.127.154", 25), ("62.103.127.157", 389)
NET = "62.103.127.144/28"

FOREIGN_NFT = """
table inet theirs {
  chain forward { type filter hook forward priority filter; tcp dport 2 drop; };
}
table ip lbsh-not { map servers-2 { type ipv4_addr : ipv4_addr; elements = { 10.0.0.1 : 10.0.0.2 }; }; }
"""
FOREIGN_IPTABLES = """
*nat
:THEIRS - [0:0]
-A PREROUTING -d 203.0.113.159/32 -p tcp -m tcp --dport 81 -j DNAT --to-destination 192.168.1.2:8443
-A POSTROUTING -s 10.1.2.3/32 -j THEIRS
COMMIT
*mangle
-A PREROUTING -s 10.1.2.3/32 -j ACCEPT
COMMIT
*filter
-A FORWARD -p tcp -m tcp --dport 2 -j DROP
COMMIT
"""

FOREIGN_IPTABLES_6 = (
    FOREIGN_IPTABLES.replace("203.0.113.159/32", "2001:db8::159/128")
    .replace("192.168.1.2:8443", "[fd00:1::2]:8443")
    .replace("10.1.2.3/32", "fd00:9::9/128")
)

TREE = {
    "attributes": """\
service_SMTP: {ip: 62.103.127.154, port: 25, sticky: no}
service_LDAP: {ip: 62.103.127.157, port: 389, sticky: no}
interface_internal: xl1
interface_external: xl0
""",
    "pools/mx_pool/attributes": "service: SMTP\n",
    "pools/ldap_pool/attributes": "service: LDAP\n",
}
"""Table 1: what `cat` shows of containers."""

LEAVES = {"mx_pool": ["192.168.1.2", "192.168.1.3"], "ldap_pool": ["192.168.1.2", "192.168.1.3", "192.168.1.4"]}


@pytest.fixture(params=["nftables", "iptables"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def device(driver: str, lab: Lab, tmp_path: Path) -> Iterator[Device]:
    """The laboratory's device with the addresses of Fig. 7, others' rules, and each driver in turn."""
    kinds = [f"addr {{}} {address}/32 dev xl0" for address in ("62.103.127.153", SMTP[0], LDAP[0])]
    ways = {"device": kinds, "client1": [f"route {{}} {NET} via {EXTERNAL_ADDRESSES[0]}"]}
    for machine, lines in ways.items():
        lab[machine].configure(*(line.format("add") for line in lines))
    lab.load_nft(FOREIGN_NFT)
    lab.load_iptables(FOREIGN_IPTABLES)
    lab.load_iptables(FOREIGN_IPTABLES_6, 6)
    made = Device(lab["device"], tmp_path)
    if driver != "nftables":
        empty = tmp_path / "empty.lb"
        empty.write_text("interface external xl0\n")
        made.lbsh("apply", "--driver", driver, str(empty))
        made.run("remove interface external xl0")
    yield made
    for machine, lines in ways.items():
        lab[machine].configure(*(line.format("del") for line in lines))


def shares(lab: Lab, place: tuple[str, int], number: int, from_: str = "client1") -> tuple[int, ...]:
    """How many of some new connections each server gets."""
    answers = [lab.connect(from_, *place) for _ in range(number)]
    assert all(isinstance(one, Answer) for one in answers), answers
    counts = Counter(one.server for one in answers if isinstance(one, Answer))
    return tuple(counts[server] for server in SERVERS)


def server_of(outcome: Outcome) -> str:
    assert isinstance(outcome, Answer)
    return outcome.server


def foreign(lab: Lab) -> str:
    """All rules on the device that are not of lbsh."""
    tables = lab["device"].run("nft", "-s", "list", "table", "inet", "theirs")
    tables += lab["device"].run("nft", "-s", "list", "table", "ip", "lbsh-not")
    saved = "".join([lab["device"].run(program) for program in ("iptables-save", "ip6tables-save")])
    others = [line for line in saved.splitlines() if "lbsh" not in line.lower() and line[:1] in "-"]
    return tables + "\n".join(others)


def test_fig_7_and_every_statement_after_it(device: Device, driver: str, lab: Lab) -> None:
    before = foreign(lab)
    done = device.lbsh("run", "-", stdin=FIG_7)
    answered = [line for line in FIG_7.splitlines() if not line.startswith("pool")]  # as in the paper's Fig. 8
    assert len(done.out.splitlines()) == len(answered)
    assert done.errors == ""
    assert shares(lab, SMTP, 6) == (3, 3, 0)
    assert shares(lab, LDAP, 6) == (2, 2, 2)
    assert sum(shares(lab, LDAP, 3, "server1")) == 3
    with lab.converse("client1", *SMTP) as one, lab.converse("client1", *SMTP) as two:
        by_server = {server_of(talk.ask()): talk for talk in (one, two)}
        assert by_server.keys() == {"server1", "server2"}

        def stay() -> None:
            assert {server_of(talk.ask()): talk for talk in by_server.values()} == by_server

        assert device.run("add 192.168.1.4 to mx_pool").out == "Added 192.168.1.4 to pool mx_pool\n"
        stay()
        assert shares(lab, SMTP, 6) == (2, 2, 2)
        device.run("drain 192.168.1.2 from mx_pool")
        stay()
        assert shares(lab, SMTP, 4) == (0, 2, 2)
        device.run("resume 192.168.1.2 in mx_pool")
        stay()
        assert shares(lab, SMTP, 6) == (2, 2, 2)
        device.run("remove 192.168.1.3 from mx_pool")
        stay()
        assert shares(lab, SMTP, 4) == (2, 0, 2)
        device.run("remove SMTP")
        stay()
        assert lab.connect("client1", *SMTP) == Refused()
    assert shares(lab, LDAP, 6) == (2, 2, 2)
    assert foreign(lab) == before
    assert f'"driver":"{driver}"' in (device.store / "loaded").read_text()


def test_table_1_is_what_ls_and_cat_show(device: Device) -> None:
    device.lbsh("run", "-", stdin=FIG_7)
    root = device.store / "ROOT"
    assert {name: (root / name).read_text() for name in TREE} == TREE
    listed = subprocess.run(
        ["ls", "-R", root / "pools"], env={"LC_ALL": "C"}, capture_output=True, text=True, check=True
    )
    parts = [part.splitlines() for part in listed.stdout.split("\n\n")]
    assert {part[0].rpartition("/")[2][:-1]: part[1:] for part in parts} == {
        "pools": sorted(LEAVES),
        **{pool: [*leaves, "attributes"] for pool, leaves in LEAVES.items()},
    }
    assert (root / "pools/mx_pool/192.168.1.2").read_text().startswith("status: UNKNOWN\nsince: 20")
    device.run('drain 192.168.1.2 from mx_pool because "new disk"', "remove LDAP")
    assert (root / "pools/mx_pool/192.168.1.2").read_text().endswith("wish: drained\nbecause: new disk\n")
    assert not (root / "pools/ldap_pool").exists()
