"""The editor at a terminal: keys through a pipe, then a real terminal whose screen is read."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pexpect
import pyte
import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.output.vt100 import Vt100_Output

from oyster.history import History
from oyster.session import Session
from oyster.shown import Piece
from oyster.terminal import Terminal
from tests.limits import LONGEST
from tests.oyster.shells import COMMANDS, Lamps

ROOT = Path(__file__).parents[2]


class Paper:
    """What a terminal was sent."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError


class Typing(NamedTuple):
    """A session whose keys come through a pipe."""

    keys: PipeInput
    paper: Paper
    terminal: Terminal
    lamps: Lamps
    session: Session

    def type(self, keys: str) -> int:
        """Types keys, then leaves the shell."""
        self.keys.send_text(keys + "\x03\x04")
        return self.session.run()

    def screen(self, columns: int = 80) -> list[str]:
        """All that the screen shows, without empty lines."""
        screen = pyte.Screen(columns, 200)
        pyte.Stream(screen).feed(self.paper.text)
        return [line.rstrip() for line in screen.display if line.strip()]


def typing(keys: PipeInput, columns: int = 80, history: History | None = None) -> Typing:
    paper = Paper()
    output = Vt100_Output(paper, lambda: Size(200, columns), term="xterm", enable_cpr=False)  # type: ignore[arg-type]
    terminal = Terminal(keys=keys, output=output)
    lamps = Lamps()
    session = Session(COMMANDS, terminal, terminal, languages=[lamps], history=history)
    return Typing(keys, paper, terminal, lamps, session)


@pytest.fixture
def shell() -> Iterator[Typing]:
    with create_pipe_input() as keys:
        yield typing(keys)
        clear_typeahead(keys)


PASTED = "\x1b[200~{}\x1b[201~"


def test_keys_behind_tab_are_not_lost(shell: Typing) -> None:
    """All of them come at once, in one piece."""
    assert shell.type("on k\t\ron l\t1\t\r") == 0
    assert shell.lamps.lit == ["kitchen", "lamp10"]


def test_tab_lists_in_natural_order_below_the_line(shell: Typing) -> None:
    shell.type("on \thall\r")
    screen = shell.screen()
    place = screen.index("hall kitchen lamp2 lamp10 Porch")
    assert screen[place - 1] == ">> on"
    assert screen[place + 1] == ">> on hall"
    assert screen[place + 2] == "The lamp hall is on"


def test_a_question_mark_shows_what_may_come(shell: Typing) -> None:
    shell.type("on l?amp2\r")
    screen = shell.screen()
    place = screen.index("LAMP    the name of a lamp")
    assert screen[place - 3 : place] == [">> on l", "lamp2", "lamp10"]
    assert shell.lamps.lit == ["lamp2"]


def test_a_question_mark_in_quotes_is_one(shell: Typing) -> None:
    shell.type('echo "a?b"\r')
    assert "a?b" in shell.screen()


def test_ctrl_c_leaves_the_line_and_ctrl_d_the_shell(shell: Typing) -> None:
    shell.keys.send_text("on hall\x03off Porch\r\x04")
    assert shell.session.run() == 0
    assert shell.lamps.lit == ["Porch"]


def test_ctrl_d_in_a_line_deletes(shell: Typing) -> None:
    shell.type("on hallx\x1b[D\x04\r")
    assert shell.lamps.lit == ["hall"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_pasted_lines_run_one_by_one(end: str, shell: Typing) -> None:
    shell.type(PASTED.format(end.join(["on hall", "", "off kitchen", "on Porch"])) + "\r")
    assert shell.lamps.lit == ["hall", "kitchen", "Porch"]
    assert ">> off kitchen" in shell.screen()


def test_a_paste_stops_at_the_first_fault_and_gives_the_rest_back(shell: Typing) -> None:
    shell.keys.send_text(PASTED.format("on hall\non moon\noff kitchen\non Porch") + "\r")
    lit: list[list[str]] = []
    read = shell.terminal.read

    def watched(editing: Session) -> str | None:
        if len(shell.session.history()) == 2:
            lit.append([*shell.lamps.lit])
            shell.keys.send_text("\r\x04")  # Enter runs what was given back
        return read(editing)

    shell.terminal.read = watched  # type: ignore[method-assign, assignment]
    shell.session.run()
    assert lit == [["hall"]]
    assert shell.lamps.lit == ["hall", "kitchen", "Porch"]


def test_lines_typed_ahead_are_given_back_as_well(shell: Typing) -> None:
    shell.keys.send_text("on moon\ron hall\ron Porch\r")
    read = shell.terminal.read

    def watched(editing: Session) -> str | None:
        if len(shell.session.history()) == 1:
            assert shell.lamps.lit == []
            shell.keys.send_text("\x03\x04")  # leaves them
        return read(editing)

    shell.terminal.read = watched  # type: ignore[method-assign, assignment]
    shell.session.run()
    assert shell.lamps.lit == []


def test_keys_typed_ahead_without_a_whole_line_stay(shell: Typing) -> None:
    shell.keys.send_text("on moon\ron ha")
    read = shell.terminal.read

    def watched(editing: Session) -> str | None:
        if len(shell.session.history()) == 1:
            shell.keys.send_text("ll\r\x04")
        return read(editing)

    shell.terminal.read = watched  # type: ignore[method-assign, assignment]
    shell.session.run()
    assert shell.lamps.lit == ["hall"]


def test_control_characters_of_a_paste_are_not_shown_raw(shell: Typing) -> None:
    shell.type(PASTED.format("on \x1b]0;title\x07\non hall") + "\r")
    assert "\x1b]0;" not in shell.paper.text
    assert "\x07" not in shell.paper.text


def test_characters_that_turn_a_text_round_are_not_shown_raw(shell: Typing) -> None:
    shell.type(PASTED.format("on \u202ehall") + "\r")
    assert "\u202e" not in shell.paper.text


def test_earlier_lines_come_back_without_secrets(shell: Typing) -> None:
    shell.type("on hall\rpassword Porch\r\x1b[A\r")
    assert shell.lamps.lit == ["hall", "Porch", "hall"]


def test_the_history_is_searched_by_a_beginning(shell: Typing) -> None:
    shell.type("on hall\roff Porch\ron\x1b[A\r")
    assert shell.lamps.lit == ["hall", "Porch", "hall"]


def test_the_history_is_searched_by_a_part(shell: Typing) -> None:
    shell.type("on hall\roff Porch\r\x12hal\r\r")
    assert shell.lamps.lit == ["hall", "Porch", "hall"]


def test_questions_are_asked(shell: Typing) -> None:
    shell.type("ask\ryes\r")
    assert "Sure? yes" in shell.screen()
    assert "You said yes" in shell.screen()


def test_secrets_are_not_shown(shell: Typing) -> None:
    shell.type("secret\rxyzzy\r")
    assert "It has 5 letters" in shell.screen()
    assert "xyzzy" not in shell.paper.text
    assert "xyzzy" not in shell.session.history()


def test_notices_of_other_threads_print_above_the_line(shell: Typing) -> None:
    """The thread prints while the line is written, and the end of the line is typed behind that."""

    def tell() -> None:
        for number in range(10):
            shell.terminal.notice((Piece(f"notice {number}", "warning"),))
        shell.keys.send_text("ll\r\x04")

    shell.terminal._shown = lambda: threading.Thread(target=tell).start()
    shell.keys.send_text("on ha")
    shell.session.run()
    screen = shell.screen()
    assert shell.lamps.lit == ["hall"]
    assert [line for line in screen if line.startswith("notice")] == [f"notice {number}" for number in range(10)]
    assert screen.index("notice 9") < screen.index(">> on hall")


def test_colours(shell: Typing) -> None:
    shell.type("on moon\r")
    screen = pyte.Screen(80, 200)
    pyte.Stream(screen).feed(shell.paper.text)
    row = next(row for row, line in enumerate(screen.display) if line.startswith(">> on moon"))
    assert (screen.buffer[row][3].fg, screen.buffer[row][3].bold) == ("blue", True)
    assert screen.buffer[row + 1][0].fg == "red"


def test_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with create_pipe_input() as keys:
        shell = typing(keys)
        shell.type("on moon\r")
    screen = pyte.Screen(80, 200)
    pyte.Stream(screen).feed(shell.paper.text)
    assert {letter.fg for row in screen.buffer.values() for letter in row.values()} == {"default"}


def test_forty_columns() -> None:
    with create_pipe_input() as keys:
        shell = typing(keys, columns=40)
        shell.type("on \thall\recho aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd\rhelp alias\r")
        screen = shell.screen(40)
    assert "hall kitchen lamp2 lamp10 Porch" in screen
    assert "aaaaaaaaaa bbbbbbbbbb cccccccccc ddddddd" in screen


# Real terminals


class Screen:
    """A program on a terminal. It is told where its cursor is only if `answers` says so."""

    def __init__(
        self, answers: bool, columns: int = 80, program: Sequence[str] = ("-m", "oyster"), **environment: str
    ) -> None:
        self.screen = pyte.Screen(columns, 24)
        if answers:
            self.screen.write_process_input = self._answer  # type: ignore[method-assign]
        self.stream = pyte.ByteStream(self.screen)
        clean = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **environment}
        self.child = pexpect.spawn(
            sys.executable, list(program), env=clean, dimensions=(24, columns), timeout=LONGEST, cwd=str(ROOT)
        )
        self.child.delaybeforesend = None

    def _answer(self, data: str) -> None:
        self.child.send(data)

    def until(self, text: str) -> list[str]:
        """Reads until a text is on the screen, and gives its lines."""
        while not any(text in line for line in self.screen.display):
            self._read()
        return [line.rstrip() for line in self.screen.display]

    def _read(self) -> None:
        read: object = self.child.read_nonblocking(65_536, LONGEST)  # bytes, whatever its types say
        assert isinstance(read, bytes)
        self.stream.feed(read)

    def prompted(self) -> None:
        """Reads until an empty line is there to be written."""
        while self.screen.display[self.screen.cursor.y].rstrip() != ">>":
            self._read()

    def end(self) -> int | None:
        """Leaves the shell by Ctrl-D at its prompt."""
        self.prompted()
        self.child.send("\x04")
        self.child.expect(pexpect.EOF)
        self.child.close()
        status: int | None = self.child.exitstatus
        return status


@pytest.mark.parametrize("answers", [True, False])
def test_the_usage_stands_below_the_line_on_any_terminal(answers: bool) -> None:
    shell = Screen(answers)
    shell.until(">>")
    shell.child.send("hel\t")
    lines = shell.until("'help' [NAME]")
    place = lines.index(">> help")
    assert lines[place + 1] == "'help' [NAME]"
    assert shell.screen.buffer[place + 1][8].underscore
    assert not shell.screen.buffer[place + 1][0].underscore
    shell.child.send("echo\r")
    shell.until("example: echo good morning")
    assert shell.end() == 0


def test_nothing_is_asked_of_the_terminal() -> None:
    shell = Screen(answers=False)
    shell.child.logfile_read = log = _Bytes()
    shell.until(">>")
    assert shell.end() == 0
    assert b"\x1b[6n" not in log.data
    assert b"CPR" not in log.data


class _Bytes:
    data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def flush(self) -> None: ...


def test_a_narrow_terminal_without_colours() -> None:
    shell = Screen(answers=False, columns=40, NO_COLOR="1")
    shell.until(">>")
    shell.child.send("alias x \t?")
    lines = shell.until("usage: 'alias'")
    assert all(len(line) <= 40 for line in lines)
    shell.child.send("\x03")
    assert shell.end() == 0


def test_a_dumb_terminal_gets_plain_lines() -> None:
    shell = Screen(answers=False, TERM="dumb")
    shell.child.logfile_read = log = _Bytes()
    shell.until(">>")
    shell.child.send("echo hello\n")
    shell.until("hello")
    shell.child.send("hel ec\n")
    shell.until("name: sh.echo")
    assert shell.end() == 0
    assert b"\x1b" not in log.data


def test_a_slow_line() -> None:
    """Keys come one by one, also those that stand for one key together."""
    shell = Screen(answers=False)
    shell.until(">>")
    written = ""
    for key in "echo slow":
        written += key
        shell.child.send(key)
        shell.until(written)
    for byte in "\x1b[D\x1b[DX\r":
        shell.child.send(byte)
    shell.until("slXow")
    assert shell.end() == 0


def test_ctrl_c_ends_a_catastrophic_expression(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text(f"echo started\necho {'a' * 60}b | match (a|aa)+$\n")
    shell = Screen(answers=False)
    shell.until(">>")
    shell.child.send(f"source {tmp_path}/lines\r")
    shell.until("started")
    shell.child.sendintr()  # the kernel may drop what is written just then, such as the prompt
    shell.child.send("echo still here\r")
    shell.until("still here")
    assert shell.end() == 0


def test_the_terminal_goes_away() -> None:
    shell = Screen(answers=False)
    shell.until(">>")
    shell.child.close(force=False)
    assert not shell.child.isalive()
