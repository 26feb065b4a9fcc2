"""The server's manners: any messages in any order get the answers of the protocol, and the server ends in good order."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

from bench.editor import Client, GoneError, Message, framed
from tests.limits import LONGEST

SERVER = (sys.executable, "-m", "lbsh", "lsp")
URI = "untitled:site.lb"
INITIALIZE: Message = {"processId": None, "rootUri": None, "capabilities": {}}
POSITION = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 9}}


@pytest.fixture
def raw() -> Iterator[Client]:
    """A server that has received nothing yet."""
    with Client(SERVER, limit=LONGEST) as client:
        yield client


@pytest.fixture
def client(raw: Client) -> Client:
    """An initialized server."""
    raw.ask("initialize", INITIALIZE)
    raw.notify("initialized", {})
    return raw


@pytest.fixture(scope="module")
def lasting() -> Iterator[Client]:
    """A server for several tests, to show that it survives all of them."""
    with Client(SERVER, limit=LONGEST) as client:
        client.ask("initialize", INITIALIZE)
        client.notify("initialized", {})
        yield client


def opened(client: Client, text: str) -> list[Message]:
    """Opens a document and returns its findings."""
    client.notify(
        "textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "lbsh", "version": 1, "text": text}}
    )
    return published(client)


def published(client: Client) -> list[Message]:
    found: list[Message] = client.notification("textDocument/publishDiagnostics")["diagnostics"]
    return found


def change(version: int, text: str) -> Message:
    params = {"textDocument": {"uri": URI, "version": version}, "contentChanges": [{"text": text}]}
    return {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}


def test_an_orderly_end(client: Client) -> None:
    client.ask("shutdown")
    client.notify("exit")
    assert client.ended() == 0
    assert client.log == ""


def test_exit_without_shutdown(client: Client) -> None:
    client.notify("exit")
    assert client.ended() == 1


@pytest.mark.parametrize("given", ["nothing", "a file", "closed"])
def test_standard_input_that_nobody_speaks_on(given: str, tmp_path: Path) -> None:
    (tmp_path / "messages").write_bytes(framed({"jsonrpc": "2.0", "id": 1, "method": "shutdown"}))
    command = SERVER if given != "closed" else ("sh", "-c", 'exec "$@" <&-', "sh", *SERVER)
    with (Path(os.devnull) if given == "nothing" else tmp_path / "messages").open("rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, timeout=LONGEST, check=False)
    assert done.returncode == (2 if given == "closed" else 1)
    assert (b"-32002" in done.stdout) == (given == "a file")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("output", "status", "said"),
    [("/dev/full", 2, b"lbsh: cannot write the output: no space left on device\n"), ("/dev/null", 1, b"")],
)
def test_standard_output_that_takes_nothing(output: str, status: int, said: bytes) -> None:
    begin = framed({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE})
    with Path(output).open("wb") as file:
        done = subprocess.run(SERVER, input=begin, stdout=file, stderr=subprocess.PIPE, timeout=LONGEST, check=False)
    assert (done.returncode, done.stderr) == (status, said)


def test_one_socket_both_ways() -> None:
    """The way in which inetd and socat start programs."""
    here, there = socket.socketpair()
    text = "nonsense\n" * 3000
    item = {"uri": URI, "languageId": "lbsh", "version": 1, "text": text}
    opening: Message = {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}}
    with (
        here,
        there,
        subprocess.Popen(SERVER, stdin=there.fileno(), stdout=there.fileno(), stderr=subprocess.PIPE) as process,
    ):
        there.close()
        here.settimeout(LONGEST)
        begin: Message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}
        ends: list[Message] = [{"jsonrpc": "2.0", "id": 2, "method": "shutdown"}, {"jsonrpc": "2.0", "method": "exit"}]
        here.sendall(b"".join(framed(one) for one in (begin, opening)))
        answers = here.makefile("rb")
        assert answer_of(answers)["id"] == 1
        assert len(answer_of(answers)["params"]["diagnostics"]) == 1000
        here.sendall(b"".join(framed(one) for one in ends))
        assert answer_of(answers)["id"] == 2
        assert process.wait(timeout=LONGEST) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def answer_of(stream: IO[bytes]) -> Message:
    length = 0
    while line := stream.readline().strip():
        length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else length
    message: Message = json.loads(stream.read(length))
    return message


def test_a_client_whose_process_is_gone(raw: Client) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as parent:
        parent.wait()
    raw.ask("initialize", {**INITIALIZE, "processId": parent.pid})
    assert raw.ended() == 1
    assert "is gone" in raw.log


def test_nothing_is_said_after_the_end(client: Client) -> None:
    client.notify(
        "textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "lbsh", "version": 1, "text": "x"}}
    )
    client.ask("shutdown")
    client.notify("exit")
    assert client.ended() == 0
    with pytest.raises(GoneError):
        while client.receive().get("method") == "textDocument/publishDiagnostics":
            pass


def test_a_client_that_is_gone(client: Client) -> None:
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.ended() == 1
    assert "Traceback" not in client.log


def test_a_client_that_reads_no_more(client: Client) -> None:
    assert client.process.stdout is not None
    client.process.stdout.close()
    with suppress(GoneError):
        for number in range(100):
            client.send(change(number, "x"), {"jsonrpc": "2.0", "id": number, "method": "textDocument/hover"})
    with suppress(GoneError):
        client.notify("exit")
    assert client.ended() in {0, 1}, "whichever it sees first"
    assert "Traceback" not in client.log


def test_an_interrupt_from_the_keyboard(client: Client) -> None:
    os.kill(client.process.pid, signal.SIGINT)
    assert client.ended() == 130
    assert "Traceback" not in client.log


def test_requests_before_initialize_are_refused(raw: Client) -> None:
    assert raw.answer(raw.request("textDocument/hover", POSITION))["error"]["code"] == -32002
    raw.notify("textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "x", "version": 1, "text": "x"}})
    raw.ask("initialize", INITIALIZE)
    assert raw.answer(raw.request("initialize", INITIALIZE))["error"]["code"] == -32600


def test_requests_after_shutdown_are_refused(client: Client) -> None:
    client.ask("shutdown")
    assert client.answer(client.request("textDocument/hover", POSITION))["error"]["code"] == -32600
    client.notify("exit")
    assert client.ended() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": {}}', -32602),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover"}', -32602),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "textDocument/nothing", "params": {}}', -32601),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "lbsh/nothing"}', -32601),
        (b'{"jsonrpc": "2.0", "id": 7, "method": 5}', -32600),
    ],
)
def test_malformed_requests_are_answered(lasting: Client, body: bytes, code: int) -> None:
    lasting.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert lasting.answer(7)["error"]["code"] == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"jsonrpc": "1.0", "id": 1, "method": "shutdown"}',
        b'{"jsonrpc": "2.0", "id": {}, "result": 1}',
        b'{"jsonrpc": "2.0", "id": "none", "result": 1}',
        b'{"jsonrpc": "2.0", "id": "none", "error": 1}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": 1}}',
        b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 99}}',
        b'{"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "loud"}}',
        b'{"jsonrpc": "2.0", "method": "$/unheard", "params": 1}',
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_messages_without_sense_are_passed_over(lasting: Client, body: bytes) -> None:
    lasting.unread.clear()
    lasting.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert [one["code"] for one in opened(lasting, "nonsense")] == ["LB003"]
    complaints = [one["error"]["code"] for one in lasting.unread if one.get("id", 0) is None]
    assert complaints in ([], [-32700], [-32600])
    assert (complaints == [-32700]) == (body in {b"", b"{", b"\xff\xfe"} or body.startswith(b"[["))


def test_another_protocol_ends_the_connection(raw: Client) -> None:
    raw.write(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
    assert raw.ended() == 1
    assert "does not speak" in raw.log


def test_documents_that_are_not_open(client: Client) -> None:
    client.send(change(2, "x"))
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    client.notify("textDocument/didSave", {"textDocument": {"uri": URI}})
    for method in ("hover", "completion", "definition", "prepareRename", "signatureHelp", "documentHighlight"):
        assert client.ask(f"textDocument/{method}", POSITION) in (None, [])
    assert opened(client, "") == []


def test_of_many_versions_the_newest_wins(client: Client) -> None:
    opened(client, "")
    client.send(*(change(version, f"servce number{version}") for version in range(2, 60)))
    assert client.notification("textDocument/publishDiagnostics")["version"] == 59


def test_what_was_asked_of_an_older_text_is_not_answered_from_a_newer_one(client: Client) -> None:
    opened(client, "service A is 203.0.113.1 tcp 80")
    ask = {"jsonrpc": "2.0", "id": 70, "method": "textDocument/hover", "params": POSITION}
    client.send(ask, change(2, "\n\n\n"))
    assert client.answer(70)["error"]["code"] == -32801


def test_a_cancelled_request_ends_at_once(client: Client) -> None:
    opened(client, "service A is 203.0.113.1 tcp 80")
    requests = [
        {"jsonrpc": "2.0", "id": number, "method": "textDocument/hover", "params": POSITION} for number in (80, 81)
    ]
    client.send(*requests, {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 80}})
    assert client.answer(80)["error"]["code"] == -32800
    assert "error" not in client.answer(81)


def test_very_many_findings_are_cut_short(client: Client) -> None:
    found = opened(client, "nonsense\n" * 3000)
    assert len(found) == 1000
    assert [one["range"]["start"]["line"] for one in found] == list(range(1000))


HOSTILE = (
    "\x00",
    "\ud800",
    "add " * 5000,
    '"' * 9999,
    "service \u202e is",
    "x" * 70_000,
    'include "/dev/zero"',
    'include "/proc/self/mem"',
    'include "' + "../" * 2000 + '"',
    'include "\\\\"',
    "# lbsh: allow",
    "\r\r\n\n\r",
)


def test_random_messages_do_not_stop_it(client: Client) -> None:
    """Messages that are correct by themselves, in a senseless order, on senseless texts."""
    dice = random.Random(7)
    methods = [
        *("hover", "completion", "definition", "references", "documentHighlight", "prepareRename", "signatureHelp"),
        *("documentSymbol", "codeLens", "foldingRange", "documentLink", "diagnostic", "semanticTokens/full"),
        *("formatting", "codeAction", "inlayHint", "selectionRange", "linkedEditingRange", "prepareCallHierarchy"),
        *("onTypeFormatting", "rename", "semanticTokens/full/delta", "semanticTokens/range", "rangeFormatting"),
    ]
    asked = []
    for version in range(400):
        place = {"line": dice.randrange(6), "character": dice.choice([0, 1, 9, 70_000, 4_000_000_000 >> 1])}
        params: Message = {"textDocument": {"uri": URI}, "position": place, "positions": [place], "newName": "N"}
        params |= {"range": {"start": place, "end": {"line": 9, "character": 0}}, "context": {"diagnostics": []}}
        params |= {"options": {"tabSize": 4, "insertSpaces": True}, "ch": "\n", "previousResultId": "x"}
        params["context"]["includeDeclaration"] = True
        match dice.randrange(5):
            case 0:
                item = {"uri": URI, "languageId": "lbsh", "version": version, "text": dice.choice(HOSTILE)}
                client.notify("textDocument/didOpen", {"textDocument": item})
            case 1:
                client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
            case 2:
                edit = {"range": params["range"], "text": dice.choice(HOSTILE)}
                text = {"textDocument": {"uri": URI, "version": version}, "contentChanges": [edit]}
                client.notify("textDocument/didChange", text)
            case _:
                asked.append(client.request(f"textDocument/{dice.choice(methods)}", params))
    answers = [client.answer(number) for number in asked]
    told = [answer["error"] for answer in answers if "error" in answer]
    assert [one for one in told if one["code"] == -32603] == []
    client.ask("shutdown")
    client.notify("exit")
    assert client.ended() == 0
    assert "Traceback" not in client.log


def test_framing_needs_no_content_type_and_takes_one() -> None:
    assert json.loads(framed({"a": 1}).partition(b"\r\n\r\n")[2]) == {"a": 1}
