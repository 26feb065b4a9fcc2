"""The generated tables of docs/language.md, and a reader of the rest of that page for other generators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import ANY_LINE
from lbsh_lang.probes.base import Method, OptionKind
from lbsh_lang.probes.registry import built_in
from lbsh_lang.syntax.methods import RECORD_TYPES, RESPONSE_CODES
from lbsh_lang.syntax.nodes import ALL_FORMS, BuiltIn
from tools.generate.derived import ROOT, CannotGenerateError, Derived, fill

LANGUAGE = ROOT / "docs" / "language.md"


def files() -> Iterator[Derived]:
    """The page with its tables."""
    yield Derived(LANGUAGE, with_tables(LANGUAGE.read_text(encoding="utf-8")))


def with_tables(text: str) -> str:
    """The text of the page with its tables, and the codes of each statement, exchanged."""
    for head in dict.fromkeys(form.head for form in ALL_FORMS):
        text = _with_codes(text, head)
    for name, table in TABLES.items():
        text = fill(text, f"<!-- {name}: begin (written by `make generate`) -->", f"<!-- {name}: end -->", table())
    return text


def codes_table() -> str:
    """All codes with their severities and titles."""
    checks = (check for _, check in sorted(catalog.PAGES.items()))
    return _table(
        "| code | severity | what |", *(f"| {one.code} | {one.severity.value} | {one.title} |" for one in checks)
    )


def methods_table() -> str:
    """All probe methods of lbsh with their options."""
    rows = (f"| {_method_words(one)} | {_protocol_words(one)} | {_option_words(one)} |" for one in built_in().values())
    types = f"STATUS is a number from 100 to 599, TYPE one of {', '.join(RECORD_TYPES)}."
    codes = f"CODE is one of {', '.join(RESPONSE_CODES)}."
    return (
        f"{_table('| method | for services of | options |', *rows)}{types}\n{codes}\nOptions in bold must be given.\n\n"
    )


TABLES = {"codes": codes_table, "methods": methods_table}
"""The table between two marks of this name."""


def _table(head: str, *rows: str) -> str:
    """A table between empty lines."""
    return "\n".join(["", head, "|" + "---|" * (head.count("|") - 1), *rows, "", ""])


def _method_words(method: Method) -> str:
    return f"`{method.name} STRING`, {method.argument.phrase}" if method.argument else f"`{method.name}`"


def _protocol_words(method: Method) -> str:
    return ", ".join(sorted(protocol.value for protocol in method.protocols))


def _option_words(method: Method) -> str:
    words = {name: f"`{name} {_value_words(option.kind)}`" for name, option in method.options.items()}
    return ", ".join(f"**{text}**" if name in method.required else text for name, text in words.items())


def _value_words(kind: OptionKind) -> str:
    match kind:
        case (
            OptionKind.TEXT
            | OptionKind.PATH
            | OptionKind.HOST
            | OptionKind.SITE
            | OptionKind.DOMAIN
            | OptionKind.FILTER
        ):
            return "STRING"
        case OptionKind.STATUSES:
            return "STATUS[-STATUS]"
        case OptionKind.SWITCH:
            return "on` or `off"
        case OptionKind.RECORD:
            return "TYPE"
        case OptionKind.CODE:
            return "CODE"
        case OptionKind.FILE:
            return "file STRING"
        case _:
            assert_never(kind)


# The rest of the page


def section(page: Path, heading: str) -> str:
    """The text below a heading of a page, up to the next heading of its rank or above. Raises `CannotGenerateError`."""
    rank = heading.index(" ")
    pattern = rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{rank}}} |\Z)"
    match = re.search(pattern, page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    if match is None:
        raise CannotGenerateError(page, f"no section {heading}", "write it, then make generate")
    return match[1]


def codes_of(head: str) -> list[str]:
    """The codes that a statement can meet, but for those that any line can."""
    return sorted({code for form in ALL_FORMS if form.head == head for code in codes_at(form.node)})


def codes_at(node: type[BuiltIn]) -> set[str]:
    """The codes that lines with a node of this class can meet, but for those that any line can."""
    return {check.code for check in catalog.CHECKS if node in check.met_by and check.met_by is not ANY_LINE}


def _with_codes(text: str, head: str) -> str:
    """The text with the codes of a statement in the last line of its section. Raises `CannotGenerateError`."""
    pattern = rf"(^### {re.escape(head)}\n(?:(?!^#).)*?^Codes: )[^\n]*$"
    filled, count = re.subn(
        pattern, lambda match: f"{match[1]}{', '.join(codes_of(head))}.", text, flags=re.DOTALL | re.MULTILINE
    )
    if count != 1:
        reason = f"no section `### {head}` with a line `Codes: .`"
        raise CannotGenerateError(LANGUAGE, reason, "write it, then make generate")
    return filled
