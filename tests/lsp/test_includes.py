"""Language server and included files: which files are opened at all, which a script may include, and which are quoted."""

from __future__ import annotations

import json
import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lbsh_lsp.machine import LocalMachine

from bench.editor import Client
from tests.limits import LONGEST

CLEAN = "interface external em0\nservice A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"
FARM = "service B is 203.0.113.2 tcp 80\npool q for B\nadd 10.0.0.2 to q\n"
SECRET = "root:$6$hunter2:19000:0:99999:7:::\n"
PULLS = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}


@contextmanager
def served(*folders: Path, **options: object) -> Iterator[Client]:
    """A client that pulls findings and has these folders open; `options` are its settings."""
    with Client((sys.executable, "-m", "lbsh", "lsp"), limit=LONGEST) as client:
        named = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders]
        params = {"processId": None, "rootUri": None, "capabilities": PULLS, "workspaceFolders": named}
        client.ask("initialize", {**params, "initializationOptions": options})
        client.notify("initialized", {})
        yield client
        client.ask("shutdown")
        client.notify("exit")
        assert client.ended() == 0, client.log


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for scripts, beside a farm and a secret that are in another one."""
    for folder in ("site", "shared"):
        (tmp_path / folder).mkdir()
    (tmp_path / "shared" / "farm.lb").write_text(FARM)
    (tmp_path / "shared" / "secret").write_text(SECRET)
    return tmp_path / "site"


def open_text(client: Client, place: Path | str, text: str) -> str:
    uri = place.as_uri() if isinstance(place, Path) else place
    item = {"uri": uri, "languageId": "lbsh", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": item})
    return uri


def found_in(client: Client, uri: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})["items"]
    return items


def codes(client: Client, uri: str) -> list[str]:
    return [one["code"] for one in found_in(client, uri)]


def configure(client: Client, value: object) -> None:
    client.notify("workspace/didChangeConfiguration", {"settings": {"lbsh": {"includeFrom": value}}})


# What is opened


@pytest.mark.parametrize("through", ["path", "link", "script of the folder"])
def test_the_server_waits_for_no_file(through: str, site: Path) -> None:
    fifo = site.parent / "fifo"
    os.mkfifo(fifo)
    controller, terminal = pty.openpty()
    try:
        targets = {
            "f.lb": fifo,
            "t.lb": Path(os.ttyname(terminal)),
            "z.lb": Path("/dev/zero"),
            "k.lb": Path("/proc/kmsg"),
        }
        for name, target in targets.items():
            (site / name).symlink_to(target)
        if through == "script of the folder":
            (site / "site.lb").write_text("".join(f'include "{name}"\n' for name in targets))
        paths = targets.values() if through == "path" else targets
        with served(site, includeFrom=["/"]) as client:
            uri = open_text(client, site / "main.lb", CLEAN + "".join(f'include "{path}"\n' for path in paths))
            assert codes(client, uri) == ["LB004"] * len(targets)
            assert "is no regular file" in found_in(client, uri)[0]["message"]
            client.ask("workspace/symbol", {"query": "p"})
            client.ask("workspace/diagnostic", {"previousResultIds": []})
    finally:
        os.close(controller)
        os.close(terminal)


# Where included files may lie


@pytest.mark.parametrize("path", ["../shared/farm.lb", "{shared}/farm.lb", "link.lb", "folder/farm.lb"])
def test_a_file_elsewhere_needs_the_setting(path: str, site: Path) -> None:
    shared = site.parent / "shared"
    (site / "link.lb").symlink_to(shared / "farm.lb")
    (site / "folder").symlink_to(shared)
    text = CLEAN + f'include "{path.format(shared=shared)}"\nadd 10.0.0.3 to q\n'
    with served(site) as client:
        uri = open_text(client, site / "site.lb", text)
        (found,) = found_in(client, uri)
        assert found["code"] == "LB004"
        assert "out of the folder of the script" in found["message"]
        assert "`includeFrom`" in found["message"]
        assert client.ask("textDocument/documentLink", {"textDocument": {"uri": uri}}) == []
        for value in ([str(shared)], ["../shared"], [".."], ["/"], ["/usr", str(shared)]):
            configure(client, value)
            assert found_in(client, uri) == [], value
            configure(client, None)
            assert codes(client, uri) == ["LB004"], value
    with served(site, includeFrom=[str(shared)]) as client:
        assert found_in(client, open_text(client, site / "site.lb", text)) == []


@pytest.mark.parametrize("value", ["/", 7, [7], {"/": True}, [""]])
def test_a_setting_that_is_no_list_of_folders_allows_nothing(value: object, site: Path) -> None:
    with served(site, includeFrom=value) as client:
        uri = open_text(client, site / "site.lb", 'include "../shared/farm.lb"\n')
        assert codes(client, uri) == ["LB004"]
        assert ("`includeFrom` must be a list of folders" in client.log) == (value != [""])


def test_folders_of_the_editor_are_allowed(site: Path) -> None:
    text = CLEAN + 'include "../shared/farm.lb"\n'
    folder = {"uri": (site.parent / "shared").as_uri(), "name": "shared"}
    with served(site) as client:
        uri = open_text(client, site / "site.lb", text)
        assert codes(client, uri) == ["LB004"]
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
        assert codes(client, uri) == []
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
        assert codes(client, uri) == ["LB004"]
    with served(site.parent) as client:
        assert codes(client, open_text(client, site / "site.lb", text)) == []


def test_the_folder_of_the_root_decides(tmp_path: Path) -> None:
    """Without folders of the editor: not the folder of an included file."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    (tmp_path / "a" / "part.lb").write_text('include "../b/farm.lb"\n')
    (tmp_path / "b" / "farm.lb").write_text(FARM)
    with served() as client:
        part = open_text(client, tmp_path / "a" / "part.lb", 'include "../b/farm.lb"\n')
        assert codes(client, part) == ["LB004"]
        uri = open_text(client, tmp_path / "site.lb", CLEAN + 'include "a/part.lb"\nadd 10.0.0.3 to q\n')
        assert (codes(client, uri), codes(client, part)) == ([], [])


def test_an_unsaved_script_includes_files_of_the_editors_folders(site: Path) -> None:
    (site / "farm.lb").write_text(FARM)
    with served(site) as client:
        for path, found in ((site / "farm.lb", []), (site.parent / "shared" / "farm.lb", ["LB004"])):
            uri = open_text(client, f"untitled:{path.parent.name}", CLEAN + f'include "{path}"\n')
            assert codes(client, uri) == found


def test_an_open_file_that_may_not_be_included_has_its_own_findings(site: Path) -> None:
    shared = site.parent / "shared"
    with served(site) as client:
        uri = open_text(client, site / "site.lb", CLEAN + f'include "{shared}/farm.lb"\n')
        farm = open_text(client, shared / "farm.lb", FARM + "nonsense\n")
        assert (codes(client, uri), codes(client, farm)[-1]) == (["LB004"], "LB003")
        configure(client, [str(shared)])
        assert (codes(client, uri), codes(client, farm)) == ([], ["LB003"])
        configure(client, [])
        assert (codes(client, uri), codes(client, farm)[-1]) == (["LB004"], "LB003")


def test_a_link_in_a_folder_is_no_script_of_it_unless_it_leads_there(site: Path) -> None:
    (site / "farm.lb").write_text(FARM)
    (site / "inside.lb").symlink_to("farm.lb")
    (site / "outside.lb").symlink_to(site.parent / "shared" / "farm.lb")
    machine = LocalMachine()
    machine.folders = [str(site)]
    assert set(machine.scripts()) == {str(site / "farm.lb")}
    machine.include_from = ["../shared"]
    assert set(machine.scripts()) == {str(site / "farm.lb"), str(site.parent / "shared" / "farm.lb")}


def test_completion_offers_what_may_be_included(site: Path) -> None:
    (site / "farm.lb").write_text(FARM)
    (site / "outside.lb").symlink_to(site.parent / "shared" / "farm.lb")
    (site / "a").mkdir()
    machine, root = LocalMachine(), str(site / "site.lb")
    offered = {typed: list(machine.paths(root, typed, root)) for typed in ("", "../", "../shared/", "/")}
    assert offered[""] == ["a/", "farm.lb"]
    assert offered["../"] == ["../site/"]
    assert offered["../shared/"] == []
    assert offered["/"] == [f"/{site.parts[1]}/"]
    machine.include_from = [str(site.parent / "shared")]
    assert list(machine.paths(root, "../", root)) == ["../shared/", "../site/"]
    assert list(machine.paths(root, "../shared/", root)) == ["../shared/farm.lb"]
    assert list(machine.paths(str(site / "a" / "part.lb"), "../", root)) == ["../a/", "../farm.lb", "../outside.lb"]


# What is quoted


def test_a_file_that_is_no_script_is_quoted_only_where_it_is_open(site: Path) -> None:
    (site / "secret").write_text(SECRET)
    with served(site) as client:
        uri = open_text(client, site / "site.lb", CLEAN + 'include "secret"\n')
        (found,) = found_in(client, uri)
        assert (found["code"], "it is no script" in found["message"]) == ("LB004", True)
        every = client.ask("workspace/diagnostic", {"previousResultIds": []})
        assert "hunter2" not in json.dumps(every)
        secret = open_text(client, site / "secret", SECRET)
        assert (codes(client, uri), codes(client, secret)) == ([], ["LB003"])
        client.notify("textDocument/didClose", {"textDocument": {"uri": secret}})
        assert codes(client, uri) == ["LB004"]
