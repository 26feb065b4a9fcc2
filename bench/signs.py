"""The cost of the poller's passive signs for clients: connections and exchanges with and without rules that count and log.

The signs' rules have a table of their own, which is dormant for one of the two contenders. It knows all servers of the
farm; nobody listens to what is logged.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

from bench import farm
from bench.bars import Bar, held
from bench.programs import lbsh
from bench.rounds import Contender, Latency, Match, Series, along
from bench.runs import Command, RunError, run
from bench.tables import Table, microseconds
from bench.wire import PORT, connector, laid, why_no_wire
from lbsh.drivers.probing import table_of
from lbsh_lang.values import Address

NEW, OPEN = 1.02, 1.01
"""The most that a new connection and an exchange over an open one may cost beside the same without signs."""
SERVICES = 1_000
SECONDS = 20.0
_WITHOUT, _WITH = "rules without signs", "with the rules of signs"


class Signs(NamedTuple):
    """The results without and with signs, of connections and of exchanges, or the reason why there are none."""

    new: tuple[Latency, ...] = ()
    open: tuple[Latency, ...] = ()
    reason: str = ""


def measure_signs(folder: Path) -> Signs:
    """Connections and exchanges through rules with and without passive signs."""
    reason = why_no_wire("nft")
    if reason:
        return Signs(reason=reason)
    try:
        return measure(folder, SERVICES, SECONDS)
    except RunError as error:
        return Signs(reason=str(error))


def measure(folder: Path, services: int, seconds: float) -> Signs:
    """The figures of a farm of so many services, each kind for so long."""
    farm.write(folder / "signs.lb", farm.script(services))
    run(Command((lbsh(), "emit", "--backend", "nftables", "signs.lb"), folder, "signs.nft"))
    farm.write(folder / "table.nft", table_of("").lines(_doors(services)))
    with laid() as wire, connector(wire) as client:
        for rules in ("signs.nft", "table.nft"):
            wire.device.run("nft", "-f", str(folder / rules))
        open_ = Series((farm.service_address(0),), frozenset(farm.server_addresses(0)))
        new = Match(wire, client.connect, _contenders(along(services))).measure("nftables", services, seconds)
        exchanged = Match(wire, client.exchange, _contenders((open_,))).measure("nftables", services, seconds)
        return Signs(tuple(new), tuple(exchanged))


def judge(signs: Signs) -> list[Bar]:
    """The bars on a new connection, and on packets of an open one."""
    new = f"connect through {SERVICES:,} services, with passive signs, median"
    open_ = "a byte there and back over an open connection, with passive signs, median"
    if signs.reason:
        return [held(new, "-", signs.reason, None, NEW), held(open_, "-", signs.reason, None, OPEN)]
    return [_bar(new, signs.new, NEW), _bar(open_, signs.open, OPEN)]


def table(signs: Signs) -> Table:
    """A row for each kind of packets."""
    kinds = (("a new connection", signs.new), ("an exchange over an open one", signs.open))
    rows = [_row(what, *pair) for what, pair in kinds if pair]
    notes = (f"Not measured: {signs.reason}.",) if signs.reason else ()
    columns = ("median", _WITHOUT, _WITH, "times", "95 % interval", "rounds")
    return Table("The cost of passive signs for clients", columns, tuple(rows), notes)


def _row(what: str, without: Latency, with_: Latency) -> tuple[str, ...]:
    times, interval = f"{with_.ratio:.3f}", "{:.3f} to {:.3f}".format(*with_.interval)
    return what, microseconds(without.median), microseconds(with_.median), times, interval, f"{len(with_.ratios)}"


def _bar(what: str, pair: tuple[Latency, ...], most: float) -> Bar:
    without, with_ = pair
    return held(what, microseconds(with_.median), f"{_WITHOUT}: {microseconds(without.median)}", with_.ratio, most)


def _contenders(series: tuple[Series, ...]) -> list[Contender]:
    """Tables that are dormant see nothing."""
    name, load = f"inet {table_of('').name}", ("nft", "-f", "-")
    return [
        Contender(_WITHOUT, load, f"add table {name} {{ flags dormant; }}\n", series),
        Contender(_WITH, load, f"add table {name}\n", series),
    ]


def _doors(services: int) -> list[tuple[Address, int]]:
    return [
        (Address(4, int(IPv4Address(address))), PORT)
        for number in range(services)
        for address in farm.server_addresses(number)
    ]
