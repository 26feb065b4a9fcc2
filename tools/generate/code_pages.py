"""The folder docs/codes/: a page for each diagnostic code, from the docstring of its check and from outputs of lbsh.

The examples are those of the docstring. The command prints the findings under them; whether a comment allows a finding,
and whether `check --fix` mends it, is tried.
"""

from __future__ import annotations

import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from lbsh.cli.main import cli
from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import ANY_LINE, AnyCheck, Over
from lbsh_lang.diagnostics import Applicability, Severity
from lbsh_lang.syntax.nodes import FORMS
from tools.generate import safe_fixes
from tools.generate.derived import ROOT, Derived, left_over
from tools.generate.language_page import codes_of
from tools.generate.page_examples import DEVICE, LIBRARIES, examples, filter_of, findings, whole

FOLDER = ROOT / "docs" / "codes"

WRITTEN = "<!-- Written by `make generate` from the docstring of the check: not to be edited. -->"


def files() -> Iterator[Derived]:
    """All pages, and leftover pages of removed codes."""
    yield from (Derived(FOLDER / name, text) for name, text in pages().items())
    yield from left_over(FOLDER, {FOLDER / name for name in pages()})


@cache
def pages() -> dict[str, str]:
    """All files of the folder, by their names."""
    return {f"{code}.md": render_page(check) for code, check in sorted(catalog.PAGES.items())} | {
        "README.md": render_list()
    }


# Outputs of lbsh


class Run(NamedTuple):
    """A command, what it printed, and the script as it was afterwards."""

    command: str
    said: str
    script: str


def run(command: str, script: str, programs: dict[str, str] | None = None) -> Run:
    """Runs a command with `site.lb`, in a folder of its own; `programs` are found before those of the machine."""
    with tempfile.TemporaryDirectory() as name, chdir(name):
        path = Path("site.lb")
        path.write_text(script)
        Path("farm.lb").touch()
        for program, text in (programs or {}).items():
            Path(program).write_text(text)
            Path(program).chmod(stat.S_IRWXU)
        done = CliRunner().invoke(
            cli, command.split()[1:], env={"PATH": f"{name}:/usr/bin:/bin"}, standalone_mode=False
        )
        assert done.exception is None, done.exception
        return Run(command, done.output, path.read_text())


@contextmanager
def without(modules: Iterable[str]) -> Iterator[None]:
    """Lets modules seem to be missing: an entry of None says so to Python itself."""
    hidden = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name, module in hidden.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def command_of(check: AnyCheck) -> str:
    """The command that finds a code."""
    if check.over is Over.LISTS:
        return "lbsh addresses site.lb"
    return f"lbsh check --backend {filter_of(check)} site.lb" if check.over is Over.BACKEND else "lbsh check site.lb"


# LB403


REFUSED = f"""\
{DEVICE}
service SMTP is 62.103.127.154 tcp 25
pool mx_pool for SMTP
add 192.168.1.2 to mx_pool
"""

REFUSING = """\
#!/bin/sh
line=$(grep -n -m 1 'add element ip lbsh services' | cut -d : -f 1)
echo "/dev/stdin:$line:1-3: Error: syntax error, unexpected add" >&2
exit 1
"""
"""A program in the place of nft that takes no rule for a service."""


def refusal() -> str:
    done = run("lbsh emit --verify --backend nftables site.lb", REFUSED, {"nft": REFUSING})
    return "\n\n".join(
        [
            "## How it looks",
            "Below, a stand-in took the place of `nft` and refused a rule on purpose. The other words are lbsh's own.",
            fenced("lbsh", REFUSED),
            console(done),
        ]
    )


# The page


def render_page(check: AnyCheck) -> str:
    """The page of one code, as Markdown."""
    about, _, _ = check.page.partition("\n\nWrong:")
    parts = [f"# {check.code}: {check.title}", WRITTEN, lead(check), about]
    if check.over is Over.FILTER:
        parts += [refusal()]
    else:
        wrong, right = map(whole, examples(check))
        with without(LIBRARIES if check.over is Over.MACHINE else ()):
            parts += ["## Wrong", fenced("lbsh", wrong), console(run(command_of(check), wrong))]
        parts += ["## Right", fenced("lbsh", right)]
    return "\n\n".join([*parts, "## Good to know", "\n".join(facts(check))]) + "\n"


def lead(check: AnyCheck) -> str:
    finder = {
        Over.BACKEND: "It is looked for when a backend is named: by `lbsh check --backend NAME` and by `lbsh emit`.",
        Over.FILTER: "It comes from `lbsh emit --verify` alone.",
        Over.MACHINE: "`lbsh check` finds it where the library is missing.",
        Over.LISTS: "It comes from `lbsh addresses` alone.",
    }.get(check.over, "`lbsh check` finds it.")
    return f"**{check.severity.value.capitalize()}.** {finder}"


def fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}```"


def console(done: Run) -> str:
    return fenced("console", f"$ {done.command}\n{done.said}")


def facts(check: AnyCheck) -> Iterator[str]:
    yield f"- {_ALLOWED[can_be_allowed(check)].format(code=check.code)}"
    yield f"- {mending(check)}"
    yield f"- {statements(check)}"
    yield f"- `lbsh explain {check.code}` prints this page in a terminal. [All codes](README.md)."


_ALLOWED = {
    True: "`# lbsh: allow {code}` at the end of the line that it points at "
    "[allows it](../language.md#allowing-a-finding).",
    False: "It cannot be [allowed](../language.md#allowing-a-finding) by a comment.",
}


def statements(check: AnyCheck) -> str:
    """The statements whose section of the language page lists the code."""
    if check.met_by is ANY_LINE:
        return "Any line can meet it."
    heads = [head for head in statement_heads() if check.code in codes_of(head)]
    if not heads:
        return "It points at the statement that the refused rule serves, whichever that is."
    links = [f"[{head}](../language.md#{head.replace(' ', '-')})" for head in heads]
    return f"Statements that meet it: {', '.join(links)}."


@cache
def statement_heads() -> tuple[str, ...]:
    return tuple(dict.fromkeys(form.head for form in FORMS))


def can_be_allowed(check: AnyCheck) -> bool:
    """Whether a comment makes the failing example silent: tried, where there is one."""
    if check.over is Over.FILTER:
        return check.severity is not Severity.ERROR
    wrong = whole(examples(check)[0])
    lines = wrong.splitlines()
    line = next(one.span.start.line for one in findings(wrong, check) if one.code == check.code)
    lines[line] += f", {check.code}" if "# lbsh: allow" in lines[line] else f"  # lbsh: allow {check.code}"
    after = findings("\n".join(lines) + "\n", check)
    return (check.code, line) not in {(one.code, one.span.start.line) for one in after}


# Mending

ONE_READING = "where there is only one way to read the line"


def mending(check: AnyCheck) -> str:
    if check.over in (Over.FILTER, Over.LISTS):
        return "`lbsh check --fix` cannot mend it."
    wrong = whole(examples(check)[0])
    mended = run(f"{command_of(check).removesuffix(' site.lb')} --fix site.lb", wrong).script
    if mended != wrong:
        return f"`lbsh check --fix` mends the example: {changed(wrong, mended)}."
    elsewhere = safe_elsewhere().get(check.code)
    offers = ", ".join(dict.fromkeys(fix.title for one in findings(wrong, check) for fix in one.fixes))
    offered = f" Editors are offered: {offers}." if offers else ""
    if elsewhere:
        return f"`lbsh check --fix` mends it {ONE_READING} ({elsewhere}), but not the example.{offered}"
    return f"`lbsh check --fix` leaves it to you.{offered}"


def changed(before: str, after: str) -> str:
    """The lines that a fix changed, in words."""
    old, new = before.splitlines(), after.splitlines()
    if len(new) < len(old):
        (gone,) = [line for line in old if line not in new]
        return f"`{gone}` goes"
    return ", ".join(f"`{one}` becomes `{other}`" for one, other in zip(old, new, strict=True) if one != other)


@cache
def safe_elsewhere() -> dict[str, str]:
    """For each code the first line of the fixes' own tests with a safe fix, and the mended line."""
    found: dict[str, str] = {}
    repeated = safe_fixes.DEVICE.splitlines()[-1]
    for before, after in [*safe_fixes.SAFE.items(), (repeated, "")]:
        for one in safe_fixes.findings(f"{safe_fixes.DEVICE}{safe_fixes.SERVICE}{before}\n"):
            if before.isprintable() and any(fix.applicability is Applicability.SAFE for fix in one.fixes):
                words = f"`{before}` becomes `{after}`" if after else f"a second `{before}` goes"
                found.setdefault(one.code, words)
    return found


# The list


def render_list() -> str:
    """docs/codes/README.md: all codes, each with a link to its page."""
    rows = []
    for code, check in sorted(catalog.PAGES.items()):
        allowed = "yes" if can_be_allowed(check) else "no"
        rows.append(f"| [{code}]({code}.md) | {check.severity.value} | {check.title} | {allowed} | {fixable(check)} |")
    return "\n".join(
        [
            "# Diagnostic codes",
            "",
            "<!-- Written by `make generate`: not to be edited. -->",
            "",
            "All that lbsh has to say of scripts, with a page each: what is wrong and why it matters, an example, what",
            "lbsh prints, and the example mended. `lbsh explain CODE` prints the same in a terminal. How findings are",
            "read and allowed is in [the language page](../language.md#findings).",
            "",
            "| code | severity | what | can be allowed | `check --fix` mends it |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def fixable(check: AnyCheck) -> str:
    words = mending(check)
    return "yes" if "mends the example" in words else "at times" if ONE_READING in words else "no"
