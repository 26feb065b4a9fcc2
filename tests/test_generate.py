"""Derived files equal the texts of their generators; `python -m tools.generate` checks or writes them, or names a lack."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.generate import derived, tree_sitter
from tools.generate.__main__ import FRESH, GENERATORS, STALE, TROUBLE, Generator, check_all, stale, write_all
from tools.generate.derived import ROOT, CannotGenerateError, Derived, fill

PARSER = ROOT / "editors" / "tree-sitter-lbsh"


@pytest.mark.sampled
@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.name)
def test_no_file_is_stale(generator: Generator) -> None:
    assert [str(file.path.relative_to(ROOT)) for file in stale(generator)] == [], "mend it: make generate"


@pytest.mark.gate
def test_files_have_one_generator_each() -> None:
    paths = [file.path for generator in GENERATORS for file in generator.files()]
    assert len(paths) == len(set(paths)) > 50


# The command, with generators of its own


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a file that is as it should be, one that is not, and one that should not be."""
    monkeypatch.setattr("tools.generate.__main__.ROOT", tmp_path)
    for name in ("fresh", "old", "left"):
        (tmp_path / name).write_text("1\n")
    return tmp_path


def made(root: Path) -> Generator:
    texts = {"fresh": "1\n", "old": "2\n", "in/new": "\N{CAT FACE}\n", "left": None, "gone": None}
    return Generator("files", lambda: (Derived(root / name, text) for name, text in texts.items()))


def lacking(root: Path) -> Generator:
    def files() -> Iterator[Derived]:
        yield Derived(root / "fresh", "1\n")
        raise CannotGenerateError(root / "parser", "no program", "get one")

    return Generator("lacking", files)


def kept(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_check_lists_what_is_stale_and_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = kept(root)
    assert check_all([lacking(root), made(root)]) == STALE
    said = capsys.readouterr()
    assert (said.out, said.err.splitlines()) == (
        "",
        [
            "parser is stale (no program); to mend it: get one",
            "old is stale; to mend it: make generate",
            "in/new is stale; to mend it: make generate",
            "left is stale; to mend it: make generate",
        ],
    )
    assert kept(root) == before


def test_write_makes_all_fresh_and_lists_what_it_wrote(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write_all([made(root)]) == FRESH
    assert capsys.readouterr().out.splitlines() == ["wrote old", "wrote in/new", "deleted left"]
    assert kept(root) == {"fresh": "1\n", "old": "2\n", "in/new": "\N{CAT FACE}\n"}
    assert (check_all([made(root)]), write_all([made(root)])) == (FRESH, FRESH)
    assert capsys.readouterr() == ("", "")


def test_what_cannot_be_made_keeps_nothing_else_from_being_made(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write_all([lacking(root), made(root)]) == STALE
    assert capsys.readouterr().err == "parser stays stale (no program); to mend it: get one\n"
    assert kept(root)["old"] == "2\n"


def test_lines_that_end_in_another_way_are_stale(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"1\r\n")
    assert derived.is_stale(Derived(tmp_path / "page", "1\n"))


def test_a_region_is_filled_between_its_marks() -> None:
    text = "a\n<!-- BEGIN x -->\nold\n<!-- END x -->\nb\n"
    assert fill(text, "BEGIN x", "END x", "\\1 new\n") == "a\n<!-- BEGIN x -->\n\\1 new\n<!-- END x -->\nb\n"
    with pytest.raises(AssertionError, match="0 regions"):
        fill(text, "BEGIN y", "END y", "")


# The command in a copy of the repository


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that generators read and write."""
    left_out = shutil.ignore_patterns("__pycache__", "node_modules", "golden")
    for name in (
        "lbsh",
        "lbsh_lang",
        "grammar",
        "docs",
        "editors",
        "tests",
        "tools",
        "examples",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
    ):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def generate(root: Path, *options: str, level: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """The command as `make` runs it; there is no tree-sitter."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *level, "-m", "tools.generate", *options],
        cwd=root,
        env=environment | {"EDITORS_BUILD": str(root / "build")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.gate
def test_a_new_keyword_is_everywhere_after_one_command(copy: Path) -> None:
    """What is made from the automaton is made from the new one, although the old one was loaded, even a broken one."""
    grammar = copy / "grammar" / "lbsh.lark"
    lines = grammar.read_text(encoding="utf-8").splitlines()
    places = [n for n, line in enumerate(lines) if line.strip().startswith(("| status_", "status_", "STATUS"))]
    for number in reversed(places):
        lines.insert(number, lines[number].replace("STATUS", "LISTED").replace("status", "listed"))
    grammar.write_text("\n".join(lines) + "\n", encoding="utf-8")
    automaton = copy / "lbsh_lang" / "syntax" / "automaton.py"
    automaton.write_text("<<<<<<< ours\n" + automaton.read_text(encoding="utf-8"), encoding="utf-8")
    done = generate(copy)
    assert "wrote lbsh_lang/syntax/automaton.py\n" in done.stdout, done.stderr
    for name in ("tree-sitter-lbsh/rules.json", "vim/syntax/lbsh.vim", "vscode/syntaxes/lbsh.tmLanguage.json"):
        assert f"wrote editors/{name}\n" in done.stdout, done.stderr
        assert "listed" in (copy / "editors" / name).read_text(encoding="utf-8")
    (complaint,) = done.stderr.splitlines()
    assert complaint.startswith("editors/tree-sitter-lbsh/src stays stale ")
    assert done.returncode == STALE
    again = generate(copy, "--check")
    assert (again.returncode, again.stdout, len(again.stderr.splitlines())) == (STALE, "", 1)


def test_without_docstrings_nothing_is_made() -> None:
    done = generate(ROOT, "--check", level=("-OO",))
    assert (done.returncode, done.stdout) == (TROUBLE, "")
    assert done.stderr == "pages are made from docstrings, which python -OO leaves out: run Python without it\n"


# The tree-sitter parser, without the program that makes it


@pytest.fixture
def parser(tmp_path: Path) -> Path:
    return shutil.copytree(PARSER, tmp_path / "parser")


NOWHERE = Path("/nowhere/tree-sitter")


def test_a_recorded_parser_is_fresh_without_the_program(parser: Path) -> None:
    assert list(tree_sitter.files(parser, NOWHERE)) == []


@pytest.mark.parametrize("name", [*tree_sitter.INPUTS, "src/parser.c", "src/tree_sitter/array.h", "generated.sha256"])
def test_a_parser_is_stale_when_a_file_is_not_as_recorded(parser: Path, name: str) -> None:
    with (parser / name).open("a") as file:
        file.write("\n")
    with pytest.raises(CannotGenerateError, match="not as recorded"):
        list(tree_sitter.files(parser, NOWHERE))


def test_a_parser_is_stale_with_a_file_too_many_and_without_a_record(parser: Path) -> None:
    (parser / "src" / "scanner.c").touch()
    with pytest.raises(CannotGenerateError):
        list(tree_sitter.files(parser, NOWHERE))
    (parser / "src" / "scanner.c").unlink()
    (parser / "generated.sha256").unlink()
    with pytest.raises(CannotGenerateError):
        list(tree_sitter.files(parser, NOWHERE))


STAND_IN = """\
#!/bin/sh
[ "$*" = "generate --no-bindings" ] || exit 1
mkdir src
cat beginnings.js grammar.js rules.json >src/parser.c
"""


def test_the_program_writes_parser_and_record(parser: Path, tmp_path: Path) -> None:
    """A stand-in that makes some parser from all inputs; `editors/` tries the real one."""
    program = tmp_path / "tree-sitter"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    (parser / "grammar.js").write_text("// changed\n")
    for file in list(tree_sitter.files(parser, program)):
        derived.write(file)
    assert "// changed\n" in (parser / "src" / "parser.c").read_text()
    assert not (parser / "src" / "grammar.json").exists()
    digest = hashlib.sha256((parser / "src" / "parser.c").read_bytes()).hexdigest()
    assert f"{digest}  src/parser.c\n" in (parser / "generated.sha256").read_text()
    assert list(tree_sitter.files(parser, NOWHERE)) == []


def test_what_the_program_says_against_a_grammar_is_one_line(parser: Path, tmp_path: Path) -> None:
    program = tmp_path / "tree-sitter"
    program.write_text("#!/bin/sh\necho 'Unresolved\n conflict' >&2\nexit 1\n")
    program.chmod(0o755)
    (parser / "grammar.js").write_text("// changed\n")
    with pytest.raises(CannotGenerateError, match=r"^tree-sitter fails: Unresolved conflict$"):
        list(tree_sitter.files(parser, program))
