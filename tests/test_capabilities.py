"""Capabilities are claimed by name: each built-in backend decides on all of them; at first no backend has a new one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

import lbsh_lang
from lbsh_lang.backends import iptables, nftables, pf, registry
from lbsh_lang.backends.base import NOBODY, Backend, Capability, Claims
from lbsh_lang.backends.iptables.capabilities import CLAIMS as IPTABLES
from lbsh_lang.backends.nftables.capabilities import CLAIMS as NFTABLES
from lbsh_lang.backends.pf.capabilities import CLAIMS as PF

BACKENDS = (iptables.BACKEND, nftables.BACKEND, pf.BACKEND)
CLAIMS: dict[str, tuple[Backend, str, Claims]] = {
    "iptables": (iptables.BACKEND, iptables.BACKEND.targets[0], IPTABLES),
    "nftables": (nftables.BACKEND, nftables.BACKEND.targets[0], NFTABLES),
    **{release: (pf.BACKEND, release, claims) for release, claims in PF.items()},
}

FIRST_MEMBER = '    IPV6 = "IPv6"\n'

WHO_CLAIMS_IT = """
from lbsh_lang.backends import iptables, nftables, pf
from lbsh_lang.backends.base import Capability

for backend in (iptables.BACKEND, nftables.BACKEND, pf.BACKEND):
    for target in backend.targets:
        claimed = backend.capabilities(target)
        print(backend.name, target, Capability.ADDED in claimed, Capability.IPV6 in claimed)
"""


@pytest.mark.parametrize("name", CLAIMS)
def test_a_built_in_backend_decides_on_every_capability(name: str) -> None:
    backend, target, claims = CLAIMS[name]
    assert claims.undecided == set(), f"neither claimed nor listed with a reason in capabilities.py of {backend.name}"
    assert claims.has & (claims.lacks.keys() | NOBODY.keys()) == set()
    assert NOBODY.keys() & claims.lacks.keys() == set()
    assert all([*claims.lacks.values(), *NOBODY.values()])
    assert backend.capabilities(target) == claims.has


def test_every_target_of_a_built_in_backend_has_claims() -> None:
    listed = {(backend.name, target) for backend, target, _ in CLAIMS.values()}
    assert listed == {(one.name, target) for one in BACKENDS for target in one.targets}


def test_an_undecided_capability_is_named() -> None:
    assert Claims(
        frozenset(Capability) - {Capability.DRAIN, Capability.STICKY}, {Capability.STICKY: "why"}
    ).undecided == {Capability.DRAIN}


def test_a_capability_that_is_added_is_nobodys(tmp_path: Path) -> None:
    """In a copy, whose `Capability` has a member more."""
    copytree(Path(lbsh_lang.__file__).parent, tmp_path / "lbsh_lang", ignore=ignore_patterns("__pycache__"))
    base = tmp_path / "lbsh_lang" / "backends" / "base.py"
    text = base.read_text()
    assert text.count(FIRST_MEMBER) == 1
    base.write_text(text.replace(FIRST_MEMBER, f'    ADDED = "a new one"\n{FIRST_MEMBER}'))
    done = subprocess.run(
        [sys.executable, "-c", WHO_CLAIMS_IT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{backend.name} {target} False True" for backend, target, _ in CLAIMS.values()]


def test_the_backends_of_lbsh_are_known_without_a_look_at_entry_points() -> None:
    own = {
        name: entry.value for name, entry in registry.installed().items() if entry.dist and entry.dist.name == "lbsh"
    }
    assert own == {name: f"lbsh_lang.backends.{name}:BACKEND" for name in registry.BUILT_IN}
    assert all(registry.load_backend(name) is registry.installed()[name].load() for name in own)
