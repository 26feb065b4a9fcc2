"""The running script as the language reads it: the files as they were read, and the statements behind them.

Nothing is read from the place where a file came from. An `include` finds the text that the store keeps under that name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lbsh.gateway.audit import time_of
from lbsh.store.protocol import Act, File, Running, Statement
from lbsh_lang.site.script import Loader, Script, read_behind, read_script
from lbsh_lang.source import Source
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.nodes import IncludeStatement

STATEMENTS = "(statements)"
"""The name of the source with the statements behind the files. No file has it, since names of files are absolute."""


def read_running(running: Running, language: Lbsh) -> Script:
    """The running script with all of its files and statements."""
    root, *_ = running.files or (File("(no script)", "(no script)", ""),)
    script = read_script(_source(root), _loader(running.files), language)
    if not running.statements:
        return script
    return read_behind(script, Source.of(STATEMENTS, statements_text(running.statements)))


def statements_text(statements: Sequence[Statement]) -> str:
    """The statements as a script; a comment above those of one act says who made it, when and how."""
    lines: list[str] = []
    last: Act | None = None
    for statement in statements:
        if statement.act != last:
            last = statement.act
            lines.append(comment_of(last))
        lines.append(statement.text)
    return "".join([line + "\n" for line in lines])


def comment_of(act: Act) -> str:
    """An act as a comment of one line: `# 2026-11-27 02:00:00 UTC, alice from 192.0.2.7: run -c`."""
    words = f"{time_of(act)}, {act.user}{f' from {act.origin}' if act.origin else ''}: {act.way}"
    return "# " + "".join([one if one.isprintable() else "?" for one in words])


def indices(statements: Sequence[Statement]) -> dict[int, int]:
    """Which of the statements stands in which line of their text, both counted from 0; comments are left out."""
    found = {}
    number = -1
    last: Act | None = None
    for index, statement in enumerate(statements):
        number += 1 if statement.act == last else 2
        last = statement.act
        found[number] = index
    return found


def files_of(script: Script) -> tuple[File, ...]:
    """The files of a script that was just read, for the store."""
    return tuple([File(source.name, source.identity, source.text) for source in script.sources])


def whole_text(running: Running, language: Lbsh) -> str:
    """The running script as one text, in which the lines of a file stand in place of its `include`."""
    load = _loader(running.files)
    script = read_running(running, language)
    includes = {
        (stated.source.identity, stated.line): stated.node.path.value
        for stated in script.statements
        if isinstance(stated.node, IncludeStatement)
        and stated.node.path is not None
        and stated.node.path.value is not None
    }

    def lines_of(source: Source) -> Iterator[str]:
        for number, line in enumerate(source.lines[:-1] if source.lines[-1] == "" else source.lines):
            path = includes.get((source.identity, number))
            found = load(path, source) if path is not None else None
            if isinstance(found, Source):
                yield from lines_of(found)
            else:
                yield line

    files = [line + "\n" for line in lines_of(script.sources[0])] if running.files else []
    return "".join(files) + statements_text(running.statements)


def _source(file: File) -> Source:
    return Source.of(file.name, file.text, file.identity)


def _loader(files: Sequence[File]) -> Loader:
    known = {file.name: file for file in files}

    def load(path: str, includer: Source) -> Source | str:
        file = known.get(os.path.normpath(Path(includer.name).parent / path))
        return "it is not among the files that were read with the script" if file is None else _source(file)

    return load
