"""The page of each code: its failing example gives that code and no other, its mended one gives none."""

from __future__ import annotations

from pathlib import Path

import pytest

from lbsh_lang.checks import (
    catalog,
    device,
    failover,
    filters,
    interfaces,
    lines,
    lists,
    names,
    pools,
    ports,
    probes,
    services,
    shell,
    sources,
    ways,
)
from lbsh_lang.checks.base import AnyCheck, Check, Over
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.faults import find
from lbsh_lang.codes import Code
from lbsh_lang.site.faults import code_of
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source
from tools.generate.page_examples import examples, findings

EXAMPLES = Path(__file__).parents[1] / "examples"

PAGES = [check for check in catalog.PAGES.values() if check.over is not Over.FILTER]


def codes(text: str, check: AnyCheck) -> set[str]:
    return {one.code for one in findings(text, check)}


@pytest.mark.parametrize("check", PAGES, ids=lambda check: check.code)
def test_failing_example_gives_the_code_alone(check: AnyCheck) -> None:
    assert codes(examples(check)[0], check) == {check.code}


@pytest.mark.parametrize("check", PAGES, ids=lambda check: check.code)
def test_mended_example_is_clean(check: AnyCheck) -> None:
    assert codes(examples(check)[1], check) == set()


def test_codes_are_in_order_and_titled() -> None:
    listed = [check.code for check in catalog.CHECKS]
    assert listed == sorted(listed)
    assert all(check.title and check.page for check in catalog.CHECKS)


def test_every_check_is_listed() -> None:
    """The list of checks is explicit, so one may be forgotten there."""
    modules = [device, failover, filters, interfaces, lines, lists, names, pools, ports, probes, services]
    modules += [shell, sources, ways]
    made = {name for module in modules for name, value in vars(module).items() if isinstance(value, Check)}
    assert made == {check.run.__name__ for check in catalog.CHECKS}
    assert len(made) == len(catalog.CHECKS)


def test_every_code_has_a_page() -> None:
    assert set(catalog.PAGES) == set(Code)


@pytest.mark.parametrize("path", sorted((EXAMPLES / "broken").glob("*.lb")), ids=lambda path: path.stem)
def test_faults_lead_to_the_check_of_their_code(path: Path) -> None:
    """A fault knows its code, and the check that puts it into words states one: they are the same."""
    resolution = Resolution(read_script(Source.of(path.name, path.read_text(encoding="utf-8"))))
    noted = [*resolution.script.faults, *resolution.device.found]
    noted += [one for services in resolution.services.values() for one in services.found]
    noted += [one for pools in resolution.pools.values() for one in pools.found]
    context = Context(resolution).contexts.fault
    for one in noted:
        assert {found.code for found in find(one, context)} <= {code_of(one.fault)}
