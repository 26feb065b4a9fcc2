"""Writes into a store what a poller would find: `python -m bench.finder STORE SILENT`. For `bench/probing.py`.

All servers are up, but for those whose address ends in a number below SILENT.
"""

from __future__ import annotations

import sys
import time

from lbsh.poller.targets import targets_of
from lbsh.resident import open_resident
from lbsh.store.disk import DiskStore
from lbsh_lang.site.status import State, Status


def main(folder: str, silent: int) -> None:
    store = DiskStore(folder)
    now = time.time_ns() // 1_000_000
    up, down = Status(State.UP, now), Status(State.DOWN, now, "timeout")
    servers = [target.server for target in targets_of(open_resident(store).known().site)]
    store.set_statuses({one: down if one.address.value % 256 < silent else up for one in servers})
    print(len(servers), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
