"""Files are written as a whole, and not over links of others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oyster.commands import Refused
from oyster.saving import UnsafePathError, save
from tests.oyster.shells import typed

OTHER = 12_345
"""A user that owns nothing here."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes links of other users")


def test_answers_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "with blanks"
    assert typed(f'lamps | match l | save "{path}"') == [f"Saved 3 lines to {path}"]
    assert path.read_text() == "hall\nlamp10\nlamp2\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_refused_command_saves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    typed(f"on moon | save {path}")
    assert path.read_text() == "old"


def test_control_characters_are_not_saved_raw(tmp_path: Path) -> None:
    typed(f'echo "\x1b[2J" | save {tmp_path}/file')
    assert (tmp_path / "file").read_text() == "\\x1b[2J\n"


def test_permissions_of_an_old_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o640)
    save(str(path), "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)


def test_own_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("old")
    (tmp_path / "way").symlink_to("folder")
    (tmp_path / "folder" / "link").symlink_to("../folder/./file")
    save(f"{tmp_path}/way/../way/link", "new")
    assert (tmp_path / "folder" / "file").read_text() == "new"
    assert (tmp_path / "folder" / "link").is_symlink()


def test_links_that_go_round_end(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(UnsafePathError):
        save(f"{tmp_path}/round", "")


@needs_root
@pytest.mark.parametrize("path", ["link", "way/file"])
def test_links_of_others_are_not_followed(path: str, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "file").write_text("old")
    (tmp_path / "link").symlink_to(target / "file")
    (tmp_path / "way").symlink_to(target)
    for link in ("link", "way"):
        os.chown(tmp_path / link, OTHER, OTHER, follow_symlinks=False)
    lines = typed(f"lamps | save {tmp_path}/{path}")
    assert "is a link of another user" in lines[0]
    assert (target / "file").read_text() == "old"


def test_only_files_are_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path, tmp_path / "missing" / "file"):
        with pytest.raises(OSError):
            save(str(path), "")
    assert {entry.name for entry in tmp_path.iterdir()} == {"fifo"}


def test_refusals_are_answers() -> None:
    assert issubclass(Refused, Exception)
    assert typed("lamps | save /nowhere/at/all")[0].startswith("ERROR: cannot save: ")
