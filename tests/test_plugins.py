"""Statements of plug-ins in commands and editors: found, compiled once, kept, and refused where they do not fit."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import pytest

from bench.editor import Client
from lbsh import cache
from lbsh.plugins import GROUP
from oyster.stored import from_json
from tests.plugins import EXAMPLE, ROOT, install, install_example, lbsh_command, run_lbsh

SITE = """\
interface external em0
interface internal em1
external addr 62.103.127.153
internal net 192.168.1.0/24
internal gw 192.168.1.1
service SMTP is 62.103.127.154 tcp 25
farm  mx serves SMTP with 192.168.1.2,192.168.1.3 spare 192.168.1.9
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the cache of this test is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "lbsh"


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for all tests here that are not about it."""
    return tmp_path_factory.mktemp("warm")


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, warm: Path) -> Path:
    """A folder with a script, and with the example installed."""
    if "kept" not in request.fixturenames:
        monkeypatch.setenv("XDG_CACHE_HOME", str(warm))
    place = tmp_path / "installed"
    place.mkdir()
    install_example(place)
    (place / "site.lb").write_text(SITE, encoding="utf-8")
    return place


# Commands


def test_check_and_emit(folder: Path) -> None:
    assert run_lbsh(folder, "check").stdout == "no findings\n"
    for backend, words in {"pf": "192.168.1.3", "nftables": "192.168.1.3", "iptables": "192.168.1.3"}.items():
        done = run_lbsh(folder, "emit", "--backend", backend)
        assert (done.returncode, done.stderr) == (0, "")
        assert words in done.stdout
        assert "site.lb:7" in done.stdout


def test_an_included_file_may_have_it(folder: Path) -> None:
    *device, farm = SITE.splitlines(keepends=True)
    (folder / "farm.lb").write_text(farm, encoding="utf-8")
    (folder / "site.lb").write_text("".join(device) + 'include "farm.lb"\n', encoding="utf-8")
    assert run_lbsh(folder, "check").stdout == "no findings\n"


def test_findings_show_its_line(folder: Path) -> None:
    (folder / "site.lb").write_text(SITE.replace("192.168.1.3", "192.168.1.2"), encoding="utf-8")
    done = run_lbsh(folder, "check", "--format", "concise")
    assert (done.returncode, done.stdout.splitlines()[0].partition(" ")[0]) == (1, "site.lb:7:39:")
    assert "LB309" in done.stdout


def test_safe_fixes_leave_it_alone(folder: Path) -> None:
    text = SITE + SITE.splitlines()[-1] + "\n"
    (folder / "site.lb").write_text(text, encoding="utf-8")
    assert run_lbsh(folder, "check", "--fix").returncode == 1
    assert (folder / "site.lb").read_text(encoding="utf-8") == text


def test_trace_quotes_its_line(folder: Path) -> None:
    done = run_lbsh(folder, "trace", "--from", "203.0.113.9", "--to", "62.103.127.154:25")
    assert "site.lb:7  farm  mx serves SMTP with 192.168.1.2" in done.stdout


def test_diff_compares_what_it_means(folder: Path) -> None:
    plain = SITE.replace(
        SITE.splitlines()[-1], "pool mx for SMTP\nadd 192.168.1.2, 192.168.1.3 to mx\nadd 192.168.1.9 to mx backup"
    )
    (folder / "plain.lb").write_text(plain, encoding="utf-8")
    assert run_lbsh(folder, "diff", "plain.lb", "site.lb").returncode == 0


def test_fmt_writes_its_canonical_form(folder: Path) -> None:
    assert run_lbsh(folder, "fmt").stderr == "reformatted site.lb\n"
    last = (folder / "site.lb").read_text(encoding="utf-8").splitlines()[-1]
    assert last == "farm mx serves SMTP with 192.168.1.2, 192.168.1.3 spare 192.168.1.9"
    assert run_lbsh(folder, "fmt", "--check").returncode == 0


def test_ast_shows_it_and_what_it_means(folder: Path) -> None:
    lines = run_lbsh(folder, "ast").stdout.splitlines()
    assert lines.index("site.lb:7 FarmStatement") < lines.index("  means PoolStatement") < len(lines)
    shown = json.loads(run_lbsh(folder, "ast", "--format", "json").stdout)["statements"]
    assert [one["kind"] for one in shown[-1]["means"]] == ["PoolStatement", "AddStatement", "AddStatement"]


def test_without_the_plug_in_its_name_is_told(tmp_path: Path, kept: Path) -> None:
    (tmp_path / "site.lb").write_text("# lbsh: needs lbsh-example\n" + SITE, encoding="utf-8")
    done = run_lbsh(tmp_path, "check")
    assert done.returncode == 1
    assert "`farm` may be a statement of the plug-in `lbsh-example`, which is not installed" in done.stdout
    install_example(tmp_path)
    assert run_lbsh(tmp_path, "check").stdout == "no findings\n"


# Editors


def test_an_editor_knows_it(folder: Path) -> None:
    with Client(lbsh_command(folder, "lsp"), cwd=str(folder)) as client:
        client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        client.notify("initialized", {})
        document = {"uri": "untitled:site.lb"}
        opened = {**document, "languageId": "lbsh", "version": 1, "text": SITE}
        client.notify("textDocument/didOpen", {"textDocument": opened})
        at = {"textDocument": document, "position": {"line": 6, "character": 12}}
        assert "Says which service the farm serves." in json.dumps(client.ask("textDocument/hover", at))
        at["position"] = {"line": 6, "character": 0}
        labels = [item["label"] for item in client.ask("textDocument/completion", at)["items"]]
        assert "farm" in labels
        tokens = client.ask("textDocument/semanticTokens/full", {"textDocument": document})["data"]
        lines = [*accumulate(tokens[::5])]
        assert lines.count(6) == len(["farm", "mx", "serves", "SMTP", "with", "IP", "IP", "spare", "IP"])


# What is imported


def imported(folder: Path, *arguments: str) -> tuple[bool, bool]:
    """Whether a command imports Lark, and whether it looks for entry points."""
    program = (
        f"import sys; sys.path[:0] = {[str(folder), str(ROOT)]}; from lbsh.cli.main import run; run({[*arguments]}); "
        "print('lark' in sys.modules, 'importlib.metadata' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    lark, metadata = done.stdout.splitlines()[-1].split()
    return lark == "True", metadata == "True"


def test_a_script_of_lbsh_alone_looks_for_no_plug_in(folder: Path) -> None:
    (folder / "site.lb").write_text("".join(SITE.splitlines(keepends=True)[:-1]) + "pool mx for SMTQ port\n")
    assert imported(folder, "check") == (False, False)
    assert imported(folder, "fmt", "--check") == (False, False)


@pytest.mark.usefixtures("kept")
def test_a_script_with_its_statements_finds_them_and_compiles_them_once(folder: Path) -> None:
    assert imported(folder, "check") == (True, True)
    assert imported(folder, "check") == (False, True)


# The cache


def test_what_is_compiled_is_kept_for_the_user_alone(folder: Path, kept: Path) -> None:
    assert run_lbsh(folder, "check").returncode == 0
    (file,) = kept.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert file.name == f"{stored['key']}.json"
    assert "farm" in from_json(stored["automaton"]).keywords


def test_another_grammar_has_another_key(folder: Path, kept: Path) -> None:
    run_lbsh(folder, "check")
    module = folder / "lbsh_example" / "farm.py"
    module.write_text(module.read_text(encoding="utf-8").replace('FARM:   "farm"', 'FARM: "farm"'), encoding="utf-8")
    assert run_lbsh(folder, "check").returncode == 0
    assert len([*kept.iterdir()]) == 2


DAMAGES = {
    "nothing": "",
    "no JSON": "{",
    "not the whole": None,
    "a list": "[]",
    "another layout": '{"key": 1, "automaton": {}}',
    "nesting": "[" * 100_000,
    "no text": "\udcff",
}


@pytest.mark.sampled
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_made_anew(folder: Path, kept: Path, damage: str) -> None:
    run_lbsh(folder, "check")
    (file,) = kept.iterdir()
    whole, broken = file.read_text(encoding="utf-8"), DAMAGES[damage]
    file.write_text(whole[:-2] if broken is None else broken, encoding="utf-8", errors="surrogateescape")
    assert run_lbsh(folder, "check").stdout == "no findings\n"
    assert file.read_text(encoding="utf-8") == whole


def test_an_automaton_of_another_key_is_not_believed(folder: Path, kept: Path) -> None:
    run_lbsh(folder, "check")
    (file,) = kept.iterdir()
    whole = file.read_text(encoding="utf-8")
    file.write_text(json.dumps({**json.loads(whole), "key": "0" * 64}), encoding="utf-8")
    assert imported(folder, "check") == (True, True)
    assert file.read_text(encoding="utf-8") == whole


def test_without_a_place_for_it_all_is_as_well(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    for home in (str(file), "/dev/null/x", "not/absolute"):
        monkeypatch.setenv("XDG_CACHE_HOME", home)
        monkeypatch.setenv("HOME", str(file))
        done = run_lbsh(folder, "check")
        assert (done.returncode, done.stdout, done.stderr) == (0, "no findings\n", "")


def test_the_default_is_in_the_home(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    run_lbsh(folder, "check")
    assert len([*(tmp_path / ".cache" / "lbsh").iterdir()]) == 1


def test_a_cache_that_others_may_write_to_is_none(kept: Path) -> None:
    cache.keep_cached("x", "text")
    assert cache.read_cached("x") == "text"
    for place, mode in ((kept, 0o770), (kept, 0o707), (kept / "x", 0o620), (kept / "x", 0o602)):
        before = stat.S_IMODE(place.stat().st_mode)
        place.chmod(mode)
        assert cache.read_cached("x") is None
        place.chmod(before)
    kept.chmod(0o777)
    cache.keep_cached("y", "text")
    assert not (kept / "y").exists()


def test_a_cache_of_somebody_else_is_none(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.keep_cached("x", "text")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert cache.read_cached("x") is None
    cache.keep_cached("y", "text")
    shutil.rmtree(kept)
    cache.keep_cached("z", "text")
    assert not kept.exists()


def test_links_are_not_followed(kept: Path, tmp_path: Path) -> None:
    cache.keep_cached("x", "text")
    (kept / "y").symlink_to(kept / "x")
    assert cache.read_cached("y") is None
    cache.keep_cached("y", "other")
    assert (cache.read_cached("x"), cache.read_cached("y")) == ("text", "other")
    kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(tmp_path / "elsewhere")
    assert cache.read_cached("x") is None
    cache.keep_cached("z", "text")
    assert not (tmp_path / "elsewhere" / "z").exists()
    assert {path.name for path in (tmp_path / "elsewhere").iterdir()} == {"x", "y"}


# Plug-ins that cannot be used

MODULE = (EXAMPLE / "lbsh_example" / "farm.py").read_text(encoding="utf-8")

BROKEN = {
    "no module": (
        "none:EXTENSION",
        "",
        "the plug-in `broken` (none:EXTENSION) cannot be loaded: No module named 'none'",
    ),
    "no object": (
        "broken:EXTENSION",
        "",
        "the plug-in `broken` (broken:EXTENSION) cannot be loaded: module 'broken' has no attribute 'EXTENSION'",
    ),
    "a fault": (
        "broken:EXTENSION",
        "raise KeyError('a\\nb')",
        "the plug-in `broken` (broken:EXTENSION) cannot be loaded: 'a\\nb'",
    ),
    "something else": (
        "broken:EXTENSION",
        "EXTENSION = 1",
        "the plug-in `broken` (broken:EXTENSION) cannot be used: it is no `Extension` of `lbsh_lang.syntax.extensions`",
    ),
    "a grammar that is none": (
        "broken:EXTENSION",
        MODULE.replace("statement: FARM", "statement: FRM"),
        "the grammar of the plug-in `lbsh-example` cannot be used: line 2: ",
    ),
    "a reserved word": (
        "broken:EXTENSION",
        MODULE.replace("FARM:  ", "FARM.1:"),
        'the grammar of the plug-in `lbsh-example` cannot be used: line 4: "farm" has a priority, '
        "but an extension reserves no word",
    ),
    "a keyword of lbsh": (
        "broken:EXTENSION",
        MODULE.replace('"farm"', '"pool"'),
        "the grammar of the plug-in `lbsh-example` cannot be used: line 4: the keyword `pool` is POOL already",
    ),
    "records that do not fit": (
        "broken:EXTENSION",
        MODULE.replace("words=(SPARE_TARGET,)", "words=()"),
        "the plug-in `lbsh-example` has no record for its terminal SPARE_TARGET",
    ),
}


@pytest.mark.sampled
@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_used_is_one_clear_line(tmp_path: Path, kept: Path, name: str) -> None:
    value, module, line = BROKEN[name]
    (tmp_path / "broken.py").write_text(module, encoding="utf-8")
    install(tmp_path, "broken", {GROUP: {"broken": value}})
    (tmp_path / "site.lb").write_text(SITE, encoding="utf-8")
    for command in ("check", "fmt", "ast"):
        done = run_lbsh(tmp_path, command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"lbsh: {line}")
        assert done.stderr.count("\n") == 1


def test_an_editor_goes_on_without_them(tmp_path: Path, kept: Path) -> None:
    install(tmp_path, "broken", {GROUP: {"broken": "none:EXTENSION"}})
    done = run_lbsh(tmp_path, "lsp")
    complaint = "lbsh: the plug-in `broken` (none:EXTENSION) cannot be loaded: No module named 'none'"
    assert done.stderr.splitlines()[0] == f"{complaint}; statements of plug-ins are not known"
    assert done.returncode == 1  # the client went away


def test_two_with_one_keyword_are_refused_and_both_are_named(folder: Path) -> None:
    (folder / "other.py").write_text(MODULE.replace('name="lbsh-example"', 'name="other"'), encoding="utf-8")
    install(folder, "other", {GROUP: {"farms": "other:EXTENSION"}})
    done = run_lbsh(folder, "check")
    assert done.returncode == 2
    assert done.stderr == (
        "lbsh: these plug-ins cannot be used together: `lbsh-example` and `other` both define the keyword `farm`\n"
    )


def test_two_of_one_name_are_refused_and_both_are_named(folder: Path) -> None:
    (folder / "other.py").write_text(MODULE, encoding="utf-8")
    install(folder, "other", {GROUP: {"farms": "other:EXTENSION"}})
    done = run_lbsh(folder, "check")
    assert (done.returncode, done.stderr) == (
        2,
        "lbsh: two plug-ins are called `lbsh-example`: lbsh_example.farm:EXTENSION and other:EXTENSION\n",
    )


def test_a_broken_plug_in_troubles_no_script_that_needs_none(tmp_path: Path, kept: Path) -> None:
    install(tmp_path, "broken", {GROUP: {"broken": "none:EXTENSION"}})
    (tmp_path / "site.lb").write_text("status\n", encoding="utf-8")
    assert run_lbsh(tmp_path, "fmt", "--check").returncode == 0


def test_without_lark_a_kept_language_is_read_and_no_other(folder: Path, kept: Path) -> None:
    shadow = folder / "lark"
    shadow.mkdir()
    (shadow / "__init__.py").write_text("raise ImportError('there is no Lark')", encoding="utf-8")
    done = run_lbsh(folder, "check")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "lbsh: the grammar of the plug-in `lbsh-example` cannot be used: a grammar is compiled"
    )
    shutil.rmtree(shadow)
    run_lbsh(folder, "check")
    shadow.mkdir()
    (shadow / "__init__.py").write_text("raise ImportError('there is no Lark')", encoding="utf-8")
    assert run_lbsh(folder, "check").returncode == 0
