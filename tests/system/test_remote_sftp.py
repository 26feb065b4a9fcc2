"""Files by sftp from a real OpenSSH server: faulty keys, no rights, no space, a connection cut half-way, odd names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh.remote.errors import RemoteError
from lbsh.remote.limits import USUAL
from lbsh.remote.storage import Fetched, fetch, put
from lbsh.remote.urls import parse_url
from tests.limits import LONGEST
from tests.system.ssh_server import DISK, PLAIN, USER, SshServer, missing, ssh_server

LIMITS = USUAL._replace(connect=LONGEST, silence=LONGEST, total=LONGEST)
LINE = "service WEB 192.0.2.1 tcp port 80\n"

pytestmark = pytest.mark.skipif(missing() != "", reason=missing())


@pytest.fixture(scope="module")
def running() -> Iterator[SshServer]:
    with ssh_server() as server:
        yield server


@pytest.fixture
def server(running: SshServer, monkeypatch: pytest.MonkeyPatch) -> SshServer:
    """The server with an empty folder, and the client that knows its key."""
    for one in (*running.files.iterdir(), *running.small.iterdir()):
        one.unlink()
    running.files.chmod(0o755)
    running.know("host")
    running.cut_after = None
    monkeypatch.setenv("PATH", f"{running.programs}:{os.environ['PATH']}")
    return running


def got(url: str) -> Fetched:
    return fetch(parse_url(url), LIMITS)


def stored(url: str, text: str) -> None:
    put(parse_url(url), text, LIMITS)


def refusal_of_get(url: str) -> str:
    with pytest.raises(RemoteError) as caught:
        got(url)
    return one_line(str(caught.value))


def refusal_of_put(url: str, text: str = LINE) -> str:
    with pytest.raises(RemoteError) as caught:
        stored(url, text)
    return one_line(str(caught.value))


def one_line(text: str) -> str:
    assert text.isprintable()
    return text


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_file_is_stored_and_fetched_and_replaced(server: SshServer) -> None:
    url = server.url(f"{server.files}/site.lb")
    stored(url, LINE)
    assert got(url).source().text == LINE
    stored(url, LINE + "# and more\n")
    assert got(url).content == (LINE + "# and more\n").encode()
    assert names(server.files) == ["site.lb"]
    assert (server.files / "site.lb").stat().st_mode & 0o777 == 0o644


def test_an_empty_file_is_a_file(server: SshServer) -> None:
    url = server.url(f"{server.files}/site.lb")
    stored(url, "")
    assert got(url).content == b""


NAMES = (
    "a b.lb",
    "-r",
    "!touch here",
    "it's.lb",
    'say "so".lb',
    "back\\slash.lb",
    "end\\",
    "s*.lb",
    "s?.lb",
    "[s].lb",
    "#1.lb",
    "$HOME.lb",
    "`id`.lb",
    "~root",
    "%40.lb",
    "Ελλάδα.lb",
    "{a,b}.lb",
    "a;b|c&d.lb",
)


@pytest.mark.sampled
@pytest.mark.parametrize("name", NAMES)
def test_a_name_means_nothing_but_itself(server: SshServer, name: str) -> None:
    (server.files / "site.lb").write_text("another\n")
    (server.files / "s.lb").write_text("another\n")
    url = str(parse_url(server.url(f"{server.files}/x"))).removesuffix("x") + encoded(name)
    stored(url, LINE)
    assert got(url).content == LINE.encode()
    assert names(server.files) == sorted([name, "site.lb", "s.lb"])
    assert not Path("here").exists()


def encoded(name: str) -> str:
    return "".join([f"%{byte:02x}" for byte in name.encode()])


def test_an_unknown_key_and_a_changed_one_are_told_apart(server: SshServer) -> None:
    (server.files / "site.lb").write_text(LINE)
    url = server.url(f"{server.files}/site.lb")
    server.forget()
    for refusal in (refusal_of_get(url), refusal_of_put(url)):
        assert f"the host key (ED25519) of [127.0.0.1]:{server.port} is not known here" in refusal
        assert "CHANGED" not in refusal
    server.know("other")
    known = (server.folder / "known").read_text()
    for refusal in (refusal_of_get(url), refusal_of_put(url)):
        assert f"WARNING: THE HOST KEY OF [127.0.0.1]:{server.port} HAS CHANGED, and is now SHA256:" in refusal
        assert f"{server.folder}/known:1" in refusal
    assert (server.files / "site.lb").read_text() == LINE
    assert (server.folder / "known").read_text() == known
    assert names(server.files) == ["site.lb"]


def test_a_login_that_is_refused_is_said(server: SshServer) -> None:
    refusal = refusal_of_get(server.url("/etc/hosts", "nosuchuser"))
    assert "the server refuses the login as `nosuchuser` (publickey)" in refusal


def test_what_is_no_file_is_not_fetched(server: SshServer) -> None:
    assert "not found" in refusal_of_get(server.url(f"{server.files}/none.lb"))
    assert "not a regular file" in refusal_of_get(server.url("/dev/zero"))
    assert "not a regular file" in refusal_of_get(server.url(str(server.files)))


def test_wrong_rights_leave_all_as_it_is(server: SshServer) -> None:
    (server.files / "site.lb").write_text("old\n")
    (server.files / "site.lb").chmod(0o600)
    url = server.url(f"{server.files}/site.lb", USER)
    assert "ermission denied" in refusal_of_get(url)
    assert "ermission denied" in refusal_of_put(url)
    assert (server.files / "site.lb").read_text() == "old\n"
    assert names(server.files) == ["site.lb"]


def test_a_server_that_cannot_replace_keeps_the_old_file(server: SshServer) -> None:
    server.files.chmod(0o777)
    url = server.url(f"{server.files}/site.lb", PLAIN)
    stored(url, "old\n")
    assert "rename" in refusal_of_put(url)
    assert (server.files / "site.lb").read_text() == "old\n"
    assert names(server.files) == ["site.lb"]


def test_a_full_disk_leaves_the_old_file_and_no_part(server: SshServer) -> None:
    (server.small / "site.lb").write_text("old\n")
    refusal = refusal_of_put(server.url(f"{server.folder}/small/site.lb"), "# filler\n" * DISK)
    assert "Failure" in refusal
    assert "its disk may be full" in refusal
    assert (server.small / "site.lb").read_text() == "old\n"
    assert names(server.small) == ["site.lb"]


def test_a_connection_that_is_cut_leaves_the_old_file(server: SshServer) -> None:
    (server.files / "site.lb").write_text("old\n")
    server.cut_after = 100_000
    refusal = refusal_of_put(server.url(f"{server.files}/site.lb"), "# filler\n" * 100_000)
    assert "closed" in refusal or "Broken pipe" in refusal or "reset" in refusal
    assert (server.files / "site.lb").read_text() == "old\n"
    assert names(server.files) == ["site.lb"], "the part was removed over a second connection"


def test_a_download_that_is_cut_gives_nothing(server: SshServer) -> None:
    (server.files / "site.lb").write_text("# filler\n" * 1_000_000)
    server.cut_after = 4_000
    refusal = refusal_of_get(server.url(f"{server.files}/site.lb"))
    assert "closed" in refusal or "Broken pipe" in refusal or "reset" in refusal


def test_what_is_too_large_is_not_kept(server: SshServer) -> None:
    (server.files / "site.lb").write_bytes(bytes(300_000))
    url = parse_url(server.url(f"{server.files}/site.lb"))
    with pytest.raises(RemoteError, match="it is larger than"):
        fetch(url, LIMITS._replace(size=200_000))
    with pytest.raises(RemoteError, match="is no text"):
        fetch(url, LIMITS).source()


def test_nobody_there_is_said(server: SshServer) -> None:
    server.know("host")
    assert "Connection refused" in refusal_of_get("sftp://127.0.0.1:1/site.lb")
