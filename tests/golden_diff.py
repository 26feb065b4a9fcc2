"""Writes tests/golden/diff/: beside each two scripts what is said of their difference, for people and for programs.

`python -m tests.golden_diff` rewrites them, `tests/test_diff.py` compares them. A case is a folder with the scripts `old.lb`
and `new.lb`, the sentences in `changes.txt`, and `changes.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

from lbsh import app
from lbsh.files import read_source
from lbsh_lang.diagnostics import Severity
from lbsh_lang.renderings.changes.json_object import render_changes_json
from lbsh_lang.renderings.changes.text import render_changes
from lbsh_lang.site.diff.sites import diff_scripts

FOLDER = Path(__file__).parent / "golden" / "diff"


def cases() -> list[Path]:
    return sorted(path.parent for path in FOLDER.glob("*/old.lb"))


def renderings(case: Path) -> dict[str, str]:
    """The files that stand beside the scripts of a case, by name."""
    before, after = (app.check_source(read_source(str(case / name))) for name in ("old.lb", "new.lb"))
    for checked in (before, after):
        assert not checked.number_of(Severity.ERROR), checked.diagnostics
    changes = diff_scripts(before.resolution, after.resolution)
    shown = render_changes_json(changes).replace(json.dumps(f"{case}/")[1:-1], "") + "\n"
    return {"changes.txt": render_changes(changes), "changes.json": shown}


def written(case: Path) -> dict[str, str]:
    """The files as they are."""
    return {path.name: path.read_text() for path in case.glob("changes.*")}


if __name__ == "__main__":
    for one in cases():
        for name, text in renderings(one).items():
            (one / name).write_text(text)
