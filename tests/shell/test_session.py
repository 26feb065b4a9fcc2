"""Sessions at a device of fakes, in plain lines: what is typed and what is answered."""

from __future__ import annotations

import io

import pytest

from lbsh.shell.changes import Changes
from lbsh.shell.desk import Desk
from lbsh.shell.grouping import grouping
from lbsh.shell.loading import loading
from lbsh.shell.looking import looking
from lbsh.shell.statements import Statements
from lbsh.store.protocol import Act
from oyster.predefined import PREDEFINED
from oyster.session import Session
from oyster.streams import StreamSink, StreamSource
from tests.gateway.world import FIG_7, WHO, World


class Shell:
    """A session in a world; other sessions may be in the same one."""

    def __init__(self, world: World) -> None:
        self.world = world
        changes = Changes(world.gateway, self._act, 0.0)
        self.desk = Desk(world.store, world.gateway, changes, lambda: world.gateway.running().script.language, tuple)

    def _act(self, way: str) -> Act:
        self.world.now += 1
        return WHO._replace(time=self.world.now, way=way)

    def say(self, *lines: str) -> list[str]:
        """The answers to lines, up to the first that is refused."""
        out = io.StringIO()
        source = StreamSource("test", io.BytesIO("".join([line + "\n" for line in lines]).encode()))
        table = PREDEFINED | grouping(self.desk) | looking(self.desk) | loading(self.desk, None)
        Session(table, source, StreamSink(out), languages=[Statements(self.desk)]).run()
        return out.getvalue().splitlines()


@pytest.fixture
def world() -> World:
    made = World()
    made.apply(FIG_7)
    return made


def texts(world: World) -> list[str]:
    return [one.text for one in world.store.running().statements]


def test_the_figure_of_the_paper(world: World) -> None:
    """Fig. 8 from line 12 on: `status` is not of the device of fakes."""
    shell = Shell(world)
    assert shell.say("pool SOME_POOL for FOO")[0] == "ERROR: undefined service FOO"
    assert shell.say("service FOO is 62.103.127.150 tcp 39") == [
        "Added new service FOO with dedicated IP 62.103.127.150 and TCP Port 39"
    ]
    assert shell.say("pool SOME_POOL for FOO") == []


def test_statements_act_at_once(world: World) -> None:
    shell = Shell(world)
    assert shell.say("drain 192.168.1.2 from mx_pool") == ["Drained 192.168.1.2 from pool mx_pool"]
    assert texts(world) == ["drain 192.168.1.2 from mx_pool"]


def test_a_group_acts_at_its_commit_as_one_change(world: World) -> None:
    shell = Shell(world)
    before = world.store.revision()
    assert shell.say("begin", "service FOO is 62.103.127.150 tcp 39", "pool SOME_POOL for FOO") == []
    assert world.store.revision() == before
    assert shell.say("add 192.168.1.2 to SOME_POOL", "compare") == [
        "+ traffic to 62.103.127.150 tcp 39 is now balanced (service FOO: 192.168.1.2)"
    ]
    said = shell.say("commit")
    assert said[-1] == "Added 192.168.1.2 to pool SOME_POOL"
    assert world.store.revision() == before + 1


def test_a_group_is_forgotten(world: World) -> None:
    shell = Shell(world)
    assert shell.say("begin", "add 192.168.1.9 to mx_pool", "abort") == ["Forgot 1 statement"]
    assert texts(world) == []
    assert shell.say("commit")[0].startswith("ERROR: no statements are being gathered")


def test_undo_takes_back_change_after_change(world: World) -> None:
    shell = Shell(world)
    shell.say("add 192.168.1.8 to mx_pool", "drain 192.168.1.2 from mx_pool", "resume 192.168.1.2 in mx_pool")
    assert texts(world) == ["add 192.168.1.8 to mx_pool"]
    shell.say("undo")
    assert texts(world) == ["add 192.168.1.8 to mx_pool", "drain 192.168.1.2 from mx_pool"]
    shell.say("undo", "undo")
    assert texts(world) == []
    assert shell.say("undo")[0].startswith("ERROR: this session has made no change")


def test_undo_is_refused_where_a_later_change_builds_on_it(world: World) -> None:
    one, other = Shell(world), Shell(world)
    one.say("add 192.168.1.9 to mx_pool")
    other.say("drain 192.168.1.9 from mx_pool")
    said = one.say("undo")
    assert said[0] == "ERROR: what was said since builds on that change"
    assert any("drain 192.168.1.9 from mx_pool" in line for line in said)
    assert texts(world) == ["add 192.168.1.9 to mx_pool", "drain 192.168.1.9 from mx_pool"]
    other.say("undo")
    assert one.say("undo") == ["Took back: add 192.168.1.9 to mx_pool"]


def test_each_of_two_sessions_sees_the_others_change(world: World) -> None:
    one, other = Shell(world), Shell(world)
    one.say("service FOO is 62.103.127.150 tcp 39")
    assert other.say("pool SOME_POOL for FOO") == []
    assert one.say("add 192.168.1.2 to SOME_POOL") == ["Added 192.168.1.2 to pool SOME_POOL"]


def test_what_was_gathered_while_another_session_changed_the_script_is_judged_at_its_commit(world: World) -> None:
    """A refusal keeps the group, to be mended."""
    one, other = Shell(world), Shell(world)
    one.say("begin", "add 192.168.1.9 to mx_pool")
    other.say("remove 192.168.1.2 from mx_pool", "add 192.168.1.9 to mx_pool")
    said = one.say("commit")
    assert said[0].startswith("ERROR: ")
    assert one.desk.changes.group == ["add 192.168.1.9 to mx_pool"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("commit confirm 5s", "the time for a confirmation is 10s at least and 24h at most"),
        ("commit soon", "unexpected `soon`: `commit`, or `commit confirm 60s`"),
        ("begin now", "unexpected `now`: this command stands alone"),
        ("frobnicate", "unknown command `frobnicate`"),
    ],
)
def test_wrong_words_are_refused(world: World, line: str, message: str) -> None:
    assert Shell(world).say("begin", line)[0] == f"ERROR: {message}"


def test_a_committed_group_may_wait_for_confirmation(world: World) -> None:
    shell = Shell(world)
    said = shell.say("begin", "add 192.168.1.9 to mx_pool", "commit confirm 60s")
    assert said[-1].startswith("It is put back in 60 s")
    assert shell.say("drain 192.168.1.2 from mx_pool")[0].startswith("ERROR: ")


def test_rules_are_shown_of_a_service_alone_and_as_another_filter_has_them(world: World) -> None:
    shell = Shell(world)
    rules = shell.say("show rules LDAP")
    assert any("62.103.127.157" in line for line in rules)
    assert not any("62.103.127.154" in line for line in rules)
    assert any(line.startswith("rdr on xl0") for line in shell.say("show rules pf LDAP"))
    assert shell.say("show rules LDPA") == [
        "ERROR: there is no backend and no service `LDPA`",
        "  there is `LDAP`",
        "  in test, line 1",
    ]


def test_the_log_says_who_said_what_and_the_site_shows_it(world: World) -> None:
    shell = Shell(world)
    shell.say("drain 192.168.1.2 from mx_pool")
    assert shell.say("show log")[-1].endswith("shell by alice from 192.0.2.7: drain 192.168.1.2 from mx_pool")
    assert shell.say("show site")[-1] == "drain 192.168.1.2 from mx_pool"
    assert shell.say("show history | count") == ["Count: 2 lines"]
