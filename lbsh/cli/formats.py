"""The output formats of `lbsh check` for programs. Each is imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lbsh import __version__
from lbsh_lang.diagnostics import Diagnostic

Format = Callable[[Sequence[Diagnostic], Sequence[str]], Iterable[str]]
"""From all findings, and the reasons why files were not read, to pieces of text. Without either the text is a valid
document too.

The reasons also stand on standard error; formats with a line per finding leave them out.
"""


def _json(found: Sequence[Diagnostic], complaints: Sequence[str]) -> Iterable[str]:
    from lbsh_lang.renderings.findings.json_object import render_json  # noqa: PLC0415 -- as the module says

    return (render_json(found, complaints), "\n")


def _json_lines(found: Sequence[Diagnostic], complaints: Sequence[str]) -> Iterable[str]:
    from lbsh_lang.renderings.findings.json_lines import render_json_lines  # noqa: PLC0415

    return render_json_lines(found)


def _concise(found: Sequence[Diagnostic], complaints: Sequence[str]) -> Iterable[str]:
    from lbsh_lang.renderings.findings.concise import render_concise  # noqa: PLC0415

    return render_concise(found)


def _sarif(found: Sequence[Diagnostic], complaints: Sequence[str]) -> Iterable[str]:
    from lbsh_lang.checks.catalog import PAGES  # noqa: PLC0415
    from lbsh_lang.renderings.findings.sarif import render_sarif  # noqa: PLC0415

    return render_sarif(found, PAGES, __version__, complaints)


def _github(found: Sequence[Diagnostic], complaints: Sequence[str]) -> Iterable[str]:
    from lbsh_lang.renderings.findings.github import render_github  # noqa: PLC0415

    return render_github(found, complaints)


FORMATS: dict[str, Format] = {
    "json": _json,
    "json-lines": _json_lines,
    "concise": _concise,
    "sarif": _sarif,
    "github": _github,
}
"""The formats by the word after `--format`; `text`, which people read on a terminal, is `terminal.report`."""

WITH_PAGES = frozenset({"sarif"})
"""The formats with the pages of codes, which are docstrings."""
