"""The operator's program: one at a time, with all changes so far, and never in anybody's way."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lbsh.poller import on_change
from lbsh.poller.on_change import NoProgramError, OnChange, Run, json_line, require_program
from lbsh.poller.parts import Change
from lbsh.poller.results import Reason
from lbsh.programs import CommandError
from lbsh_lang.site.status import ServerId, State
from lbsh_lang.values import Address
from tests.limits import LONGEST


def change(last: int, detail: str = "") -> Change:
    server = ServerId("pool", "WEB", Address(4, 192 << 24 | last), 0)
    return Change(server, State.UP, State.DOWN, Reason.REFUSED, detail, 10, last)


@contextmanager
def running(program: str, run: Run | None = None) -> Iterator[tuple[OnChange, list[str]]]:
    troubles: list[str] = []
    one = OnChange(program, troubles.append) if run is None else OnChange(program, troubles.append, run)
    one.start()
    try:
        yield one, troubles
    finally:
        one.stop()


class Held:
    """A program that waits until a test lets it end."""

    def __init__(self) -> None:
        self.got: list[list[int]] = []
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.at_once = 0

    def __call__(self, arguments: tuple[str, ...], text: str) -> None:
        self.at_once += 1
        assert self.at_once == 1
        self.got.append([json.loads(line)["time"] for line in text.splitlines()])
        self.begun.set()
        assert self.may_end.wait(LONGEST)
        self.at_once -= 1


def test_changes_that_come_while_it_runs_are_given_to_the_next_one() -> None:
    held = Held()
    with running("/bin/true", held) as (one, troubles):
        one.changed([change(1)])
        assert held.begun.wait(LONGEST)
        one.changed([change(2)])
        one.changed([change(3), change(4)])
        held.may_end.set()
        assert one.wait(LONGEST)
    assert held.got == [[1], [2, 3, 4]]
    assert troubles == []


def test_of_too_many_the_oldest_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_change, "MOST", 3)
    held = Held()
    with running("/bin/true", held) as (one, troubles):
        one.changed([change(1)])
        assert held.begun.wait(LONGEST)
        one.changed([change(number) for number in (2, 3, 4)])
        one.changed([change(5)])
        held.may_end.set()
        assert one.wait(LONGEST)
    assert held.got == [[1], [3, 4, 5]]
    assert troubles == ["`/bin/true` did not keep up: 1 changes are left out"]


def test_a_program_that_fails_is_told_and_the_next_changes_come() -> None:
    failures = [CommandError("it does not end")]
    got = []

    def run(arguments: tuple[str, ...], text: str) -> None:
        if failures:
            raise failures.pop()
        got.append(text)

    with running("/bin/false", run) as (one, troubles):
        one.changed([change(1)])
        assert one.wait(LONGEST)
        one.changed([change(2)])
        assert one.wait(LONGEST)
    assert troubles == ["--on-change: it does not end"]
    assert len(got) == 1


def test_a_real_program_gets_lines_and_has_no_capabilities(tmp_path: Path) -> None:
    program, out = tmp_path / "program", tmp_path / "out"
    program.write_text(f"#!/bin/sh\ncat > {out}\ngrep -E '^(CapEff|NoNewPrivs)' /proc/self/status >> {out}\nexit 3\n")
    program.chmod(0o755)
    with running(str(program)) as (one, troubles):
        one.changed([change(1, 'rm -rf /; "$(id)" \x1b')])
        assert one.wait(LONGEST)
    first, *rest = out.read_text().splitlines()
    assert json.loads(first)["detail"] == 'rm -rf /; "$(id)" \x1b'
    assert [line.split() for line in rest] == [["CapEff:", "0" * 16], ["NoNewPrivs:", "1"]]
    assert troubles == [f"--on-change: `{program}` ended with status 3"]


def test_a_line_has_all_that_is_known() -> None:
    server = ServerId("pool", "WEB", Address(6, 1), 8080)
    line = json_line(Change(server, State.UNKNOWN, State.DOWN, Reason.BAD_STATUS, "503", 12, 34, 56))
    assert json.loads(line) == {
        "time": 34,
        "pool": "pool",
        "service": "WEB",
        "address": "::1",
        "port": 8080,
        "old": "UNKNOWN",
        "new": "DOWN",
        "reason": "bad-status",
        "detail": "503",
        "microseconds": 12,
        "held_until": 56,
    }


@pytest.mark.parametrize("path", ["true", "./true", "/nowhere/at/all", "/etc"])
def test_only_an_absolute_path_of_a_program_will_do(path: str) -> None:
    with pytest.raises(NoProgramError):
        require_program(path)
    require_program(os.path.realpath("/bin/sh"))
