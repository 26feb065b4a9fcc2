"""Commands of installed plug-ins, good ones and others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.limits import LONGEST

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from oyster.plugins import commands_in
from oyster.predefined import PREDEFINED
from oyster.session import Session
from oyster.streams import StreamSink, StreamSource
plugins = commands_in("house.commands", PREDEFINED)
print(*plugins.troubles, sep="\\n")
source = StreamSource("input", sys.stdin.buffer)
sys.exit(Session(PREDEFINED | plugins.table, source, StreamSink(sys.stdout)).run())
"""

GOOD = """
from oyster.commands import Command, Table
COMMAND = Command("garden", "water", lambda call: call.say("watered"), "waters the garden")
COMMANDS = Table([Command("garden", "mow", lambda call: call.say("mown"), "mows the lawn")])
TAKEN = Command("sh", "help", lambda call: None, "")
NONE = 5
"""

ENTRIES = """[house.commands]
a = good:COMMAND
b = good:COMMANDS
c = good:TAKEN
d = good:NONE
e = missing:COMMAND
f = bad:COMMAND
"""


def test_plugins(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text("1 / 0\n")
    package = tmp_path / "house-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: house\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(ENTRIES)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="water\ngarden.mow\nhelp help | match class\n",
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        timeout=LONGEST,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines() == [
        "`sh.help` of `c` (good:TAKEN) is left out: the name is taken",
        "the commands of `d` (good:NONE) cannot be used: TypeError: it is no command and no table of commands",
        "the commands of `e` (missing:COMMAND) cannot be used: ModuleNotFoundError: No module named 'missing'",
        "the commands of `f` (bad:COMMAND) cannot be used: ZeroDivisionError: division by zero",
        "watered",
        "mown",
        "class: Command",
    ]
