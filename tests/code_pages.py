"""Makes docs/codes/, a page for each diagnostic code, from the checks themselves: `python -m tests.code_pages`."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import Check, Over
from lbsh_lang.diagnostics import Applicability, Severity
from lbsh_lang.renderings.text import PLAIN, render_text
from lbsh_lang.syntax.forms import FORMS
from tests.test_docs import ANYWHERE, codes_of
from tests.test_pages import DEVICE, examples, findings

FOLDER = Path(__file__).parents[1] / "docs" / "codes"
INDEX = "README.md"


def pages() -> dict[str, str]:
    """The text of each file of the folder, by its name."""
    found = {f"{code}.md": page_of(check) for code, check in sorted(catalog.PAGES.items())}
    return {INDEX: index(), **found}


def index() -> str:
    rows = [
        f"| [{check.code}]({check.code}.md) | {check.severity.value} | {check.title} |"
        for _, check in sorted(catalog.PAGES.items())
    ]
    head = "# Diagnostic codes\n\nWhat `lbsh check` finds. `lbsh explain CODE` prints the same pages.\n\n"
    return head + "| code | severity | what |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def page_of(check: Check) -> str:
    parts = [f"# {check.code}: {check.title}", f"*{check.severity.value.capitalize()}.*"]
    if check.over is Over.FILTER:
        parts.append(check.page)
    else:
        prose = check.page.partition("\n\nWrong:")[0]
        wrong, right = examples(check)
        parts += [dedent(prose), "## Wrong", block("lbsh", wrong), said_of(check, wrong)]
        parts += ["## Right", block("lbsh", right)]
    parts += ["## Where, and what helps", "\n".join(notes(check))]
    return "\n\n".join(parts) + "\n"


def said_of(check: Check, example: str) -> str:
    """What is printed for an example."""
    said = [render_text(one, PLAIN) for one in findings(example, check)]
    above = "" if "interface" in example else f", below {DEVICE.count(chr(10))} lines that describe the device"
    asked = " when it is asked about PF of FreeBSD 14" if check.over is Over.BACKEND else ""
    return f"lbsh says of it{above}{asked}:\n\n{block('text', chr(10).join(said))}"


def notes(check: Check) -> list[str]:
    heads = list(dict.fromkeys(form.head for form in FORMS if check.code in codes_of(form.head)))
    where = ", ".join(f"[`{head}`](../language.md#{head.replace(' ', '-')})" for head in heads)
    found = [f"- Statements: {where}." if heads else "- Any line." if check.code in ANYWHERE else "- Any statement."]
    found.append(f"- {allowance(check)}")
    fixes = (
        [] if check.over is Over.FILTER else [fix for one in findings(examples(check)[0], check) for fix in one.fixes]
    )
    for fix in fixes:
        safe = fix.applicability is Applicability.SAFE
        who = "`lbsh check --fix` makes it" if safe else "`lbsh check --fix` leaves it to you, since it is a guess"
        found.append(f"- A fix for the example above: {fix.title}; {who}.")
    return found


def allowance(check: Check) -> str:
    if check.severity is Severity.ERROR:
        return "An error cannot be allowed."
    return f"`# lbsh: allow {check.code}` at the end of the line allows it."


def block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def main() -> None:
    """Writes all pages, and deletes those of codes that are not."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for path in FOLDER.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
