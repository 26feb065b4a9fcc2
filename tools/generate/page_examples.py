"""The examples on the pages of codes: the failing and the mended script of a docstring, and their findings."""

from __future__ import annotations

import re
from functools import cache
from textwrap import dedent

from lbsh import app
from lbsh_lang.check import Rendering, check_resolved
from lbsh_lang.checks.base import AnyCheck, Over
from lbsh_lang.checks.lists import check_lists
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.addresses import lists_of
from lbsh_lang.site.places import Places
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source

DEVICE = """\
interface external em0
interface internal em1
internal net 192.168.1.0/24
internal gw 192.168.1.1
"""
"""The lines above an example without statements of the device."""


def examples(check: AnyCheck) -> tuple[str, str]:
    """The failing and the mended example."""
    match = re.fullmatch(r".*?\n\nWrong:\n\n(.*?)\n\nRight:\n\n(.*)", check.page, re.DOTALL)
    assert match, f"the page of {check.code} lacks its examples"
    return dedent(match[1]) + "\n", dedent(match[2]) + "\n"


def whole(example: str) -> str:
    """An example with the statements of the device."""
    return example if "interface" in example else DEVICE + example


FILTERS = ("pf", "iptables")
"""The packet filters, one of which has the finding of a code about filters."""


LIBRARIES = ("dns", "pyrad")
"""The modules that the machine lacks on whose findings a code about it has its page."""


def findings(text: str, check: AnyCheck) -> tuple[Diagnostic, ...]:
    """The findings in an example; for codes about packet filters, those with the filter of the page.

    For codes about the lists for a device, those of the lists too.
    """
    if check.over is Over.LISTS:
        resolution = _resolution(text)
        lists = check_lists(lists_of(resolution.site), Places(resolution))
        return (*check_resolved(resolution).diagnostics, *lists)
    if check.over is Over.MACHINE:
        return check_resolved(_resolution(text), None, frozenset(LIBRARIES)).diagnostics
    return _found(text, filter_of(check) if check.over is Over.BACKEND else None)


@cache
def filter_of(check: AnyCheck) -> str:
    """The packet filter that the page of a code about filters shows: the first that has it in the failing example."""
    failing = examples(check)[0]
    return next(name for name in FILTERS if any(one.code == check.code for one in _found(failing, name)))


def _found(text: str, backend: str | None) -> tuple[Diagnostic, ...]:
    resolution = _resolution(text)
    if backend is None:
        return check_resolved(resolution).diagnostics
    chosen = app.choose(backend, None)
    rendering = Rendering(chosen.backend, chosen.options.target, app.all_backends())
    return check_resolved(resolution, rendering).diagnostics


def _resolution(text: str) -> Resolution:
    files = {"farm.lb": ""}
    script = read_script(
        Source.of("site.lb", whole(text)),
        lambda path, _: Source.of(path, files[path]) if path in files else "no such file",
    )
    return Resolution(script)
