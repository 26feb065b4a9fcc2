"""The canonical form of single lines and whole texts, and its properties for any text."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbsh_lang.renderings.unified import render_unified
from lbsh_lang.site.model import Probe, Site
from lbsh_lang.source import split_lines
from lbsh_lang.syntax.formatter import Formatted, format_script, format_text
from lbsh_lang.syntax.nodes import FORMS
from lbsh_lang.syntax.parser import LONGEST_LINE
from oyster.words import MISLEADING, split_words
from tests.limits import LONGEST
from tests.model_fields import STATEMENTS
from tests.profiles import is_gate
from tests.reading import site_of
from tests.sites import scripts
from tests.test_cli import lbsh
from tests.test_properties import TEXTS, diagnose

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.lb"))

LINES = {
    "interface  external\tem0": "interface external em0",
    "interface external em0   inet 10.0.0.1/24   # up": "interface external em0 inet 10.0.0.1/24  # up",
    "interface internal em1 inet  10.0.0.1\t mtu,9000": "interface internal em1 inet  10.0.0.1\t mtu,9000",
    'interface internal em1 descr  "a #  b"up': 'interface internal em1 descr  "a #  b"up',
    "\ufeffexternal  addr 203.0.113.2": "external addr 203.0.113.2",
    "service A as 203.0.113.3 tcp 80 , 443 ,8000-8010": "service A is 203.0.113.3 tcp 80,443,8000-8010",
    "service A is 203.0.113.3 tcp 80 reflect sticky": "service A is 203.0.113.3 tcp 80 sticky reflect",
    "service as2 is 203.0.113.3 tcp 80 reflect sticky 5m": "service as2 is 203.0.113.3 tcp 80 sticky 5m reflect",
    "pool p for A balance random port 25": "pool p for A port 25 balance random",
    "pool port for balance balance random": "pool port for balance balance random",
    "add 10.0.0.1,10.0.0.2 , 10.0.0.4-5 to p": "add 10.0.0.1, 10.0.0.2, 10.0.0.4-5 to p",
    "add 10.0.0.0/30 to p backup weight 3": "add 10.0.0.0/30 to p weight 3 backup",
    "add 10.0.0.1 to weight weight 2": "add 10.0.0.1 to weight weight 2",
    "remove 10.0.0.1 ,10.0.0.2 from p": "remove 10.0.0.1, 10.0.0.2 from p",
    " remove  A ": "remove A",
    "drain\f10.0.0.1\vfrom p": "drain 10.0.0.1 from p",
    "resume 10.0.0.1  in p#back": "resume 10.0.0.1 in p  #back",
    "probe A with tcp every 5s port  81": "probe A with tcp port 81 every 5s",
    "probe A with tcp fall 3 rise 2 timeout 1s every 5s": "probe A with tcp every 5s timeout 1s rise 2 fall 3",
    'probe A with https verify off every 9s match "m" expect 200 host"h"get "/"': (
        'probe A with https get "/" host "h" expect 200 match "m" verify off every 9s'
    ),
    'probe A with radius secret   file"/s" rise 2 user "u"': 'probe A with radius user "u" secret file "/s" rise 2',
    'probe A with exec"/bin/x  -v" every 3s': 'probe A with exec "/bin/x  -v" every 3s',
    'probe A with http match "\\"#\\\\ {0} %s"#c': 'probe A with http match "\\"#\\\\ {0} %s"  #c',
    "failover  device gw1  skew 3": "failover device gw1 skew 3",
    "failover device gw1 skew  3 at 10.9.9.8 ,10.9.9.9": "failover device gw1 at 10.9.9.8, 10.9.9.9 skew 3",
    "failover  sync em2": "failover sync em2",
    "failover  watch 10.9.9.8 ,10.9.9.9": "failover watch 10.9.9.8, 10.9.9.9",
    'failover password file"/k"': 'failover password file "/k"',
    'include"x.lb"': 'include "x.lb"',
    "status  A": "status A",
    "status ": "status",
    'save"x"': 'save "x"',
    "help  service": "help service",
    "\t# own  line \t": "# own  line",
    "#\N{LINE SEPARATOR}\x1b[0m\x0c": "#\N{LINE SEPARATOR}\x1b[0m",
    "add 10.0.0.1 to p    # lbsh: allow LB316 ": "add 10.0.0.1 to p  # lbsh: allow LB316",
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_becomes_canonical(line: str) -> None:
    assert format_text(line) == LINES[line] + "\n"
    assert format_text(LINES[line] + "\n") == LINES[line] + "\n"


FAULTY = [
    "  servce A is 203.0.113.3 tcp 80",
    "service  A is 203.0.113.3 tcp 80,",
    "service  A is 203.0.113.3 tcp 80 reflect  reflect",
    "add 10.0.0.1 - 10.0.0.5  to p ",
    "add  10.0.0.1.1 to p backup weight 2",
    'include  "open   ',
    'include  "a\\b"',
    "\N{NO-BREAK SPACE}",
    "status\N{ZERO WIDTH SPACE}  A",
    "\ufeff\ufeffstatus  A",
    "status  A \x1c",
    "probe  A with tcp timeout 5s",
    'probe A with http helo "x"  get "/"',
    " " * (LONGEST_LINE + 1),
    "status A" + " " * LONGEST_LINE,
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("line", FAULTY, ids=[line[:40] for line in FAULTY])
def test_a_line_with_a_fault_stays_as_it_is(line: str, end: str) -> None:
    text = f"status  A\n{line}{end} status B\nstatus C\n"
    assert format_script(text).text == f"status A\n{line}{end}status B\nstatus C\n"
    assert format_script(text).kept == (1,)
    assert format_text(line) == line + "\n"


def test_a_line_that_would_grow_too_long_stays() -> None:
    line = "add " + ",".join(["10.0.0.1"] * 1000) + " to p  #"
    line += "x" * (LONGEST_LINE - len(line))
    assert format_text(line + "\n") == line + "\n"
    assert format_text(line[:-1000] + "\n") == line[:-1000].replace(",", ", ") + "\n"


TEXT_FORMS = {
    "": "",
    "\n": "",
    " \n\t\r\n\f": "",
    "\ufeff": "",
    "status": "status\n",
    "\n\n\nstatus\n\n  \n\n# a\n# b\n\nhelp\n\n\n": "status\n\n# a\n# b\n\nhelp\n",
    "status\r\n\r\n\r\nhelp\n": "status\r\n\r\nhelp\r\n",
    "status\r\rhelp": "status\r\rhelp\r",
    "status\nhelp\r\nsave\r\n": "status\r\nhelp\r\nsave\r\n",
    "@@\r\n@@\r\nstatus\n\n": "@@\r\n@@\r\nstatus\n",
    "@@\r\n@@": "@@\r\n@@\r\n",
    "@@\n\n\n\n@@": "@@\n\n@@\n",
    "@@\r \nstatus\n": "@@\r\rstatus\n",
    "\n@@\r \n": "@@\r",
    "# a\N{LINE SEPARATOR}b\x0bc\x85d": "# a\N{LINE SEPARATOR}b\x0bc\x85d\n",
}


@pytest.mark.parametrize("text", TEXT_FORMS)
def test_a_text_becomes_canonical(text: str) -> None:
    assert format_text(text) == TEXT_FORMS[text]
    assert format_text(TEXT_FORMS[text]) == TEXT_FORMS[text]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_canonical(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_text(text) == text


BLANKS = st.sampled_from([" ", "  ", "\t", " \t ", "\f", "\v "])
LEAD = st.one_of(st.just(""), BLANKS)
COMMENTS = st.one_of(
    st.just(""),
    st.sampled_from(["#", "# why", '#"', "# lbsh: allow LB311", "# a # b", "#\N{LINE SEPARATOR}\x00"]),
)
MORE = """\
interface external em0 inet  203.0.113.2/24
interface internal em1
internal net 10.1.0.0/16
service W is 203.0.113.9 tcp 80,443,8000-8010
pool p for W
add 10.1.0.1, 10.1.0.2, 10.1.0.4-6 to p weight 3 backup
drain 10.1.0.1 from p
remove 10.1.0.5, 10.1.0.6 from p
probe W with https get "/" host "a.b" expect 200-299 match "\\"  #b" verify on port 8443 every 9s timeout 2s rise 2 fall 3
service R is 203.0.113.10 udp 1812 sticky 5m reflect from 198.51.100.0/24, 203.0.113.7
pool r for R port 1813 balance random
add 10.1.0.1 to r
probe R with radius user "u" secret file "/s" rise 2
service X is 203.0.113.11 tcp 25
pool x for X
probe X with exec "/bin/x" every 9s
failover device a at 10.9.9.8
failover device b at 10.1.0.9, 10.9.9.9 skew 50
failover sync em2
failover watch 203.0.113.250, 203.0.113.251
failover password file "/k"
failover key file "/j"
"""


def _of_form(head: str) -> tuple[tuple[str, int], ...]:
    """The options of a form with the number of their words: `[weight N]` has two, `[backup]` one."""
    (text,) = next(form.usage for form in FORMS if form.head == head)
    return tuple((word, 2 if value else 1) for word, value in re.findall(r"\[([a-z]+)( )?", text))


OPTIONS = {
    "service": _of_form("service"),
    "pool": _of_form("pool"),
    "add": _of_form("add"),
    "probe": (
        *((name, 2) for name in ("get", "host", "expect", "match", "verify", "user")),
        *_of_form("probe"),
        ("secret", 3),
    ),
}


def options_of(texts: list[str]) -> tuple[list[str], list[list[str]]]:
    """A statement's fixed words and its options, each with its value."""
    sizes = dict(OPTIONS.get(texts[0], ())) if texts else {}
    fixed, options = [], []
    index = 0
    start = 4 if texts[:1] in (["pool"], ["probe"]) else 5
    while index < len(texts):
        size = sizes.get(texts[index], 0) if index >= start or texts[:1] == ["add"] else 0
        if texts[index] == "sticky" and size:
            size = 1 + any(text[0].isdigit() for text in texts[index + 1 : index + 2])
            size += 2 * (texts[index + size : index + size + 1] == ["prefix"])
        while size and texts[index + size : index + size + 1] == [","]:  # a list
            size += 2
        if size:
            options.append(texts[index : index + size])
        else:
            size = 1
            fixed.append(texts[index])
        index += size
    return fixed, options


@st.composite
def messy(draw: st.DrawFn) -> tuple[str, str]:
    """A valid script, and the same with other blanks, options in another order, comments and other line ends."""
    plain = draw(st.one_of(st.just(MORE), scripts()))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    lines = []
    for line in plain.splitlines():
        texts = split_words(line).texts
        if texts[:1] == ["interface"]:
            words = [*texts[:2], line.split(texts[1], 1)[1].strip()]
        else:
            fixed, options = options_of(texts)
            words = fixed + [word for option in draw(st.permutations(options)) for word in option]
            words = ["as" if word == "is" and draw(st.booleans()) else word for word in words]
        out = draw(LEAD)
        for word in words:
            tight = word == "," or out.endswith(",")
            out += ("" if not out.strip() else draw(LEAD) if tight else draw(BLANKS)) + word
        lines += [draw(LEAD)] * draw(st.integers(0, 2)) + [out + draw(LEAD) + draw(COMMENTS)]
        if draw(st.integers(0, 5)) == 0:
            lines.append(draw(LEAD) + draw(COMMENTS))
    return plain, end.join(lines) + draw(st.sampled_from(["", end, end + end]))


def plain_value(value: object) -> object:
    """A value of a site without the places it comes from; a probe's options are a mapping, their order says nothing."""
    if isinstance(value, Probe):
        return plain_fields(value) | {"options": dict(value.options)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain_fields(value)
    return tuple(plain_value(one) for one in value) if type(value) is tuple else value


def plain_fields(value: object) -> dict[str, object]:
    assert dataclasses.is_dataclass(value)
    names = (field.name for field in dataclasses.fields(value) if field.name not in STATEMENTS)
    return {name: plain_value(getattr(value, name)) for name in names}


def meaning(site: Site) -> object:
    return plain_value(site)


def comments_of(text: str) -> list[str]:
    found = (split_words(line.before.rstrip("\r\n")).comment for line in format_script(text).lines)
    return [comment.text.rstrip(" \t\f\v") for comment in found if comment]


def statements_of(text: str) -> list[str]:
    """The canonical statements of a text, without comments."""
    lines = split_lines(format_text(text))
    heads = (line[: comment.start] if (comment := split_words(line).comment) else line for line in lines)
    return [head.rstrip() for head in heads if head.strip()]


@pytest.mark.parametrize(
    "arguments", [("fmt", "--diff", "site.lb"), ("check", "site.lb"), ("ast", "site.lb")], ids=" ".join
)
def test_what_shows_other_than_it_is_is_never_printed(arguments: tuple[str, ...], tmp_path: Path) -> None:
    text = 'status  A  # \u202ex\x1b[2J\nstatus B  # \u2028y\nadd \x1b to p\ninclude "\x1b\u2066"\n\u202d\tx\n'
    (tmp_path / "site.lb").write_text(text)
    done = lbsh(*arguments, cwd=tmp_path)
    assert not MISLEADING.search((done.stdout + done.stderr).decode().replace("\n", ""))
    assert arguments[0] != "fmt" or "+status A  # \ufffdx\ufffd[2J\n" in done.stdout.decode()


BYTES: dict[str, int] = {"\n": 64, "\r\n": 160, "x\n": 200, "status A\n": 200, "add  10.0.0.1 to p\n": 400}
"""The most memory for each of many equal lines, in bytes: references, and a text once or, where it changes, twice."""


MEASURED = """
import sys, tracemalloc
from lbsh_lang.renderings.unified import render_unified
from lbsh_lang.syntax.formatter import format_script

line, number = sys.argv[1], int(sys.argv[2])
text = line * number
format_script(line)  # what is kept for all texts
tracemalloc.start()
formatted = format_script(text)
shown = sum(1 for _ in render_unified("x", formatted.lines))
print(shown, tracemalloc.get_traced_memory()[1])
"""
"""A process of its own: the memory that threads of other tests take would be counted too."""


@pytest.mark.sampled
@pytest.mark.parametrize("line", BYTES, ids=repr)
def test_memory_is_in_proportion_to_the_text(line: str) -> None:
    number = 20_000 if is_gate() else 5_000
    words = [sys.executable, "-c", MEASURED, line, str(number)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=LONGEST)
    shown, most = map(int, done.stdout.split())
    assert shown in {0, number + 3, 2 * number + 3}
    assert most <= number * BYTES[line] + 100_000, most / number


@given(messy())
@settings(max_examples=200)
def test_the_meaning_stays(case: tuple[str, str]) -> None:
    plain, text = case
    formatted = format_script(text)
    assert formatted.kept == ()
    assert meaning(site_of(formatted.text)) == meaning(site_of(text)) == meaning(site_of(plain))
    assert comments_of(formatted.text) == comments_of(text)


@given(messy())
@settings(max_examples=100)
def test_however_a_script_is_written_its_form_is_one(case: tuple[str, str]) -> None:
    plain, text = case
    assert statements_of(text) == statements_of(plain)


@given(TEXTS)
@settings(max_examples=600)
def test_the_form_of_any_text_is_its_own_form(text: str) -> None:
    once = format_text(text)
    assert format_text(once) == once


@given(TEXTS)
@settings(max_examples=300)
def test_findings_of_any_text_stay(text: str) -> None:
    codes = [Counter(one.code for one in diagnose(each)) for each in (text, format_text(text))]
    assert codes[0] == codes[1]


@given(TEXTS)
@settings(max_examples=300)
def test_nothing_of_any_text_is_lost(text: str) -> None:
    formatted = format_script(text)
    assert "".join(line.before for line in formatted.lines) == text
    assert comments_of(formatted.text) == comments_of(text)
    check_lines(formatted)


def check_lines(formatted: Formatted) -> None:
    last = len(formatted.before) - 1
    for number, line in enumerate(formatted.lines):
        if number in formatted.kept:
            assert line.after == line.before or (number == last and line.after.startswith(line.before))
        else:
            assert bool(line.after.strip("\r\n")) == bool(line.before.strip(" \t\f\v\r\n\ufeff"))
    assert formatted.text.endswith(("\n", "\r")) or formatted.text == ""


MESSY = "\n service  A as 203.0.113.1 tcp 80 , 443\n\n\nstatus  A\nadd  x to\n"
TIDY = "service A is 203.0.113.1 tcp 80,443\n\nstatus A\nadd  x to\n"
NOTE = b"site.lb: line 4 has faults and stays as it is; `lbsh check` says what is wrong\n"
DIFF = [
    "--- site.lb",
    "+++ site.lb",
    "@@ -1,6 +1,4 @@",
    "-",
    "- service  A as 203.0.113.1 tcp 80 , 443",
    "+service A is 203.0.113.1 tcp 80,443",
    " ",
    "-",
    "-status  A",
    "+status A",
    " add  x to",
]


@pytest.fixture
def messy_site(tmp_path: Path) -> Path:
    (tmp_path / "site.lb").write_text(MESSY)
    return tmp_path


def test_fmt_rewrites_the_file_and_says_so(messy_site: Path) -> None:
    done = lbsh("fmt", cwd=messy_site)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"reformatted site.lb\nlbsh: " + NOTE
    assert (messy_site / "site.lb").read_text() == TIDY
    before = (messy_site / "site.lb").stat()
    assert lbsh("fmt", cwd=messy_site).stderr == b"lbsh: " + NOTE
    assert (messy_site / "site.lb").stat().st_ino == before.st_ino


def test_fmt_check_lists_and_writes_nothing(messy_site: Path) -> None:
    (messy_site / "tidy.lb").write_text("status A\n")
    done = lbsh("fmt", "--check", "site.lb", "tidy.lb", cwd=messy_site)
    assert (done.returncode, done.stdout) == (1, b"would reformat site.lb\n")
    assert (messy_site / "site.lb").read_text() == MESSY
    assert lbsh("fmt", "--check", "tidy.lb", cwd=messy_site).returncode == 0


def test_fmt_diff_is_what_patch_reads(messy_site: Path) -> None:
    done = lbsh("fmt", "--diff", cwd=messy_site)
    assert (done.returncode, done.stdout.decode().splitlines()) == (1, DIFF)
    assert (messy_site / "site.lb").read_text() == MESSY


def test_fmt_of_standard_input_goes_to_standard_output() -> None:
    done = lbsh("fmt", "-", stdin=b"\xef\xbb\xbfstatus  A # \xc3\xa9\r\n", environment={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"status A  # \xc3\xa9\r\n", b"")
    assert lbsh("fmt", "--check", "-", stdin=b"status  A\n").stdout == b"would reformat <stdin>\n"


def test_fmt_goes_on_behind_what_cannot_be_read(messy_site: Path) -> None:
    done = lbsh("fmt", "missing.lb", ".", "site.lb", "/dev/null", cwd=messy_site)
    assert done.returncode == 2
    assert b"missing.lb: no such file" in done.stderr
    assert (messy_site / "site.lb").read_text() == TIDY


def test_fmt_keeps_mode_link_and_byte_order_mark(tmp_path: Path) -> None:
    path, link = tmp_path / "real.lb", tmp_path / "link.lb"
    path.write_bytes(b"\xef\xbb\xbfstatus  A\n")
    path.chmod(0o640)
    link.symlink_to("real.lb")
    assert lbsh("fmt", "link.lb", cwd=tmp_path).returncode == 0
    assert link.is_symlink()
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"\xef\xbb\xbfstatus A\n", 0o640)


def test_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    done = lbsh("fmt", "/dev/stdin", stdin=b"status  A\n")
    assert done.returncode == 2
    assert b"/dev/stdin: is no regular file" in done.stderr


@given(TEXTS)
@settings(max_examples=200)
def test_a_difference_leads_from_one_text_to_the_other(text: str) -> None:
    formatted = format_script(text)
    rendered = list(render_unified("x", formatted.lines))
    assert (rendered == []) == (formatted.text == text)
    assert patched(text, rendered[2:]) == formatted.text


def patched(text: str, rendered: list[str]) -> str:
    """What `patch` makes of a text, strictly: every line that the difference shows must be there."""
    old = [line + "\n" for line in text.split("\n")]
    old[-1:] = [old[-1].removesuffix("\n")] * (old[-1] != "\n")
    new: list[str] = []
    done = 0
    for line in rendered:
        sign, rest = line[0], line[1:].removesuffix("\n\\ No newline at end of file\n")
        assert rest.count("\n") == rest.endswith("\n")
        if sign == "@":
            head = re.fullmatch(r"@@ -(\d+)(,\d+)? \+\d+(,\d+)? @@\n", line)
            assert head is not None
            start = int(head[1]) - (head[2] != ",0")
            new += old[done:start]
            done = start
        elif sign == "+":
            new.append(rest)
        else:
            assert old[done] == rest
            done += 1
            new += [rest] * (sign == " ")
    return "".join(new + old[done:])
