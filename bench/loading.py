"""From scripts to rules in the kernel: writing the rules of large sites, loading them into a namespace of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from bench import by_hand, farm
from bench.bars import Bar, held
from bench.programs import find, lbsh
from bench.runs import Command, Costs, RunError, run_in_turns
from bench.tables import Table, seconds

EMIT_TO_CHECK, LOAD_TO_CHAINS = 3.0, 0.3
SERVICES = 10_000
"""The number of services of the bars."""

LOADERS = {"nftables": ("nft", "-f"), "iptables": ("iptables-restore", "-w", "--noflush")}
"""The program that loads the rules of a backend."""

SIZES = (1_000, 2_000, 4_000, SERVICES)
ALL_BACKENDS_AT = (1_000, SERVICES)
"""The sizes with all backends; to save time, the others are measured with nftables alone."""

ROUNDS = 3
LONG = 4_000
"""From this number of services on, one chain a service takes so long that a single run is enough."""

STICKY_SIZES = (100, 250, 500, 1_000)
"""The numbers of sticky services whose loading is compared."""

CHECK, EMIT, LOAD, CHAINS = "check", "emit nftables", "nft -f", "nft -f, one chain a service"


class Loading(NamedTuple):
    """The cost of each step by the number of services, or the reason why there is none."""

    costs: Mapping[int, Mapping[str, Costs]]
    reason: str = ""
    sticky: Mapping[int, Mapping[str, Costs]] = MappingProxyType({})

    def processor(self, services: int, step: str) -> float | None:
        costs = self.costs.get(services, {}).get(step)
        return None if costs is None else costs.processor


def measure_loading(folder: Path) -> Loading:
    """Emitting and loading the rules of large sites, beside one chain a service."""
    reason = why_no_loading()
    if reason:
        return Loading({}, reason)
    costs: dict[int, Mapping[str, Costs]] = {}
    for services in SIZES:
        try:
            costs[services] = {**_load(folder, services), **_load_chains(folder, services)}
        except RunError as error:
            return Loading(costs, f"with {services:,} services: {error}")
    return Loading(costs, sticky={services: _load_sticky(folder, services) for services in STICKY_SIZES})


def judge(loading: Loading) -> list[Bar]:
    """The bars for 10,000 services."""
    writing, its_loading = (
        f"`lbsh emit --backend nftables`, {SERVICES:,} services",
        f"`nft -f` of {SERVICES:,} services",
    )
    return [
        _bar(loading, writing, EMIT, EMIT_TO_CHECK, CHECK, "`lbsh check`"),
        _bar(loading, its_loading, LOAD, LOAD_TO_CHAINS, CHAINS, "one chain a service"),
    ]


def table(loading: Loading) -> Table:
    """A row for each size."""
    steps = list(dict.fromkeys(step for services in ALL_BACKENDS_AT for step in loading.costs.get(services, ())))
    rows = [
        (f"{services:,}", *(seconds(costs[step].processor) if step in costs else "-" for step in steps))
        for services, costs in loading.costs.items()
    ]
    notes = (f"Not measured: {loading.reason}.",) if loading.reason else ()
    title = "From a script to rules in the kernel, processor time"
    return Table(title, ("services of 10 servers", *steps), tuple(rows), notes)


def sticky_table(loading: Loading) -> Table:
    """The growth of loading with the number of sticky services, whose lists of clients iptables searches one by one."""
    rows = [
        (
            f"{services:,}",
            f"{services * farm.SERVERS:,}",
            *(seconds(costs[" ".join(words)].processor) for words in LOADERS.values()),
            f"{_ratio(costs):.1f}",
        )
        for services, costs in loading.sticky.items()
    ]
    columns = ("sticky services", "servers", *(" ".join(words) for words in LOADERS.values()), "iptables to nftables")
    notes = (f"Not measured: {loading.reason}.",) if loading.reason else ()
    return Table("Loading the rules of sticky services, processor time", columns, tuple(rows), notes)


def _ratio(costs: Mapping[str, Costs]) -> float:
    shared, listed = (costs[" ".join(words)].processor for words in LOADERS.values())
    return listed / shared


def why_no_loading() -> str:
    """The reason why rules cannot be loaded here; empty if they can."""
    missing = [program for program in ("unshare", *(words[0] for words in LOADERS.values())) if find(program) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    return "" if os.geteuid() == 0 else "loading rules needs root"


def _bar(loading: Loading, what: str, step: str, limit: float, peer_step: str, peer_name: str) -> Bar:
    mine, peer = loading.processor(SERVICES, step), loading.processor(SERVICES, peer_step)
    what = f"{what}: processor time"
    if mine is None or peer is None:
        return held(what, "-", loading.reason, None, limit)
    return held(what, seconds(mine), f"{peer_name}: {seconds(peer)}", mine / peer, limit)


def _load(folder: Path, services: int) -> dict[str, Costs]:
    """The check, then for each backend the emission and the loading of the rules."""
    farm.write(folder / "load.lb", farm.script(services))
    commands = {CHECK: Command((lbsh(), "check", "load.lb"), folder)}
    for backend, loader in LOADERS.items() if services in ALL_BACKENDS_AT else [("nftables", LOADERS["nftables"])]:
        rules = f"load.{backend}"
        commands[f"emit {backend}"] = Command((lbsh(), "emit", "--backend", backend, "load.lb"), folder, rules)
        commands[" ".join(loader)] = _alone(folder, (*loader, rules))
    return dict(zip(commands, run_in_turns(list(commands.values()), ROUNDS, 30), strict=True))


def _load_sticky(folder: Path, services: int) -> dict[str, Costs]:
    """Loading the rules of sticky services for each backend."""
    farm.write(folder / "sticky.lb", farm.script(services, frozenset(range(services))))
    commands = {}
    for backend, loader in LOADERS.items():
        rules = f"sticky.{backend}"
        run_in_turns([Command((lbsh(), "emit", "--backend", backend, "sticky.lb"), folder, rules)], 1, 30)
        commands[" ".join(loader)] = _alone(folder, (*loader, rules))
    return dict(zip(commands, run_in_turns(list(commands.values()), ROUNDS, 30), strict=True))


def _load_chains(folder: Path, services: int) -> dict[str, Costs]:
    """The same services in rules as written by hand."""
    farm.write(folder / "chains.nft", by_hand.chain_a_service_nftables(services))
    command = _alone(folder, ("nft", "-f", "chains.nft"))
    return {CHAINS: run_in_turns([command], 1 if services >= LONG else ROUNDS, 30)[0]}


def _alone(folder: Path, words: tuple[str, ...]) -> Command:
    """A program in a network namespace that goes when it ends."""
    return Command(("unshare", "--net", "--", *words), folder)
