"""What becomes of connections when a poller finds servers down and up, in a real kernel, and what others do to its rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from lbsh.device import machine, open_gateway
from lbsh.poller.actions import Actions
from lbsh.poller.parts import Change
from lbsh.poller.results import Reason
from lbsh.resident import open_resident
from lbsh.store.disk import DiskStore
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address
from tests.limits import LONGEST
from tests.system.device import Device
from tests.system.lab import EXTERNAL, INTERNAL, SERVERS, Answer, Conversation, Lab, Refused, Transport

SCRIPT = f"""\
interface external {EXTERNAL}
interface internal {INTERNAL}
service WEB is 203.0.113.150 tcp+udp 80
pool web for WEB
add 192.168.1.2-3 to web
service MAIL is 203.0.113.150 tcp 25
pool mail for MAIL
add 192.168.1.2-3 to mail
"""
PLACES = {"WEB": 80, "MAIL": 25}
FIXED_PORT = 41_000


class Attended(Device):
    """A device in the laboratory, with a poller's gateway."""

    def begin(self, lab: Lab, driver: str, script: str = SCRIPT) -> None:
        """Loads the rules, and makes the gateway."""
        (self.folder / "site.lb").write_text(script)
        self.lbsh("apply", "--driver", driver, str(self.folder / "site.lb"))
        self.lab, self.told = lab, list[str]()
        self.resident = open_resident(DiskStore(self.store))
        self.resident._patience = LONGEST
        lab["device"].call(self.resident.attend)

    def find(self, state: State, service: str, *servers: str) -> Sequence[str]:
        """Has servers of a service found up or down; what the operator should know."""
        found = {server_id(service, server): Status(state, 0, "found") for server in servers}
        return self.lab["device"].call(self._apply, found)

    def look(self) -> Sequence[str]:
        """Has the gateway look at the device, to the end; what the operator should know."""
        said: list[str] = []
        for _ in range(2):
            said += self.lab["device"].call(self.resident.attend)[1]
            self.resident._looking.wait()
        return said

    def _apply(self, found: dict[ServerId, Status]) -> Sequence[str]:
        self.resident.note(found)
        return self.resident.apply(found)


@pytest.fixture(params=["nftables", "iptables"])
def device(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path) -> Iterator[Attended]:
    attended = Attended(lab["device"], tmp_path)
    attended.begin(lab, request.param)
    yield attended


def server_id(service: str, server: str) -> ServerId:
    a, b, c, d = map(int, SERVERS[server][0].split("."))
    return ServerId(service.lower(), service, Address(4, a << 24 | b << 16 | c << 8 | d), 0)


def opened(stack: ExitStack, lab: Lab, service: str, proto: Transport = "tcp") -> dict[str, Conversation]:
    """A conversation with each server of a service."""
    found: dict[str, Conversation] = {}
    for _ in range(2):
        one = stack.enter_context(lab.converse("client1", "203.0.113.150", PLACES[service], proto))
        found[server_of(one)] = one
    assert len(found) == 2
    return found


def server_of(conversation: Conversation) -> str:
    answer = conversation.ask()
    assert isinstance(answer, Answer)
    return answer.server


def new_ones(lab: Lab, service: str, number: int = 8) -> Collection[str]:
    """The servers that new connections reach."""
    answers = [lab.connect("client1", "203.0.113.150", PLACES[service]) for _ in range(number)]
    return {answer.server if isinstance(answer, Answer) else repr(answer) for answer in answers}


def test_connections_of_a_failed_server_end_and_its_other_services_go_on(device: Attended, lab: Lab) -> None:
    """The server has not closed anything: without its state, the client's next packet meets another one, which refuses."""
    with ExitStack() as stack:
        web, mail = opened(stack, lab, "WEB"), opened(stack, lab, "MAIL")
        assert device.find(State.DOWN, "WEB", "server1") == []
        assert isinstance(web["server1"].ask(), Refused)
        assert server_of(web["server2"]) == "server2"
        assert {name: server_of(one) for name, one in mail.items()} == {name: name for name in mail}
        assert new_ones(lab, "WEB") == {"server2"}
        assert new_ones(lab, "MAIL") == {"server1", "server2"}
        device.find(State.UP, "WEB", "server1")
        assert server_of(web["server2"]) == "server2"
        assert new_ones(lab, "WEB") == {"server1", "server2"}


def test_connections_of_a_drained_server_go_on(device: Attended, lab: Lab) -> None:
    with ExitStack() as stack:
        web = opened(stack, lab, "WEB")
        device.run("drain 192.168.1.2 from web")
        lab["device"].call(device.resident.attend)
        device.find(State.UP, "WEB", "server1", "server2")
        assert {name: server_of(one) for name, one in web.items()} == {name: name for name in web}
        assert new_ones(lab, "WEB") == {"server2"}


def test_a_server_is_down_by_hand_whatever_probes_find(device: Attended, lab: Lab) -> None:
    with ExitStack() as stack:
        web, mail = opened(stack, lab, "WEB"), opened(stack, lab, "MAIL")
        device.run("down 192.168.1.2 from web")
        lab["device"].call(device.resident.attend)
        assert isinstance(web["server1"].ask(), Refused)
        device.find(State.UP, "WEB", "server1", "server2")
        assert new_ones(lab, "WEB") == {"server2"}
        assert new_ones(lab, "MAIL") == {"server1", "server2"}
        device.find(State.DOWN, "WEB", "server1")
        device.run("up 192.168.1.2 in web")
        lab["device"].call(device.resident.attend)
        assert new_ones(lab, "WEB") == {"server2"}
        device.find(State.UP, "WEB", "server1")
        assert new_ones(lab, "WEB") == {"server1", "server2"}
        assert server_of(web["server2"]) == "server2"
        assert {name: server_of(one) for name, one in mail.items()} == {name: name for name in mail}


def test_a_udp_client_with_a_fixed_port_moves_and_is_served_after_an_empty_time(device: Attended, lab: Lab) -> None:
    with lab.converse("client1", "203.0.113.150", 80, "udp", source_port=FIXED_PORT) as client:
        first = server_of(client)
        other = next(name for name in ("server1", "server2") if name != first)
        device.find(State.DOWN, "WEB", first)
        assert server_of(client) == other
        device.find(State.DOWN, "WEB", other)
        assert not isinstance(client.ask(), Answer)
        device.find(State.UP, "WEB", first)
        assert server_of(client) == first


def test_rules_that_others_took_out_are_put_back(device: Attended, lab: Lab) -> None:
    device.find(State.DOWN, "WEB", "server1")
    lab.flush_rules()
    said = device.look()
    assert [one.partition(":")[0] for one in said][:1] == ["changed by others"]
    assert new_ones(lab, "WEB") == {"server2"}
    assert device.look() == []


def test_rules_of_others_are_no_matter(device: Attended, lab: Lab) -> None:
    lab.load_nft("add table ip foreign\n")
    assert device.look() == []
    assert device.find(State.DOWN, "WEB", "server1") == []
    assert new_ones(lab, "WEB") == {"server2"}


def test_a_sticky_client_with_a_silent_open_connection_is_remembered_by_iptables(lab: Lab, tmp_path: Path) -> None:
    device = Attended(lab["device"], tmp_path)
    device.begin(lab, "iptables", SCRIPT.replace("tcp+udp 80", "tcp+udp 80 sticky 600s"))
    with lab.converse("client1", "203.0.113.150", 80) as conversation:
        address = SERVERS[server_of(conversation)][0]
        clients = Path(f"/proc/thread-self/net/xt_recent/LBSH-WEB@{address}")
        assert "203.0.113.201" in lab["device"].call(clients.read_text)
        lab["device"].call(clients.write_text, "/\n")  # forgets all of them
        assert lab["device"].call(clients.read_text) == ""
        services = device.resident.known().site.services
        choice = open_gateway(DiskStore(device.store)).choice()
        lab["device"].call(machine().driver("iptables").remember, services, choice.options)
        assert "203.0.113.201" in lab["device"].call(clients.read_text)


def test_statements_and_statuses_at_once_come_to_the_rules_of_both(device: Attended, lab: Lab) -> None:
    """An operator changes the script while servers fail and come back: nothing is lost, and nobody sees drift."""
    actions = Actions(device.resident)
    lab["device"].call(actions.start)
    try:
        for rank, state in enumerate((State.DOWN, State.UP) * 6):
            server = server_id("WEB", f"server{1 + rank % 2}")
            actions.act([Change(server, State.UNKNOWN, state, Reason.REFUSED, "", 0, rank)])
            if rank % 4 == 0:
                device.run(f"set 192.168.1.2 in web weight {2 + rank}")
        actions.act([Change(server_id("WEB", "server1"), State.UP, State.DOWN, Reason.REFUSED, "", 0, 99)])
        actions.act([Change(server_id("WEB", "server2"), State.DOWN, State.UP, Reason.ANSWERED, "", 0, 99)])
        assert actions.wait(LONGEST)
    finally:
        actions.stop()
    assert new_ones(lab, "WEB") == {"server2"}
    assert lab["device"].call(open_gateway(DiskStore(device.store)).drift) == ()
    assert [statement for statement in device.statements() if statement.startswith("set")] == [
        "set 192.168.1.2 in web weight 10"
    ]
