"""Typing does not wait for long work, and long work does not outlive the text that it is about.

The tests compare the order of answers, not times: a request that came later is answered earlier.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from bench import farm
from bench.editor import Client, Message
from tests.limits import LONGEST
from tests.profiles import is_gate

SERVER = (sys.executable, "-m", "lbsh", "lsp")
URI = "untitled:farm.lb"
LINES = 10_000 if is_gate() else 4_000
DEVICE = ["interface external eth0", "interface internal eth1", "internal net 10.0.0.0/8", "internal gw 10.255.255.254"]
DOCUMENT = {"textDocument": {"uri": URI}}
TOP = {"start": {"line": 2, "character": 0}, "end": {"line": 2, "character": 0}}
WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": LINES, "character": 0}}
OPTIONS = {"options": {"tabSize": 4, "insertSpaces": True}}
POOL = {"position": {"line": 6, "character": len("add 10.1.0.0 to po")}}
RULES = {"command": "lbsh.showRules", "arguments": [{"uri": URI, "backend": "nftables"}]}
PACKET = {"uri": URI, "proto": "tcp", "from": "198.51.100.7:40000", "to": "198.18.0.5:80"}


def _script() -> str:
    """Many small pools, and a large one."""
    lines = list(DEVICE)
    for number in range(LINES // 6):
        service = f"service web{number} is {farm.service_address(number)} tcp 80"
        lines += [
            service,
            f"pool pool{number} for web{number}",
            f"add 10.1.{number >> 8}.{number & 255} to pool{number}",
        ]
    lines += [f"add 10.2.{number >> 8}.{number & 255}  to pool0" for number in range(LINES // 2)]
    return "\n".join(lines)


SCRIPT = _script()
FAULTY = SCRIPT.replace("10.0.0.0/8", "10.0.0.1/8")
"""With a finding that has a fix."""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(SERVER, limit=LONGEST) as started:
        symbols = {"documentSymbol": {"hierarchicalDocumentSymbolSupport": True}}
        started.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {"textDocument": symbols}})
        started.notify("initialized", {})
        yield started


@pytest.fixture
def opened(client: Client) -> Client:
    """With the script open, version 1, and its findings published."""
    open_script(client, SCRIPT)
    return client


def open_script(client: Client, text: str) -> None:
    item = {"uri": URI, "languageId": "lbsh", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": item})
    client.notification("textDocument/publishDiagnostics")


def type_blank(client: Client) -> None:
    """Types a blank at the end of the third line, and waits for the findings of that version."""
    end = {"line": 2, "character": len(DEVICE[2])}
    change = {"range": {"start": end, "end": end}, "text": " "}
    client.notify("textDocument/didChange", {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [change]})
    assert client.notification("textDocument/publishDiagnostics")["version"] == 2


def asked_later(client: Client) -> None:
    """Sends a small request, and gets its answer before that of a larger request."""
    client.ask("textDocument/definition", {**DOCUMENT, "position": {"line": 0, "character": 0}})
    assert [one for one in client.unread if "method" not in one] == []


LONG = {
    "outline": ("textDocument/documentSymbol", DOCUMENT),
    "lenses": ("textDocument/codeLens", DOCUMENT),
    "hints": ("textDocument/inlayHint", {**DOCUMENT, "range": WHOLE}),
    "form": ("textDocument/formatting", {**DOCUMENT, **OPTIONS}),
    "references": ("textDocument/references", {**DOCUMENT, **POOL, "context": {"includeDeclaration": True}}),
    "rename": ("textDocument/rename", {**DOCUMENT, **POOL, "newName": "another"}),
}


@pytest.mark.sampled
@pytest.mark.parametrize(("method", "params"), LONG.values(), ids=list(LONG))
def test_whoever_types_does_not_wait(opened: Client, method: str, params: Message) -> None:
    number = opened.request(method, params)
    asked_later(opened)
    type_blank(opened)
    assert opened.answer(number)["error"]["code"] == -32801


def test_whoever_types_does_not_wait_for_all_fixes(client: Client) -> None:
    open_script(client, FAULTY)
    asked = {**DOCUMENT, "range": TOP, "context": {"diagnostics": [], "only": ["source.fixAll"]}}
    number = client.request("textDocument/codeAction", asked)
    asked_later(client)
    type_blank(client)
    assert client.answer(number)["error"]["code"] == -32801
    (action,) = client.ask("textDocument/codeAction", asked)
    assert action["kind"] == "source.fixAll"


COMMANDS = {"rules": RULES, "trace": {"command": "lbsh.trace", "arguments": [PACKET]}}


@pytest.mark.sampled
@pytest.mark.parametrize("params", COMMANDS.values(), ids=list(COMMANDS))
def test_commands_are_answered_as_they_were_asked(opened: Client, params: Message) -> None:
    at_rest = opened.ask("workspace/executeCommand", params)
    number = opened.request("workspace/executeCommand", params)
    asked_later(opened)
    line = {"start": {"line": 2, "character": 0}, "end": {"line": 3, "character": 0}}
    change = {"range": line, "text": "nonsense\n"}
    opened.notify("textDocument/didChange", {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [change]})
    assert opened.notification("textDocument/publishDiagnostics")["version"] == 2
    assert opened.answer(number)["result"] == at_rest
    assert opened.ask("workspace/executeCommand", params) != at_rest


def test_long_work_can_be_cancelled(opened: Client) -> None:
    numbers = [opened.request("textDocument/documentSymbol", DOCUMENT) for _ in range(3)]
    asked_later(opened)
    opened.notify("$/cancelRequest", {"id": numbers[0]})
    opened.notify("$/cancelRequest", {"id": numbers[1]})
    assert [opened.answer(number)["error"]["code"] for number in numbers[:2]] == [-32800, -32800]
    outline = opened.answer(numbers[2])["result"]
    assert outline == opened.ask("textDocument/documentSymbol", DOCUMENT)
    assert len(outline) == LINES // 6 + len(DEVICE)


def test_small_answers_do_not_wait_for_long_work(opened: Client) -> None:
    number = opened.request("workspace/executeCommand", RULES)
    place = {**DOCUMENT, "position": {"line": 8, "character": len("pool po")}}
    found = opened.ask("textDocument/documentHighlight", place)
    assert [one["range"]["start"]["line"] for one in found] == [8, 9]
    assert all(one.get("id") != number for one in opened.unread)
    assert opened.answer(number)["result"]["backend"] == "nftables"


def test_the_work_of_another_document_is_not_disturbed(opened: Client) -> None:
    other = {"uri": "untitled:other.lb", "languageId": "lbsh", "version": 1, "text": ""}
    opened.notify("textDocument/didOpen", {"textDocument": other})
    number = opened.request("textDocument/documentSymbol", DOCUMENT)
    asked_later(opened)
    opened.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": other["uri"], "version": 2}, "contentChanges": [{"text": "nonsense"}]},
    )
    assert len(opened.answer(number)["result"]) == LINES // 6 + len(DEVICE)
