"""Findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), for code scanning and its viewers.

Sections of the standard are given with §. Two of its rules are easy to miss: braces in messages are doubled (§3.11.5),
and no URI contains `..` (§3.10.2). Paths are relative to a base that the reader of the log knows, so that the output for a
script is the same in every folder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from lbsh_lang.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from lbsh_lang.renderings.json_text import render_value
from lbsh_lang.source import Source, Span

Json = dict[str, object]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")  # RFC 3986, 2.3
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of surrogate pairs that stand for no byte of a path (PEP 383)."""


class Rule(Protocol):
    """The part of a code in a log: its severity, the problem in a few words, and the page that explains it."""

    @property
    def code(self) -> str: ...

    @property
    def severity(self) -> Severity: ...

    @property
    def title(self) -> str: ...

    @property
    def page(self) -> str: ...


def render_sarif(
    diagnostics: Collection[Diagnostic], rules: Mapping[str, Rule], version: str, complaints: Iterable[str] = ()
) -> Iterator[str]:
    """A log of one run, with a line for each finding; `complaints` are about files that could not be read."""
    codes = sorted({one.code for one in diagnostics})
    driver = {
        "name": "lbsh",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(rules[code]) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The folder in which lbsh was run."}}},
        "invocations": [_invocation(tuple(complaints))],
    }
    yield f'{{"$schema": {render_value(SCHEMA)}, "version": "2.1.0", "runs": [\n{render_value(run)[:-1]},\n"results": ['
    places = {code: place for place, code in enumerate(codes)}
    seen: Counter[str] = Counter()
    for number, one in enumerate(diagnostics):
        yield (",\n" if number else "\n") + render_value(_result(one, places[one.code], seen))
    yield "]}\n]}\n"


def _rule(rule: Rule) -> Json:
    what = rule.page.partition("\n\n")[0].replace("\n", " ")
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.title.replace(",", "").replace("'s", "").split()),
        "shortDescription": {"text": _message(rule.title)},
        "fullDescription": {"text": _message(what)},
        "help": {"text": _message(rule.page), "markdown": _message(rule.page)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _invocation(complaints: tuple[str, ...]) -> Json:
    """Whether all files could be read (§3.20.14); findings are no failure."""
    said: list[object] = [{"level": "error", "message": {"text": _message(text)}} for text in complaints]
    return {"executionSuccessful": not said, **({"toolExecutionNotifications": said} if said else {})}


def _result(one: Diagnostic, rule: int, seen: Counter[str]) -> Json:
    result: Json = {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": _LEVELS[one.severity],
        "message": {"text": _message("\n".join([one.message, *(f"help: {line}" for line in one.help)]))},
        "locations": [_location(one.span)],
        "partialFingerprints": {"lbshLine/v1": _fingerprint(one, seen)},
    }
    if one.labels:
        result["relatedLocations"] = [_related(number, label) for number, label in enumerate(one.labels)]
    if one.fixes:
        result["fixes"] = [_fix(fix) for fix in one.fixes]
    return result


def _fingerprint(one: Diagnostic, seen: Counter[str]) -> str:
    """A name for a finding that does not change when lines above it come or go.

    It is a hash of the code, the file and the words of the line, and a number among the findings with the same hash.
    """
    source = one.span.source
    line = _line_hash(one.code, _uri(source), source.lines[one.span.start.line])
    seen[line] += 1
    return f"{line}:{seen[line]}"


@lru_cache(maxsize=256)
def _line_hash(code: str, uri: str, line: str) -> str:
    """The hash of a line, made once for all findings of a code that it has: a line may be long and have many."""
    words = " ".join(line.split())
    return sha256(f"{code}\0{uri}\0{words}".encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _related(number: int, label: Label) -> Json:
    return {"id": number, **_location(label.span), "message": {"text": _message(label.message)}}


def _location(span: Span) -> Json:
    return {"physicalLocation": {"artifactLocation": _artifact(span.source), "region": _region(span)}}


def _region(span: Span) -> Json:
    """Lines and columns from 1; the end is the column behind the last one (§3.30.8)."""
    return {
        "startLine": span.start.line + 1,
        "startColumn": span.start.column + 1,
        "endLine": span.end.line + 1,
        "endColumn": span.end.column + 1,
    }


def _fix(fix: Fix) -> Json:
    by_source: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_source.setdefault(edit.span.source.name, []).append(edit)
    changes = [
        {"artifactLocation": _artifact(edits[0].span.source), "replacements": [_replacement(edit) for edit in edits]}
        for edits in by_source.values()
    ]
    return {"description": {"text": _message(fix.title)}, "artifactChanges": changes}


def _replacement(edit: Edit) -> Json:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}


def _artifact(source: Source) -> Json:
    uri = _uri(source)
    if source.identity.startswith("<"):  # a stream has no place
        return {"uri": uri, "description": {"text": source.name.strip("<>")}}
    return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": BASE}


def _uri(source: Source) -> str:
    """The URI of a file: relative, or with a scheme if the path is absolute or leads out of the folder (§3.10.2)."""
    if source.name.startswith("/"):
        return "file://" + _encode(source.name)
    if source.name.startswith("../") and source.identity.startswith("/"):
        return "file://" + _encode(source.identity)
    return _encode(source.name)


def _encode(path: str) -> str:
    """Percent-encoded bytes of a path, which need not be text (RFC 3986, 2.1)."""
    content = _NO_BYTE.sub("\ufffd", path).encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in content)


def _message(text: str) -> str:
    """A text without placeholders (§3.11.5) or links (§3.11.6), whatever the script contains."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "\\](")
