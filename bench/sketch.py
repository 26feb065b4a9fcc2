"""A reader of scripts as one would sketch it: `python sketch.py SCRIPT` prints how many servers it has.

The cost of merely reading lines in Python: a regular expression for each statement, a value for each line, addresses
that are plain integers, and a fold of all values into services. It knows the five statements of the generated scripts,
remembers no positions, so cannot point at a fault, and checks only that names exist.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ADDRESS = r"(\d+)\.(\d+)\.(\d+)\.(\d+)"


@dataclass(frozen=True, slots=True)
class Add:
    server: int
    pool: str


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    address: int
    protocol: str
    port: int


@dataclass(frozen=True, slots=True)
class Pool:
    name: str
    service: str


@dataclass(frozen=True, slots=True)
class Setting:
    what: str
    value: str


@dataclass(slots=True)
class Farm:
    """A service with its servers."""

    service: Service
    servers: list[int] = field(default_factory=list)


Statement = Add | Service | Pool | Setting


def number(first: str, second: str, third: str, fourth: str) -> int:
    return int(first) << 24 | int(second) << 16 | int(third) << 8 | int(fourth)


FORMS: list[tuple[re.Pattern[str], Callable[..., Statement]]] = [
    (re.compile(rf"add {ADDRESS} to (\S+)$"), lambda a, b, c, d, pool: Add(number(a, b, c, d), pool)),
    (
        re.compile(rf"service (\S+) is {ADDRESS} (tcp|udp) (\d+)$"),
        lambda name, a, b, c, d, protocol, port: Service(name, number(a, b, c, d), protocol, int(port)),
    ),
    (re.compile(r"pool (\S+) for (\S+)$"), Pool),
    (re.compile(r"(interface \S+|internal \S+) (\S+)$"), Setting),
]


def read(lines: Iterable[str]) -> Iterator[Statement]:
    """The statements of a script."""
    for rank, line in enumerate(lines, 1):
        for form, make in FORMS:
            found = form.match(line)
            if found is not None:
                yield make(*found.groups())
                break
        else:
            sys.exit(f"line {rank}: what is this?")


def fold(statements: Iterable[Statement]) -> dict[str, Farm]:
    """The services that result from the statements."""
    farms: dict[str, Farm] = {}
    pools: dict[str, Farm] = {}
    for statement in statements:
        match statement:
            case Add(server, pool):
                pools[pool].servers.append(server)
            case Service(name):
                farms[name] = Farm(statement)
            case Pool(name, service):
                pools[name] = farms[service]
            case Setting():
                pass
    return farms


if __name__ == "__main__":
    statements = list(read(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()))
    print(sum(len(farm.servers) for farm in fold(statements).values()))
