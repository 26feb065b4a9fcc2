"""The documents are true: their examples are sound, their commands run, their lists are those of the code.

A comment on the line above a code block has notes for the tests: `file: NAME` for a script that others on the page
include or commands read, `findings: CODES` for what is found in it (nothing, if not said), `status: N` for how a
command ends.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import lbsh
from lbsh import app, files
from lbsh.cli.commands import COMMANDS
from lbsh.drivers.choice import DRIVERS, NO_DRIVER
from lbsh_lang.check import check_resolved
from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import ANY_LINE, Over
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site import script
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.source import LARGEST_FILE, Source
from lbsh_lang.syntax import lowering, parser
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.nodes import ALL_FORMS, FORMS, Form
from lbsh_lang.syntax.parser import LineParser
from lbsh_lang.syntax.statement import ExtensionStatement
from lbsh_lang.syntax.terminals import Terminal
from lbsh_lang.values import ALGORITHMS
from tests.limits import LONGEST
from tests.test_broken_examples import BROKEN
from tests.test_layers import modules
from tools.generate import page_examples
from tools.generate.derived import ROOT
from tools.generate.language_page import LANGUAGE, codes_at, section
from tools.generate.layers import LAYERS, ROOMS

ARCHITECTURE = ROOT / "ARCHITECTURE.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
CHANGELOG = ROOT / "CHANGELOG.md"
PAGES = (LANGUAGE, ARCHITECTURE, CONTRIBUTING, CHANGELOG, ROOT / "docs" / "ci.md", ROOT / "docs" / "coming-from.md")
EVERY_PAGE = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


class Block(NamedTuple):
    """A code block: what it is written in, its text, what the comments above it say, and its first line."""

    language: str
    text: str
    notes: dict[str, str]
    line: int


_BLOCK = re.compile(r"((?:<!-- [^\n]* -->\n)*)```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        notes = dict(re.findall(r"<!-- (\w+):? ?(.*?) -->", match[1]))
        found.append(Block(match[2], match[3], notes, text.count("\n", 0, match.start(3)) + 1))
    return [block for block in found if block.language == language]


def noted(page: Path, note: str, language: str) -> Block:
    (block,) = [block for block in blocks(page, language) if note in block.notes]
    return block


# Scripts

SCRIPTS = [block for page in PAGES for block in blocks(page, "lbsh")]


def findings(block: Block) -> list[str]:
    """The codes found in a script of the language page, which may include the named ones there."""
    prelude = noted(LANGUAGE, "prelude", "lbsh").text
    named = {one.notes["file"]: one.text for one in SCRIPTS if "file" in one.notes}
    text = block.text if re.search("^interface ", block.text, re.MULTILINE) else prelude + block.text
    source = Source.of("site.lb", text)
    read = script.read_script(source, lambda path, _: Source.of(path, named[path]) if path in named else "no such file")
    return sorted({one.code for one in check_resolved(Resolution(read)).diagnostics})


@pytest.mark.parametrize("block", SCRIPTS, ids=lambda block: f"line{block.line}")
def test_script_has_the_findings_that_are_announced(block: Block) -> None:
    assert findings(block) == sorted(block.notes.get("findings", "").split())


# Commands

CONSOLES = [block for page in PAGES for block in blocks(page, "console")]


@pytest.mark.parametrize("block", CONSOLES, ids=lambda block: f"line{block.line}")
def test_command_prints_what_the_page_shows(block: Block, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for one in SCRIPTS:
        if "file" in one.notes:
            path = tmp_path / one.notes["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(one.text)
    command, _, shown = block.text.removeprefix("$ ").partition("\n")
    program, *arguments = shlex.split(command)
    assert program == "lbsh"
    done = run_lbsh(*arguments, cwd=tmp_path)
    assert done.returncode == int(block.notes.get("status", "0"))
    pattern = ".*".join(map(re.escape, shown.split("…\n")))
    assert re.fullmatch(pattern, done.stdout, re.DOTALL), done.stdout


def run_lbsh(*arguments: str, cwd: Path, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lbsh", *arguments]
    places = os.pathsep.join((str(path), str(ROOT)))
    environment = {**os.environ, "PYTHONPATH": places}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
    )


def test_commands_in_running_text_exist() -> None:
    for page in EVERY_PAGE:
        for command in re.findall(r"(?:`|\$ |^ {4})lbsh (\w+)", page.read_text(), re.MULTILINE):
            assert command in COMMANDS, f"{page.name}: lbsh {command}"


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:^|`)make (?:[A-Z]+=\S+ )*([a-z]+)", page.read_text(), re.MULTILINE)
    }
    assert {"test", "lint"} <= named <= targets


# The language page and the grammar


def test_every_statement_has_its_section_in_order() -> None:
    heads = list(dict.fromkeys(form.head for form in FORMS))
    assert re.findall(r"^### (.*)$", section(LANGUAGE, "## Statements"), re.MULTILINE) == heads


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.node.__name__)
def test_section_shows_the_form(form: object) -> None:
    assert isinstance(form, Form)
    documented = re.search(r"```text\n(.*?)```", section(LANGUAGE, f"### {form.head}"), re.DOTALL)
    assert documented
    stated = form.usage
    assert set(stated) <= set(documented[1].splitlines())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.node.__name__)
def test_section_explains_each_option(form: Form) -> None:
    for text in form.usage:
        for keyword in re.findall(r"\[([a-z]+)", text):
            assert re.search(rf"`[^`\n]*\b{keyword}\b", section(LANGUAGE, f"### {form.head}").partition("```\n")[2]), (
                keyword
            )


def _broken() -> Iterator[Diagnostic]:
    """The findings in the broken examples, and in the failing example on each code's page."""
    for path in BROKEN:
        request = app.choose("pf", "freebsd-14") if path.stem == "filters" else None
        yield from app.check_source(files.read_source(str(path)), request).diagnostics
    for check in catalog.PAGES.values():
        if check.over is not Over.FILTER:
            yield from page_examples.findings(page_examples.examples(check)[0], check)


def test_statements_list_the_codes_that_they_meet() -> None:
    parser = LineParser()
    anywhere = {code for code, check in catalog.PAGES.items() if check.met_by is ANY_LINE}
    for one in _broken():
        node = parser.parse(one.span.source.lines[one.span.start.line]).node
        if node is not None and not isinstance(node, ExtensionStatement):
            assert one.code in {*codes_at(type(node)), *anywhere}, f"{node}: {one.code}"


def test_every_code_is_met_by_a_statement() -> None:
    assert [check.code for check in catalog.PAGES.values() if not check.met_by] == ["LB403"]


def test_reserved_words_are_all_listed() -> None:
    assert set(noted(LANGUAGE, "reserved", "text").text.split()) == AUTOMATON.reserved


def test_all_algorithms_are_listed() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \|", section(LANGUAGE, "### pool"), re.MULTILINE)) == set(ALGORITHMS)


def test_bounds_are_those_of_the_code() -> None:
    bounds = section(LANGUAGE, "## Bounds")
    for words in (
        f"{parser.LONGEST_LINE:,} characters",
        f"{LARGEST_FILE >> 20} MiB",
        f"{script.DEEPEST_INCLUDE} deep",
        f"{script.MOST_SOURCES:,}",
        f"{lowering.MOST_ADDRESSES:,}",
        f"{lowering.LONGEST_DURATION // 86_400_000} days",
    ):
        assert f"| {words} |" in bounds


@pytest.mark.parametrize(
    ("lower", "last", "beyond"),
    [
        (lowering.lower_name, "a" * 63, "a" * 64),
        (lowering.lower_interface, "a" * 15, "a" * 16),
        (Terminal.WEIGHT_VALUE.value.read, "256", "257"),
        (Terminal.RISE_COUNT.value.read, "1000", "1001"),
        (Terminal.SKEW_VALUE.value.read, "254", "255"),
        (lowering.lower_port, "65535", "65536"),
        (lowering.lower_duration, "30d", "31d"),
    ],
)
def test_bounds_of_words_hold(lower: Callable[[str], object], last: str, beyond: str) -> None:
    assert not isinstance(lower(last), Problem)
    assert isinstance(lower(beyond), Problem)


# Links, paths, the map of the code


LINKS = [(page, target) for page in EVERY_PAGE for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text())]


@pytest.mark.parametrize(("page", "target"), LINKS, ids=str)
def test_link_leads_somewhere(page: Path, target: str) -> None:
    if target.startswith("https://"):
        return
    name, _, anchor = target.partition("#")
    path = page.parent / name if name else page
    assert path.exists()
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE) if anchor else []
    assert not anchor or anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


PATHS = r"`((?:lbsh|lbsh_lang|tests|examples|grammar|docs|bench|tools|\.ci)/[\w./-]*)`"


def test_paths_that_are_named_exist() -> None:
    for page in (ARCHITECTURE, CONTRIBUTING):
        for path in re.findall(PATHS, page.read_text()):
            assert (ROOT / path).exists(), f"{page.name}: {path}"


def test_every_module_is_on_the_map() -> None:
    """By its own name; or by that of its folder, where that is described as a whole."""
    text = section(ARCHITECTURE, "## Code map")
    for name, path in modules():
        folder = path.parent.name
        named = f"{folder}/`" in text if path.name == "__init__.py" else f"`{path.name}`" in text
        assert named or f"`{folder}/`" in text, name


def test_the_table_of_layers_is_the_one_that_is_held() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]*) \|$", section(ARCHITECTURE, "## Who may import whom"), re.MULTILINE)
    assert {name: tuple(re.findall(r"`([\w.]+)`", allowed)) for name, allowed in rows} == LAYERS | ROOMS


# What a contributor is shown


def test_the_backend_that_is_shown_works_as_a_plug_in(tmp_path: Path) -> None:
    code = noted(CONTRIBUTING, "backend", "python")
    project = noted(CONTRIBUTING, "backend", "toml")
    entry = re.search(r'\[project.entry-points."(.*)"\]\n(\w+) = "(.*)"', project.text)
    assert entry
    (tmp_path / f"{entry[3].partition(':')[0]}.py").write_text(code.text)
    package = tmp_path / "shown-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: shown\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(f"[{entry[1]}]\n{entry[2]} = {entry[3]}\n")
    done = run_lbsh("emit", "--backend", entry[2], str(ROOT / "examples" / "mail.lb"), cwd=tmp_path, path=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "62.103.127.154 tcp 25 -> 192.168.1.2, 192.168.1.3\n" in done.stdout


@pytest.mark.parametrize("language", ["python", "toml"])
def test_the_probe_method_that_is_shown_is_that_of_the_example(language: str) -> None:
    """The tests of plug-ins use the example."""
    shown = noted(CONTRIBUTING, "method", language)
    assert shown.text in (ROOT / shown.notes["method"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["python", "toml"])
def test_the_statement_that_is_shown_is_that_of_the_example(language: str) -> None:
    shown = noted(CONTRIBUTING, "statement", language)
    assert shown.text in (ROOT / shown.notes["statement"]).read_text(encoding="utf-8")


def test_the_steps_of_checks_are_all_told() -> None:
    told = section(CONTRIBUTING, "### A check")
    assert {name for name in Over.__members__ if f"`{name}`" in told} == set(Over.__members__)


def test_every_driver_is_described() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section(ROOT / "docs" / "device.md", "## Drivers"), re.MULTILINE)
    assert rows == [*DRIVERS, NO_DRIVER]


def test_the_changelog_has_this_version() -> None:
    assert f"## [{lbsh.__version__}]" in CHANGELOG.read_text()
