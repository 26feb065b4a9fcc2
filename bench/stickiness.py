"""The cost of `sticky` for packets of open connections: exchanges of single bytes through rules with and without it.

A client with an open connection is not forgotten, so some packets of sticky services renew its record. Three connections are
compared: through rules without `sticky`, to a service without it beside a sticky one, and to the sticky service.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bench import farm
from bench.bars import Bar, held
from bench.programs import lbsh
from bench.rounds import Contender, Latency, Match, Series
from bench.runs import Command, RunError, run
from bench.tables import Table, microseconds
from bench.wire import connector, laid, why_no_wire

BARS = {"nftables": {"another": 1.01, "sticky": 1.03}, "iptables": {"another": 1.05, "sticky": 1.05}}
"""The most that an exchange with another service, and with a sticky one, may cost. Under iptables all packets pass three
rules more, each of which costs about one percent of an exchange that no network slows down."""

SECONDS = 20.0

PLAIN, OTHER, STICKY = "rules without `sticky`", "another service", "the sticky service"


class Stickiness(NamedTuple):
    """The results for each packet filter, or the reason why there are none."""

    measured: tuple[Latency, ...]
    reason: str = ""

    def of(self, filter_name: str, name: str) -> Latency | None:
        return next((row for row in self.measured if (row.filter, row.name) == (filter_name, name)), None)


def measure_stickiness(folder: Path) -> Stickiness:
    """Exchanges over open connections, beside rules without sticky services."""
    reason = why_no_wire("nft", "iptables", "iptables-restore")
    if reason:
        return Stickiness((), reason)
    try:
        return Stickiness((*_measure(folder, "nftables"), *_measure(folder, "iptables")))
    except RunError as error:
        return Stickiness((), str(error))


def judge(results: Stickiness) -> list[Bar]:
    """The bars on packets of open connections."""
    return [
        _bar(results, filter_name, name, limit)
        for filter_name in _LOADERS
        for name, limit in ((OTHER, BARS[filter_name]["another"]), (STICKY, BARS[filter_name]["sticky"]))
    ]


def table(results: Stickiness) -> Table:
    """A row for each connection."""
    rows = []
    for row in results.measured:
        ratios = ("1", "-") if row.name == PLAIN else (f"{row.ratio:.3f}", "{:.3f} to {:.3f}".format(*row.interval))
        rows.append((f"{row.filter}: {row.name}", microseconds(row.median), *ratios, f"{len(row.ratios)}"))
    columns = ("an open connection to", "exchange, median", "times without sticky", "95 % interval", "rounds")
    notes = (f"Not measured: {results.reason}.",) if results.reason else ()
    return Table("Bytes exchanged over open connections", columns, tuple(rows), notes)


def _bar(results: Stickiness, filter_name: str, name: str, limit: float) -> Bar:
    what = f"a byte there and back, {name}, {filter_name}, median"
    ours, peer = results.of(filter_name, name), results.of(filter_name, PLAIN)
    if ours is None or peer is None:
        return held(what, "-", results.reason, None, limit)
    return held(what, microseconds(ours.median), f"{PLAIN}: {microseconds(peer.median)}", ours.ratio, limit)


_LOADERS = {"nftables": ("nft", "-f"), "iptables": ("iptables-restore", "-w", "--noflush")}


def _measure(folder: Path, filter_name: str) -> list[Latency]:
    for name, sticky in (("plain", frozenset[int]()), ("sticky", frozenset({1}))):
        farm.write(folder / f"{name}.lb", farm.script(2, sticky))
        emit = (lbsh(), "emit", "--backend", filter_name, "--name", name, f"{name}.lb")
        run(Command(emit, folder, f"{name}.rules"))
    servers = [Series((farm.service_address(number),), frozenset(farm.server_addresses(number))) for number in (0, 1)]
    select = _select_table if filter_name == "nftables" else _select_chains
    contenders = [
        Contender(PLAIN, *select("plain"), (servers[0],)),
        Contender(OTHER, *select("sticky"), (servers[0],)),
        Contender(STICKY, *select("sticky"), (servers[1],)),
    ]
    with laid() as wire, connector(wire) as client:
        for name in ("plain", "sticky"):
            wire.device.run(*_LOADERS[filter_name], str(folder / f"{name}.rules"))
        if filter_name == "iptables":
            wire.device.run(*_LOADERS["iptables"], text=_jumps("-A", "plain"))
        return Match(wire, client.exchange, contenders).measure(filter_name, 2, SECONDS)


def _select_table(name: str) -> tuple[tuple[str, ...], str]:
    """Tables that are dormant see nothing."""
    other = "sticky" if name == "plain" else "plain"
    text = f"add table ip lbsh-{other} {{ flags dormant; }}\nadd table ip lbsh-{name}\n"
    return ("nft", "-f", "-"), text


def _select_chains(name: str) -> tuple[tuple[str, ...], str]:
    return _LOADERS["iptables"], _jumps("-R", name)


def _jumps(verb: str, name: str) -> str:
    """The jumps to the chains under a name. Without sticky services there is no rule in the table mangle to jump to."""
    number = " 1" if verb == "-R" else ""
    forward = "-F FORWARD\n" + ("-A FORWARD -j LBSH.sticky-FORWARD\n" if name == "sticky" else "")
    return f"*nat\n{verb} PREROUTING{number} -j LBSH.{name}-PREROUTING\nCOMMIT\n*mangle\n{forward}COMMIT\n"
