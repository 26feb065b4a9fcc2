"""The commands of the editor."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def run(editor: Editor, command: str, *arguments: object) -> dict[str, Any]:
    params = types.ExecuteCommandParams(command, list(arguments))
    answer = await editor.client.workspace_execute_command_async(params)
    assert answer is not None
    found: dict[str, Any] = answer if isinstance(answer, dict) else answer._asdict()
    return found


async def test_rules(editor: Editor) -> None:
    uri = editor.open(ODD.replace("internal net", "external addr 10.9.9.9\ninternal gw 192.168.1.1\ninternal net"))
    answer = await run(editor, "lbsh.showRules", {"uri": uri, "backend": "nftables", "target": None})
    assert answer["backend"] == "nftables"
    assert answer["fault"] is None
    assert answer["text"] is not None
    assert "62.103.127.154" in answer["text"]
    assert f"{uri}:8" in answer["text"] or ".lb:8" in answer["text"]


async def test_rules_that_there_are_not(editor: Editor) -> None:
    uri = editor.open(ODD.replace("add 192.168.1.4-", "ad 192.168.1.4-"))
    for arguments, fault in (
        ({"uri": uri, "backend": "nftables"}, "the script has an error in "),
        ({"uri": uri, "backend": "nftable"}, "there is no backend `nftable`; a backend with a similar name exists: "),
        ({"uri": uri, "backend": "pf", "target": "7"}, "pf has no target `7`; its targets are "),
        ({"uri": "untitled:nothing", "backend": "pf"}, "the script is not open in the editor"),
    ):
        answer = await run(editor, "lbsh.showRules", arguments)
        assert answer["text"] is None
        assert (answer["fault"] or "").startswith(fault)


async def test_traces(editor: Editor) -> None:
    uri = editor.open(ODD)
    asked = {"uri": uri, "proto": "tcp", "from": "203.0.113.9", "to": "62.103.127.154:smtp"}
    answer = await run(editor, "lbsh.trace", asked)
    assert answer["fault"] is None
    assert answer["text"] is not None
    assert " balanced by service SMTP, to one of 8 servers\n" in answer["text"]
    assert "service SMTP is 62.103.127.154 tcp 25" in answer["text"]
    for change, fault in (
        ({"to": "62.103.127.154"}, "to 62.103.127.154: a port is missing; 62.103.127.154:80 has one"),
        ({"from": "fd00::1"}, "no packet goes from IPv6 (fd00::1) to IPv4 (62.103.127.154)"),
        ({"proto": "tcp+udp"}, "`tcp+udp` is no protocol of a packet; that is `tcp` or `udp`"),
        ({"in": "1x"}, "in 1x: an interface name is a letter, then letters, digits, `_`, `.`, `:`, `@` or `-`"),
        ({"uri": "untitled:nothing"}, "the script is not open in the editor"),
    ):
        expected: dict[str, Any] = {"text": None, "fault": fault, "interfaces": []}
        assert await run(editor, "lbsh.trace", {**asked, **change}) == expected
    elsewhere = await run(editor, "lbsh.trace", {**asked, "in": "em77"})
    assert elsewhere["text"] is not None
    assert "It comes in by em77, which the script does not name." in elsewhere["text"]


async def test_a_trace_says_on_which_interfaces_it_depends(editor: Editor) -> None:
    ways = "interface external em6\nexternal gw 62.103.127.158 on em6\nexternal gw 198.51.100.1 on em0\n"
    uri = editor.open(ODD + "\n" + ways)
    asked = {"uri": uri, "proto": "tcp", "from": "203.0.113.9", "to": "62.103.127.154:smtp"}
    answer = await run(editor, "lbsh.trace", asked)
    assert (answer["fault"], answer["interfaces"]) == (None, ["em0", "em6"])
    stated = await run(editor, "lbsh.trace", {**asked, "in": "em6"})
    assert (stated["fault"], stated["interfaces"]) == (None, [])


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("lbsh.showRules", [], "lbsh.showRules takes one argument, an object"),
        ("lbsh.showRules", ["x"], "lbsh.showRules takes one argument, an object"),
        ("lbsh.showRules", [{"uri": "x"}, {}], "lbsh.showRules takes one argument, an object"),
        ("lbsh.showRules", [{"uri": "x"}], "lbsh.showRules: `backend` is missing"),
        ("lbsh.showRules", [{"uri": 7, "backend": "pf"}], "lbsh.showRules: `uri` must be a text"),
        ("lbsh.trace", [{"uri": "x", "proto": "tcp", "from": []}], "lbsh.trace: `from` must be a text"),
        ("lbsh.trace", [None], "lbsh.trace takes one argument, an object"),
    ],
)
async def test_arguments_that_make_no_sense(
    editor: Editor, command: str, arguments: list[object], message: str
) -> None:
    with pytest.raises(JsonRpcInvalidParams) as caught:
        await run(editor, command, *arguments)
    assert caught.value.message == message
