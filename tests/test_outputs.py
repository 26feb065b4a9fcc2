"""The output formats of `lbsh check`: each has every finding, at its place, whatever the names in it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lbsh import app, files
from lbsh.cli.formats import FORMATS
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from lbsh_lang.renderings.findings.json_object import render_json
from lbsh_lang.source import Position, Source, Span
from tests.costs import calls_of
from tests.limits import LONGEST
from tests.profiles import share

ROOT = Path(__file__).parents[1]
BROKEN = sorted((ROOT / "examples" / "broken").glob("*.lb"))
SCHEMA = json.loads((ROOT / "tests" / "data" / "sarif-schema-2.1.0.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
URI = re.compile(r"(?:file:///)?(?:[A-Za-z0-9._~-]|%[0-9A-F]{2}|/)*")


class Told(NamedTuple):
    """What a form must tell of a finding, in its own words for how much it matters."""

    file: str
    line: int
    column: int
    code: str
    severity: str
    message: str


def rendered(form: str, found: Sequence[Diagnostic], complaints: Sequence[str] = ()) -> str:
    return "".join(FORMATS[form](found, complaints))


def expected(found: Sequence[Diagnostic]) -> list[Told]:
    return [
        Told(
            one.span.source.name,
            one.span.start.line + 1,
            one.span.start.column + 1,
            one.code,
            one.severity.value,
            one.message,
        )
        for one in found
    ]


# Readers of each form, as strict as those who take it in


def read_concise(text: str) -> Iterator[Told]:
    for line in text.splitlines():
        match = re.fullmatch(r"(.*?):(\d+):(\d+): (error|warning|information) (LB\d{3}) (.+)", line)
        assert match, line
        yield Told(match[1], int(match[2]), int(match[3]), match[5], match[4], match[6])


def read_json(text: str) -> Iterator[Told]:
    return map(told_of_object, json.loads(text)["diagnostics"])


def read_json_lines(text: str) -> Iterator[Told]:
    return (told_of_object(json.loads(line)) for line in text.splitlines())


def told_of_object(one: dict[str, object]) -> Told:
    start = one["start"]
    assert isinstance(start, dict)
    return Told(
        str(one["file"]), start["line"], start["column"], str(one["code"]), str(one["severity"]), str(one["message"])
    )


def read_github(text: str) -> Iterator[Told]:
    """As the runner of GitHub Actions does: a command in a line, its properties, its data, all unescaped."""
    words = {"error": "error", "warning": "warning", "notice": "information"}
    for line in text.splitlines():
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match, line
        properties = dict(one.split("=", 1) for one in match[2].split(","))
        values = {name: unescaped(value, {"%3A": ":", "%2C": ","}) for name, value in properties.items()}
        message = unescaped(match[3], {}).split("\nhelp: ")[0]
        place = int(values["line"]), int(values.get("col", "1"))
        yield Told(values["file"], *place, values["title"], words[match[1]], message)


def unescaped(text: str, more: dict[str, str]) -> str:
    for escape, meant in {**more, "%0D": "\r", "%0A": "\n", "%25": "%"}.items():
        text = text.replace(escape, meant)
    return text


def read_sarif(text: str) -> Iterator[Told]:
    log = json.loads(text)
    assert not list(VALIDATOR.iter_errors(log))
    (run,) = log["runs"]
    words = {"error": "error", "warning": "warning", "note": "information"}
    for result in run["results"]:
        (place,) = result["locations"]
        place = place["physicalLocation"]
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["defaultConfiguration"]["level"] == result["level"]
        uri = place["artifactLocation"]["uri"]
        assert URI.fullmatch(uri), uri
        file = unquote_to_bytes(uri.removeprefix("file://")).decode("utf-8", "surrogateescape")
        message = result["message"]["text"].split("\nhelp: ")[0].replace("{{", "{").replace("}}", "}")
        region = place["region"]
        assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])
        yield Told(file, region["startLine"], region["startColumn"], rule["id"], words[result["level"]], message)


READERS = {
    "concise": read_concise,
    "json": read_json,
    "json-lines": read_json_lines,
    "github": read_github,
    "sarif": read_sarif,
}


def test_every_form_has_a_reader() -> None:
    assert set(READERS) == set(FORMATS)


# What is found


def checked(path: Path) -> tuple[Diagnostic, ...]:
    request = app.choose("pf", None) if path.stem == "filters" else None
    return app.check_source(files.read_source(str(path)), request).diagnostics


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_finding_is_told_where_it_is(path: Path, form: str) -> None:
    found = checked(path)
    assert found
    assert list(READERS[form](rendered(form, found))) == expected(found)


EMPTY = {"concise": "", "json-lines": "", "github": "", "json": None, "sarif": None}


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_found_is_valid_too(form: str) -> None:
    text = rendered(form, ())
    assert list(READERS[form](text)) == []
    assert EMPTY[form] is None or text == EMPTY[form]


COLUMNS = {
    "ascii": ("pool q for NOBODY", 12),
    "accents": ("add \u00e9\u0301 to q", 5),
    "emoji": ("add \U0001f600 \U0001f469\u200d\U0001f4bb to q", 5),
    "cjk": ("service \u540d\u524d is 1.2.3.4 tcp 80", 9),
    "tab": ("pool q\tfor\tNOBODY", 12),
    "behind emoji in a string": ('probe \U0001f600 with http get "\U0001f600"', 7),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("case", COLUMNS)
def test_columns_count_code_points_from_one(case: str, form: str) -> None:
    text, column = COLUMNS[case]
    found = app.check_source(Source.of("s.lb", f"# \U0001f600\r\n\r{text}\n")).diagnostics
    told = list(READERS[form](rendered(form, found)))
    assert (told[0].line, told[0].column) == (3, column)
    assert told == expected(found)


# Hostile names and words


HOSTILE = [
    "a:b.lb",
    "a,b=c%2C.lb",
    "100%.lb",
    "sp ace.lb",
    "::error::x.lb",
    "{0}.lb",
    "[x](https://example.net).lb",
    "caf\u00e9 \u540d\u524d \U0001f600.lb",
    "byte\udcff.lb",
    "sub/dir/.hidden",
    "/abs/olute path.lb",
]
PRINTED = ["new\nline.lb", "\x1b[31mred\x07.lb", "re\rturn.lb", "right\u202eleft.lb"]
"""Names that would move a cursor: forms that people read show another sign instead."""


def finding(name: str, message: str = "no such `x`", identity: str | None = None) -> Diagnostic:
    source = Source.of(name, "pool q for NOBODY\nadd 1.2.3.4 to q\n", identity)
    span = Span(source, Position(0, 11), Position(0, 17))
    other = Span(source, Position(1, 0), Position(1, 3))
    fix = Fix("write `{}`", (Edit(other, ""), Edit(Span(source, Position(0, 0), Position(0, 0)), "# ")))
    return Diagnostic(
        Code.LB101, Severity.ERROR, message, span, (Label(other, "used [here](1)"),), ("see `{a}`",), (fix,)
    )


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_any_name_is_told(name: str, form: str) -> None:
    found = [finding(name)]
    told = list(READERS[form](rendered(form, found)))
    if form != "sarif" and "\udcff" in name:  # no text: shown by a sign; a URI has the byte
        assert told[0].file == name.replace("\udcff", "\ufffd")
    else:
        assert told == expected(found)


@pytest.mark.parametrize("form", ["concise", "github"])
@pytest.mark.parametrize("name", PRINTED, ids=ascii)
def test_nothing_moves_a_cursor(name: str, form: str) -> None:
    text = rendered(form, [finding(name, f"strange {name}")], [f"{name}: no such file"])
    assert text.replace("\n", "").isprintable()
    assert text.count("\n") == len(text.splitlines()) == (2 if form == "github" else 1)


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif"])
@pytest.mark.parametrize("name", PRINTED, ids=ascii)
def test_programs_get_every_name_as_it_is(name: str, form: str) -> None:
    found = [finding(name)]
    text = rendered(form, found)
    assert text.isascii()
    assert list(READERS[form](text)) == expected(found)


ANY_NAME = st.text(st.characters(exclude_categories=()), min_size=1)
"""With lone surrogates, by which Python stands for bytes that are no text."""


@given(name=ANY_NAME, message=ANY_NAME)
@example(name="\ud800", message="\udfff")
@example(name="\udc80", message="\udcff")
def test_any_text_is_valid_in_every_form(name: str, message: str) -> None:
    found = [finding(name.replace("\0", ""), message)]
    for form in FORMATS:
        text = rendered(form, found, [message])
        if form == "sarif":
            assert not list(VALIDATOR.iter_errors(json.loads(text)))
        elif form == "json":
            assert str(json.loads(text)).encode()
        elif form == "json-lines":
            assert str(json.loads(text)).encode()
            assert text.count("\n") == 1
        else:
            assert len(text.splitlines()) == (2 if form == "github" else 1)


# Each form by itself


def test_lines_of_json_are_the_elements_of_the_json_object() -> None:
    found = checked(BROKEN[0])
    lines = [json.loads(line) for line in rendered("json-lines", found).splitlines()]
    assert lines == json.loads(render_json(found))["diagnostics"]


def test_github_gets_columns_only_within_a_line() -> None:
    source = Source.of("a.lb", "one\ntwo\n")
    wide = Diagnostic(Code.LB001, Severity.INFORMATION, "m", Span(source, Position(0, 1), Position(1, 2)))
    assert rendered("github", [wide]) == "::notice file=a.lb,line=1,endLine=2,title=LB001::m\n"
    assert rendered("github", [finding("a.lb")]) == (
        "::error file=a.lb,line=1,endLine=1,col=12,endColumn=18,title=LB101::no such `x`%0Ahelp: see `{a}`\n"
    )


# The command


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
ENVIRONMENT |= {name: value for name, value in os.environ.items() if name.startswith(("LANG", "LC_"))}


def run(*arguments: str, cwd: Path = ROOT, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "lbsh", "check", *arguments]
    return subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, timeout=LONGEST, env=ENVIRONMENT, check=False
    )


WARNED = "interface external em0\nservice B is 203.0.113.2 tcp 80\n"


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_cannot_be_read_leaves_valid_output(form: str, tmp_path: Path) -> None:
    (tmp_path / "b.lb").write_text(WARNED)
    done = run("--format", form, "nowhere.lb", "b.lb", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == b"lbsh: nowhere.lb: no such file or directory\n"
    text = done.stdout.decode()
    if form == "github":
        assert text.startswith("::error::nowhere.lb: no such file or directory\n")
        text = text.partition("\n")[2]
    assert [one.code for one in READERS[form](text)] == ["LB311"]


@pytest.mark.parametrize("form", FORMATS)
def test_exit_status_and_strict_are_those_of_the_text(form: str) -> None:
    plain, strict = (run("--format", form, *more, "-", stdin=WARNED.encode()) for more in ((), ("--strict",)))
    assert (plain.returncode, strict.returncode) == (0, 1)
    assert plain.stdout == strict.stdout
    assert [one.file for one in READERS[form](plain.stdout.decode())] == ["<stdin>"]


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_allowed_is_not_told(form: str) -> None:
    done = run("--format", form, "--strict", "-", stdin=WARNED.replace("80\n", "80 # lbsh: allow LB311\n").encode())
    assert done.returncode == 0
    assert list(READERS[form](done.stdout.decode())) == []


def test_output_is_the_same_each_time() -> None:
    """Whatever the order is in which sets of that process have their elements."""
    names = [str(path) for path in BROKEN]
    commands = [["check", "--format", form, *names] for form in FORMATS]
    code = f"from lbsh.cli.main import run\nfor words in {commands}:\n    print(run(words), flush=True)\n"
    command = [sys.executable, "-c", code]
    first, second = (
        subprocess.run(command, env=ENVIRONMENT, capture_output=True, timeout=LONGEST, check=True).stdout for _ in "ab"
    )
    assert first.count(b"\n1\n") >= len(FORMATS), first
    assert first == second


@pytest.mark.parametrize("form", FORMATS)
def test_cost_grows_with_the_findings_and_not_faster(form: str) -> None:
    """Twenty times as many findings, in a file as much longer, take about twenty times as many calls of functions."""

    def cost(number: int) -> int:
        found = app.check_source(Source.of("a.lb", "add 1.2.3.4 to nowhere\n" * number)).diagnostics
        assert len(found) == number
        return calls_of(rendered, form, found)

    assert cost(share(10_000)) <= 24 * cost(share(500))


# The page on CI

CI_PAGE = (ROOT / "docs" / "ci.md").read_text()
COMMANDS = sorted(set(re.findall(r"^ *- (?:run: )?(lbsh .*)$", CI_PAGE, re.MULTILINE)))


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_page_run(command: str, tmp_path: Path) -> None:
    script = "interface external em0\nservice A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"
    (tmp_path / "shared").mkdir()
    (tmp_path / "sites").mkdir()
    for name in ("site.lb", "sites/mail.lb"):
        (tmp_path / name).write_text(script)
    line, _, output = command.partition(" > ")
    words = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(
        words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout or not output


def test_the_page_lists_all_forms() -> None:
    listed = re.findall(r"^\| `([a-z][a-z-]*)` \|", CI_PAGE, re.MULTILINE)
    assert set(listed) == {"text", *FORMATS}
