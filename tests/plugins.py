"""Plug-ins for tests: distributions that are found on a path, as if an installer had put them there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "plugin"

EntryPoints = Mapping[str, Mapping[str, str]]
"""The entry points of a distribution: groups, each with its names and their objects."""


def install_example(folder: Path) -> None:
    """Installs the plug-in of `examples/plugin/` in a folder, with the entry points that its project file has."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for package in EXAMPLE.glob("*/__init__.py"):
        shutil.copytree(package.parent, folder / package.parent.name)
    install(folder, project["name"], project["entry-points"])


def install(folder: Path, name: str, entry_points: EntryPoints) -> None:
    """Records a distribution in a folder of modules."""
    record = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    groups = (
        f"[{group}]\n" + "".join(f"{entry} = {value}\n" for entry, value in entries.items())
        for group, entries in entry_points.items()
    )
    (record / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")


def lbsh_command(folder: Path, *arguments: str) -> list[str]:
    """A command line of lbsh in which the plug-ins of a folder are installed."""
    paths = json.dumps([str(folder), str(ROOT), str(ROOT / "lsp")])
    program = f"import sys; sys.path[:0] = {paths}; from lbsh.__main__ import main; sys.exit(main())"
    return [sys.executable, "-c", program, *arguments]


def run_lbsh(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs lbsh with the plug-ins of a folder."""
    paths = os.pathsep.join(map(str, (folder, ROOT, ROOT / "lsp")))
    return subprocess.run(
        [sys.executable, "-m", "lbsh", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
