"""Works out changes in a process that holds the site: `python changer.py SCRIPT NUMBER…`, numbers of services.

For each of these services a server goes and comes back. The commands for nft are written to `out-NUMBER.nft` and
`in-NUMBER.nft` in the current folder; printed is the processor time for each, in seconds.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from lbsh_lang.backends.base import Options
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source

LEAVER = 3
"""The number of the server that goes."""


def main(path: Path, numbers: list[int]) -> None:
    """Writes both changes of each service."""
    whole = Resolution(read_script(Source.of(path.name, path.read_text(encoding="utf-8")))).site
    for number in numbers:
        lessened = without_one(whole, number)
        for direction, old, new in (("out", whole, lessened), ("in", lessened, whole)):
            start = time.process_time()
            change = BACKEND.render_change(old, new, Options(BACKEND.targets[0]))
            print(time.process_time() - start)
            assert change is not None
            Path(f"{direction}-{number}.nft").write_text(change.text, encoding="utf-8")


def without_one(site: Site, number: int) -> Site:
    """The same site but for one server of one service."""
    service = site.services[number]
    pool = service.pool
    assert pool is not None
    servers = pool.servers[:LEAVER] + pool.servers[LEAVER + 1 :]
    lessened = replace(service, pool=replace(pool, servers=servers))
    return replace(site, services=(*site.services[:number], lessened, *site.services[number + 1 :]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(word) for word in sys.argv[2:]])
