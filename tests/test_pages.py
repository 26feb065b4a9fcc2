"""The page of each code: its failing example gives that code and no other, its mended one gives none."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from lbsh import app
from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import Check, Context, Over
from lbsh_lang.checks.run import check_script
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source

DEVICE = """\
interface external em0
interface internal em1
internal net 192.168.1.0/24
internal gw 192.168.1.1
"""
"""What stands above an example that says nothing of the device."""

PAGES = [check for check in catalog.PAGES.values() if check.over is not Over.FILTER]


def examples(check: Check) -> tuple[str, str]:
    match = re.fullmatch(r".*?\n\nWrong:\n\n(.*?)\n\nRight:\n\n(.*)", check.page, re.DOTALL)
    assert match, f"the page of {check.code} lacks its examples"
    return dedent(match[1]) + "\n", dedent(match[2]) + "\n"


def findings(text: str, check: Check) -> tuple[Diagnostic, ...]:
    """What is found in an example; for codes about packet filters, with PF of FreeBSD 14 as the one in question."""
    text = text if "interface" in text else DEVICE + text
    files = {"farm.lb": ""}
    script = read_script(
        Source.of("site.lb", text), lambda path, _: Source.of(path, files[path]) if path in files else "no such file"
    )
    resolution = Resolution(script)
    if check.over is not Over.BACKEND:
        return check_script(Context(resolution))
    pf = app.choose("pf", "freebsd-14")
    return check_script(Context(resolution, pf.backend, pf.options.target, app.all_backends()))


def codes(text: str, check: Check) -> set[str]:
    return {one.code for one in findings(text, check)}


@pytest.mark.parametrize("check", PAGES, ids=lambda check: check.code)
def test_failing_example_gives_the_code_alone(check: Check) -> None:
    assert codes(examples(check)[0], check) == {check.code}


@pytest.mark.parametrize("check", PAGES, ids=lambda check: check.code)
def test_mended_example_is_clean(check: Check) -> None:
    assert codes(examples(check)[1], check) == set()


def test_codes_are_in_order_and_titled() -> None:
    listed = [check.code for check in catalog.CHECKS]
    assert listed == sorted(listed)
    assert all(check.title and check.page for check in catalog.CHECKS)
