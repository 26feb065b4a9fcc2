"""The fixes of findings, one by one and all at once, and the comments that allow findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lbsh_lang.analysis.actions.base import Action, ActionKind
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Edits, Region, TextEdit, on_line, touched_lines
from lbsh_lang.analysis.live.snapshots import ScriptSnapshot
from lbsh_lang.analysis.live.view import View
from lbsh_lang.check import check
from lbsh_lang.checks import catalog
from lbsh_lang.checks.allowances import allowances_in
from lbsh_lang.checks.base import Over
from lbsh_lang.diagnostics import Applicability, Diagnostic, Fix, Severity
from lbsh_lang.fixes import mend, safe_fixes
from lbsh_lang.site.faults import Refusal
from lbsh_lang.source import Position, Source, split_ends


def found_in(views: Sequence[View], region: Region) -> list[Diagnostic]:
    """The findings on the lines of a region in any of the scripts, those that touch the region first."""
    lines = touched_lines(region)
    all_found = (one for view in views for one in view.session.diagnostics(view.document))
    found = {_told(one): one for one in all_found if one.span.start.line in lines}
    return sorted(found.values(), key=lambda one: not _touches(one, region))


def _told(found: Diagnostic) -> tuple[object, ...]:
    """The key by which a finding with its fixes is the same in two scripts."""
    fixes = tuple([(fix.title, *((edit.span.start, edit.text) for edit in fix.edits)) for fix in found.fixes])
    return found.code, found.message, found.span.source.identity, found.span.start, found.span.end, fixes


def _touches(found: Diagnostic, region: Region) -> bool:
    return found.span.start <= region.end and region.start <= found.span.end


def fixes_of(found: Sequence[Diagnostic], region: Region) -> Iterator[Action]:
    """Every fix of every finding. Safe fixes of findings that touch the region are preferred."""
    for one in found:
        for fix in one.fixes:
            preferred = fix.applicability is Applicability.SAFE and _touches(one, region)
            yield Action(fix.title, ActionKind.FIX, _edits(fix), (one,), preferred)


def _edits(fix: Fix) -> Edits:
    edits: Edits = {}
    for edit in fix.edits:
        region = Region(edit.span.start, edit.span.end)
        edits.setdefault(edit.span.source.identity, []).append(TextEdit(region, edit.text))
    return edits


def has_safe_fixes(views: Sequence[View]) -> bool:
    """Whether all scripts of a document agree on a safe fix in it."""
    each = [view.session.diagnostics(view.document) for view in views]
    return bool(_agreed([[one for one in found if safe_fixes([one])] for found in each]))


def _agreed(each: Sequence[Iterable[Diagnostic]]) -> set[tuple[object, ...]]:
    """The keys of the findings that all scripts share."""
    return set.intersection(*({_told(one) for one in found} for found in each))


def fix_all(scripts: Sequence[ScriptSnapshot], identity: str) -> Action | None:
    """All safe fixes of a document of these scripts, in rounds until none is left, as `lbsh check --fix` makes them.

    Included files stay unchanged, and so does a place without the finding in one of the scripts. Checks every script
    several times.
    """
    document = scripts[0].documents[identity]
    known: dict[str, Source] = {}

    def look(changed: Mapping[str, Source]) -> Sequence[Diagnostic]:
        each = [_check(script, known, changed) for script in scripts]
        agreed = _agreed(each)
        found = {_told(one): one for each_found in each for one in each_found}
        return [
            one if told in agreed and _is_within(one, document) else replace(one, fixes=())
            for told, one in found.items()
        ]

    mended = mend(look)
    after = mended.sources.get(document.identity)
    if after is None:
        return None
    count = mended.counts[document.identity]
    title = f"make {'the safe fix' if count == 1 else f'all {count} safe fixes'}"
    return Action(title, ActionKind.FIX_ALL, {document.identity: list(_differences(document, after.text))})


def _check(script: ScriptSnapshot, known: dict[str, Source], changed: Mapping[str, Source]) -> tuple[Diagnostic, ...]:
    """The findings of a script with new texts for some documents; `known` caches the sources of the other documents."""

    def now(document: Document) -> Source:
        identity = document.identity
        if identity not in changed and identity not in known:
            known[identity] = document.source()
        return changed.get(identity) or known[identity]

    def load(path: str, includer: Source) -> Source | Refusal | str:
        found = script.included(path, includer.identity)
        return now(found) if isinstance(found, Document) else found

    return check(now(script.root), load, language=script.root.language).diagnostics


def _is_within(found: Diagnostic, document: Document) -> bool:
    return all(edit.span.source.identity == document.identity for fix in found.fixes for edit in fix.edits)


def _differences(document: Document, after: str) -> Iterator[TextEdit]:
    """The edits that lead to a text, line by line, on the assumption that lines change or go but do not move.

    Where the assumption fails, there are more edits than necessary; they still lead to the text.
    """
    lines, ends = split_ends(after)
    old = [text + document.line_end(line) for line, text in enumerate(document.lines)]
    new = [text + end for text, end in zip(lines, ends, strict=True)]
    line = other = 0
    while line < len(old) and other < len(new):
        if old[line] == new[other]:
            line, other = line + 1, other + 1
        elif len(old) - line > len(new) - other and _goes(old, new, line, other):
            yield TextEdit(Region(Position(line, 0), Position(line + 1, 0)), "")
            line += 1
        else:
            yield _whole(document, line, new[other])
            line, other = line + 1, other + 1
    if line < len(old):
        yield TextEdit(Region(Position(line, 0), document.end), "".join(new[other:]))
    elif other < len(new):
        yield TextEdit(Region(document.end, document.end), "".join(new[other:]))


def _goes(old: Sequence[str], new: Sequence[str], line: int, other: int) -> bool:
    """Whether a line was deleted rather than changed: the next line of the new text stands further down in the old one."""
    return new[other] in old[line + 1 : line + 1 + len(old) - len(new)]


def _whole(document: Document, line: int, text: str) -> TextEdit:
    if line + 1 < len(document.lines):
        return TextEdit(Region(Position(line, 0), Position(line + 1, 0)), text)
    return TextEdit(Region(Position(line, 0), document.end), text)


# Allowances


def allowances_of(document: Document, found: Sequence[Diagnostic], region: Region) -> Iterator[Action]:
    """Comments that allow findings, once for each code on a line."""
    done: set[tuple[int, str]] = set()
    for one in found:
        line, code = one.span.start.line, one.code
        if one.severity is Severity.ERROR or (line, code) in done or line not in touched_lines(region):
            continue
        if catalog.PAGES[code].over is Over.COMMENT:
            continue  # findings about allowances cannot be allowed
        done.add((line, code))
        edit = _allowing(document.lines[line], line, code)
        if edit is not None:
            yield Action(f"allow {code} on this line", ActionKind.FIX, {document.identity: [edit]}, (one,))


_NOWHERE = Source.of("", "")


def _allowing(text: str, line: int, code: str) -> TextEdit | None:
    """Adds a code to the comment of a line; None if the result would not be read as an allowance of it."""
    codes = [one.code for one in allowances_in(_NOWHERE, line, text)]
    if codes:
        place, added = codes[-1].end, f", {code}"
        edit = TextEdit(on_line(line, place, place), added)
    else:
        place, added = len(text.rstrip()), f"  # lbsh: allow {code}"
        edit = TextEdit(on_line(line, place, len(text)), added)
    after = text[: edit.region.start.column] + added + text[edit.region.end.column :]
    return edit if any(one.code.text == code for one in allowances_in(_NOWHERE, line, after)) else None
