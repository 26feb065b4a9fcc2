"""The store on real file systems that are full or read-only: what was there stays, and a clear line is said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lbsh.lab.namespaces import run

ROOT = Path(__file__).parents[2]

FULL = """
import pathlib, sys
from lbsh.store.disk import DiskStore
from lbsh.store.protocol import StoreError
from tests.store.examples import *
store = DiskStore("small/store")
with store.lock("apply") as writer:
    first = writer.replace(FILES, ACT)
    writer.write_tree({"mx_pool": MX}, ROOT)
with open("small/ballast", "wb", buffering=0) as ballast:
    try:
        while ballast.write(bytes(4096)):
            pass
    except OSError:
        pass
big = File("big.lb", "/big.lb", "# big\\n" * 10000)
for act in (
    lambda writer: writer.replace([big], ACT),
    lambda writer: writer.append(["a" * 10000], ACT),
    lambda writer: writer.write_tree({"other": MX}, ROOT),
    lambda writer: writer.note_loaded(Loaded(1, frozenset(), "none", {}, {"a": "b" * 10000})),
):
    try:
        with store.lock("apply") as writer:
            act(writer)
        print("written")
    except StoreError as error:
        print(error)
    assert (store.running(), store.loaded()) == (first, None)
try:
    store.set_statuses({FIRST: DOWN})
except StoreError as error:
    print(error)
assert set(store.statuses("mx_pool")) == {FIRST, SECOND}
pathlib.Path("small/ballast").unlink()
with store.lock("apply") as writer:
    assert writer.append(["a" * 10000], ACT).revision == 2
    writer.write_tree({"mx_pool": MX}, ROOT)
store.set_statuses({FIRST: DOWN})
assert store.statuses()[FIRST] == DOWN
"""

READ_ONLY = """
import sys
from lbsh.store.disk import DiskStore
from lbsh.store.protocol import StoreError
from tests.store.examples import *
store = DiskStore("small/store")
if sys.argv[1] == "fill":
    with store.lock("apply") as writer:
        writer.replace(FILES, ACT)
        writer.write_tree({"mx_pool": MX}, ROOT)
else:
    print(store.revision(), len(store.statuses()), store.wait_for_change(0))
    def append():
        with store.lock("apply") as writer:
            writer.append(["a"], ACT)
    for act in (append, lambda: store.set_statuses({FIRST: DOWN})):
        try:
            act()
        except StoreError as error:
            print(error)
"""


def in_mount(tmp_path: Path, program: str, script: str) -> list[str]:
    """Lines that a program prints in a mount namespace; `small` is a file system of a megabyte there."""
    (tmp_path / "small").mkdir()
    (tmp_path / "program.py").write_text(program.replace("import *", "import *\nfrom lbsh.store.protocol import *"))
    command = ("unshare", "--mount", "env", "-C", str(tmp_path), f"PYTHONPATH={ROOT}", f"PATH={os.environ['PATH']}")
    mount = "mount -t tmpfs -o size=1m none small && "
    return run(*command, "sh", "-c", mount + script, sys.executable).splitlines()


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    lines = in_mount(tmp_path, FULL, 'exec "$0" program.py')
    assert len(lines) == 5
    assert all(
        "the store cannot be written: no space left on device; free some space, and repeat" in line for line in lines
    )


def test_a_read_only_store_is_read(tmp_path: Path) -> None:
    script = '"$0" program.py fill && mount -o remount,ro small && "$0" program.py'
    found, *lines = in_mount(tmp_path, READ_ONLY, f"{script} read")
    assert found == "1 2 False"
    assert len(lines) == 2
    assert all("the store cannot be written: read-only file system; remount it for writing" in line for line in lines)
