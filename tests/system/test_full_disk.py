"""Fixes in several files of a script, with no room on the disk of one of them: all are made, or none."""

from __future__ import annotations

import sys
from pathlib import Path

from lbsh.lab.namespaces import run

ROOT = Path(__file__).parents[2]
FIRST = 'internal net 10.1.0.1/16\ninclude "full/more.lb"\n'
SECOND = "internal net 10.2.0.1/16\n"
PROGRAM = """
import os, pathlib, subprocess, sys
pathlib.Path("full/more.lb").write_text(sys.argv[1])
done = subprocess.run([sys.executable, "-m", "lbsh", "check", "--fix"], capture_output=True, text=True)
print(done.returncode, done.stderr.strip())
print(pathlib.Path("full/more.lb").read_text() == sys.argv[1], os.listdir("full"))
"""


def test_no_file_is_fixed_where_one_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "site.lb").write_text(FIRST)
    (tmp_path / "program.py").write_text(PROGRAM)
    script = 'mount -t tmpfs -o nr_inodes=2 none full && exec "$0" program.py "$1"'
    command = ("unshare", "--mount", "env", "-C", str(tmp_path), f"PYTHONPATH={ROOT}", "sh", "-c", script)
    printed = run(*command, sys.executable, SECOND).splitlines()
    assert printed[0].startswith("2 lbsh: full/more.lb: no space left on device")
    assert printed[1] == "True ['more.lb']"
    assert (tmp_path / "site.lb").read_text() == FIRST
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "program.py", "site.lb"]
