"""The examples on the pages of codes: the failing and the mended script of a docstring, and their findings."""

from __future__ import annotations

import re
from textwrap import dedent

from lbsh import app
from lbsh_lang.check import Rendering, check_resolved
from lbsh_lang.checks.base import AnyCheck, Over
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
"""The lines above an example without statements of the device."""


def examples(check: AnyCheck) -> tuple[str, str]:
    """The failing and the mended example."""
    match = re.fullmatch(r".*?\n\nWrong:\n\n(.*?)\n\nRight:\n\n(.*)", check.page, re.DOTALL)
    assert match, f"the page of {check.code} lacks its examples"
    return dedent(match[1]) + "\n", dedent(match[2]) + "\n"


def whole(example: str) -> str:
    """An example with the statements of the device."""
    return example if "interface" in example else DEVICE + example


def findings(text: str, check: AnyCheck) -> tuple[Diagnostic, ...]:
    """The findings in an example; for codes about packet filters, those with PF of FreeBSD 14."""
    files = {"farm.lb": ""}
    script = read_script(
        Source.of("site.lb", whole(text)),
        lambda path, _: Source.of(path, files[path]) if path in files else "no such file",
    )
    resolution = Resolution(script)
    if check.over is not Over.BACKEND:
        return check_resolved(resolution).diagnostics
    pf = app.choose("pf", "freebsd-14")
    return check_resolved(resolution, Rendering(pf.backend, pf.options.target, app.all_backends())).diagnostics
