"""Works out changes in a process that lives: `python changer.py SCRIPT NUMBER…`, numbers of services.

For each of these services a server goes and comes back, one after another. The process has the site and what is kept of the
rules, as a poller has. The commands for nft are written to `out-NUMBER.nft` and `in-NUMBER.nft` in the current folder; for
each, a line with the processor time and the time by the clock is printed, in seconds.
"""

from __future__ import annotations

import gc
import sys
import time
from dataclasses import replace
from pathlib import Path

from lbsh_lang.backends.base import Exchanger, Kept, Options
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.exchange import Exchange
from lbsh_lang.site.model import Service
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source

LEAVER = 3
"""The number of the server that goes."""


def main(path: Path, numbers: list[int]) -> None:
    """Writes both changes of each service."""
    site = Resolution(read_script(Source.of(path.name, path.read_text(encoding="utf-8")))).site
    assert isinstance(BACKEND, Exchanger)
    kept = BACKEND.kept_of(site, Options(BACKEND.targets[0]))
    gc.collect()
    gc.freeze()  # the site lives as long as the process
    for number in numbers:
        whole, less = site.services[number], without_one(site.services[number])
        for direction, exchange in (("out", Exchange((whole,), (less,))), ("in", Exchange((less,), (whole,)))):
            kept = _change(BACKEND, kept, exchange, Path(f"{direction}-{number}.nft"))


def _change(backend: Exchanger, kept: Kept, exchange: Exchange, path: Path) -> Kept:
    """Works out a change, and writes it; returns what is kept then."""
    start, clock = time.process_time(), time.perf_counter()
    change = backend.render_exchange(kept, exchange, Options(BACKEND.targets[0]))
    assert change is not None
    text = change.artifact.text
    print(time.process_time() - start, time.perf_counter() - clock)
    path.write_text(text, encoding="utf-8")
    return change.kept


def without_one(service: Service) -> Service:
    """The same service but for one server."""
    pool = service.pool
    assert pool is not None
    return replace(service, pool=replace(pool, servers=pool.servers[:LEAVER] + pool.servers[LEAVER + 1 :]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(word) for word in sys.argv[2:]])
