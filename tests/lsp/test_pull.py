"""Clients that pull findings, scripts of several files, and files on the disk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bench.editor import Client, Message
from tests.limits import LONGEST

MAIN = 'interface external em0\ninclude "farm.lb"\nadd 10.0.0.9 to p\n'
FARM = "service A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"
PULLS = {
    "textDocument": {"diagnostic": {}},
    "workspace": {
        "diagnostics": {"refreshSupport": True},
        "codeLens": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
        "semanticTokens": {"refreshSupport": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.lb").write_text(MAIN)
    (tmp_path / "farm.lb").write_text(FARM)
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    yield from started(folder, PULLS)


@pytest.fixture
def pushed(folder: Path) -> Iterator[Client]:
    yield from started(folder, {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}})


def started(folder: Path, capabilities: dict[str, Any]) -> Iterator[Client]:
    with Client((sys.executable, "-m", "lbsh", "lsp"), limit=LONGEST) as client:
        folders = [{"uri": folder.as_uri(), "name": "site"}]
        result = client.ask(
            "initialize",
            {"processId": None, "rootUri": None, "capabilities": capabilities, "workspaceFolders": folders},
        )
        provider = result["capabilities"].get("diagnosticProvider")
        assert (provider is not None) == (capabilities is PULLS), "who is sent findings need not ask"
        if provider is not None:
            assert provider["interFileDependencies"] is True
            assert provider["workspaceDiagnostics"] is True
        client.notify("initialized", {})
        yield client
        client.ask("shutdown")
        client.notify("exit")
        assert client.ended() == 0, client.log
        assert client.log == ""


def asks(method: str, message: Message) -> bool:
    return message.get("method") == method


def opened(client: Client, path: Path, text: str | None = None) -> str:
    text = path.read_text() if text is None else text
    item = {"uri": path.as_uri(), "languageId": "lbsh", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": item})
    return path.as_uri()


def changed(client: Client, uri: str, text: str) -> None:
    params = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": text}]}
    client.notify("textDocument/didChange", params)


def pulled(client: Client, uri: str, before: str | None = None) -> Any:
    return client.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}, "previousResultId": before})


def codes(items: list[dict[str, Any]]) -> list[str]:
    return [one["code"] for one in items]


def test_findings_are_given_under_a_name_that_stays_while_they_do(client: Client, folder: Path) -> None:
    uri = opened(client, folder / "site.lb", MAIN + "nonsense")
    first = pulled(client, uri)
    assert (first["kind"], codes(first["items"])) == ("full", ["LB003"])
    again = pulled(client, uri, first["resultId"])
    assert again == {"kind": "unchanged", "resultId": first["resultId"]}
    changed(client, uri, MAIN)
    last = pulled(client, uri, first["resultId"])
    assert (last["kind"], last["items"]) == ("full", [])
    assert last["resultId"] != first["resultId"]


def test_a_client_that_asks_is_not_sent_findings_besides(client: Client, folder: Path) -> None:
    uri = opened(client, folder / "site.lb", "nonsense")
    assert codes(pulled(client, uri)["items"]) == ["LB003"]
    assert [one for one in client.unread if one.get("method") == "textDocument/publishDiagnostics"] == []


def test_a_change_in_one_file_has_the_client_ask_for_the_others(client: Client, folder: Path) -> None:
    site, farm = opened(client, folder / "site.lb"), opened(client, folder / "farm.lb")
    assert [pulled(client, uri)["items"] for uri in (site, farm)] == [[], []]
    changed(client, farm, FARM.replace("pool p", "pool q"))
    for method in ("diagnostic", "codeLens", "inlayHint", "semanticTokens"):
        client.wait(partial(asks, f"workspace/{method}/refresh"))
    assert codes(pulled(client, site)["items"]) == ["LB102"]


def test_a_client_that_cannot_be_told_to_ask_again_is_sent_findings(folder: Path) -> None:
    """Otherwise the findings of other documents after an edit would never reach the client."""
    for client in started(folder, {"textDocument": {"diagnostic": {}}}):
        site, farm = opened(client, folder / "site.lb"), opened(client, folder / "farm.lb")
        changed(client, farm, FARM.replace("pool p", "pool q"))
        while published(client, site) != ["LB102"]:
            pass


@pytest.mark.parametrize("cause", ["a file that goes", "another backend", "an unsaved text that is given up"])
def test_whatever_changes_findings_has_the_client_ask_again(client: Client, folder: Path, cause: str) -> None:
    weighted = "service Z is 203.0.113.9 tcp 80\npool z for Z balance least-connections\nadd 10.0.0.5-6 to z\n"
    (folder / "site.lb").write_text(MAIN + weighted)
    uri = opened(client, folder / "site.lb")
    farm = opened(client, folder / "farm.lb", FARM.replace("pool p", "pool q") if "unsaved" in cause else None)
    before = pulled(client, uri)["resultId"]
    if cause == "a file that goes":
        client.notify("textDocument/didClose", {"textDocument": {"uri": farm}})
        (folder / "farm.lb").unlink()
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": farm, "type": 3}]})
    elif cause == "another backend":
        client.notify("workspace/didChangeConfiguration", {"settings": {"lbsh": {"backend": "pf"}}})
    else:
        client.notify("textDocument/didClose", {"textDocument": {"uri": farm}})
    client.wait(partial(asks, "workspace/diagnostic/refresh"))
    assert pulled(client, uri, before)["kind"] == "full"


def test_all_files_of_the_open_scripts_are_told_of(client: Client, folder: Path) -> None:
    (folder / "farm.lb").write_text(FARM + "nonsense\n")
    opened(client, folder / "site.lb")
    report = client.ask("workspace/diagnostic", {"previousResultIds": []})["items"]
    found = {Path(one["uri"]).name: codes(one["items"]) for one in report}
    assert found == {"site.lb": [], "farm.lb": ["LB003"]}
    known = [{"uri": one["uri"], "value": one["resultId"]} for one in report]
    again = client.ask("workspace/diagnostic", {"previousResultIds": known})["items"]
    assert {one["kind"] for one in again} == {"unchanged"}
    (folder / "farm.lb").unlink()
    change = {"uri": (folder / "farm.lb").as_uri(), "type": 3}
    client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
    last = client.ask("workspace/diagnostic", {"previousResultIds": known})["items"]
    assert {Path(one["uri"]).name: codes(one["items"]) for one in last} == {"site.lb": ["LB004"], "farm.lb": []}


def test_scripts_that_nobody_opened_are_told_of_too(client: Client, folder: Path) -> None:
    (folder / "other.lb").write_text("nonsense\n")
    report = client.ask("workspace/diagnostic", {"previousResultIds": []})["items"]
    assert {Path(one["uri"]).name: codes(one["items"]) for one in report} == {
        "site.lb": [],
        "farm.lb": [],
        "other.lb": ["LB003"],
    }


def published(client: Client, uri: str) -> list[str]:
    """The codes of a document that are published next."""
    while True:
        found = client.notification("textDocument/publishDiagnostics")
        if found["uri"] == uri:
            return codes(found["diagnostics"])


def test_included_files_that_are_not_open_are_told_of_when_pushed(pushed: Client, folder: Path) -> None:
    (folder / "farm.lb").write_text(FARM + "nonsense\n")
    uri = opened(pushed, folder / "site.lb")
    assert published(pushed, (folder / "farm.lb").as_uri()) == ["LB003"]
    pushed.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert published(pushed, (folder / "farm.lb").as_uri()) == []


def test_findings_of_a_closed_document_go_where_they_were_sent(pushed: Client, folder: Path) -> None:
    """Clients escape URIs in different ways, and open files by links."""
    (folder / "a+b(1).lb").write_text("nonsense")
    (folder / "link.lb").symlink_to(folder / "a+b(1).lb")
    plain = f"file://{folder}/a+b(1).lb"
    for uri in (plain, (folder / "link.lb").as_uri()):
        item = {"uri": uri, "languageId": "lbsh", "version": 1, "text": "nonsense"}
        pushed.notify("textDocument/didOpen", {"textDocument": item})
        assert published(pushed, uri) == ["LB003"]
        pushed.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert published(pushed, uri) == []


def test_one_file_under_two_names(pushed: Client, folder: Path) -> None:
    (folder / "link.lb").symlink_to(folder / "site.lb")
    real = opened(pushed, folder / "site.lb")
    assert published(pushed, real) == []
    link = opened(pushed, folder / "link.lb", MAIN + "nonsense")
    assert published(pushed, link) == ["LB003"], "and it finds what it includes"
    pushed.notify("textDocument/didClose", {"textDocument": {"uri": link}})
    assert published(pushed, link) == []
    changed(pushed, real, MAIN + "nonsense")
    assert published(pushed, real) == ["LB003"]


def test_a_folder_with_links_that_lead_nowhere(pushed: Client, folder: Path) -> None:
    (folder / "loop.lb").symlink_to(folder / "loop.lb")
    (folder / "gone.lb").symlink_to(folder / "nothing")
    uri = opened(pushed, folder / "site.lb", "nonsense")
    assert published(pushed, uri) == ["LB003"]


@pytest.mark.parametrize("path", ["\ud800", "a\0b", "x" * 5000, "loop.lb", ".", "/dev/null", "fifo"])
def test_paths_that_lead_to_no_file(pushed: Client, folder: Path, path: str) -> None:
    (folder / "loop.lb").symlink_to(folder / "loop.lb")
    os.mkfifo(folder / "fifo")
    uri = opened(pushed, folder / "site.lb", f'include "{path}"')
    assert published(pushed, uri)[0] in {"LB001", "LB004"}
    changed(pushed, uri, "nonsense")
    assert published(pushed, uri) == ["LB003"]


def test_an_included_file_that_no_client_watches(pushed: Client, folder: Path) -> None:
    (folder / "farm.conf").write_text(FARM)
    uri = opened(pushed, folder / "site.lb", MAIN.replace("farm.lb", "farm.conf"))
    assert published(pushed, uri) == []
    (folder / "farm.conf").write_text("")
    pushed.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    assert published(pushed, uri) == ["LB102"]


def test_what_happens_on_the_disk_counts(pushed: Client, folder: Path) -> None:
    registered = pushed.wait(lambda message: message.get("method") == "client/registerCapability")
    assert registered["params"]["registrations"][0]["method"] == "workspace/didChangeWatchedFiles"
    uri = opened(pushed, folder / "site.lb")
    assert published(pushed, uri) == []
    (folder / "farm.lb").unlink()
    change = {"uri": (folder / "farm.lb").as_uri(), "type": 3}
    pushed.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
    assert published(pushed, uri) == ["LB004"]


def test_the_backend_that_the_user_sets_counts_at_once(pushed: Client, folder: Path) -> None:
    text = MAIN.replace("include", "# include") + FARM + "add 10.0.0.2 to p port 81\n"
    uri = opened(pushed, folder / "site.lb", text)
    assert published(pushed, uri) == ["LB103"]
    pushed.notify("workspace/didChangeConfiguration", {"settings": {"lbsh": {"backend": "pf"}}})
    assert published(pushed, uri) == ["LB103", "LB401"]
    pushed.notify("workspace/didChangeConfiguration", {"settings": {"lbsh": {"backend": None}}})
    assert published(pushed, uri) == ["LB103"]
