"""`lbsh run --each`, killed at any moment: what was answered is kept, the store opens, one more statement loads it all."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lbsh.store.disk import DiskStore
from tests.gateway.world import FIG_7
from tests.limits import LONGEST
from tests.profiles import is_gate
from tests.system.device import Device

SITE = FIG_7 + "internal net 10.0.0.0/8\ninternal gw 10.255.0.1\n"
ANSWER = re.compile(r"^(Added|Removed) (\S+) (?:to|from) pool mx_pool$", re.MULTILINE)
NONE = "kept, but not loaded: the driver `none` loads nothing"


def statements(first: int) -> list[str]:
    """A stream that adds servers and removes every third of them again."""
    made = []
    for number in range(first, first + 40):
        server = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        made.append(f"add {server} to mx_pool")
        if number % 3 == 0:
            made.append(f"remove {server} from mx_pool")
    return made


def killed(device: Device, stream: list[str], chance: random.Random) -> int:
    """Runs statements one by one and kills the program after some answers and a moment; the number of whole answers."""
    with device.started("run", "--each", "-") as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdin.write("\n".join(stream) + "\n")
        program.stdin.flush()  # it stays open: the program ends by nothing but the signal
        answers = [program.stdout.readline() for _ in range(chance.randrange(6))]
        try:
            program.wait(chance.random() * 0.05)
        except subprocess.TimeoutExpired:
            program.kill()
        program.wait(LONGEST)
        rest, errors = program.stdout.read(), program.stderr.read()  # `communicate` drops what was read ahead
    assert all(line == NONE for line in errors.splitlines()), errors
    whole = [line for line in ("".join(answers) + rest).splitlines(keepends=True) if line.endswith("\n")]
    return sum(ANSWER.match(line) is not None for line in whole)


def servers_after(lines: Iterable[str]) -> set[str]:
    """The servers that statements leave in the pool; those that later ones undo may be dropped from the store."""
    servers = set[str]()
    for verb, server in (line.split()[:2] for line in lines if re.match(r"(add|remove) 10\..* mx_pool$", line)):
        (servers.add if verb == "add" else servers.discard)(server)
    return servers


def servers_in(device: Device) -> set[str]:
    return servers_after(one.text for one in DiskStore(device.store).running().statements)


def is_kept(device: Device, before: set[str], stream: list[str], answered: int) -> bool:
    """Whether the store opens and has all that was answered, and at most one statement more."""
    return servers_in(device) in (
        before | servers_after(stream[:answered]),
        before | servers_after(stream[: answered + 1]),
    )


@pytest.mark.parametrize("first", range(0, 40 if is_gate() else 10, 10))
def test_one_more_statement_loads_all_that_was_answered(bare: Device, first: int) -> None:
    bare.lbsh("run", "-", stdin=SITE)
    chance = random.Random()
    for run in range(first, first + (10 if is_gate() else 3)):
        before, stream = servers_in(bare), statements(100 * run + 1)
        assert is_kept(bare, before, stream, killed(bare, stream, chance)), run
        bare.run(f"add 10.99.{run >> 8}.{run & 255} to mx_pool")
        members = set(re.findall(r" : (10\.[\d.]+)", bare.rules()))
        wanted = servers_after(bare.statements())
        assert members == wanted, run


@pytest.mark.parametrize("first", range(0, 1000 if is_gate() else 100, 100))
def test_what_was_answered_is_kept_without_a_filter(bare: Device, first: int) -> None:
    """A hundred runs, each ten of them with a store of their own; several at once, since they wait for the disk."""
    script = bare.folder / "site.lb"
    script.write_text(SITE)

    def ten_runs(first: int) -> None:
        chance, device = random.Random(), Device(bare.namespace, bare.folder / f"from {first}")
        device.folder.mkdir()
        device.lbsh("apply", "--driver", "none", str(script), status=2)
        for run in range(first, first + (10 if is_gate() else 2)):
            before, stream = servers_in(device), statements(100 * run + 1)
            assert is_kept(device, before, stream, killed(device, stream, chance)), run
        assert device.run("drain 192.168.1.2", status=2).errors == f"{NONE}\n"

    with ThreadPoolExecutor(4) as several:
        assert [*several.map(ten_runs, range(first, first + (100 if is_gate() else 20), 10))]
