"""Programs as probes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest

from lbsh.poller.exec import ExecProber
from lbsh.poller.parts import Probed
from lbsh.poller.results import Reason
from lbsh.poller.safe import ProgramError, require_safe
from lbsh.poller.targets import Target
from tests.limits import LONGEST
from tests.poller.conversing import collected, now, target_of

pytestmark = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only what root owns is run")

LONG = 60_000


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that only root can change, and nobody can read."""
    with TemporaryDirectory(dir="/var/lib", prefix="lbsh-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def target_with(command: str, timeout: int = LONG) -> Target:
    target = target_of(8080, "192.0.2.7", timeout=timeout)
    return target._replace(probe=replace(target.probe, argument=command))


def result_of(command: str, timeout: int = LONG) -> Probed:
    prober = ExecProber([target_with(command, timeout)])
    try:
        assert prober.start(0, 1, now())
        return collected(prober, None)
    finally:
        prober.close()


def script(folder: Path, body: str) -> str:
    """A program with these lines of Python."""
    path = folder / f"probe{len([*folder.iterdir()])}"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("body", "timeout", "reason", "detail"),
    [
        ("echo fine; echo more", LONG, Reason.ANSWERED, "fine"),
        ("echo broken >&2; exit 3", LONG, Reason.EXEC_FAILED, "exit status 3: broken"),
        ("kill -9 $$", LONG, Reason.EXEC_FAILED, "ended by signal 9"),
        ("exec sleep 3600", 300, Reason.NO_ANSWER, "did not end in time"),
        ("trap '' TERM; sleep 3600 & wait", 300, Reason.NO_ANSWER, "did not end in time"),
        ("exec yes", 300, Reason.NO_ANSWER, "did not end in time"),
        ("head -c 1000000 /dev/zero | tr '\\0' x", LONG, Reason.ANSWERED, "x" * 200),
        ("echo $LBSH_SERVICE $LBSH_ADDRESS $LBSH_PORT", LONG, Reason.ANSWERED, "S 192.0.2.7 8080"),
        ("id -un; id -G", LONG, Reason.ANSWERED, "nobody"),
        ("grep CapEff /proc/self/status", LONG, Reason.ANSWERED, "CapEff:\t0000000000000000"),
        ("grep CapPrm /proc/self/status", LONG, Reason.ANSWERED, "CapPrm:\t0000000000000000"),
        ("grep CapBnd /proc/self/status", LONG, Reason.ANSWERED, "CapBnd:\t0000000000000000"),
        ("grep NoNewPrivs /proc/self/status", LONG, Reason.ANSWERED, "NoNewPrivs:\t1"),
    ],
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="its programs ask /proc")
def test_programs(folder: Path, body: str, timeout: int, reason: Reason, detail: str) -> None:
    probed = result_of(script(folder, body), timeout)
    assert (probed.reason, probed.detail) == (reason, detail)


def test_words_are_plain(folder: Path) -> None:
    assert result_of(script(folder, 'echo "$1" "$2"') + " $(id) ;").detail == "$(id) ;"


def test_all_of_a_program_ends_with_it(folder: Path) -> None:
    """What it left in the background too: the pipe that only that has open ends."""
    fifo = folder / "held"
    os.mkfifo(fifo)
    fifo.chmod(0o666)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        probed = result_of(script(folder, f"exec 3>{fifo}; sleep 3600 >/dev/null 2>&1 & echo x"))
        assert probed.reason is Reason.ANSWERED, probed
        os.set_blocking(reader, True)
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    ("mode", "owner", "words"),
    [
        (0o777, 0, "others than root can change"),
        (0o755, 65534, "others than root can change"),
        (None, 0, "no such file"),
    ],
)
def test_what_others_can_change_is_not_run(folder: Path, mode: int | None, owner: int, words: str) -> None:
    path = Path(script(folder, "echo x"))
    if mode is None:
        path.unlink()
    else:
        os.chown(path, owner, 0)
        path.chmod(mode)
    with pytest.raises(ProgramError, match=words):
        require_safe(str(path))
    probed = result_of(str(path))
    assert probed.reason is Reason.SPOILT
    assert words in probed.detail


def test_a_folder_that_others_can_change_is_found(folder: Path) -> None:
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    path = folder / "open" / "x"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    with pytest.raises(ProgramError, match=r"open`$"):
        require_safe(str(path))


@pytest.mark.parametrize("owner", [0, 65534])
@pytest.mark.parametrize("through", [False, True])
def test_a_link_is_followed_only_if_it_is_of_root(folder: Path, owner: int, through: bool) -> None:
    name = f"link{owner}{through}"
    if through:  # a folder on the way is a link
        (folder / name).symlink_to(folder, target_is_directory=True)
        path = folder / name / Path(script(folder, "exit 0")).name
    else:
        (folder / name).symlink_to(Path(script(folder, "exit 0")).name)
        path = folder / name
    os.chown(folder / name, owner, owner, follow_symlinks=False)
    if owner:
        with pytest.raises(ProgramError, match=f"{name}`$"):
            require_safe(str(path))
    else:
        require_safe(str(path))


def test_links_in_a_circle_are_no_program(folder: Path) -> None:
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    with pytest.raises(ProgramError, match="cannot be run"):
        require_safe(str(folder / "one"))


def test_the_time_of_a_program_begins_with_its_start(folder: Path) -> None:
    prober = ExecProber([target_with(script(folder, "exec sleep 3600"), 1000)])
    try:
        assert prober.start(0, 1, 0)
        _, running = next(iter(prober._running.items()))
        running.future.result(LONGEST)
        assert not [*prober.collect(900_000)]  # it is first seen to run
        assert not [*prober.collect(1_100_000)]
        (probed,) = prober.collect(1_900_000)
        assert probed.reason is Reason.NO_ANSWER
    finally:
        prober.close()


def test_a_program_that_this_machine_kept_back_says_nothing_of_the_server(folder: Path) -> None:
    prober, may_start = ExecProber([target_with(script(folder, "exit 1"), 1000)]), Event()
    prober._threads.submit(may_start.wait, LONGEST)
    try:
        assert prober.start(0, 1, 0)
        (probed,) = prober.collect(1_000_000)
        assert probed.reason is Reason.SPOILT
    finally:
        may_start.set()
        prober.close()


def test_programs_at_a_time_are_bounded(folder: Path) -> None:
    prober = ExecProber([target_with(script(folder, "exec sleep 3600"))], most=2)
    assert [prober.start(0, serial, now()) for serial in (1, 2, 3)] == [True, True, False]
    prober.abandon(0, 1)
    prober.close()
