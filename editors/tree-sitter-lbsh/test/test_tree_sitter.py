"""The tree-sitter grammar and the parser of lbsh agree: on the lines that are statements, and on the types of their words.

A line is wrong for tree-sitter if it has a node for a fault: ERROR, MISSING, `unfinished_statement` or `reserved_word`; or
if it has two statements, since a line end that is missing has no node.
It is wrong for the parser if its shape is none of the grammar, or if it has an odd character or a text without an end.
A fault in a single value (a bad address, a name that starts with a digit) is outside of a grammar.
"""

from __future__ import annotations

import ctypes
import random
import re
from bisect import bisect
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import EDITORS, ROOT, program, run
from tree_sitter import (  # type: ignore[import-not-found, unused-ignore]
    Language,
    Node,
    Parser,
    Query,
    QueryCursor,
)

from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.parser import LineParser
from oyster.faults import Misleading, OpenText, StrayCharacters
from oyster.words import split_words

HERE = EDITORS / "tree-sitter-lbsh"
FAULTS = frozenset({"ERROR", "unfinished_statement", "reserved_word"})
KINDS = ("w", "0", '""', ",")
LINE_END = re.compile(rb"\r\n|\n|\r")
SCRIPTS = sorted((ROOT / "examples").rglob("*.lb"))
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


@pytest.fixture(scope="session")
def language(parser_library: Path) -> Language:
    """The grammar from the committed C code."""
    make = ctypes.CDLL(str(parser_library)).tree_sitter_lbsh
    make.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype = ctypes.py_object
    capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return Language(capsule(make(), b"tree_sitter.Language", None))


@pytest.fixture(scope="session")
def parser(language: Language) -> Parser:
    return Parser(language)


def test_the_committed_parser_is_the_generated_one(tmp_path: Path) -> None:
    for name in ("grammar.js", "beginnings.js", "rules.json"):
        (tmp_path / name).write_bytes((HERE / name).read_bytes())
    run(["env", "-C", str(tmp_path), program("tree-sitter"), "generate", "--no-bindings"])
    made = {path.relative_to(tmp_path / "src"): path.read_bytes() for path in (tmp_path / "src").rglob("*.*")}
    kept = {path.relative_to(HERE / "src"): path.read_bytes() for path in (HERE / "src").rglob("*.*")}
    assert made == kept, "renew it: make generate"


def test_the_corpus_and_the_colours() -> None:
    done = run(["env", "-C", str(HERE), program("tree-sitter"), "test"])
    assert "✗" not in done


@pytest.mark.parametrize(
    "script", [path for path in SCRIPTS if path.parent.name != "broken"], ids=lambda path: path.name
)
def test_good_scripts_have_no_fault(script: Path) -> None:
    run(["env", "-C", str(HERE), program("tree-sitter"), "parse", "--quiet", str(script)])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_scripts_and_pages_line_by_line(parser: Parser, end: str) -> None:
    lines = [line for path in SCRIPTS for line in path.read_text(encoding="utf-8").split("\n")]
    lines += [
        line for page in PAGES for block in blocks(page.read_text(encoding="utf-8")) for line in block.split("\n")
    ]
    assert len(lines) > 1000
    assert wrong_lines(parser, end.join(lines)) == {place for place, line in enumerate(lines) if is_wrong(line)}


def test_every_shape_between_good_lines(parser: Parser) -> None:
    for line in shapes():
        found = wrong_lines(parser, f"status a\n{line}\nadd a to b\n")
        assert found == ({1} if is_wrong(line) else set()), line


@pytest.mark.parametrize("seed", range(5))
def test_all_shapes_in_one_script(parser: Parser, seed: int) -> None:
    lines = list(shapes())
    random.Random(seed).shuffle(lines)  # noqa: S311 -- no secret
    assert wrong_lines(parser, "\n".join(lines)) == {place for place, line in enumerate(lines) if is_wrong(line)}


def test_odd_characters(parser: Parser) -> None:
    """Characters put into lines; without those that Unicode does not name yet, since the tables differ in age."""
    odd = [*' \t\f\v"\\#,.-09aé中\u00a0\u2028\u200b\x07😀\ue000', "add", "to", "1.2.3.4"]
    lines = [line for path in SCRIPTS for line in path.read_text(encoding="utf-8").split("\n")]
    chance = random.Random(1)  # noqa: S311 -- no secret
    for _ in range(20_000):
        line = list(chance.choice(lines))
        for _ in range(chance.randint(1, 3)):
            line.insert(chance.randint(0, len(line)), chance.choice(odd))
        text = "".join(line)
        assert wrong_lines(parser, f"status a\n{text}\nadd a to b") == ({1} if is_wrong(text) else set()), text


@pytest.mark.parametrize("text", ["", "\ufeff", "\ufeffadd a to b", "add a to b", "add a to b\r\n", "\f\n\v\n#"])
def test_beginnings_and_ends_of_scripts(parser: Parser, text: str) -> None:
    assert not parser.parse(text.encode()).root_node.has_error


@pytest.mark.parametrize("query", sorted((HERE / "queries").glob("*.scm")), ids=lambda path: path.name)
def test_queries_fit_the_grammar(language: Language, query: Path) -> None:
    assert Query(language, query.read_text(encoding="utf-8"))


def test_keywords_are_coloured_where_they_are_keywords(language: Language, parser: Parser) -> None:
    query = Query(language, (HERE / "queries" / "highlights.scm").read_text(encoding="utf-8"))
    lines = [line for line in shapes() if not is_wrong(line)]
    tree = parser.parse("\n".join(lines).encode())
    captured = QueryCursor(query).captures(tree.root_node)["keyword"]
    found = {(node.start_point.row, node.start_point.column) for node in captured if node.type != "topic"}
    assert found == {(row, column) for row, line in enumerate(lines) for column in keyword_columns(line)}


def blocks(page: str) -> list[str]:
    """The code blocks of a page."""
    return re.findall(r"^```[a-z]*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def shapes() -> Iterator[str]:
    """From every situation of the parser each word, and behind it the words that could end the line after another word."""
    ends = shortest_ends()
    for situation, path in shortest_paths().items():
        for piece in (*AUTOMATON.keywords, *KINDS):
            tails = {(), ends[situation], *(ends[after] for _, after in AUTOMATON.moves[situation].values())}
            yield from (" ".join(map(written, (*path, piece, *tail))) for tail in sorted(tails))


def written(piece: str) -> str:
    return '"x"' if piece == '""' else piece


def shortest_paths() -> dict[int, tuple[str, ...]]:
    paths: dict[int, tuple[str, ...]] = {0: ()}
    waiting = [0]
    for situation in waiting:
        for piece, (_, after) in AUTOMATON.moves[situation].items():
            if after not in paths:
                paths[after] = (*paths[situation], piece)
                waiting.append(after)
    return paths


def shortest_ends() -> dict[int, tuple[str, ...]]:
    ends: dict[int, tuple[str, ...]] = dict.fromkeys(AUTOMATON.ends, ())
    while len(ends) < len(AUTOMATON.moves):
        for situation, moves in enumerate(AUTOMATON.moves):
            known = [(piece, *ends[after]) for piece, (_, after) in moves.items() if after in ends]
            if situation not in ends and known:
                ends[situation] = min(known, key=len)
    return ends


def wrong_lines(parser: Parser, text: str) -> set[int]:
    """The lines with a node for a fault. Not by tree-sitter's rows, which count no line that ends with CR alone."""
    content = text.encode()
    starts = [0, *(end.end() for end in LINE_END.finditer(content))]
    wrong = set()
    root = parser.parse(content).root_node
    for node in (*faulty_nodes(root), *second_statements(root, content)):
        last = max(node.start_byte, node.end_byte - 1)
        wrong.update(range(bisect(starts, node.start_byte) - 1, bisect(starts, last)))
    return wrong


def faulty_nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        # A missing node that the grammar hides is in no list of children: its parent has an error, but no child has one.
        hidden = node is not root and node.has_error and not any(child.has_error for child in node.children)
        if node.is_missing or node.type in FAULTS or hidden:
            yield node
        else:
            waiting += node.children


def second_statements(root: Node, content: bytes) -> Iterator[Node]:
    """The statements that begin on the line of another."""
    statements = [node for node in root.children if node.type not in {"comment", "ERROR"}]
    for before, after in pairwise(statements):
        if not LINE_END.search(content, before.end_byte, after.start_byte):
            yield after


@cache
def is_wrong(line: str) -> bool:
    """Whether the grammar marks an error: also at a character in a text by which a display may show something else."""
    texts, _, comment = split_words(line)
    end = comment.start if comment else len(line)
    for fault in LineParser().parse(line).faults:
        if isinstance(fault, StrayCharacters | OpenText) or (isinstance(fault, Misleading) and fault.token.start < end):
            return True
    return bool(texts) and AUTOMATON.read_shape(AUTOMATON.shape_of(texts)).expected is not None


def keyword_columns(line: str) -> list[int]:
    words = split_words(line)
    terminals = AUTOMATON.read_shape(AUTOMATON.shape_of(words.texts)).terminals
    known = AUTOMATON.keywords.values()
    return [start for start, terminal in zip(words.starts, terminals, strict=True) if terminal in known]
