"""Files that are replaced where the file system, or the disk, has a mind of its own."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NoReturn

import pytest

from lbsh.files import FileError
from lbsh.replacing import target_at

OLD, NEW = "old\n", "new\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rules.nft"
    path.write_text(OLD)
    path.chmod(0o604)
    return path


def replace(path: Path) -> str:
    with target_at(str(path)) as target:
        target.prepare(NEW.encode())
        return target.replace()


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_the_old_file_is_kept_where_a_file_has_one_name(
    number: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on FAT: link(2)."""

    def refuse(old: str, new: str, **_: object) -> NoReturn:
        raise OSError(number, os.strerror(number), old, None, new)

    monkeypatch.setattr(os, "link", refuse)
    for kept in (f"{path}.before-lbsh", f"{path}.before-lbsh.1"):
        before = path.read_text()
        assert replace(path) == kept
        assert (Path(kept).read_text(), path.read_text()) == (before, NEW)
        assert stat.S_IMODE(Path(kept).stat().st_mode) == 0o604
        path.write_text(f"{before}{before}")
    path.write_text(OLD)
    assert replace(path) == f"{path}.before-lbsh"
    assert not [*path.parent.glob(".lbsh-*")]


def test_a_disk_that_fails_after_the_file_is_replaced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync = os.fsync

    def refuse(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FileError, match=r"the new file is in its place, but .*: input/output error$"):
        replace(path)
    assert path.read_text() == NEW
