"""Holds the running site of a store and its layout, and prints how much memory that takes: `python holder.py STORE`.

It does what a poller's process does besides probing; `bench/probing.py` takes it off a poller's memory.
"""

from __future__ import annotations

import gc
import sys

from bench.served import memory
from lbsh.resident import open_resident
from lbsh.store.disk import DiskStore


def main(folder: str) -> None:
    resident = open_resident(DiskStore(folder))
    site = resident.known().site
    resident.attend()
    gc.collect()
    print(memory(), len(site.services))


if __name__ == "__main__":
    main(sys.argv[1])
