"""Changes of CONTRIBUTING.md, made in a copy of the repository as its guides tell: what `tests/test_guides.py` tries.

A change is a set of texts that are written into files by hand. All other files that it changes are derived.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

COPIED = (
    "lbsh",
    "lbsh_lang",
    "lsp",
    "oyster",
    "tools",
    "tests",
    "grammar",
    "docs",
    "editors",
    "examples",
    "bench",
    ".ci",
)


class Insertion(NamedTuple):
    """A text that is written before another one, which stands once in the file."""

    text: str
    before: str


class Change(NamedTuple):
    """A usual change: the heading of its guide, how many files it may take by hand, what is written into them.

    `tests` are those that know the kind of change.
    """

    guide: str
    most: int
    edits: dict[str, tuple[Insertion, ...]]
    tests: tuple[str, ...]


CHECK = Change(
    guide="### A check",
    most=3,
    edits={
        "lbsh_lang/codes.py": (Insertion('    LB399 = "LB399"\n', "    LB401 ="),),
        "lbsh_lang/checks/pools.py": (
            Insertion(
                '''@POOL.check(Code.LB399, WARNING, "very long name of a pool", met_by=(nodes.PoolStatement,))
def long_name(life: PoolLife, context: PoolContext) -> Findings:
    """The name of a pool fills a line.

    Nobody can read the listings of such pools.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool the_pool_of_all_the_servers_that_take_the_outgoing_mail_for_us for SMTP
        add 192.168.1.2 to the_pool_of_all_the_servers_that_take_the_outgoing_mail_for_us

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool outgoing_mail for SMTP
        add 192.168.1.2 to outgoing_mail
    """
    name = life.node.name
    if name is not None and len(name.text) > 60:
        yield Finding(life.defined, name, "the name of the pool is very long")


''',
                "@FAULT.check(\n    Code.LB310",
            ),
        ),
        "lbsh_lang/checks/catalog.py": (Insertion("    pools.long_name,\n", "    filters.not_expressible,"),),
    },
    tests=("tests/test_pages.py", "tests/test_code_pages.py", "tests/analysis/test_dependencies.py"),
)

ALIAS = Change(
    guide="### A statement",
    most=6,
    edits={
        "grammar/lbsh.lark": (
            Insertion("         | alias_statement\n", "         | include_statement"),
            Insertion("alias_statement: ALIAS NEW_ALIAS IS ALIASED_SERVICE\n", "include_statement:"),
            Insertion('ALIAS:     "alias"\n', "SYNC:  "),
            Insertion("NEW_ALIAS:       WORD\nALIASED_SERVICE: WORD\n", "PATH:  "),
        ),
        "lbsh_lang/syntax/terminals.py": (
            Insertion(
                '    NEW_ALIAS = Word("another name", _name, TokenType.SERVICE, None)\n'
                '    ALIASED_SERVICE = Word("the name of a service", _name, TokenType.SERVICE, _uses(_SERVICE))\n',
                "    PATH = Word(",
            ),
        ),
        "lbsh_lang/syntax/nodes.py": (
            Insertion(
                'class AliasStatement(NamedTuple):\n    """Another name for a service."""\n\n'
                "    name: Name | None = None\n    service: Name | None = None\n\n\n",
                "class AddStatement(NamedTuple):",
            ),
            Insertion("    | AliasStatement\n", "    | SetServiceStatement\n    | PoolStatement\n"),
            Insertion(
                '    Form(\n        "alias",\n        ("alias NAME is NAME",),\n        AliasStatement,\n'
                '        (slot(T.NEW_ALIAS, "name"), slot(T.ALIASED_SERVICE, "service")),\n    ),\n',
                '    Form(\n        "pool",',
            ),
        ),
        "lbsh_lang/site/services.py": (
            Insertion("    AliasStatement,\n", "    Name,\n"),
            Insertion("AliasStatement | ", "PoolStatement | ProbeStatement | RemoveServiceStatement |"),
            Insertion("        case AliasStatement():\n            pass\n", "        case PoolStatement() if"),
        ),
        "lbsh_lang/analysis/prose/sentences.py": (
            Insertion(
                '        case nodes.AliasStatement():\n            return "Another name for a service."\n',
                "        case nodes.PoolStatement():",
            ),
            Insertion("            | Keyword.ALIAS\n", "            | Keyword.POOL\n"),
            Insertion(
                '        case Terminal.NEW_ALIAS:\n            return "Another name for a service."\n'
                '        case Terminal.ALIASED_SERVICE:\n            return "A service that is defined further up."\n',
                "        case Terminal.NEW_POOL:",
            ),
        ),
        "docs/language.md": (
            Insertion("### alias\n\n```text\nalias NAME is NAME\n```\n\nAnother name.\n\nCodes: .\n\n", "### pool\n"),
        ),
    },
    tests=(
        "tests/test_grammar.py",
        "tests/test_docs.py",
        "tests/test_textmate.py",
        "tests/test_tree_sitter_rules.py",
        "tests/analysis/test_rename.py",
        "tests/analysis/test_symbols.py",
        "tests/analysis/test_session.py",
    ),
)

LIMIT = Change(
    guide="### An option of a statement",
    most=12,
    edits={
        "grammar/lbsh.lark": (
            Insertion("limit_option | ", "sticky_option | REFLECT"),
            Insertion("limit_option: LIMIT LIMIT_COUNT\n", "sticky_option:"),
            Insertion('LIMIT:     "limit"\n', "SYNC:  "),
            Insertion("LIMIT_COUNT:     WORD\n", "PATH:  "),
        ),
        "lbsh_lang/syntax/terminals.py": (
            Insertion('    LIMIT_COUNT = _count("limit", 1, 100000, "100 1000 10000")\n', "    PATH = Word("),
        ),
        "lbsh_lang/syntax/nodes.py": (
            Insertion("    limit: Token[int] | None = None\n", "\n\nclass PoolStatement(NamedTuple):"),
            Insertion(
                "    limit: Token[int] | None = None\n",
                "    absent: tuple[Name, ...] = ()\n\n\nclass ProbeStatement(NamedTuple):",
            ),
            Insertion(
                '    Option("limit", "limit N", (slot(T.LIMIT_COUNT, "limit"),)),\n',
                ')\n"""The options of a service, which',
            ),
        ),
        "lbsh_lang/analysis/prose/sentences.py": (
            Insertion(
                '        case Keyword.LIMIT:\n            return "How many connections the service has at most at once."\n',
                "        case Keyword.EVERY:",
            ),
            Insertion(
                '        case Terminal.LIMIT_COUNT:\n            return "From 1 to 100,000."\n',
                "        case Terminal.METHOD:",
            ),
        ),
        "lbsh_lang/site/model.py": (Insertion("    limit: int | None\n", "    pool: Pool | None\n"),),
        "lbsh_lang/site/resolve.py": (
            Insertion(
                "        limit=node.limit.value if node.limit is not None else None,\n",
                "        pool=None,\n",
            ),
        ),
        "lbsh_lang/site/diff/fields.py": (
            Insertion(
                """LIMIT = SettingField[Service](
    "limit",
    lambda service: service.limit,
    SettingWords(
        "limit",
        Said(
            changed="{subject} has at most {new} connections at once instead of {old}",
            added="{subject} now has at most {new} connections at once",
            removed="the connections of {subject} are no longer limited",
        ),
    ),
    "Limit: {service} has at most {value} connections at once.",
)
""",
                "SERVICE_SETTINGS:",
            ),
            Insertion("LIMIT, ", "STICKY, PREFIX, CLIENTS"),
        ),
        "lbsh_lang/backends/base.py": (
            Insertion('    LIMIT = "a limit of connections"\n', "    ALIASES ="),
            Insertion('    Capability.LIMIT: "it is not written yet",\n', "    Capability.ALIASES:"),
        ),
        "lbsh_lang/checks/filters.py": (
            Insertion(
                "    if service.limit is not None:\n        yield _asked(Capability.LIMIT, service, 'limit')\n",
                "    if service.sticky is not None:",
            ),
        ),
        "tests/golden/rules/refused/site.lb": (Insertion(" limit 100", "\npool farm"),),
        "docs/language.md": (
            Insertion(" [limit N]", "\n```\n\nA service that clients reach under one address."),
            Insertion(" [limit N]", " [no OPTION]…\n```"),
            Insertion(
                "| `limit N` | how many connections it has at most at once | any number |\n", "| `reflect` | conn"
            ),
        ),
    },
    tests=(
        "tests/test_grammar.py",
        "tests/test_docs.py",
        "tests/test_formatter.py",
        "tests/test_lines.py",
        "tests/test_diff.py",
        "tests/test_trace.py",
        "tests/test_golden_rules.py",
        "tests/test_capabilities.py",
        "tests/analysis/test_completion.py",
        "tests/analysis/test_hover.py",
        "tests/analysis/test_signature.py",
        "tests/analysis/test_tokens.py",
    ),
)

CHANGES = (CHECK, ALIAS, LIMIT)

DERIVE = ("tools.generate", "tools.generate", "tests.golden_rules", "tests.golden_diff")
"""The commands that renew derived files. The first run writes code that the second reads."""


def copy_of_repository(folder: Path) -> None:
    """Copies what the guides speak of, and what reads it. Bytecode is good for the files that stay as they are.

    Files that others are just writing, as tests beside these do, are left out.
    """
    left_out = shutil.ignore_patterns("node_modules", "dist", "*.vsix", "*.pyc.*")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for path in [*ROOT.glob("*.md"), ROOT / "pyproject.toml", ROOT / "Makefile"]:
        shutil.copy(path, folder)


def text_with(name: str, without: Change | None = None) -> str:
    """A file of the repository with all changes, or all but one, made in it."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for change in CHANGES:
        for one in change.edits.get(name, ()) if change is not without else ():
            assert text.count(one.before) == 1, f"{name} has {one.before!r} {text.count(one.before)} times"
            text = text.replace(one.before, one.text + one.before)
    return text


def make_all(folder: Path, forgotten: tuple[Change, str] | None = None) -> None:
    """Makes all changes in a copy, but for one file of one of them, and renews what is derived."""
    copy_of_repository(folder)
    for name in {name for change in CHANGES for name in change.edits}:
        without = forgotten[0] if forgotten is not None and forgotten[1] == name else None
        (folder / name).write_text(text_with(name, without), encoding="utf-8")
    for module in DERIVE:
        run(folder, module)


def run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a module in the copy."""
    paths = os.pathsep.join([str(folder), str(folder / "lsp")])
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "EDITORS_BUILD": str(folder / "build")},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
