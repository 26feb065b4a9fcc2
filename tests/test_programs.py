"""Programs that lbsh starts: their limits, their environment and their rights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lbsh.programs import CommandError, Outcome, Rights, SignalledError, find_program, lacks_rights, run_program
from tests.limits import LONGEST

NOTHING = f"{0:016x}"
ROOT = Path(__file__).parents[1]
STATUS = ("cat", "/proc/self/status")


def python(code: str, *, text: str = "", seconds: float = LONGEST, most_output: int = 1 << 20) -> Outcome:
    return run_program((sys.executable, "-I", "-c", code), text, seconds, Rights.NONE, most_output)


@pytest.mark.parametrize(
    ("words", "lacks"),
    [
        ("pfctl: /dev/pf: Permission denied", True),
        ("RTNETLINK answers: Operation not permitted", True),
        ("iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: you must be root", True),
        ("Error: syntax error, unexpected newline, permits nothing", False),
        ("", False),
    ],
)
def test_a_lack_of_rights_is_known_by_its_words(words: str, lacks: bool) -> None:
    assert lacks_rights(words) == lacks


def test_a_program_reads_its_input_and_has_two_outputs() -> None:
    long = "words \N{SNOWMAN}\n" * 100_000
    code = "import sys; sys.stdout.write(sys.stdin.read()); sys.stderr.write('done'); sys.exit(3)"
    assert python(code, text=long, most_output=1 << 22) == Outcome(3, long, "done")


def test_a_program_may_leave_its_input_unread() -> None:
    assert python("print(1)", text="x" * 1_000_000) == Outcome(0, "1\n", "")


def test_no_word_is_read_by_a_shell() -> None:
    words = ("$(id)", ";", "`id`", "'", '"', "\n", "-F", "*", "x" * 63)
    code = "import sys; print(sys.argv[1:])"
    assert run_program((sys.executable, "-I", "-c", code, *words), "", LONGEST, Rights.NONE).output == f"{[*words]}\n"


def test_the_environment_is_the_path_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", "/no/such/library")
    shown = run_program(("env",), "", LONGEST, Rights.NONE)
    assert {line.split("=")[0] for line in shown.output.splitlines()} == {"PATH", "LC_ALL"}


def test_a_caller_may_add_to_the_environment() -> None:
    shown = run_program(("env",), "", LONGEST, Rights.NONE, variables={"SSH_AUTH_SOCK": "/run/agent"})
    assert "SSH_AUTH_SOCK=/run/agent" in shown.output.splitlines()
    assert len(shown.output.splitlines()) == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit can be set on Linux only")
def test_a_program_that_writes_too_large_a_file_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "file"
    code = (
        "import signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); sys.stdin.read(); "
        f"file = open({str(path)!r}, 'wb', 0); [file.write(bytes(1000)) for _ in range(5)]"
    )
    words = (sys.executable, "-I", "-c", code)
    assert run_program(words, "", LONGEST, Rights.NONE, largest_file=5000).status == 0
    assert path.stat().st_size == 5000
    with pytest.raises(SignalledError) as caught:
        run_program(words, "", LONGEST, Rights.NONE, largest_file=4000, name="writer")
    assert caught.value.number == signal.SIGXFSZ
    assert str(caught.value) == f"`writer` was ended by signal {signal.SIGXFSZ.value}"
    assert path.stat().st_size == 4000


def test_no_file_of_lbsh_is_open_in_a_program(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        code = f"import os; os.fstat({lock.fileno()})"
        assert "Bad file descriptor" in python(code).errors


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(3600)",
        "import os, time; os.close(1); os.close(2); time.sleep(3600)",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)",
    ],
)
def test_a_program_that_does_not_end_is_ended(code: str) -> None:
    with pytest.raises(CommandError, match=r"did not end within 0\.3 s"):
        python(code, seconds=0.3)


def test_its_own_programs_end_with_it(tmp_path: Path) -> None:
    """The whole group is gone when the limit is met: the reading end of a pipe that only the child's child holds sees it."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    child = f"import time; held = open({str(fifo)!r}, 'w'); held.write('x'); held.flush(); time.sleep(3600)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {child!r}])"
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(CommandError, match="did not end"):
            python(code, seconds=3)
        os.set_blocking(reader, True)
        assert os.read(reader, 10) in {b"x", b""}
        assert os.read(reader, 10) == b""
    finally:
        os.close(reader)


def test_a_program_that_says_too_much_is_ended() -> None:
    with pytest.raises(CommandError, match="says more than 1000 bytes"):
        python("while True: print('nonsense')", most_output=1000)


def test_a_program_that_a_signal_ends_has_failed() -> None:
    with pytest.raises(CommandError, match="ended by signal 9"):
        python("import os; os.kill(os.getpid(), 9)")


def test_a_missing_program_is_named() -> None:
    with pytest.raises(CommandError, match="`no-such-program` is not installed here"):
        run_program(("no-such-program",), "", LONGEST, Rights.NONE)


def test_what_cannot_be_started_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken").write_text("#!/no/such/interpreter\n")
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="cannot be started: no such file or directory"):
        run_program(("broken",), "", LONGEST, Rights.NONE)
    with pytest.raises(CommandError, match="cannot be started: embedded null byte"):
        run_program(("broken", "\0"), "", LONGEST, Rights.NONE)


needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has capabilities")
needs_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give rights away")


def rights_in(status: str) -> dict[str, str]:
    rows = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return {key: rows[key].strip() for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")}


@needs_linux
def test_most_programs_have_no_right() -> None:
    here = rights_in(Path("/proc/thread-self/status").read_text())
    there = rights_in(run_program(STATUS, "", LONGEST, Rights.NONE).output)
    nothing = dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapAmb"), NOTHING)
    assert there == {**nothing, "NoNewPrivs": "1", "CapBnd": NOTHING if os.geteuid() == 0 else here["CapBnd"]}
    assert rights_in(Path("/proc/thread-self/status").read_text()) == here, "lbsh itself keeps its rights"


@needs_linux
def test_the_programs_of_the_filter_have_those_of_lbsh() -> None:
    here = rights_in(Path("/proc/thread-self/status").read_text())
    there = rights_in(run_program(STATUS, "", LONGEST, Rights.OF_FILTER).output)
    assert there["CapEff"] == here["CapEff"]
    assert there["NoNewPrivs"] == here["NoNewPrivs"]


@needs_linux
@needs_root
@pytest.mark.parametrize("further", [(), ("--bounding-set=-all,+net_admin",)], ids=["as nobody", "bound to one"])
def test_with_one_right_only_the_filter_gets_it(further: tuple[str, ...]) -> None:
    """With CAP_NET_ADMIN alone the bounding set cannot be emptied; the other sets are empty all the same."""
    code = (
        "import sys; sys.path.append(sys.argv[1]); from lbsh.programs import *;"
        "[print(run_program(('cat', '/proc/self/status'), '', 60, rights).output) for rights in Rights]"
    )
    who = ("--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+net_admin", "--ambient-caps=+net_admin")
    command = ("setpriv", *who, *further, sys.executable, "-c", code, str(ROOT))
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, done.stderr
    of_filter, none = (rights_in(f"Name:{text}") for text in done.stdout.split("Name:")[1:])
    net_admin = f"{1 << 12:016x}"
    assert (of_filter["CapEff"], of_filter["CapAmb"]) == (net_admin, net_admin)
    assert {none[key] for key in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {NOTHING}
    assert none["NoNewPrivs"] == "1"


@pytest.mark.parametrize("path", ["", ".", "bin:", "/nowhere::bin"])
def test_no_program_is_taken_from_the_present_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for folder in (tmp_path, tmp_path / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "frobnicate").write_text("#!/bin/sh\n")
        (folder / "frobnicate").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path)
    assert find_program("frobnicate") is None
