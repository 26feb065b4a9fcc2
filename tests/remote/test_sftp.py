"""How `sftp` is run, seen by stand-ins for it; tests/system has the real one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lbsh.remote.errors import RemoteError
from lbsh.remote.limits import USUAL
from lbsh.remote.storage import fetch, put
from lbsh.remote.urls import parse_url
from tests.limits import LONGEST

URL = parse_url("sftp://ops@backup/srv/site.lb")
LIMITS = USUAL._replace(total=LONGEST)

StandIn = Callable[[str], Path]
"""Installs a program `sftp` with this code in Python, which gets its batch as `batch` and its folder as `here`."""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    def install(code: str) -> Path:
        head = (
            f"#!{sys.executable} -IS\nimport os, pathlib, signal, sys, time\nhere = pathlib.Path({str(tmp_path)!r})\n"
        )
        program = tmp_path / "sftp"
        program.write_text(f"{head}batch = sys.stdin.read()\n{code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return tmp_path

    return install


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(RemoteError) as caught:
        act()
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_it_gets_what_it_needs_and_nothing_else(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = stand_in(
        "(here / 'seen').write_text(repr((sorted(os.environ), sys.argv[-4:], batch, os.getsid(0) == os.getpid())))\n"
        "got = pathlib.Path(batch.split('\"')[3]); got.write_text('text')\n"
        "(here / 'rights').write_text(oct(got.parent.stat().st_mode))"
    )
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    monkeypatch.setenv("HOME", "/home/ops")
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    monkeypatch.setenv("DISPLAY", ":0")
    assert fetch(URL, LIMITS).content == b"text"
    seen = (folder / "seen").read_text()
    assert (
        "(['HOME', 'LC_ALL', 'PATH', 'SSH_AUTH_SOCK'], ['-b', '-', '--', 'backup'], 'get \"/srv/site.lb\" \"/" in seen
    )
    assert seen.endswith("True)"), "a session of its own, without the terminal"
    assert (folder / "rights").read_text() == "0o40700"


def test_nothing_of_a_transfer_stays_here(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = tmp_path / "places"
    places.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(places))
    stand_in("pathlib.Path(batch.split('\"')[3]).write_text('text') if batch.startswith('get') else None")
    fetch(URL, LIMITS)
    put(URL, "text", LIMITS)
    stand_in("sys.exit(1)")
    refusal(lambda: fetch(URL, LIMITS))
    refusal(lambda: put(URL, "text", LIMITS))
    assert list(places.iterdir()) == []


def test_a_program_that_does_not_end_is_ended(stand_in: StandIn) -> None:
    stand_in("time.sleep(3600)")
    assert refusal(lambda: fetch(URL, LIMITS._replace(total=0.5))).endswith("`sftp` did not end within 0.5 s")


def test_success_without_a_file_is_none(stand_in: StandIn) -> None:
    stand_in("")
    assert "and there is no file" in refusal(lambda: fetch(URL, LIMITS))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="files are bounded on Linux only")
def test_a_file_that_never_ends_is_cut_off(stand_in: StandIn) -> None:
    stand_in(
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "got = open(batch.split('\"')[3], 'wb', 0)\n"
        "while True: got.write(bytes(1 << 16))"
    )
    assert refusal(lambda: fetch(URL, LIMITS._replace(size=1 << 20))).endswith("it is larger than 1 MiB")


def test_a_part_is_removed_once_the_upload_has_begun(stand_in: StandIn) -> None:
    folder = stand_in(
        "open(here / 'batches', 'a').write(batch)\n"
        "if batch.startswith('put'): print('sftp> put'); print('write remote \"x\": Failure', file=sys.stderr); sys.exit(1)"
    )
    assert refusal(lambda: put(URL, "text", LIMITS)).endswith("its disk may be full)")
    put_line, rename, remove = (folder / "batches").read_text().splitlines()
    aside = put_line.split('"')[3]
    assert aside.startswith("/srv/site.lb.")
    assert aside.endswith(".tmp")
    assert rename == f'rename "{aside}" "/srv/site.lb"'
    assert remove == f'-rm "{aside}"'


def test_a_part_that_cannot_be_removed_is_named(stand_in: StandIn) -> None:
    stand_in("print('sftp> ' + batch); print('Connection closed', file=sys.stderr); sys.exit(255)")
    words = refusal(lambda: put(URL, "text", LIMITS))
    assert "the connection was closed before the end; a part may be left there as `/srv/site.lb." in words


def test_nothing_is_removed_where_nothing_was_begun(stand_in: StandIn) -> None:
    folder = stand_in("open(here / 'batches', 'a').write(batch); sys.exit(255)")
    refusal(lambda: put(URL, "text", LIMITS))
    assert "-rm" not in (folder / "batches").read_text()


def test_two_uploads_at_once_have_parts_of_their_own(stand_in: StandIn) -> None:
    folder = stand_in("open(here / 'batches', 'a').write(batch)")
    put(URL, "text", LIMITS)
    put(URL, "text", LIMITS)
    lines = (folder / "batches").read_text().splitlines()
    assert lines[0].split('"')[3] != lines[2].split('"')[3]


def test_escape_sequences_of_a_server_are_not_repeated(stand_in: StandIn) -> None:
    stand_in("print('evil \\x1b]0;title\\x07 \\u202e words', file=sys.stderr); sys.exit(1)")
    words = refusal(lambda: fetch(URL, LIMITS))
    assert "evil \ufffd]0;title\ufffd \ufffd words" in words
