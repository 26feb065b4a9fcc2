"""Files by TFTP from Debian's tftpd-hpa: blocks of all lengths, options, no rights, no space."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lbsh.remote.errors import RemoteError
from lbsh.remote.limits import USUAL
from lbsh.remote.storage import fetch, put
from lbsh.remote.urls import Url, parse_url
from tests.limits import LONGEST

TFTPD = "/usr/sbin/in.tftpd"
LIMITS = USUAL._replace(silence=LONGEST, total=LONGEST)
LINE = "service WEB 192.0.2.1 tcp port 80\n"

pytestmark = pytest.mark.skipif(shutil.which(TFTPD) is None, reason="not installed: tftpd-hpa")

SMALL = 16 * 1024
"""Bytes of the small disk on which the server has its files in some tests."""

Serve = Callable[..., "Served"]


class Served:
    """A server that runs, with the folder of its files."""

    def __init__(self, files: Path, port: int) -> None:
        self.files = files
        self._port = port

    def url(self, name: str) -> Url:
        return parse_url(f"tftp://127.0.0.1:{self._port}/{name}")


@contextmanager
def tftpd(*options: str, small: bool = False) -> Iterator[Served]:
    """Runs a server as inetd would, on a socket that is open already."""
    with TemporaryDirectory(prefix="lbsh-tftp-") as name, socket.socket(type=socket.SOCK_DGRAM) as opened:
        folder = Path(name)
        folder.chmod(0o755)
        files = folder / "files"
        files.mkdir()
        opened.bind(("127.0.0.1", 0))
        prepare = f'mount -t tmpfs -o size={SMALL} none "$1"' if small else "true"
        command = [
            "unshare",
            "--mount",
            "sh",
            "-c",
            f'{prepare} && chmod 777 "$1" && shift && exec "$@"',
            "sh",
            str(files),
        ]
        running = subprocess.Popen([*command, TFTPD, *options, "-s", str(files)], stdin=opened.fileno())
        try:
            seen = Path(f"/proc/{running.pid}/root{files}") if small else files
            yield Served(seen, opened.getsockname()[1])
        finally:
            running.kill()
            running.wait()


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda *options, small=False: stack.enter_context(tftpd(*options, small=small))


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(RemoteError) as caught:
        act()
    assert str(caught.value).isprintable()
    return str(caught.value)


WITH_OPTIONS = ()
WITHOUT_OPTIONS = ("-r", "blksize", "-r", "tsize", "-r", "timeout")


@pytest.mark.parametrize("options", [WITH_OPTIONS, WITHOUT_OPTIONS])
def test_files_of_all_lengths_come_and_go_whole(serve: Serve, options: tuple[str, ...]) -> None:
    server = serve("-c", *options)
    for length in (0, 1, 511, 512, 513, 1427, 1428, 1429, 2 * 1428, 3 * 512, 100_000):
        text = (
            ("0123456789 äöü\n" * (length // 10 + 1)).encode()[:length].decode(errors="replace").replace("\ufffd", "?")
        )
        put(server.url("site.lb"), text, LIMITS)
        assert (server.files / "site.lb").read_bytes() == text.encode()
        assert fetch(server.url("site.lb"), LIMITS).content == text.encode()


@pytest.mark.gate
def test_more_blocks_than_numbers_come_whole(serve: Serve) -> None:
    server = serve("-B", "512")
    content = b"01234567" * (1 << 22) + b"end"
    (server.files / "site.lb").write_bytes(content)
    assert len(content) > 512 * (1 << 16)
    assert fetch(server.url("site.lb"), LIMITS._replace(size=1 << 26)).content == content


def test_refusals_are_told_in_words(serve: Serve) -> None:
    server = serve()
    (server.files / "secret.lb").write_text(LINE)
    (server.files / "secret.lb").chmod(0o600)
    assert "the server has no such file" in refusal(lambda: fetch(server.url("none.lb"), LIMITS))
    assert "the server refuses: Permission denied" in refusal(lambda: fetch(server.url("secret.lb"), LIMITS))
    words = refusal(lambda: put(server.url("new.lb"), LINE, LIMITS))
    assert "is not stored: the server has no such file" in words, (
        "this server replaces files, and makes none without -c"
    )
    assert not (server.files / "new.lb").exists()


def test_a_full_disk_is_noticed_also_where_the_server_says_that_all_is_well(serve: Serve) -> None:
    """This one acknowledges every block, and writes no more than there is room for."""
    server = serve("-c", small=True)
    words = refusal(lambda: put(server.url("site.lb"), LINE * SMALL, LIMITS))
    assert "what the server has is not what was sent" in words


def test_a_file_that_cannot_be_read_back_is_no_success(serve: Serve) -> None:
    server = serve("-c", "-p", "-U", "444")
    words = refusal(lambda: put(server.url("site.lb"), LINE, LIMITS))
    assert "it was sent, but cannot be read back" in words


def test_what_is_too_large_is_refused(serve: Serve) -> None:
    for options in (WITH_OPTIONS, WITHOUT_OPTIONS):
        server = serve(*options)
        (server.files / "site.lb").write_bytes(bytes(100_000))
        get = partial(fetch, server.url("site.lb"), LIMITS._replace(size=50_000))
        assert "it is larger than" in refusal(get)
