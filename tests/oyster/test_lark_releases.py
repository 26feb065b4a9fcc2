"""Lark's tables are no public part of it: its oldest and its newest known release must give the same automaton."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lbsh_lang.syntax.automaton import AUTOMATON
from oyster.compile import SUPPORTED, compile_grammar
from oyster.stored import to_json
from tests.oyster.languages import LANGUAGES
from tests.oyster.test_grammar_errors import LINES, refusal
from tools.generate.automaton import GRAMMAR

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
import lark
from oyster.compile import GrammarError, compile_grammar
from oyster.stored import to_json
print(lark.__file__)
for text in sys.stdin.read().split("\\0"):
    try:
        print(to_json(compile_grammar(text)))
    except GrammarError as error:
        print(f"line {error.line}")
"""


OLDEST = "lark==1.2.1"
"""The first release of 1.2."""


@pytest.mark.gate
@pytest.mark.parametrize("release", [OLDEST, SUPPORTED], ids=["oldest", "newest"])
def test_releases_of_lark_make_the_same(release: str, tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    subprocess.run([*pip, "--target", tmp_path, release], check=True, timeout=300)
    grammars = [GRAMMAR.read_text(encoding="utf-8"), *[one.grammar for one in LANGUAGES]]
    refused = [one.grammar for one in LINES]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="\0".join([*grammars, *refused]),
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        capture_output=True,
        text=True,
        check=True,
    )
    place, *results = done.stdout.splitlines()
    assert Path(place).is_relative_to(tmp_path)
    assert results[0] == to_json(AUTOMATON)
    assert results[: len(grammars)] == [to_json(compile_grammar(grammar)) for grammar in grammars]
    assert results[len(grammars) :] == [f"line {refusal(grammar).line}" for grammar in refused]
