"""A connection that another program has made, served by `serve`: no socket, no process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lbsh_lsp import background, protocol
from lbsh_lsp.machine import IsolatedMachine, LocalMachine, Machine
from lbsh_lsp.serialization import Serialized
from lbsh_lsp.server import LbshServer
from lbsh_lsp.transports import messages, serve

from bench.editor import Message

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 60.0
"""A limit in seconds that only a fault reaches."""

TEXT = "service A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"


class GoneError(Exception):
    """The client has gone."""


class Wire:
    """Both ends of a connection: `receive` and `send` for the server, the other methods for the test."""

    def __init__(self) -> None:
        self._to_server: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._to_client: asyncio.Queue[Message] = asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()
        self.taken = 0
        self.gone = False

    async def receive(self) -> AsyncIterator[str | bytes]:
        while (message := await self._to_server.get()) is not None:
            self.taken += 1
            yield message

    async def send(self, message: str) -> None:
        if self.gone:
            raise GoneError
        await self.reads.wait()
        self._to_client.put_nowait(json.loads(message))

    def ask(self, number: int, method: str, params: object = None, *, as_bytes: bool = False) -> None:
        message = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        self._to_server.put_nowait(message.encode() if as_bytes else message)

    def notify(self, method: str, params: object = None) -> None:
        self._to_server.put_nowait(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))

    def put(self, message: str | bytes) -> None:
        self._to_server.put_nowait(message)

    def hang_up(self) -> None:
        self._to_server.put_nowait(None)

    async def answer(self, number: int) -> Message:
        return await self.wait("id", number)

    async def notification(self, method: str) -> Message:
        found: Message = (await self.wait("method", method))["params"]
        return found

    async def wait(self, key: str, value: object) -> Message:
        async with asyncio.timeout(LIMIT):
            while (message := await self._to_client.get()).get(key) != value:
                pass
            return message


def initialize(wire: Wire, folders: list[Path] | None = None) -> None:
    named = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders or ()]
    capabilities = {"workspace": {"configuration": True}}  # the server requests settings, and gets no answer
    params: Message = {"processId": None, "rootUri": None, "capabilities": capabilities, "workspaceFolders": named}
    wire.ask(1, "initialize", params)
    wire.notify("initialized", {})


def open_document(wire: Wire, uri: str, text: str) -> None:
    item = {"uri": uri, "languageId": "lbsh", "version": 1, "text": text}
    wire.notify("textDocument/didOpen", {"textDocument": item})


def started(wire: Wire, machine: Machine | None = None) -> asyncio.Task[int]:
    return asyncio.create_task(serve(LbshServer((), "1", machine), wire.receive(), wire.send))


async def ended(task: asyncio.Task[int]) -> int:
    async with asyncio.timeout(LIMIT):
        return await task


async def test_a_whole_session() -> None:
    wire = Wire()
    task = started(wire)
    initialize(wire)
    assert (await wire.answer(1))["result"]["serverInfo"] == {"name": "lbsh", "version": "1"}
    open_document(wire, "untitled:a", TEXT + "nonsense")
    found = await wire.notification("textDocument/publishDiagnostics")
    assert "LB003" in {one["code"] for one in found["diagnostics"]}
    wire.ask(
        2, "textDocument/definition", {"textDocument": {"uri": "untitled:a"}, "position": {"line": 2, "character": 16}}
    )
    assert (await wire.answer(2))["result"][0]["range"]["start"] == {"line": 1, "character": 5}
    wire.ask(3, "textDocument/semanticTokens/full", {"textDocument": {"uri": "untitled:a"}}, as_bytes=True)
    assert (await wire.answer(3))["result"]["data"][:5] == [0, 0, 7, 0, 0]
    wire.put("no JSON")
    assert (await wire.wait("id", None))["error"]["code"] == -32700
    wire.ask(4, "shutdown")
    wire.notify("exit")
    assert (await wire.answer(4))["result"] is None
    assert await ended(task) == 0


async def test_the_end_of_what_is_received_ends_it() -> None:
    wire = Wire()
    task = started(wire)
    initialize(wire)
    open_document(wire, "untitled:a", "nonsense")
    wire.hang_up()
    assert await ended(task) == 1, "there was no shutdown"
    assert (await wire.answer(1))["result"], "what was asked before is answered"


async def test_a_client_that_is_gone_ends_it() -> None:
    """A `send` that raises; the exception goes to the caller."""
    wire = Wire()
    wire.gone = True
    task = started(wire)
    initialize(wire)
    with pytest.raises(GoneError):
        await ended(task)


async def test_what_receiving_raises_goes_to_the_caller() -> None:
    async def receive() -> AsyncIterator[str]:
        raise GoneError
        yield ""

    with pytest.raises(GoneError):
        await serve(LbshServer((), "1"), receive(), Wire().send)


async def test_it_can_be_cancelled() -> None:
    """Also during long work; no task is left behind."""
    before = asyncio.all_tasks()
    for text in (None, "", "".join(f"pool p{number} for S\n" for number in range(5_000))):
        wire = Wire()
        task = started(wire)
        if text is not None:
            initialize(wire)
            open_document(wire, "untitled:a", text)
            await wire.notification("textDocument/publishDiagnostics")
            wire.ask(2, "textDocument/documentSymbol", {"textDocument": {"uri": "untitled:a"}})
            wire.ask(3, "lbsh/nothing")
            await wire.answer(3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ended(task)
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)


async def test_a_client_that_does_not_read_is_not_read_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_UNREAD", 10_000)
    wire = Wire()
    wire.reads.clear()
    task = started(wire)
    initialize(wire)
    for number in range(2, 1000):
        wire.ask(number, "lbsh/nothing")
    for _ in range(10_000):  # turns of the event loop, ten times the number of messages
        await asyncio.sleep(0)
    assert wire.taken < 500
    wire.reads.set()
    assert (await wire.answer(999))["error"]["code"] == -32601
    wire.hang_up()
    assert await ended(task) == 1


async def test_a_client_that_does_not_read_is_not_worked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that nobody reads, and copies of documents for those to come, would fill the memory."""
    made: list[str] = []

    def encoded(*arguments: object) -> Serialized:
        made.append("an answer")
        return Serialized(json.dumps(["x" * 10_000]))

    monkeypatch.setattr(messages, "MOST_UNREAD", 50_000)
    monkeypatch.setattr(protocol, "MOST_AT_WORK", 4)
    monkeypatch.setattr(background, "serialize", encoded)
    wire = Wire()
    task = started(wire)
    initialize(wire)
    open_document(wire, "untitled:a", TEXT)
    await wire.answer(1)
    wire.reads.clear()
    for number in range(2, 102):
        wire.ask(number, "textDocument/semanticTokens/full", {"textDocument": {"uri": "untitled:a"}})
    async with asyncio.timeout(LIMIT):
        while len(made) < 6:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)  # enough for all hundred
    assert len(made) < 6 + 2 * 4
    wire.reads.set()
    assert (await wire.answer(101))["result"] == ["x" * 10_000]
    assert len(made) == 100
    wire.hang_up()
    assert await ended(task) == 1


async def test_a_message_that_is_too_large_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LARGEST_MESSAGE", 10_000)
    wire = Wire()
    task = started(wire)
    wire.put(" " * 10_001)
    assert await ended(task) == 1


@pytest.mark.parametrize(("machine", "codes"), [(LocalMachine(), []), (IsolatedMachine(), ["LB004"])])
async def test_an_isolated_machine_shows_no_file(machine: Machine, codes: list[str], tmp_path: Path) -> None:
    (tmp_path / "farm.lb").write_text(TEXT)
    wire = Wire()
    task = started(wire, machine)
    initialize(wire, [tmp_path])
    site = (tmp_path / "site.lb").as_uri()
    open_document(wire, site, 'include "farm.lb"\n')
    while (found := await wire.notification("textDocument/publishDiagnostics"))["uri"] != site:
        pass
    assert [one["code"] for one in found["diagnostics"] if one["code"] == "LB004"] == codes
    wire.ask(2, "workspace/symbol", {"query": "p"})
    assert ((await wire.answer(2))["result"] == []) == (codes != [])
    wire.hang_up()
    assert await ended(task) == 1


async def test_open_documents_of_an_isolated_machine_include_each_other(tmp_path: Path) -> None:
    wire = Wire()
    task = started(wire, IsolatedMachine())
    initialize(wire)
    open_document(wire, "file:///farms/web.lb", "nonsense\n")
    open_document(wire, "file:///site.lb", 'include "farms/../farms/web.lb"\n')
    wire.ask(2, "textDocument/documentLink", {"textDocument": {"uri": "file:///site.lb"}})
    assert [one["target"] for one in (await wire.answer(2))["result"]] == ["file:///farms/web.lb"]
    wire.ask(
        3,
        "textDocument/completion",
        {"textDocument": {"uri": "file:///site.lb"}, "position": {"line": 0, "character": 9}},
    )
    assert (await wire.answer(3))["result"]["items"] == []
    wire.hang_up()
    assert await ended(task) == 1
