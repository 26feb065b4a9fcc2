"""The laboratory as fixtures. Where it cannot run, every test here is skipped, with the missing requirement as reason."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lbsh.lab.namespaces import Namespace
from lbsh_lang.backends.registry import load_backend
from tests.system.device import Device
from tests.system.firewalls import Firewall
from tests.system.lab import Lab

PROGRAMS = ("ip", "nft", "iptables-restore", "ip6tables-restore", "iptables-save", "ip6tables-save")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them where the laboratory cannot run."""
    own = [item for item in items if HERE in item.path.parents]
    missing = missing_here() if own else ""
    for item in own:
        item.add_marker(pytest.mark.system)
        if missing:
            item.add_marker(pytest.mark.skip(reason=f"system tests did not run: {missing}"))


@cache
def missing_here() -> str:
    """The missing requirements of the laboratory on this machine, in words; empty if there are none."""
    if os.geteuid() != 0:
        return "they need root"
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    try:
        Namespace("probe").delete()
    except OSError as error:
        return f"no network namespaces here ({error})"
    return ""


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """The laboratory without any rule or connection of an earlier test."""
    running_lab.reset()
    return running_lab


@pytest.fixture(params=["nftables", "iptables"])
def firewall(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Firewall]:
    """The device with each backend in turn."""
    made = Firewall(load_backend(request.param), lab)
    yield made
    made.heed_late_packets()


@pytest.fixture(scope="session")
def lone_namespace() -> Iterator[Namespace]:
    made = Namespace("alone")
    yield made
    made.delete()


@pytest.fixture
def bare(lone_namespace: Namespace, tmp_path: Path) -> Device:
    """A device without neighbours, rules, and store."""
    lone_namespace.run("nft", "flush", "ruleset")
    return Device(lone_namespace, tmp_path)
