"""The manual page `lbsh(1)`, docs/lbsh.1, from the help of the commands.

Options and their help come from click, the exit statuses from docs/language.md, the date from CHANGELOG.md; only the
rest is written here. The macros are those of man(7), which groff and mandoc both know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from textwrap import wrap

import click

from lbsh import __version__
from lbsh.cli.main import cli
from lbsh.cli.terminal import DEFAULT_FILE
from tools.generate.derived import ROOT, Derived

PAGE = ROOT / "docs" / "lbsh.1"

DESCRIPTION = (
    "`lbsh` reads a script that says which services there are, at which addresses, and which servers stand behind "
    "them. It finds the faults of the script, and makes the rules by which a packet filter balances the services: for "
    "PF, for nftables, or for iptables, with the same meaning in each.",
    "No command loads rules.",
)

FILES = ((DEFAULT_FILE, "the script that is read where no FILE is given"),)

ENVIRONMENT = (
    ("NO_COLOR", "if it is set and not empty, findings have no colours on a terminal either"),
    ("TERM", "if it is `dumb`, the same"),
    ("XDG_CACHE_HOME", "the folder for what the grammars of plug-ins were compiled to, `~/.cache` unless set"),
)

EXAMPLES = (
    ("Every fault of a script, and what PF cannot express of it:", "lbsh check --backend pf site.lb"),
    (
        "The rules for nftables, in a file that is replaced all at once:",
        "lbsh emit --backend nftables -o lb.nft site.lb",
    ),
    ("What is wrong when LB301 is reported:", "lbsh explain LB301"),
    ("Findings for code scanning, warnings as failures:", "lbsh check --strict --format sarif site.lb > lbsh.sarif"),
    ("Completion in this session of bash:", 'eval "$(lbsh completion bash)"'),
)

SEE_ALSO = (("iptables-restore", 8), ("nft", 8), ("pf.conf", 5), ("pfctl", 8))


def files() -> Iterator[Derived]:
    """The manual page."""
    yield Derived(PAGE, render_page())


def render_page() -> str:
    """The whole page."""
    return "".join(f"{line}\n" for line in _page())


def released() -> str:
    """The date of this version, or nothing while it is unreleased."""
    match = re.search(
        rf"^## \[{re.escape(__version__)}\] - (\d{{4}}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    return match[1] if match else ""


def _page() -> Iterator[str]:
    top = click.Context(cli, info_name="lbsh", **cli.context_settings)
    commands = [(name, cli.get_command(top, name)) for name in cli.list_commands(top)]
    shown = [(click.Context(one, top, name), one) for name, one in commands if one is not None and not one.hidden]
    yield '.\\" Written by `make generate`.'
    yield f'.TH LBSH 1 "{released()}" "lbsh {__version__}" "General Commands Manual"'
    yield from _section("NAME", _filled(f"lbsh - {_summary(cli)}"))
    yield from _section("SYNOPSIS", _synopsis(shown))
    yield from _section("DESCRIPTION", _paragraphs("\n\n".join(DESCRIPTION)))
    yield from _section("OPTIONS", _options(top, cli))
    yield ".SH COMMANDS"
    for context, command in shown:
        yield from _command(context, command)
    yield from _section("EXIT STATUS", _tagged(_statuses()))
    yield from _section("FILES", _tagged(FILES))
    yield from _section("ENVIRONMENT", _tagged(ENVIRONMENT))
    yield from _section("EXAMPLES", _examples())
    yield from _section("SEE ALSO", _see_also())


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f".SH {title}"
    yield from lines


def _summary(command: click.Command) -> str:
    """The first sentence of a help text, as the NAME line wants it."""
    text = cleandoc(command.help or "").partition("\n\n")[0].replace("\n", " ").rstrip(".")
    return text[:1].lower() + text[1:]


def _synopsis(shown: list[tuple[click.Context, click.Command]]) -> Iterator[str]:
    for number, (context, command) in enumerate(shown):
        if number:
            yield ".br"
        yield f".B {_text(context.command_path)}"
        yield _text(" ".join(command.collect_usage_pieces(context)))


def _command(context: click.Context, command: click.Command) -> Iterator[str]:
    yield f".SS {_text(context.command_path)} {_text(' '.join(command.collect_usage_pieces(context)))}"
    yield from _paragraphs(command.help or "")
    yield from _options(context, command)


def _options(context: click.Context, command: click.Command) -> Iterator[str]:
    """The options of a command; `--help`, which all have, only among those of the program itself."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None and ("--help" not in parameter.opts or context.parent is None):
            yield from _tagged([(record[0], record[1])])


def _tagged(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for tag, about in rows:
        yield ".TP"
        yield _tag(tag)
        yield from _filled(about)


def _tag(tag: str) -> str:
    """An option with its value, or another word: literal text in bold, placeholders in italic."""
    return _line("".join(_font(word, tag) for word in re.split(r"(\s+|,)", tag)))


def _font(word: str, tag: str) -> str:
    if word == tag or word.startswith("-"):
        return f"\\fB{_text(word)}\\fR"
    return f"\\fI{_text(word)}\\fR" if word.isupper() else _text(word)


def _paragraphs(text: str) -> Iterator[str]:
    """A help text: paragraphs, and after a backspace (as click has it) lines that stay as they are."""
    for number, part in enumerate(cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        if part.startswith("\b"):
            yield from (".nf", *(_line(_text(line)) for line in part.split("\n")[1:]), ".fi")
        else:
            yield from _filled(part)


def _examples() -> Iterator[str]:
    for number, (about, command) in enumerate(EXAMPLES):
        if number:
            yield ".PP"
        yield from _filled(about)
        yield from (".PP", ".RS 4", ".nf", _line(_text(command)), ".fi", ".RE")


def _see_also() -> Iterator[str]:
    for name, section in SEE_ALSO:
        yield f".BR {_text(name)} ({section})" + ("" if (name, section) == SEE_ALSO[-1] else ",")


def _statuses() -> Iterator[tuple[str, str]]:
    """The rows of the table in the language page."""
    text = (ROOT / "docs" / "language.md").read_text()
    rows = re.findall(
        r"^\| (\d+) \| (.*) \|$", text.partition("| status | when |\n")[2].partition("\n\n")[0], re.MULTILINE
    )
    assert rows
    yield from rows


def _filled(text: str) -> Iterator[str]:
    """A paragraph in lines of the page's source, which roff fills anew."""
    yield from map(_line, wrap(_marked(text), 79, break_long_words=False, break_on_hyphens=False))


def _marked(text: str) -> str:
    """Running text, with backquoted words in bold."""
    parts = text.split("`")
    return "".join(f"\\fB{_text(part)}\\fR" if number % 2 else _text(part) for number, part in enumerate(parts))


_ESCAPES = str.maketrans(
    {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", '"': "\\(dq", "^": "\\(ha", "~": "\\(ti"}
)


def _text(text: str) -> str:
    """Text that roff prints as it is."""
    escaped = text.translate(_ESCAPES)
    return "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in escaped)


def _line(text: str) -> str:
    """A line that roff does not take for a request."""
    return f"\\&{text}" if text.startswith((".", "'", " ")) else text
