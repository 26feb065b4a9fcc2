"""Scripts that a session loads and saves, from files and from other machines."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from lbsh.remote.storage import Fetched
from lbsh.remote.urls import Url
from tests.gateway.world import FIG_7, World
from tests.shell.test_session import Shell, texts

TFTP = "tftp://192.0.2.9/site.lb"
HTTPS = "https://config.example.net/site.lb"


@pytest.fixture
def world() -> World:
    made = World()
    made.apply(FIG_7)
    return made


def test_a_file_becomes_the_running_script(world: World, tmp_path: Path) -> None:
    file = tmp_path / "site.lb"
    file.write_text(FIG_7 + "add 192.168.1.9 to mx_pool\n")
    assert Shell(world).say(f"load {file}") == [f"Loaded {file} as revision 2"]
    assert world.gateway.running().site.services[0].pool is not None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "say what to load: a file, or a URL"),
        ("FILE soon", "unexpected `soon`: `load FILE sha256 DIGEST confirm 60s`"),
        ("FILE confirm 1s", "the time for a confirmation is 10s at least and 24h at most"),
        ("FILE sha256 00", "`sha256` goes with a URL"),
        ("/nonexistent/site.lb", "/nonexistent/site.lb: no such file or directory"),
        ("sftp://-oProxyCommand=x/site.lb", None),
    ],
)
def test_what_cannot_be_loaded_is_refused(world: World, tmp_path: Path, words: str, message: str | None) -> None:
    file = tmp_path / "site.lb"
    file.write_text(FIG_7)
    said = Shell(world).say(f"load {words.replace('FILE', str(file))}".strip())
    assert said[0].startswith("ERROR: ")
    assert message is None or said[0] == f"ERROR: {message}"
    assert world.store.revision() == 1


def test_a_script_with_an_error_changes_nothing(world: World, tmp_path: Path) -> None:
    file = tmp_path / "site.lb"
    file.write_text(FIG_7 + "add 192.168.1.9 to nowhere\n")
    said = Shell(world).say(f"load {file}")
    assert said[0] == "ERROR: undefined pool nowhere"
    assert world.store.revision() == 1


class Elsewhere:
    """Another machine with a file."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.stored: list[tuple[str, str]] = []

    def fetch(self, url: Url) -> Fetched:
        return Fetched(url, self.text.encode())

    def put(self, url: Url, text: str) -> None:
        self.stored.append((str(url), text))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    made = Elsewhere(FIG_7 + "add 192.168.1.9 to mx_pool\n")
    monkeypatch.setattr("lbsh.shell.loading.fetch", made.fetch)
    monkeypatch.setattr("lbsh.shell.loading.put", made.put)
    return made


def test_a_script_from_a_server_that_proves_itself_is_loaded(world: World, elsewhere: Elsewhere) -> None:
    assert Shell(world).say(f"load {HTTPS}")[-1] == f"Loaded {HTTPS} as revision 2"


def test_a_script_by_tftp_is_shown_and_asked_about_or_has_a_digest(world: World, elsewhere: Elsewhere) -> None:
    """Nobody can be asked in a script of lines."""
    said = Shell(world).say(f"load {TFTP}")
    assert said[0].startswith("tftp is clear text")
    assert any("192.168.1.9" in line for line in said)
    assert any(line.startswith("ERROR: nobody can be asked here") for line in said)
    assert world.store.revision() == 1
    wrong = Shell(world).say(f"load {TFTP} sha256 {'0' * 64}")
    assert "is not the file that was meant" in wrong[-2] + wrong[-1]
    assert world.store.revision() == 1
    digest = sha256(elsewhere.text.encode()).hexdigest()
    assert Shell(world).say(f"load {TFTP} sha256 {digest}")[-1] == f"Loaded {TFTP} as revision 2"


def test_a_script_from_elsewhere_chooses_no_files_here(world: World, elsewhere: Elsewhere, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("add 192.168.1.9 to mx_pool\n")
    elsewhere.text += f'include "{tmp_path / "secret"}"\n'
    said = Shell(world).say(f"load {HTTPS}")
    assert said[0].startswith("ERROR: cannot include")
    assert world.store.revision() == 1


def test_the_running_script_is_saved_with_its_statements(world: World, elsewhere: Elsewhere, tmp_path: Path) -> None:
    shell, file = Shell(world), tmp_path / "saved.lb"
    shell.say("drain 192.168.1.2 from mx_pool")
    assert shell.say(f"save site {file}", f"save site {HTTPS}") == [
        f"Saved the running script to {file}",
        f"Saved the running script to {HTTPS}",
    ]
    assert elsewhere.stored == [(HTTPS, file.read_text())]
    assert file.read_text().endswith("drain 192.168.1.2 from mx_pool\n")


def test_statements_that_are_gathered_are_not_lost_by_a_load(world: World, tmp_path: Path) -> None:
    file = tmp_path / "site.lb"
    file.write_text(FIG_7)
    shell = Shell(world)
    said = shell.say("begin", "add 192.168.1.9 to mx_pool", f"load {file}")
    assert said[0].startswith("ERROR: statements are being gathered")
    assert texts(world) == []
