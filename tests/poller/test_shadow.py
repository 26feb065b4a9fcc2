"""What shadow probes and a poller that acts on nothing say."""

from __future__ import annotations

from lbsh.poller.board import Board
from lbsh.poller.order import DOWN, UP
from lbsh.poller.parts import Change
from lbsh.poller.results import Reason
from lbsh.poller.shadow import MOST_TOLD, Recording, Reporting, reports, taken_out, words_of
from lbsh_lang.site.status import ServerId, State
from lbsh_lang.values import Address
from tests.poller.stand_ins import Noted, targets

ONE = ServerId("web", "WEB", Address(4, 0x0A000001), 8080)


def change(old: State, new: State, reason: Reason = Reason.REFUSED, detail: str = "") -> Change:
    return Change(ONE, old, new, reason, detail, 10, 0)


def test_a_recording_says_what_would_be_done_and_passes_it_on() -> None:
    said, then = list[str](), Noted()
    recording = Recording(said.append, then.act)
    changes = [change(State.UP, State.DOWN, Reason.BAD_STATUS, "503"), change(State.DOWN, State.UP, Reason.ANSWERED)]
    recording.act(changes[:1])
    recording.act(changes[1:])
    assert then.changes == changes
    assert said == [
        "would take 10.0.0.1 port 8080 in web for WEB out (bad-status: 503)",
        "would let 10.0.0.1 port 8080 in web for WEB serve again (answered)",
    ]


def test_a_server_without_a_port_of_its_own_is_named_by_its_address() -> None:
    bare = change(State.UP, State.UNKNOWN)._replace(server=ONE._replace(port=0))
    assert words_of(bare) == "would count 10.0.0.1 in web for WEB as unknown (refused)"


def test_a_shadow_probe_reports_whom_it_takes_out_and_who_is_back_but_no_first_answers() -> None:
    said = list[str]()
    reporting = Reporting(said.append)
    reporting.act([change(State.UNKNOWN, State.UP, Reason.ANSWERED)])
    assert not said
    reporting.act([change(State.UNKNOWN, State.DOWN), change(State.DOWN, State.UP, Reason.ANSWERED)])
    assert said == [
        "the shadow probe would take 10.0.0.1 port 8080 in web for WEB out (refused)",
        "the shadow probe would let 10.0.0.1 port 8080 in web for WEB serve again (answered)",
    ]


def test_taken_out_are_servers_that_serve_and_would_not() -> None:
    places = [(f"10.0.0.{number}", 80) for number in range(1, 6)]
    shadow, deciding = Board(targets(places)), Board(targets(places[:0:-1]))  # another order, and without the first
    for server in (0, 1, 2, 4):
        shadow.state[server] = DOWN
    for place, state in ((places[1], UP), (places[2], DOWN)):
        deciding.state[[(str(one.address), one.port) for one in deciding.targets].index(place)] = state
    assert taken_out(shadow, deciding) == [0, 1, 4]
    assert taken_out(Board(targets(places)), deciding) == []


def test_the_reports_name_some_servers_with_the_reason_and_count_the_others() -> None:
    board = Board(targets([("10.0.0.1", port) for port in range(1, MOST_TOLD + 4)]))
    board.reason[0], board.detail[0] = Reason.BAD_BANNER, "421 busy"
    board.reason[1] = Reason.REFUSED
    found = reports(board, range(len(board.targets)))
    assert found[:3] == (
        "the shadow probe would have taken 10.0.0.1 port 1 in pool for web out (bad-banner: 421 busy)",
        "the shadow probe would have taken 10.0.0.1 port 2 in pool for web out (refused)",
        "the shadow probe would have taken 10.0.0.1 port 3 in pool for web out",
    )
    assert (len(found), found[-1]) == (MOST_TOLD + 1, "and 3 more servers")
    assert len(reports(board, range(MOST_TOLD))) == MOST_TOLD
    assert reports(board, []) == ()
