"""The call hierarchy as a client gets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def item(editor: Editor, uri: str, words: str, inside: str | None = None) -> types.CallHierarchyItem:
    params = types.CallHierarchyPrepareParams(editor.document(uri), editor.at(uri, words, inside))
    found = await editor.client.text_document_prepare_call_hierarchy_async(params)
    assert found is not None
    (one,) = found
    return one


async def outgoing(editor: Editor, caller: types.CallHierarchyItem) -> list[tuple[types.CallHierarchyItem, list[str]]]:
    found = await editor.client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(caller))
    return [(one.to, [editor.covered(caller.uri, place) for place in one.from_ranges]) for one in found or ()]


async def incoming(editor: Editor, called: types.CallHierarchyItem) -> list[tuple[types.CallHierarchyItem, list[str]]]:
    found = await editor.client.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(called))
    return [(one.from_, [editor.covered(one.from_.uri, place) for place in one.from_ranges]) for one in found or ()]


async def test_from_a_service_to_its_servers_and_back(editor: Editor) -> None:
    uri = editor.open(ODD)
    service = await item(editor, uri, "probe SMTP", "SMTP")
    assert service.selection_range == editor.over(uri, "service SMTP", "SMTP")
    assert editor.covered(uri, service.range) == "service SMTP is 62.103.127.154 tcp 25"
    ((pool, places),) = await outgoing(editor, service)
    assert (pool.name, pool.detail, places) == ("mx_pool", "8 servers", ["SMTP"])
    servers = await outgoing(editor, pool)
    assert [(one.name, places) for one, places in servers] == [
        (name, [name]) for name in ("192.168.1.2", "192.168.1.3", "192.168.1.4-192.168.1.9")
    ]
    assert await outgoing(editor, servers[0][0]) == []
    assert await incoming(editor, servers[2][0]) == [(pool, ["192.168.1.4-192.168.1.9"])]
    assert await incoming(editor, pool) == [(service, ["SMTP"])]
    assert await incoming(editor, service) == []


async def test_items_of_files_that_are_not_open(editor: Editor, tmp_path: Path) -> None:
    below = tmp_path / "pools.lb"
    below.write_text("# \N{PILE OF POO}\npool mx for SMTP\nadd 192.168.1.2 to mx\n")
    editor.texts[below.as_uri()] = below.read_text()
    uri = editor.open(f'service SMTP is 62.0.0.1 tcp 25\ninclude "{below.name}"\n', (tmp_path / "site.lb").as_uri())
    service = await item(editor, uri, "SMTP")
    ((pool, _),) = await outgoing(editor, service)
    assert pool.uri == below.as_uri()
    ((server, _),) = await outgoing(editor, pool)
    assert [one for one, _ in await incoming(editor, server)] == [pool]
    assert [one for one, _ in await incoming(editor, pool)] == [service]
    editor.close(uri)


async def test_a_comment_is_no_item(editor: Editor) -> None:
    uri = editor.open(ODD)
    params = types.CallHierarchyPrepareParams(editor.document(uri), editor.at(uri, "a farm"))
    assert await editor.client.text_document_prepare_call_hierarchy_async(params) is None


async def test_calls_of_a_file_of_two_scripts(editor: Editor, tmp_path: Path) -> None:
    roots = [
        editor.open(f'service SMTP is 62.0.0.1 tcp 25\ninclude "shared.lb"\n{more}', (tmp_path / name).as_uri())
        for name, more in (("a.lb", ""), ("b.lb", "add 10.0.0.3 to p\n"))
    ]
    uri = editor.open("# \N{PILE OF POO}\npool p for SMTP\nadd 10.0.0.2 to p\n", (tmp_path / "shared.lb").as_uri())
    pool = await item(editor, uri, "p for SMTP")
    assert pool.detail == "1 server or 2 servers"
    assert [one.uri for one, _ in await incoming(editor, pool)] == roots
    assert [one.name for one, _ in await outgoing(editor, pool)] == ["10.0.0.2", "10.0.0.3"]
    for one in (*roots, uri):
        editor.close(one)
