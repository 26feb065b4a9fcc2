"""The page of each code: its failing example gives that code and no other, its mended one gives none."""

from __future__ import annotations

import pytest

from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import AnyCheck, Over
from tools.generate.page_examples import examples, findings

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
