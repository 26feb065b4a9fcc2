"""The rules in tests/golden/rules/ equal the emitted ones, and the cases together use all capabilities."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from lbsh import app
from lbsh.files import read_source
from lbsh_lang.backends.base import Capability
from lbsh_lang.backends.registry import installed, load_backend
from lbsh_lang.checks.filters import cautions, needs
from tests import golden_rules

CASES = golden_rules.cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rules_are_what_is_emitted(case: Path) -> None:
    assert golden_rules.written(case) == dict(golden_rules.emissions(case)), "python -m tests.golden_rules"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_scripts_have_no_findings(case: Path) -> None:
    for path in case.glob("*.lb"):
        assert app.check_source(read_source(str(path))).diagnostics == ()


TOO_LARGE = {Capability.STICKY_MANY, Capability.SERVER_PORTS_MANY}
"""The capabilities that only a script too large for a file here asks for; `test_cautions` has it."""


def test_all_capabilities_are_used() -> None:
    assert set().union(*map(asked, CASES)) == set(Capability) - TOO_LARGE


@pytest.mark.parametrize("capability", [one for one in Capability if one not in TOO_LARGE])
def test_a_capability_that_is_claimed_is_shown(capability: Capability) -> None:
    """A target that claims a capability has rules, not a refusal, for a script that asks for it."""
    asking = [case for case in CASES if capability in asked(case)]
    for backend in map(load_backend, installed()):
        for target in backend.targets:
            if capability in backend.capabilities(target):
                assert any(shown(case, target, backend.targets) for case in asking), target


@cache
def asked(case: Path) -> frozenset[Capability]:
    """What the script of a case asks of a filter."""
    site = app.check_source(read_source(str(case / golden_rules.SCRIPT))).site
    return frozenset(need.capability for need in (*needs(site), *cautions(site)))


def shown(case: Path, target: str, targets: tuple[str, ...]) -> bool:
    """Whether a case has rules for a target: in its file, or in that of the target before it, which has the same."""
    before = [one for one in targets[: targets.index(target) + 1] if (case / f"{one}.rules").exists()]
    return not (case / f"{before[-1]}.rules").read_text().startswith("error")


def test_what_is_stale_is_found_and_renewed(tmp_path: Path) -> None:
    (tmp_path / "site.lb").write_bytes((golden_rules.FOLDER / "plain" / "site.lb").read_bytes())
    (tmp_path / "freebsd-9.rules").write_text("pass all\n")
    assert golden_rules.written(tmp_path) != dict(golden_rules.emissions(tmp_path))
    golden_rules.renew(tmp_path)
    assert golden_rules.written(tmp_path) == dict(golden_rules.emissions(tmp_path))
    targets = ("freebsd-14", "freebsd-15", "iptables-1.8", "nftables-1.0")
    assert set(golden_rules.written(tmp_path)) == {f"{target}.rules" for target in targets}
