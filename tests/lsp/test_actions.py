"""Code actions as a client gets them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp.editor import ODD, Editor

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def offered(
    editor: Editor, uri: str, words: str, only: Sequence[str] | None = None
) -> dict[str, types.CodeAction]:
    context = types.CodeActionContext([], only)
    params = types.CodeActionParams(editor.document(uri), editor.over(uri, words), context)
    found = await editor.client.text_document_code_action_async(params)
    return {one.title: one for one in found or () if isinstance(one, types.CodeAction)}


def after(editor: Editor, uri: str, action: types.CodeAction) -> str:
    assert action.edit is not None
    (change,) = action.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.uri == uri
    assert change.text_document.version is not None
    return editor.apply(uri, [one for one in change.edits if isinstance(one, types.TextEdit)])


async def test_a_fix(editor: Editor) -> None:
    text = ODD.replace("every 5s", "evry 5s")
    uri = editor.open(text)
    action = (await offered(editor, uri, "evry"))["write `every`"]
    assert after(editor, uri, action) == ODD
    assert action.kind == "quickfix"
    assert [one.code for one in action.diagnostics or ()] == ["LB502"]
    assert not action.is_preferred


async def test_servers_written_otherwise(editor: Editor) -> None:
    uri = editor.open(ODD)
    found = await offered(editor, uri, "add 192.168.1.2", ["refactor"])
    assert {one.kind for one in found.values()} == {"refactor.rewrite"}
    assert "add 192.168.1.2-9 to mx_pool" in after(editor, uri, found["join the statements into one"])
    parted = after(editor, uri, found["add each server by a statement of its own"])
    assert "add 192.168.1.2 to mx_pool\r\nadd 192.168.1.3 to mx_pool\n" in parted
    assert await offered(editor, uri, "add 192.168.1.2", ["refactor.extract"]) == {}


async def test_an_allowance_behind_emoji(editor: Editor) -> None:
    uri = editor.open(ODD.replace("pool mx", "pol mx") + "\nservice B is 62.103.127.155 tcp 26 # \N{PILE OF POO}")
    action = (await offered(editor, uri, "service B"))["allow LB311 on this line"]
    assert after(editor, uri, action).endswith("# \N{PILE OF POO}  # lbsh: allow LB311")


async def test_all_fixes(editor: Editor) -> None:
    text = ODD.replace("tcp 25", "TCP 25").replace("192.168.1.0/24", "192.168.1.5/24")
    uri = editor.open(text)
    asked = await offered(editor, uri, "pool", ["source.fixAll"])
    assert [after(editor, uri, one) for one in asked.values()] == [ODD]
    assert [one.kind for one in asked.values()] == ["source.fixAll"]
    later = (await offered(editor, uri, "pool"))["make all safe fixes"]
    assert later.edit is None
    assert after(editor, uri, await editor.client.code_action_resolve_async(later)) == ODD
    editor.replace(uri, ODD + "\n")
    assert (await editor.client.code_action_resolve_async(later)).edit is None
    assert "make all safe fixes" not in await offered(editor, uri, "pool")


async def test_a_fix_in_an_included_file(editor: Editor, tmp_path: Path) -> None:
    below = tmp_path / "below.lb"
    text = "# \N{PILE OF POO}\nexternal net 10.0.0.1/8"
    below.write_text(text)
    root = editor.open('include "below.lb"', (tmp_path / "site.lb").as_uri())
    uri = editor.open(text, below.as_uri())
    action = (await offered(editor, uri, "10.0.0.1/8"))["write `10.0.0.0/8`"]
    assert after(editor, uri, action) == "# \N{PILE OF POO}\nexternal net 10.0.0.0/8"
    assert action.is_preferred
    editor.close(uri)
    editor.close(root)


async def test_fixes_in_a_file_of_two_scripts(editor: Editor, tmp_path: Path) -> None:
    """The fault is a fault only in the second script, since there is no service of that name there."""
    for name, services in (("r1.lb", ("WEBSITE", "WEBSITES")), ("r2.lb", ("WEBSITE",))):
        lines = [f"service {service} is 10.1.0.{rank} tcp 80" for rank, service in enumerate(services, 1)]
        (tmp_path / name).write_text("\n".join([*lines, 'include "shared.lb"', ""]))
    roots = [editor.open((tmp_path / name).read_text(), (tmp_path / name).as_uri()) for name in ("r1.lb", "r2.lb")]
    text = "# \N{PILE OF POO}\npool p for WEBSITES # \N{PILE OF POO}\nadd 10.0.0.1 too p\n"
    uri = editor.open(text, (tmp_path / "shared.lb").as_uri())
    assert "LB101" in [one.code for one in await editor.published(uri)]
    found = await offered(editor, uri, "WEBSITES")
    assert after(editor, uri, found["write `WEBSITE`"]) == text.replace("WEBSITES", "WEBSITE")
    params = types.CodeActionParams(editor.document(uri), editor.over(uri, "too"), types.CodeActionContext([]))
    both = await editor.client.text_document_code_action_async(params)
    assert [one.title for one in both or ()].count("write `to`") == 1
    for one in (*roots, uri):
        editor.close(one)
