"""The log of a poller: lines for programs and for people, hostile words, and readers that do not keep up."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from select import PIPE_BUF

import pytest

from lbsh.poller.journal import Journal, as_json, as_text, as_timed_text, text_form
from lbsh.poller.parts import Change
from lbsh.poller.results import Reason
from lbsh_lang.site.status import ServerId, State
from lbsh_lang.values import Address

CHANGE = Change(
    ServerId("mx", "SMTP", Address(4, 0xC0A80102)), State.UP, State.DOWN, Reason.BAD_BANNER, "no\n\x1b[2J", 1500, 7, 99
)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    yield reader, writer
    for end in (reader, writer):
        os.close(end)


def test_a_change_is_an_object_on_a_line(pipe: tuple[int, int]) -> None:
    Journal(pipe[1], as_json, lambda: 5_000_000_000).changed(CHANGE)
    assert json.loads(os.read(pipe[0], 5000)) == {
        "time": 5000,
        "event": "server-down",
        "service": "SMTP",
        "pool": "mx",
        "address": "192.168.1.2",
        "port": 0,
        "before": "UP",
        "reason": "bad-banner",
        "detail": "no\ufffd\ufffd[2J",
        "milliseconds": 1.5,
        "held_until": 99,
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            CHANGE,
            "192.168.1.2 in mx for SMTP is DOWN (bad-banner: no\ufffd\ufffd[2J), was UP; it flaps, and is held down until "
            "00:00:00 UTC",
        ),
        (
            CHANGE._replace(
                server=CHANGE.server._replace(port=25),
                old=State.UNKNOWN,
                new=State.UP,
                reason=Reason.ANSWERED,
                detail="",
                held_until=None,
            ),
            "192.168.1.2 port 25 in mx for SMTP is UP (answered), was UNKNOWN",
        ),
    ],
)
def test_a_change_in_words_is_one_line_without_effect_on_a_terminal(
    pipe: tuple[int, int], change: Change, words: str
) -> None:
    Journal(pipe[1], as_text).changed(change)
    assert os.read(pipe[0], 5000).decode() == f"{words}\n"


@pytest.mark.parametrize(
    ("event", "values", "words"),
    [
        ("notice", {"text": "probes 3 servers of revision 2"}, "probes 3 servers of revision 2"),
        ("notice", {"text": "a\nb"}, "a\ufffdb"),
        ("trouble", {"text": "nft hangs"}, "trouble, and all of it is tried again: nft hangs"),
        ("rules", {"changes": 1, "milliseconds": 12.4}, "the rules of 1 change are loaded, in 12 ms"),
        ("rules", {"changes": 3, "milliseconds": 2.0}, "the rules of 3 changes are loaded, in 2 ms"),
        ("notice", {"text": "well", "lost": 7}, "well (7 lines before this one were lost)"),
    ],
)
def test_what_people_read_is_prose(event: str, values: Mapping[str, str | int | float], words: str) -> None:
    assert as_text(event, values, 0) == words


TEXTS = ("x", "\u00e9", "\u20ac", "\U0001f600", "\ud800", "\x1b", '"', "\\\\", "\n")


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("size", [300, 4000, 100_000])
def test_a_line_is_whole_however_long_the_words_in_it(pipe: tuple[int, int], text: str, size: int) -> None:
    long = text * size
    server = ServerId(long, long, Address(6, 1), 80)
    change = CHANGE._replace(server=server, detail=long)
    for form in (as_json, as_text):
        journal = Journal(pipe[1], form)
        for is_change in (True, False):
            journal.lost = 7
            if is_change:
                journal.changed(change)
            else:
                journal.note("notice", text=long)
            line = os.read(pipe[0], 100_000)
            assert line.endswith(b"\n")
            assert line.count(b"\n") == 1
            assert len(line) <= PIPE_BUF
            words = line.decode()
            if form is as_json:
                assert json.loads(words)["lost"] == 7
            else:
                assert words.endswith("(7 lines before this one were lost)\n")


def test_words_that_are_cut_say_so() -> None:
    assert "…" in json.loads(as_json("notice", {"text": "x" * 10_000}, 0))["text"]
    assert as_text("notice", {"text": "x" * 10_000}, 0).endswith("x…")


def test_a_line_that_was_taken_in_part_is_completed_before_the_next_one(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disks and sockets may take a part of a line."""
    write, journal = os.write, Journal(pipe[1], as_json)
    takes = [5, 0, 9]

    def some(descriptor: int, data: bytes) -> int:
        if not takes:
            return write(descriptor, data)
        most = takes.pop(0)
        if not most:
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, data[:most])

    monkeypatch.setattr(os, "write", some)
    for text in ("first", "second", "third", "fourth", "fifth"):
        journal.note("notice", text=text)
    lines = [json.loads(line) for line in os.read(pipe[0], 5000).splitlines()]
    assert [(line["text"], line.get("lost")) for line in lines] == [("first", None), ("fourth", 2), ("fifth", None)]


def test_a_reader_that_does_not_keep_up_loses_lines_and_hears_how_many(pipe: tuple[int, int]) -> None:
    fcntl.fcntl(pipe[1], 1031, 4096)  # F_SETPIPE_SZ
    journal = Journal(pipe[1], as_json)
    while not journal.lost:
        journal.note("notice", text="x" * 10_000)
    journal.note("notice")
    os.read(pipe[0], 1 << 20)
    journal.note("notice")
    assert json.loads(os.read(pipe[0], 5000))["lost"] == 2


def test_a_reader_that_went_away_does_not_end_the_poller() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    journal = Journal(writer, as_json)
    journal.note("notice")
    assert journal.lost == 1
    os.close(writer)


def test_a_terminal_and_a_file_get_the_time_of_each_line(tmp_path: Path, pipe: tuple[int, int]) -> None:
    """Who reads a pipe keeps it."""
    terminal, other = os.openpty()
    with (tmp_path / "log").open("w") as file:
        assert [text_form(one) for one in (file.fileno(), other, pipe[1])] == [as_timed_text, as_timed_text, as_text]
    os.close(terminal)
    os.close(other)
    assert as_timed_text("notice", {"text": "hello"}, 1_764_254_820_123) == "2025-11-27T14:47:00Z hello"


@pytest.mark.parametrize("lost", [0, 7])
def test_the_time_takes_no_room_from_the_end_of_a_line(lost: int) -> None:
    line = as_timed_text("notice", {"text": "ö" * 9999, **({"lost": lost} if lost else {})}, 0)
    assert len(line.encode()) <= PIPE_BUF - 1
    assert line.endswith("… (7 lines before this one were lost)" if lost else "…")
