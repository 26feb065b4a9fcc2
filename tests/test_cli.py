"""The commands as a user runs them: exit status, both streams, files left behind."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from lbsh import app
from lbsh.cli.formats import FORMATS
from lbsh_lang.renderings.findings.text import render_text
from lbsh_lang.source import Source
from tests.costs import calls_of
from tests.limits import LONGEST
from tests.profiles import is_gate, share

ROOT = Path(__file__).parents[1]
CLEAN = "interface external em0\nservice A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"
WARNED = CLEAN + "service B is 203.0.113.2 tcp 80\n"
FAULTY = CLEAN + "pool q for NOBODY\n"


def lbsh(
    *arguments: str,
    cwd: Path = ROOT,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "lbsh", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=LONGEST,
        env={**os.environ, **(environment or {})},
        check=False,
    )


def text_of(done: subprocess.CompletedProcess[bytes]) -> str:
    return (done.stdout + done.stderr).decode()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site.lb").write_text(CLEAN)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        (CLEAN, (), 0),
        (CLEAN, ("--strict",), 0),
        (WARNED, (), 0),
        (WARNED, ("--strict",), 1),
        (FAULTY, (), 1),
        (FAULTY, ("--format", "json"), 1),
        ("", (), 0),
        ("status\n", ("--strict",), 0),
    ],
)
def test_check_exit_status(text: str, options: tuple[str, ...], status: int) -> None:
    assert lbsh("check", *options, "-", stdin=text.encode()).returncode == status


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("check", "--nonsense"),
        ("check", "--format", "xml"),
        ("check", "--backend", "nonsense", "site.lb"),
        ("check", "--target", "freebsd-14", "site.lb"),
        ("check", "--backend", "pf", "--target", "freebsd-9", "site.lb"),
        ("emit", "site.lb"),
        ("emit", "--backend", "pf", "-o", "", "site.lb"),
        ("emit", "--backend", "nftables", "--anchor", "site.lb"),
        ("emit", "--backend", "pf", "nowhere.lb"),
        ("explain", "LB999"),
        ("ast", "nowhere.lb"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two_and_one_clear_message(arguments: tuple[str, ...], site: Path) -> None:
    done = lbsh(*arguments, cwd=site)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr
    assert b"Traceback" not in done.stderr


def test_file_defaults_to_site_lb(site: Path) -> None:
    assert lbsh("check", cwd=site).returncode == 0
    assert b"site.lb:2" in lbsh("emit", "--backend", "pf", cwd=site).stdout
    assert b"ServiceStatement" in lbsh("ast", cwd=site).stdout


def test_text_shows_the_line_with_carets() -> None:
    shown = lbsh("check", "-", stdin=FAULTY.encode()).stdout.decode()
    assert " --> <stdin>:5:12\n  |\n5 | pool q for NOBODY\n  |            ^^^^^^\n" in shown
    assert shown.endswith("1 error\n")


def test_labels_and_near_misses_are_shown() -> None:
    text = CLEAN + "service A is 203.0.113.3 tcp 80\nadd 10.0.0.2 to pp\n"
    shown = lbsh("check", "-", stdin=text.encode()).stdout.decode()
    assert " ::: <stdin>:2:9\n" in shown
    assert "first defined here" in shown


POSITION = {
    "type": "object",
    "properties": {"line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}},
    "required": ["line", "column"],
    "additionalProperties": False,
}
PLACE = {"file": {"type": "string"}, "start": POSITION, "end": POSITION}


def closed(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


SCHEMA = closed(
    {
        "version": {"const": 1},
        "diagnostics": {
            "type": "array",
            "items": closed(
                {
                    **PLACE,
                    "code": {"type": "string", "pattern": "^LB[0-9]{3}$"},
                    "severity": {"enum": ["error", "warning", "information"]},
                    "message": {"type": "string"},
                    "help": {"type": "array", "items": {"type": "string"}},
                    "related": {"type": "array", "items": closed({**PLACE, "message": {"type": "string"}})},
                    "fixes": {
                        "type": "array",
                        "items": closed(
                            {
                                "title": {"type": "string"},
                                "applicability": {"enum": ["safe", "unsafe"]},
                                "edits": {"type": "array", "items": closed({**PLACE, "text": {"type": "string"}})},
                            }
                        ),
                    },
                }
            ),
        },
        "errors": {"type": "integer"},
        "warnings": {"type": "integer"},
        "unread": {"type": "array", "items": {"type": "string"}},
    }
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.lb")), ids=lambda path: path.stem)
def test_json_has_the_documented_shape(path: Path) -> None:
    found = json.loads(lbsh("check", "--format", "json", str(path)).stdout)
    VALIDATOR.validate(found)
    severities = [one["severity"] for one in found["diagnostics"]]
    assert found["errors"] == severities.count("error")
    assert found["warnings"] == severities.count("warning")


def test_json_says_where_in_code_points_from_one() -> None:
    found = json.loads(lbsh("check", "--format", "json", "-", stdin="# é\nadd \U0001f600 to p\n".encode()).stdout)
    first = found["diagnostics"][0]
    assert (first["code"], first["start"], first["end"]) == (
        "LB201",
        {"line": 2, "column": 5},
        {"line": 2, "column": 6},
    )


def test_applying_a_fix_mends_the_fault() -> None:
    lines = ["interface external em0", "servce A is 203.0.113.1 tcp 80", "pool p for A", "add 10.0.0.1 to p"]
    found = json.loads(lbsh("check", "--format", "json", "-", stdin="\n".join(lines).encode()).stdout)
    (edit,) = found["diagnostics"][0]["fixes"][0]["edits"]
    number, start, end = edit["start"]["line"] - 1, edit["start"]["column"] - 1, edit["end"]["column"] - 1
    lines[number] = lines[number][:start] + edit["text"] + lines[number][end:]
    assert lbsh("check", "-", stdin="\n".join(lines).encode()).returncode == 0


def test_several_files_are_checked_each_by_itself(tmp_path: Path) -> None:
    for name, text in (("a.lb", CLEAN), ("b.lb", FAULTY), ("c.lb", CLEAN)):
        (tmp_path / name).write_text(text)
    done = lbsh("check", "a.lb", "b.lb", "missing.lb", "c.lb", cwd=tmp_path)
    assert done.returncode == 2
    assert b"b.lb:5:12" in done.stdout
    assert b"missing.lb: no such file" in done.stderr


def test_a_file_named_twice_is_checked_once(site: Path) -> None:
    (site / "site.lb").write_text(FAULTY)
    done = lbsh("check", "--format", "concise", "site.lb", "./site.lb", cwd=site)
    assert len(done.stdout.splitlines()) == 1


def test_json_says_what_could_not_be_read(site: Path) -> None:
    done = lbsh("check", "--format", "json", "missing.lb", "site.lb", cwd=site)
    assert done.returncode == 2
    assert json.loads(done.stdout)["unread"] == ["missing.lb: no such file or directory"]


def test_emit_with_errors_prints_no_rules_and_touches_no_file(site: Path) -> None:
    (site / "site.lb").write_text(FAULTY)
    (site / "rules").write_text("old")
    done = lbsh("emit", "--backend", "pf", "-o", "rules", cwd=site)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"LB101" in done.stderr
    assert (site / "rules").read_text() == "old"
    assert lbsh("emit", "--backend", "pf", cwd=site).stdout == b""


def test_emit_with_warnings_prints_rules_and_says_so_on_standard_error(site: Path) -> None:
    (site / "site.lb").write_text(WARNED)
    done = lbsh("emit", "--backend", "pf", cwd=site)
    assert done.returncode == 0
    assert b"LB311" in done.stderr
    assert b"LB311" not in done.stdout


def test_emit_replaces_a_file_all_at_once_and_keeps_its_mode(site: Path) -> None:
    target = site / "rules"
    target.write_text("old")
    target.chmod(0o640)
    before = target.stat().st_ino
    assert lbsh("emit", "--backend", "pf", "-o", "rules", cwd=site).returncode == 0
    assert target.read_text().startswith("#")
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.stat().st_ino != before
    assert sorted(path.name for path in site.iterdir()) == ["rules", "site.lb"]


def test_emit_writes_through_a_link(site: Path) -> None:
    (site / "real").write_text("old")
    (site / "link").symlink_to("real")
    assert lbsh("emit", "--backend", "pf", "-o", "link", cwd=site).returncode == 0
    assert (site / "link").is_symlink()
    assert (site / "real").read_text().startswith("#")


@pytest.mark.parametrize("output", ["folder", "missing/rules", "/dev/full"])
def test_emit_that_cannot_write_says_so(output: str, site: Path) -> None:
    (site / "folder").mkdir()
    done = lbsh("emit", "--backend", "pf", "-o", output, cwd=site)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert sorted(path.name for path in site.iterdir()) == ["folder", "site.lb"]


def test_a_full_disk_leaves_the_old_file(site: Path) -> None:
    (site / "rules").write_text("old")
    limited = "import resource,sys,runpy; resource.setrlimit(resource.RLIMIT_FSIZE,(64,64)); import signal;" + (
        "signal.signal(signal.SIGXFSZ,signal.SIG_IGN); sys.argv=['lbsh','emit','--backend','pf','-o','rules'];"
        "runpy.run_module('lbsh',run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", limited], cwd=site, capture_output=True, timeout=LONGEST, check=False)
    assert done.returncode == 2, done.stderr
    assert b"rules: file too large" in done.stderr
    assert (site / "rules").read_text() == "old"
    assert sorted(path.name for path in site.iterdir()) == ["rules", "site.lb"]


def test_output_that_cannot_be_written_is_one_line(site: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "lbsh", "emit", "--backend", "pf"]
        done = subprocess.run(command, cwd=site, stdout=full, stderr=subprocess.PIPE, timeout=LONGEST, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1


def test_colours_on_a_terminal_only(site: Path) -> None:
    (site / "site.lb").write_text(FAULTY)
    assert b"\x1b[" not in lbsh("check", cwd=site).stdout
    for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        assert (b"\x1b[1;31merror" in on_a_terminal(site, environment)) is coloured


def on_a_terminal(cwd: Path, environment: Mapping[str, str]) -> bytes:
    """What `lbsh check` writes to a real pseudo-terminal."""
    controller, terminal = os.openpty()
    names = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TERM"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "lbsh", "check"], cwd=cwd, stdout=terminal, env={**names, "TERM": "xterm", **environment}
    )
    os.close(terminal)
    chunks = []
    try:
        while chunk := os.read(controller, 65536):
            chunks.append(chunk)
    except OSError:  # Linux tells so that the other side is closed
        pass
    process.wait(timeout=LONGEST)
    os.close(controller)
    return b"".join(chunks)


BAD_INPUT: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 0, "no findings"),
    "blank": (b"\n \t\n", 0, "no findings"),
    "binary": (bytes(range(256)) * 40, 2, "NUL byte in line 1"),
    "nul": (b"pool p for\n\0 A\n", 2, "NUL byte in line 2"),
    "bad-utf8": (b"# caf\xe9\n", 2, "is not UTF-8: there is a byte 0xe9 in line 1"),
    "utf-16": ("pool p for A".encode("utf-16"), 2, "UTF-16"),
    "bom": (b"\xef\xbb\xbf" + CLEAN.encode(), 0, "no findings"),
    "cr": (CLEAN.replace("\n", "\r").encode(), 0, "no findings"),
    "crlf": (CLEAN.replace("\n", "\r\n").encode(), 0, "no findings"),
    "no-last-end": (CLEAN.rstrip("\n").encode(), 0, "no findings"),
    "long-line": (b"add " + b"10.0.0.1," * 1_200_000, 1, "the line has 10800004 characters"),
    "long-word": (b"a" * 10_000_000, 1, "the line has 10000000 characters"),
    "many-faults": (b"".join(b"blah %d\n" % number for number in range(share(10_000))), 1, f"{share(10_000)} errors"),
    "many-shapes": (
        b"".join(b"add 10.0.0.1%s to\n" % (b", x" * n) for n in range(min(share(1_000), 300))),
        1,
        "errors",
    ),
    "escape": (b"pool \x1b[31mp for A\n", 1, "U+001B"),
    "no-break-space": ("pool\u00a0p for A".encode(), 1, "U+00A0"),
}


def bounded() -> None:
    """Gives a process a bounded memory."""
    resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_said_clearly_in_bounded_memory(name: str, tmp_path: Path) -> None:
    content, status, words = BAD_INPUT[name]
    (tmp_path / "site.lb").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "lbsh", "check"],
        cwd=tmp_path,
        capture_output=True,
        timeout=LONGEST,
        preexec_fn=bounded if len(content) > 1 << 16 or is_gate() else None,
        check=False,
    )
    assert (done.returncode, words in text_of(done)) == (status, True), text_of(done)[:500]
    assert "Traceback" not in text_of(done)
    assert b"\x1b" not in done.stdout


def test_a_missing_file_a_folder_and_an_unreadable_one(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "missing.lb", "no such file"), (tmp_path, "is a folder")):
        done = lbsh("check", str(path))
        assert done.returncode == 2
        assert f"lbsh: {path}: {words}" in done.stderr.decode()


def test_an_endless_file_is_refused(tmp_path: Path) -> None:
    done = lbsh("check", "/dev/zero", cwd=tmp_path)
    assert done.returncode == 2
    assert b"larger than 64 MiB" in done.stderr


def test_an_include_loop_is_an_error_at_the_include(tmp_path: Path) -> None:
    (tmp_path / "site.lb").write_text('include "sub/a.lb"\n')
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.lb").write_text('include "../site.lb"\n')
    done = lbsh("check", cwd=tmp_path)
    assert done.returncode == 1
    assert b"`site.lb` includes `sub/a.lb` includes `site.lb`" in done.stdout
    assert done.stdout.count(b"LB004") == 1


def test_files_that_include_each_other_twice_end(tmp_path: Path) -> None:
    for number in range(20):
        following = f'include "{number + 1}.lb"\n' * 2 if number < 19 else ""
        (tmp_path / f"{number}.lb").write_text(following)
    done = lbsh("check", "0.lb", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.count(b"included already") == 19


def test_a_script_has_a_greatest_number_of_files(tmp_path: Path) -> None:
    (tmp_path / "site.lb").write_text("".join(f'include "{number}.lb"\n' for number in range(1200)))
    for number in range(1200):
        (tmp_path / f"{number}.lb").write_text("")
    done = lbsh("check", cwd=tmp_path)
    assert done.stdout.count(b"at most 1000 files") == 201


def test_includes_have_a_greatest_depth(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"{number}.lb").write_text(f'include "{number + 1}.lb"\n')
    done = lbsh("check", "0.lb", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"more than 32 deep" in done.stdout


def test_an_included_fault_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "site.lb").write_text('interface external em0\ninclude "farm/web.lb"\nadd 10.0.0.1 to web\n')
    (tmp_path / "farm").mkdir()
    (tmp_path / "farm" / "web.lb").write_text("service W is 203.0.113.1 tcp 0\npool web for W\n")
    done = lbsh("check", "--format", "json", cwd=tmp_path)
    (found,) = json.loads(done.stdout)["diagnostics"]
    assert (found["file"], found["start"]["line"], found["code"]) == ("farm/web.lb", 1, "LB204")


def test_ctrl_c_ends_quietly(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "site.lb")
    process = subprocess.Popen(
        [sys.executable, "-m", "lbsh", "check"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    writer = os.open(tmp_path / "site.lb", os.O_WRONLY)  # returns once lbsh has opened the other end
    process.send_signal(2)
    # A signal that comes right before the read does not end it, only the end of the pipe does; its handler runs behind that.
    os.close(writer)
    _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 130
    assert b"Traceback" not in errors


def test_backends_lists_the_built_in_ones_with_every_capability() -> None:
    shown = lbsh("backends").stdout.decode()
    for words in ("iptables", "nftables", "freebsd-14", "freebsd-15", "balance least-connections", "--anchor"):
        assert words in shown


@pytest.mark.parametrize("backend", ["pf", "nftables", "iptables"])
def test_a_file_name_cannot_smuggle_in_a_rule(backend: str, tmp_path: Path) -> None:
    names = [
        "x\nflush ruleset\n-F\nrdr pass on em0 -> 192.0.2.66\n.lb",
        "y\\",
        "z\u2028flush ruleset",
        os.fsdecode(b"w\xff.lb"),
    ]
    for name in names:
        (tmp_path / name).write_text(CLEAN)
        done = lbsh("emit", "--backend", backend, "./" + name, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")
        (tmp_path / "plain.lb").write_text(CLEAN)
        plain = lbsh("emit", "--backend", backend, "./plain.lb", cwd=tmp_path)
        assert rules(done.stdout) == rules(plain.stdout)
        assert lbsh("check", "--format", "json", "./" + name, cwd=tmp_path).returncode == 0


def rules(text: bytes) -> list[bytes]:
    """The lines of a rule file that are no comments."""
    return [line for line in text.split(b"\n") if not line.lstrip().startswith(b"#")]


def test_what_a_filter_cannot_express_is_said_beside_other_errors() -> None:
    text = CLEAN + "service B is 203.0.113.2 tcp 80\npool q for B balance least-connections\npool r for NOBODY\n"
    shown = lbsh("check", "--backend", "pf", "-", stdin=text.encode()).stdout
    assert b"LB401" in shown
    assert b"LB101" in shown


@pytest.mark.parametrize(
    "output", ["site.lb", "./site.lb", "sub/../site.lb", "link.lb", "part.lb", "site.lb/", "new/", "loop"]
)
def test_emit_never_replaces_the_script(output: str, site: Path) -> None:
    (site / "site.lb").write_text('include "part.lb"\n')
    (site / "part.lb").write_text(CLEAN)
    (site / "link.lb").symlink_to("site.lb")
    (site / "loop").symlink_to("loop")
    (site / "sub").mkdir()
    before = sorted((path.name, path.is_symlink()) for path in site.iterdir())
    done = lbsh("emit", "--backend", "pf", "-o", output, cwd=site)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1
    assert (site / "site.lb").read_text() == 'include "part.lb"\n'
    assert (site / "part.lb").read_text() == CLEAN
    assert sorted((path.name, path.is_symlink()) for path in site.iterdir()) == before


@pytest.mark.parametrize("name", ["./self.lb", "self.lb", "sub/../self.lb"])
def test_a_script_that_includes_itself_says_so_once(name: str, site: Path) -> None:
    (site / "self.lb").write_text(CLEAN + 'include "self.lb"\n')
    (site / "sub").mkdir()
    done = lbsh("check", name, cwd=site)
    assert (done.returncode, done.stdout.count(b"error[")) == (1, 1)


def test_a_change_of_rules_is_printed_alone(site: Path) -> None:
    (site / "new.lb").write_text(CLEAN + "add 10.0.0.2 to p\n")
    done = lbsh("emit", "--backend", "nftables", "--since", "site.lb", "new.lb", cwd=site)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"delete table" not in done.stdout
    assert b"10.0.0.2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("--backend pf --since site.lb new.lb", 2, "pf has its rules exchanged as a whole"),
        ("--backend nftables --since missing.lb new.lb", 2, "missing.lb: no such file"),
        ("--backend nftables --since - -", 2, "only one of the two scripts"),
        ("--backend nftables --verify --since site.lb new.lb", 2, "--verify"),
        ("--backend nftables --since broken.lb site.lb", 1, "broken.lb:5"),
        ("--backend nftables --since site.lb broken.lb", 1, "broken.lb:5"),
        ("--backend nftables --since site.lb -o site.lb new.lb", 2, "site.lb is part of the script"),
    ],
)
def test_a_change_of_rules_that_cannot_be(arguments: str, status: int, words: str, site: Path) -> None:
    (site / "new.lb").write_text(CLEAN + "add 10.0.0.2 to p\n")
    (site / "broken.lb").write_text(FAULTY)
    done = lbsh("emit", *arguments.split(), cwd=site)
    assert (done.returncode, done.stdout) == (status, b"")
    assert words in done.stderr.decode()
    assert (site / "site.lb").read_text() == CLEAN


def test_a_file_is_included_once(site: Path) -> None:
    (site / "part.lb").write_text(CLEAN)
    (site / "site.lb").write_text('include "part.lb"\ninclude "./part.lb"\n')
    done = lbsh("check", cwd=site)
    assert done.stdout.count(b"error[LB004]") == 1
    assert b"included already" in done.stdout


def test_including_a_dash_reads_no_standard_input(site: Path) -> None:
    (site / "site.lb").write_text('include "-"\n')
    done = lbsh("check", cwd=site, stdin=CLEAN.encode())
    assert b'cannot include "-": no such file' in done.stdout


CLOSED = [
    ("check >&-", 2),
    ("emit --backend pf >&-", 2),
    ("emit --backend pf -o rules >&-", 0),
    ("--version >&-", 2),
    ("--version >/dev/full", 2),
    ("check >/dev/full", 2),
    ("check nowhere.lb 2>/dev/full", 2),
    ("check nowhere.lb 2>&-", 2),
    ("check - <&-", 2),
    ("check ''", 2),
    ("check --backend ''", 2),
]


@pytest.mark.sampled
@pytest.mark.parametrize(("arguments", "status"), CLOSED, ids=[arguments for arguments, _ in CLOSED])
def test_broken_streams_give_a_status_and_no_traceback(arguments: str, status: int, site: Path) -> None:
    command = f"{sys.executable} -m lbsh {arguments}"
    done = subprocess.run(["sh", "-c", command], cwd=site, capture_output=True, timeout=LONGEST, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False), done.stderr


OUTPUTS = {
    "emit": ("emit", "--backend", "nftables"),
    "check": ("check", "--backend", "nftables"),
    "fmt": ("fmt", "-"),
    "diff": ("fmt", "--diff"),
    **{name: ("check", "--format", name) for name in ("json", "json-lines", "concise", "sarif", "github")},
    **{
        " ".join(words): words
        for words in (("--help",), ("--version",), ("explain",), ("explain", "LB001"), ("backends",), ("ast",))
    },
    "changes": ("diff", "site.lb", "other.lb"),
    "trace": ("trace", "--from", "198.51.100.1", "--to", "203.0.113.1:80"),
    "completion": ("completion", "bash"),
    "usage": ("check", "--nonsense"),
}


@pytest.mark.parametrize("buffering", ["buffered", "unbuffered"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_output_that_nobody_takes_is_two(name: str, buffering: str, site: Path) -> None:
    (site / "site.lb").write_text(WARNED + "\n\n")
    (site / "other.lb").write_text(CLEAN)
    done, given = cut_off(OUTPUTS[name], site, 0, buffering)
    assert (done.returncode, b"Traceback" in done.stderr, given) == (2, False, b""), done.stderr


@pytest.mark.sampled
@pytest.mark.parametrize("buffering", ["buffered", "unbuffered"])
@pytest.mark.parametrize("name", ["emit", "check", "fmt", "json", "json-lines", "sarif", "ast"])
def test_output_of_which_somebody_takes_the_start_is_two(name: str, buffering: str, site: Path) -> None:
    """With more output than a pipe holds."""
    services = (f"service S{number} is 203.0.113.2 tcp {number}\n" for number in range(100, 2_000))
    pools = (f"pool p{number} for S{number}\nadd 10.0.0.2 to p{number}\n" for number in range(100, 1_000))
    text = CLEAN + "".join([*services, *pools])
    (site / "site.lb").write_text(text)
    done, given = cut_off(OUTPUTS[name], site, 1, buffering)
    assert (done.returncode, len(given), b"Traceback" in done.stderr) == (2, 1, False), done.stderr


def cut_off(
    arguments: tuple[str, ...], cwd: Path, length: int, buffering: str
) -> tuple[subprocess.CompletedProcess[bytes], bytes]:
    """The end of a command whose reader takes a number of bytes and goes, and those bytes."""
    reader, writer = os.pipe()
    if length == 0:
        os.close(reader)
    environment = {**os.environ, **({"PYTHONUNBUFFERED": "1"} if buffering == "unbuffered" else {})}
    if buffering == "buffered":
        environment.pop("PYTHONUNBUFFERED", None)
    command, errors = [sys.executable, "-m", "lbsh", *arguments], cwd / "errors"
    with (cwd / "site.lb").open("rb") as text, errors.open("wb") as said:
        process = subprocess.Popen(command, cwd=cwd, stdin=text, stdout=writer, stderr=said, env=environment)
    os.close(writer)
    given = b""
    if length:
        given = os.read(reader, length)
        os.close(reader)
    status = process.wait(LONGEST)
    return subprocess.CompletedProcess(command, status, None, errors.read_bytes()), given


def test_no_module_needs_unicodedata_to_be_compiled() -> None:
    r"""Python imports it for `\N{NAME}`, and makes a SyntaxError of an interruption there: of Ctrl-C at the first start."""
    sources = [path for folder in ("lbsh", "lbsh_lang", "lsp", "oyster") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in sources if "\\N" + "{" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("imported", ["click", "ipaddress", "unicodedata"])
def test_ctrl_c_ends_quietly_while_modules_are_imported(imported: str, tmp_path: Path) -> None:
    (tmp_path / f"{imported}.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = lbsh("check", "-", environment={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, text_of(done)) == (130, "")


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "koi8-r"])
def test_json_is_json_in_any_encoding(encoding: str) -> None:
    text = "add \U0001f600 to é\n".encode()
    for arguments in (("check", "--format", "json", "-"), ("ast", "--format", "json", "-")):
        done = lbsh(*arguments, stdin=text, environment={"PYTHONIOENCODING": encoding})
        assert "\U0001f600" in str(json.loads(done.stdout))


GROWING: dict[str, tuple[str, str]] = {
    # a line for each number, and what stands below them
    "undefined-pool": ("add 10.{a}.{b}.1 to p", ""),
    "pool-defined-below": ("add 10.{a}.{b}.1 to p", "service S is 203.0.113.1 tcp 80\npool p for S"),
    "undefined-service": ("probe S with tcp", ""),
    "failover": ("failover device d{n}", ""),
    "internal-nets": ("internal net 10.{a}.{b}.0/24", ""),
    "services-of-bad-name": ("service {n}p is 203.0.113.1 udp 53", ""),
    "ports": ("service s{n} is 203.0.113.1 tcp 1-60000", ""),
    "removals": ("remove 10.{a}.{b}.1 from p", ""),
    "odd-blanks": ("\u00a0\u00a0x\u00a0", ""),
}


@pytest.mark.parametrize("name", GROWING)
def test_faulty_scripts_cost_in_proportion_to_their_lines(name: str, tmp_path: Path) -> None:
    line, below = GROWING[name]
    steps = []
    for count in (share(1_000), share(10_000)):
        lines = [line.format(n=number, a=number >> 8, b=number & 255) for number in range(count)]
        text = "\n".join([*lines, below])
        steps.append(calls_of(app.check_source, Source.of("site.lb", text)))
    assert steps[1] <= 12 * steps[0], steps


WIDENING = {
    # a word of a line of so many, and what stands before them
    "allowed-codes": ("LB312, ", CLEAN + "pool q for A # lbsh: allow "),
    "needed-plug-ins": ("p{n}, ", "farm x\n" * 1_000 + "# lbsh: needs "),
    "invisible-characters": ("\u200b1.2.3.4,", "add "),
    "bad-addresses": ("10.0.0.999, ", "add "),
    "same-addresses": ("10.0.0.1, ", CLEAN + "add 10.0.0.1, "),
    "missing-servers": ("10.0.0.2, ", CLEAN + "remove 10.0.0.2 from p\nremove 10.0.0.1, "),
    "repeated-options": ("sticky 1s ", "service S is 203.0.113.2 tcp 80 "),
    "repeated-ports": ("80,", "service S is 203.0.113.2 tcp "),
}


@pytest.mark.sampled
@pytest.mark.parametrize("form", ["text", "sarif"])
@pytest.mark.parametrize("name", WIDENING)
def test_a_line_costs_in_proportion_to_its_length(name: str, form: str) -> None:
    word, before = WIDENING[name]
    steps = []
    for count in (500, 4_000):
        line = "".join(word.format(n=number) for number in range(count)).rstrip(", ")
        source = Source.of("site.lb", before + line)
        steps.append(calls_of(diagnosed, source, form))
    assert steps[1] <= 12 * steps[0], steps


def diagnosed(source: Source, form: str) -> list[str]:
    """The findings of a script as the command line prints them."""
    found = app.check_source(source).diagnostics
    return [render_text(one) for one in found] if form == "text" else list(FORMATS[form](found, ()))


def test_explain_lists_codes_and_shows_pages() -> None:
    listed = lbsh("explain").stdout.decode()
    assert listed.count("\nLB") > 40
    page = lbsh("explain", "lb301").stdout.decode()
    assert page.startswith("LB301: server outside every internal net (error)\n")
    assert "Wrong:" in page


def test_ast_as_json_has_places_and_values() -> None:
    shown = json.loads(lbsh("ast", "--format", "json", "-", stdin=CLEAN.encode()).stdout)
    add = shown["statements"][3]
    assert add["kind"] == "AddStatement"
    assert add["fields"]["targets"][0] == {
        "text": "10.0.0.1",
        "value": {"first": "10.0.0.1", "last": "10.0.0.1"},
        "start": {"line": 4, "column": 5},
        "end": {"line": 4, "column": 13},
    }


OF_THE_DEVICE = {"'subprocess'", "'lbsh.programs'", "'lbsh.device'", "'lbsh.store'", "'lbsh.drivers'", "'lbsh.gateway'"}
"""Modules of what runs; a command that only reads a script starts without them."""


def test_version_imports_next_to_nothing() -> None:
    code = (
        "import sys; sys.argv=['lbsh','--version']; from lbsh.__main__ import main; main(); print(sorted(sys.modules))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=LONGEST, check=True
    ).stdout
    assert shown.startswith("lbsh ")
    assert not {"'click'", "'lark'", "'lbsh_lang'", "'asyncio'", *OF_THE_DEVICE} & set(shown.replace(",", " ").split())


def test_a_check_waits_for_nothing_that_editors_need(tmp_path: Path) -> None:
    (tmp_path / "site.lb").write_text("interface external em0\n")
    program = "import sys; from lbsh.cli.main import run; run(['check']); print(sorted(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    editors = {"'pygls'", "'lsprotocol'", "'asyncio'", "'lbsh_lsp'", "'lbsh_lang.analysis'", "'lark'"}
    assert not (editors | OF_THE_DEVICE) & set(shown.replace(",", " ").split())


def test_ctrl_c_ends_quietly_while_a_class_is_made(tmp_path: Path) -> None:
    """Python 3.11 makes a RuntimeError of what comes then."""
    lines = [
        "import os, signal",
        "class Name:",
        "    def __set_name__(self, *_): os.kill(os.getpid(), signal.SIGINT)",
        "class Named:",
        "    one = Name()",
    ]
    (tmp_path / "ipaddress.py").write_text("\n".join(lines))
    done = lbsh("check", "-", environment={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, text_of(done)) == (130, "")
