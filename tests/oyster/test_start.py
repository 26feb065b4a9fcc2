"""Reading a script needs no Lark, whose import takes as long as some thousand lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAMS = {
    "syntax": "import pkgutil, importlib, lbsh_lang.syntax as syntax\n"
    "for module in pkgutil.iter_modules(syntax.__path__): importlib.import_module(f'lbsh_lang.syntax.{module.name}')",
    "check": "from lbsh.cli.main import run; assert run(['check', 'examples/mail.lb']) == 0",
    "toolkit": "import pkgutil, importlib, oyster\n"
    "for module in pkgutil.iter_modules(oyster.__path__): importlib.import_module(f'oyster.{module.name}')",
    "a stored language": "import sys; from oyster.stored import from_json, to_json; from oyster.join import join\n"
    "from lbsh_lang.syntax.automaton import AUTOMATON; join(from_json(to_json(AUTOMATON)), [])",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_lark_is_not_imported(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{PROGRAMS[program]}\nimport sys; print('lark' in sys.modules)"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "False"


def test_lark_is_imported_where_a_grammar_is_compiled() -> None:
    """This shows that the test above looks for the right name."""
    program = "from oyster.compile import compile_grammar; compile_grammar('statement: A\\nA: \"a\"')"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print('lark' in sys.modules)"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout == "True\n"
