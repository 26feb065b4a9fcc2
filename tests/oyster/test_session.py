"""Sessions as transcripts: what is typed, and what is answered."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from oyster.commands import Command, Table
from oyster.history import LONGEST_HISTORY, History
from oyster.predefined import PREDEFINED
from oyster.session import DEEPEST, INTERRUPTED, Session
from oyster.sources import TextSource
from oyster.streams import SocketTalk
from tests.oyster.shells import LAMPS, Kept, Keyboard, scripted, session, show_lamps, typed

ALL = sorted(LAMPS, key=str.casefold)

TRANSCRIPTS: dict[str, tuple[str, list[str]]] = {
    "a statement": ("on hall", ["The lamp hall is on"]),
    "a statement that answers nothing": ("off hall", []),
    "the full name of a statement": ("light.on hall", ["The lamp hall is on"]),
    "a short name": ("lamps", ALL),
    "a full name": ("house.lamps", ALL),
    "a name that two commands have": ("gate", ["ERROR: `gate` is not clear", "  it may be: garden.gate, house.gate"]),
    "a full name of these": ("garden.gate", ALL),
    "a statement goes before a command": ("set hall", []),
    "the command can be named in full": ("house.set", ALL),
    "an abbreviation": ("lam", ALL),
    "an abbreviated statement": ("pass hall", []),
    "abbreviations of a name of two words": ("sho la hall", ALL),
    "an ambiguous abbreviation": ("sh", ["ERROR: `sh` is not clear", "  it may be: show, shutters"]),
    "ambiguous with a statement": ("o hall", ["ERROR: `o` is not clear", "  it may be: off, on, open"]),
    "a near miss": ("lmaps", ["ERROR: unknown command `lmaps`", "  a command with a similar name exists: `lamps`"]),
    "a near statement": ("onn hall", ["ERROR: unknown command `onn`", "  a command with a similar name exists: `on`"]),
    "nothing near": ("xyzzy", ["ERROR: unknown command `xyzzy`"]),
    "blank lines and comments": ("\n   \n# on hall\n#", []),
    "a refusal with help": ("on moon", ["ERROR: undefined lamp moon", "  lamps are listed by `lamps`"]),
    "an error, with carets": (
        "on ",
        ["ERROR: a lamp is missing", "  on ", "    ^", "  it stands behind `on`"],
    ),
    "a warning, and the answer": (
        "on lamp2",
        ["warning: lamp2 flickers", "  on lamp2", "     ^^^^^", "The lamp lamp2 is on"],
    ),
    "a command that fails": ("fail", ["ERROR: the command failed: ZeroDivisionError: by zero"]),
    "Ctrl-C leaves the line": ("^C\non hall", ["The lamp hall is on"]),
    "words in quotes": ('echo "a  b" c\\d "x | y" # z', ["a  b c\\d x | y"]),
    "escape sequences": ('echo "\x1b]0;x\x07" a\tb\x9b \u202eabc', ["\\x1b]0;x\\x07 a b\\x9b \\u202eabc"]),
    "an alias": ("alias light-up on hall\nlight-up", ["The lamp hall is on"]),
    "an alias with arguments": ("alias up on\nup hall\nalias", ["The lamp hall is on", "up  on"]),
    "an alias with pipes": ('alias few "lamps | last 1"\nfew', [ALL[-1]]),
    "an alias of a name": ("alias on off", ["ERROR: `on` has a meaning already"]),
    "an alias that goes round": ("alias aa bb\nalias bb aa\naa", ["ERROR: unknown command `aa`"]),
    "no alias any more": ("alias up on\nunalias up\nup hall", ["ERROR: unknown command `up`"]),
    "exit": ("exit\non hall", []),
    "asked": ("ask", ["You said yes"]),
    "asked for a secret": ("secret", ["It has 3 letters"]),
    "help on a statement": ("help on", ["Syntax: 'on' LAMP", "Example: on hall"]),
    "help on a full name": ("help light.on", ["Syntax: 'on' LAMP", "Example: on hall"]),
    "help on a command": (
        "help echo",
        [
            "name: sh.echo",
            "class: Command",
            "usage: 'echo' [WORD...]",
            "where: WORD: anything; in quotes if it has blanks",
            "shows words",
            "example: echo good morning",
        ],
    ),
    "help on a name of two words": (
        "help show lamp",
        ["name: house.show lamp", "class: Command", "usage: 'show' 'lamp' LAMP", "a lamp"],
    ),
    "no help": ("help ecko", ["ERROR: there is no help on `ecko`", "  there is on `echo`"]),
    "namespaces": (
        "namespaces",
        ["sh", "house   the house", "garden", "light   lamps of a house"],
    ),
    "count": ("lamps | count", ["Count: 5 lines"]),
    "match": ("lamps | match lamp[0-9]", ["lamp10", "lamp2"]),
    "match in quotes": ('lamps | match "hall|kit"', ["hall", "kitchen"]),
    "match a backslash": ('echo a.b | match "a\\.b"', ["a.b"]),
    "except": ("lamps | except lamp | match h", ["hall", "kitchen", "Porch"]),
    "find": ("lamps | find lamp10", ["lamp10", "lamp2", "Porch"]),
    "last": ("lamps | last 2", ["lamp2", "Porch"]),
    "no-more": ("lamps | no-more | count", ["Count: 5 lines"]),
    "json": ("lamps | json | match Porch", ['    "Porch"']),
    "json without data": ("echo a | json", ["ERROR: `echo` has no data for `json`"]),
    "json too late": ("lamps | count | json", ["ERROR: `json` is the first pipe, as it asks the command for its data"]),
    "a pipe behind a statement": ("on hall | count", ["Count: 1 lines"]),
    "an unknown pipe": (
        "lamps | mach x",
        ["ERROR: unknown pipe `mach`", "  a pipe with a similar name exists: `match`"],
    ),
    "a pipe is missing": (
        "lamps |",
        [
            "ERROR: a pipe is missing behind `|`",
            "  there are match, except, find, count, last, no-more, save, json",
        ],
    ),
    "nothing before a pipe": ("| count", ["ERROR: a command is missing before `|`"]),
    "no regular expression": (
        "lamps | match (",
        ["ERROR: this is no regular expression: missing ), unterminated subpattern at position 0"],
    ),
    "no number": ("lamps | last x", ["ERROR: `last` needs a number of lines up to 100000"]),
    "a refused command behind pipes": (
        "on moon | count",
        ["ERROR: undefined lamp moon", "  lamps are listed by `lamps`"],
    ),
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_answers(name: str) -> None:
    lines, answers = TRANSCRIPTS[name]
    assert typed(lines, "yes") == answers


def test_comments_may_follow_a_command() -> None:
    assert typed("echo a # b") == ["a"]


def test_a_script_spells_words_out_and_ends_at_a_fault() -> None:
    status, lines = scripted("lamps | count\nlam\nlamps")
    assert status == 1
    assert lines[:2] == ["Count: 5 lines", "ERROR: unknown command `lam`"]
    assert lines[-1] == "  in script, line 2"


def test_a_good_script_ends_well() -> None:
    assert scripted("on hall\r\noff hall\rexit 3\non hall") == (3, ["The lamp hall is on"])


def test_nobody_can_be_asked_in_a_script() -> None:
    assert scripted("ask") == (1, ["ERROR: nobody can be asked here: Sure?", "  in script, line 1"])


def test_files_run_files(tmp_path: Path) -> None:
    (tmp_path / "outer").write_text(f"source {tmp_path}/inner\non hall\n")
    (tmp_path / "inner").write_text("on kitchen\non moon\n")
    assert typed(f"source {tmp_path}/outer\non Porch") == [
        "The lamp kitchen is on",
        "ERROR: undefined lamp moon",
        "  lamps are listed by `lamps`",
        f"  in {tmp_path}/inner, line 2",
        f"  in {tmp_path}/outer, line 1",
        "The lamp Porch is on",
    ]


def test_a_file_may_not_run_itself_for_ever(tmp_path: Path) -> None:
    (tmp_path / "round").write_text(f"source {tmp_path}/round\n")
    lines = typed(f"source {tmp_path}/round")
    assert lines[0] == f"ERROR: files run files {DEEPEST} deep at most"
    assert len(lines) == DEEPEST + 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\xff", "it is not UTF-8 text"), (None, "[Errno 2]"), (b"\x1b[2J", "unknown command `\\x1b[2J`")],
)
def test_files_that_cannot_be_run(content: bytes | None, reason: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    assert reason in typed(f"source {tmp_path}/file")[0]


def test_a_folder_or_a_pipe_is_no_script(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo"):
        assert typed(f"source {path}")[0].startswith(f"ERROR: cannot read {path}: ")


def test_pipes_take_the_answers_of_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("lamps | match lamp\non hall\n")
    assert typed(f"source {tmp_path}/file | count") == ["Count: 3 lines"]


def test_ctrl_c_ends_a_script_and_leaves_a_typed_line() -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    commands = Table([Command("house", "stop", interrupt, "as Ctrl-C does"), *PREDEFINED.values()])
    for source, status, lines in (
        (TextSource("script", "stop\necho a"), INTERRUPTED, []),
        (Keyboard("stop\necho a"), 0, ["", "a"]),
    ):
        sink = Kept()
        assert Session(commands, source, sink).run() == status
        assert sink.lines == lines


def test_a_session_over_a_socket() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def serve() -> None:
            with theirs:
                talk = SocketTalk(theirs)
                session(talk, talk).run()

        thread = threading.Thread(target=serve)
        thread.start()
        ours.sendall(b"on moon\nlamps | match (a+)+$\nlamps | match ^K?k\r\n\xff\x1b\nexit\n")
        answer = ours.makefile("r", encoding="utf-8").read()
        thread.join()
    assert answer.splitlines() == [
        "ERROR: undefined lamp moon",
        "  lamps are listed by `lamps`",
        "ERROR: this regular expression may take too long",
        "  here, two of `*`, `+`, `?` and `{}` may stand outside groups",
        "kitchen",
        "ERROR: unknown command `\ufffd\\x1b`",
    ]


def test_the_end_of_a_socket_ends_the_session() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.sendall(b"on hall\non kit")
        ours.close()
        assert session(SocketTalk(theirs), Kept()).run() == 0


class TestHistory:
    """Lines that are kept."""

    def test_lines_are_kept_without_secrets(self, tmp_path: Path) -> None:
        path = tmp_path / "history"
        sink = Kept()
        lines = (
            "on hall\npassword hall\n light.password hall\n on Porch\nlight.password x\nalias p password\np y\non hall"
        )
        session(Keyboard(lines), sink, History(path)).run()
        assert path.read_text().splitlines() == ["on hall", "alias p password", "on hall"]
        assert path.stat().st_mode & 0o777 == 0o600
        assert History(path).lines == ("on hall", "alias p password", "on hall")

    def test_the_file_is_bounded(self, tmp_path: Path) -> None:
        path = tmp_path / "history"
        path.write_text("".join(f"echo {number}\n" for number in range(3 * LONGEST_HISTORY)))
        path.chmod(0o600)
        assert History(path).lines[-1] == f"echo {3 * LONGEST_HISTORY - 1}"
        assert len(path.read_text().splitlines()) == LONGEST_HISTORY

    def test_hostile_lines_are_left_out(self, tmp_path: Path) -> None:
        path = tmp_path / "history"
        path.write_bytes(b"good\n\x1b[2J\n\xff\n" + b"x" * 5000 + b"\nlast")
        assert History(path).lines == ("good", "\ufffd", "last")

    def test_links_and_others_files_are_not_used(self, tmp_path: Path) -> None:
        target = tmp_path / "target"
        target.write_text("secret\n")
        (tmp_path / "history").symlink_to(target)
        history = History(tmp_path / "history")
        history.add("on hall")
        assert history.lines == ("on hall",)
        assert history.trouble
        assert target.read_text() == "secret\n"

    def test_the_command_lists_them(self) -> None:
        assert typed("on hall\nlamps | count\nhistory 2")[-2:] == ["2  lamps | count", "3  history 2"]


def test_two_commands_cannot_share_a_full_name() -> None:
    command = Command("house", "lamps", show_lamps, "")
    with pytest.raises(ValueError, match=r"house\.lamps"):
        Table([command, command])
