"""TCP and WebSocket: each connection has a server of its own, and only this machine can connect unless configured."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from bench.editor import framed
from tests.limits import LONGEST

URI = "untitled:site.lb"

MORE_THAN_ANY_BUFFER = 3_000
"""The number of requests, each of some 100 kB, to a server that should stop reading."""


AS_ROOT = "lbsh: any program that can connect here can have files read as root; with --ws it needs a token"


@contextmanager
def listening(*options: str) -> Iterator[str]:
    """A listening server; the address that it prints. It is interrupted at the end, and must exit in good order."""
    command = [sys.executable, "-m", "lbsh", "lsp", *options]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            found = re.fullmatch(r"lbsh: listening on (\S+)\n", line)
            assert found is not None, line + process.stderr.read()
            yield found[1]
        finally:
            process.send_signal(signal.SIGINT)
            try:
                status = process.wait(timeout=LONGEST)
            finally:
                process.kill()
            log = process.stderr.read().split("\n")
    assert status == 130
    if "--tcp" in options and os.geteuid() == 0:
        assert log.pop(0) == AS_ROOT
    assert [line for line in log if line] in ([], ["the client does not speak the language server protocol"])


@contextmanager
def tcp(address: str = "127.0.0.1:0") -> Iterator[tuple[str, int]]:
    """A server that listens for TCP clients; its host and port."""
    with listening("--tcp", address) as printed:
        host, _, port = printed.rpartition(":")
        yield host, int(port)


class Connection:
    """One client of a listening server."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=LONGEST)
        self._file = self._socket.makefile("rb")

    def send(self, *messages: dict[str, Any]) -> None:
        self._socket.sendall(b"".join(framed(message) for message in messages))

    def receive(self) -> Any:
        length = 0
        while line := self._file.readline().strip():
            length = int(line.split(b":")[1]) if line.startswith(b"Content-Length") else length
        return json.loads(self._file.read(length)) if length else None

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def opening(text: str) -> list[dict[str, Any]]:
    """The messages by which an editor opens a document."""
    item = {"uri": URI, "languageId": "lbsh", "version": 1, "text": text}
    return [
        request(1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}}),
        {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}},
    ]


def request(number: int, method: str, params: object = None) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


EXIT = {"jsonrpc": "2.0", "method": "exit", "params": None}


@pytest.mark.parametrize("address", ["127.0.0.1:0", ":0", "[::1]:0"])
def test_each_tcp_client_has_documents_of_its_own(address: str) -> None:
    with tcp(address) as (host, port):
        assert host == ("[::1]" if "::" in address else "127.0.0.1")
        first, second = Connection(host.strip("[]"), port), Connection(host.strip("[]"), port)
        first.send(*opening("nonsense"))
        second.send(*opening(""))
        found = [(one.receive()["id"], one.receive()["params"]["diagnostics"]) for one in (first, second)]
        assert [(number, len(diagnostics)) for number, diagnostics in found] == [(1, 1), (1, 0)]
        first.send(request(2, "shutdown"), EXIT)
        assert first.receive()["id"] == 2
        assert first.receive() is None, "the connection ends"
        second.send(request(3, "shutdown"))
        assert second.receive()["id"] == 3, "the other one lives on"
        first.close()
        second.close()


def test_a_client_that_breaks_off_disturbs_nobody() -> None:
    with tcp() as (host, port):
        broken = Connection(host, port)
        broken.send(*opening("nonsense"))
        broken.close()
        other = Connection(host, port)
        other.send(*opening("nonsense"))
        assert other.receive()["id"] == 1
        other.close()


def test_websocket_clients() -> None:
    with listening("--ws", "127.0.0.1:0") as address, connect(address) as first, connect(address) as second:
        for socket_, text in ((first, "nonsense"), (second, "")):
            for message in opening(text):
                socket_.send(json.dumps(message))
        for socket_, count in ((first, 1), (second, 0)):
            assert json.loads(socket_.recv(timeout=LONGEST))["id"] == 1
            assert len(json.loads(socket_.recv(timeout=LONGEST))["params"]["diagnostics"]) == count
        first.send(json.dumps(request(2, "shutdown")))
        first.send(json.dumps(EXIT))
        assert json.loads(first.recv(timeout=LONGEST))["id"] == 2


def status(address: str, origin: str | None = None, authorization: str | None = None) -> int:
    """The status of a WebSocket handshake: 101 and a working connection, else an error with a line of text."""
    headers = {"Authorization": authorization} if authorization is not None else None
    try:
        with connect(address, origin=Origin(origin) if origin else None, additional_headers=headers) as client:
            client.send(json.dumps(opening("")[0]))
            assert json.loads(client.recv(timeout=LONGEST))["id"] == 1
            return 101
    except InvalidStatus as error:
        assert error.response.body is not None
        assert error.response.body.count(b"\n") == 1
        return error.response.status_code


@pytest.mark.parametrize(
    ("origin", "option", "answer"),
    [
        ("https://evil.example", (), 403),
        ("null", (), 403),
        ("https://editor.example", ("--origin", "https://editor.example"), 101),
        ("https://evil.example", ("--origin", "https://editor.example"), 403),
    ],
)
def test_pages_of_the_web_connect_only_where_allowed(origin: str, option: tuple[str, ...], answer: int) -> None:
    with listening("--ws", "127.0.0.1:0", *option) as address:
        assert status(address, origin) == answer


EDITOR = "https://editor.example"


@pytest.mark.parametrize("origin", [None, EDITOR])
def test_who_connects_by_websocket_shows_the_token(origin: str | None) -> None:
    """The token is in the address or in a header; an allowed origin does not replace it."""
    with listening("--ws", "127.0.0.1:0", "--origin", EDITOR) as address:
        base, _, token = address.partition("?token=")
        assert len(token) >= 43, "of 32 random bytes"
        assert status(address, origin) == 101
        assert status(f"{base}?name=x&token={token}", origin) == 101
        assert status(base, origin, f"Bearer {token}") == 101
        assert status(base, origin, f"bearer {token}") == 101
        for wrong in (
            "",
            "?",
            "?token",
            "?token=",
            "?token=wrong",
            f"?token={token[:-1]}",
            f"?token={token}x",
            f"?{token}",
        ):
            assert status(base + wrong, origin) == 401, wrong
        for wrong in ("", "Bearer", "Bearer wrong", f"Basic {token}", token, f"Bearer {token}x", "Bearer \xe9"):
            assert status(base, origin, wrong) == 401, wrong


def test_each_server_has_a_token_of_its_own() -> None:
    with listening("--ws", "127.0.0.1:0") as first, listening("--ws", "127.0.0.1:0") as second:
        assert first.partition("?")[2] != second.partition("?")[2]


def test_a_token_from_a_file(tmp_path: Path) -> None:
    token = "a-token_of_32_characters-0123456"
    (tmp_path / "token").write_text(f"{token}\n")
    with listening("--ws", "127.0.0.1:0", "--token-file", str(tmp_path / "token")) as address:
        assert "token" not in address
        assert status(address) == 401
        assert status(f"{address}?token={token}") == 101


@pytest.mark.parametrize("content", ["", "too-short-to-be-safe", "a token of several words is none", "\xe9" * 30])
def test_what_is_no_token(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_text(content)
    said = refused("--ws", ":0", "--token-file", str(tmp_path / "token"))
    assert said == (
        f"lbsh: {tmp_path}/token holds no token: that is one word of 22 or more letters, digits, `-` and `_`\n"
    )


def test_a_token_file_that_is_not_there(tmp_path: Path) -> None:
    said = refused("--ws", ":0", "--token-file", str(tmp_path / "token"))
    assert said == f"lbsh: cannot read {tmp_path}/token: no such file or directory\n"


def test_what_a_browser_sends_is_no_message() -> None:
    with tcp() as (host, port), socket.create_connection((host, port), timeout=LONGEST) as page:
        body = framed(opening("")[0]).partition(b"\r\n\r\n")[2]
        page.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        assert page.recv(100) == b""


def test_a_client_that_does_not_read_is_not_read_either() -> None:
    """Its requests have long names, which their answers repeat: that costs the server next to nothing."""
    with tcp() as (host, port), socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # small, so that the server soon has to wait
        deaf.settimeout(3)
        deaf.connect((host, port))
        deaf.sendall(b"".join(framed(message) for message in opening("")))
        with pytest.raises(TimeoutError):
            for number in range(MORE_THAN_ANY_BUFFER):
                deaf.sendall(framed({**request(0, "lbsh/nothing"), "id": f"{number:0100000}"}))
        other = Connection(host, port)
        other.send(*opening(""))
        assert other.receive()["id"] == 1
        other.close()


def refused(*options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lbsh", "lsp", *options], capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert done.returncode == 2
    return done.stderr


@pytest.mark.parametrize("address", ["7766x", "host", "127.0.0.1:", "127.0.0.1:70000", ""])
def test_an_address_must_be_one(address: str) -> None:
    assert "HOST:PORT is expected, such as 127.0.0.1:7766" in refused("--tcp", address)


@pytest.mark.parametrize("option", ["--origin", "--token-file"])
def test_options_of_websockets_need_one(option: str) -> None:
    assert f"{option} needs --ws" in refused("--tcp", ":0", option, "x")


def test_both_at_once_are_refused() -> None:
    assert "exclude each other" in refused("--tcp", ":0", "--ws", ":0")


@pytest.mark.parametrize("option", ["--tcp", "--ws"])
def test_a_port_that_is_taken(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(option, f"127.0.0.1:{port}")
    assert said.startswith(f"lbsh: cannot listen on 127.0.0.1:{port}: ")
    assert said.count("\n") == 1
    assert "in use" in said
