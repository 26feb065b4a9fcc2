"""Has a poller's handler take servers out and in again: `python remover.py STORE NUMBER…`, numbers of services.

Runs in the device, with the rules of the store loaded. Prints JSON: the seconds from the answer that decides (the handler is
handed a change) to the kernel's notice of the new rules, and then those of `nft -f` of the same commands, from start to end.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lbsh.gateway.loading import kept_in
from lbsh.gateway.resident import Resident
from lbsh.poller.actions import Actions
from lbsh.poller.parts import Change
from lbsh.poller.results import Reason
from lbsh.resident import open_resident
from lbsh.store.disk import DiskStore
from lbsh_lang.backends.base import Exchanger, Options
from lbsh_lang.backends.nftables import BACKEND
from lbsh_lang.site.down import with_down
from lbsh_lang.site.exchange import Exchange
from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId, State

_NETFILTER, _GROUP = 12, 1 << 6
_LONGEST = 600.0
_LEAVER = 3
"""The number of the server that goes."""


def main(folder: str, numbers: Sequence[int]) -> None:
    """Prints the times of all changes."""
    store = DiskStore(folder)
    resident = open_resident(store)
    services = [resident.known().site.services[number] for number in numbers]
    resident.attend()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as link:
        link.bind((0, _GROUP))
        link.settimeout(_LONGEST)
        ours = [*_ours(resident, services, link)]
        print(json.dumps({"ours": ours, "bare": [*_bare(store, services, link)]}))


def _ours(resident: Resident, services: Sequence[Service], link: socket.socket) -> Iterator[float]:
    """The times of the handler, by which each service loses a server and gets it back."""
    actions = Actions(resident)
    actions.start()
    for service in services:
        for state in (State.DOWN, State.UP):
            change = Change(_leaver(service), State.UNKNOWN, state, Reason.REFUSED, "", 0, time.time_ns() // 1_000_000)
            start = time.perf_counter()
            actions.act([change])
            link.recv(1 << 16)
            yield time.perf_counter() - start
            assert actions.wait(_LONGEST)
            _drain(link)
    actions.stop()


def _bare(store: DiskStore, services: Sequence[Service], link: socket.socket) -> Iterator[float]:
    """The times of `nft -f` of the same changes, by the clock; what is kept of the rules is as it was before.

    The socket stays open: the kernel makes notices for it in both cases.
    """
    loaded = store.loaded()
    assert loaded is not None
    assert isinstance(BACKEND, Exchanger)
    kept, options, path = kept_in(loaded), Options(BACKEND.targets[0]), Path("bare.nft")
    for service in services:
        less = with_down(service, {_leaver(service)})
        for exchange in (Exchange((service,), (less,)), Exchange((less,), (service,))):
            assert kept is not None
            changed = BACKEND.render_exchange(kept, exchange, options)
            assert changed is not None
            kept = changed.kept
            path.write_text(changed.artifact.text, encoding="utf-8")
            start = time.perf_counter()
            subprocess.run(["nft", "-f", str(path)], check=True)
            yield time.perf_counter() - start
            _drain(link)


def _leaver(service: Service) -> ServerId:
    assert service.pool is not None
    return ServerId(service.pool.name, service.name, *service.pool.servers[_LEAVER].identity)


def _drain(link: socket.socket) -> None:
    """Reads the rest of the notices of a transaction."""
    link.setblocking(False)
    try:
        while link.recv(1 << 16):
            pass
    except BlockingIOError:
        link.settimeout(_LONGEST)


if __name__ == "__main__":
    main(sys.argv[1], [int(word) for word in sys.argv[2:]])
