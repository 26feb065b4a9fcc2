"""Tells scripts from other files: a finding quotes lines, and a file that is no script may hold secrets."""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.checks.doubts import may_be_another_statement
from lbsh_lang.checks.needs import needs_in
from lbsh_lang.site.faults import Inadmissible, Refusal
from lbsh_lang.site.script import MOST_FAULTS, Loader
from lbsh_lang.source import Source
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.parser import LineParser, Parsed


def is_script(lines: Iterable[tuple[str, Parsed]]) -> bool:
    """Whether a text may be quoted, given its lines with their parses: it has a statement, or nothing to find.

    A line with the form of a statement is one, even if a word in it has no meaning, such as an address with a wrong number.
    A comment that names the plug-ins of the script tells as much as a statement.
    """
    faulty = 0
    for text, parsed in lines:
        if _states(parsed) or needs_in(text):
            return True
        faulty += len(parsed.faults)
        if faulty > MOST_FAULTS:
            return False
    return faulty == 0


def scripts_only(load: Loader, language: Lbsh = LBSH) -> Loader:
    """A loader of those files of another that are scripts."""
    parser = LineParser(language)

    def load_script(path: str, includer: Source) -> Source | Refusal | str:
        found = load(path, includer)
        if isinstance(found, Source) and not is_script((line, parser.parse(line)) for line in found.lines):
            return Inadmissible.NO_SCRIPT
        return found

    return load_script


def _states(parsed: Parsed) -> bool:
    return parsed.node is not None and not any(map(may_be_another_statement, parsed.faults))
