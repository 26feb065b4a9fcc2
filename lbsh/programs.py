"""Runs a program: an argument vector, a text on its standard input, limits of time and output. Never a shell.

The only importer of `subprocess`, which it imports when a program is run. A program's whole process group ends with it, or
at the limit.

Rights. lbsh may hold CAP_NET_ADMIN as an ambient capability, which every program that it starts would get too. Only the
filter's programs may have it; all others are started with empty sets of capabilities and with no-new-privs
(capabilities(7), PR_SET_NO_NEW_PRIVS of prctl(2)). These are attributes of a thread, and a new process has those of the
thread that starts it. So a thread of its own gives them up, starts the program and ends: no code runs in the new process
between fork and exec, where the locks of other threads could stop it. Without CAP_SETPCAP the bounding set stays; with
no-new-privs and empty other sets a program gets nothing out of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from lbsh_lang.reported import ReportedError

if TYPE_CHECKING:
    import subprocess

SEARCH_PATH = "/usr/sbin:/sbin:/usr/local/sbin"
"""Folders of packet filters' programs besides the user's own path, which seldom has them."""

MOST_OUTPUT = 1 << 28
"""Bytes of output, a quarter of a gigabyte: a listing of a hundred thousand elements of nft takes a tenth of that."""


class Rights(Enum):
    """What a program may do: what lbsh itself may (the filter's programs), or nothing beyond its user."""

    OF_FILTER = "the filter's"
    NONE = "none"


class CommandError(ReportedError):
    """A program is missing, does not end, or cannot be started; the text says which, in one line."""


class SignalledError(CommandError):
    """A signal ended a program; `number` says which."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(f"`{name}` was ended by signal {number}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit status of a program, its standard output and its standard error."""

    status: int
    output: str
    errors: str = ""

    @property
    def words(self) -> str:
        """All that it said: complaints first."""
        return self.errors + self.output


_WITHOUT_RIGHTS = ("permission denied", "not permitted", "must be root")


def lacks_rights(words: str) -> bool:
    """Whether words of a program, or of the kernel, are about a lack of rights (EACCES and EPERM, and those of iptables)."""
    return any(one in words.lower() for one in _WITHOUT_RIGHTS)


def run_program(
    arguments: tuple[str, ...],
    text: str,
    seconds: float,
    rights: Rights,
    most_output: int = MOST_OUTPUT,
    *,
    variables: Mapping[str, str] = MappingProxyType({}),
    largest_file: int | None = None,
    name: str = "",
) -> Outcome:
    """Runs a program to its end. Raises `CommandError`, also if a signal ended it or it said more than is read.

    `variables` of the environment are added to those that any program gets. A file that it writes beyond `largest_file`
    bytes ends it (RLIMIT_FSIZE; on Linux only). Errors show `name` instead of all of its arguments.
    """
    import subprocess  # noqa: PLC0415 -- most commands run no program, and it takes a while to import

    program = find_program(arguments[0])
    if program is None:
        raise CommandError(f"the program `{arguments[0]}` is not installed here")
    command = [program, *arguments[1:]]
    try:
        started = _start(command, {"PATH": _path(), "LC_ALL": "C", **variables}, rights)
    except (OSError, ValueError) as error:  # a null byte in an argument is a ValueError
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise CommandError(f"`{program}` cannot be started: {reason.lower()}") from error
    shown = name or " ".join(arguments)
    try:
        _limit_files(started, largest_file)
        output, errors = _converse(started, text.encode(errors="backslashreplace"), seconds, most_output)
        status = started.wait(seconds)
    except _LimitError as error:
        raise CommandError(f"`{shown}` {error}") from error
    except subprocess.TimeoutExpired as error:  # it closed its outputs and goes on
        raise CommandError(f"`{shown}` did not end within {seconds:g} s") from error
    finally:
        _end(started)
    if status < 0:
        raise SignalledError(shown, -status)
    return Outcome(status, output.decode(errors="replace"), errors.decode(errors="replace"))


class Watched:
    """A program that runs beside lbsh, without rights, and that is asked now and then whether it has ended."""

    def __init__(self, started: subprocess.Popen[bytes]) -> None:
        self._started = started
        assert started.stdout is not None
        os.set_blocking(started.stdout.fileno(), False)

    def read(self, most: int) -> bytes:
        """What it has said since, on both outputs, up to a bound; never waits."""
        assert self._started.stdout is not None
        try:
            return os.read(self._started.stdout.fileno(), most)
        except BlockingIOError:
            return b""

    def is_over(self) -> bool:
        """Whether it has ended; what it said last can still be read."""
        return self._started.returncode is not None or _has_ended(self._started.pid)

    def end(self) -> int:
        """Ends the program and its whole group, also what it left running; its exit status, negative for a signal."""
        if self._started.returncode is None:
            _end(self._started)
        assert self._started.returncode is not None
        return self._started.returncode


def start_watched(arguments: tuple[str, ...], environment: dict[str, str]) -> Watched:
    """Starts a program without rights; where lbsh is root, as the user nobody. Raises `CommandError`.

    Where it runs as the user of lbsh, to whom the store may belong, it can change no files but in folders for all
    (`landlock.OPEN_FOLDERS`), if the kernel knows how to keep it from that.

    `arguments[0]` is a path. It has a session of its own, nothing on its standard input, and one pipe for both outputs.
    """
    import subprocess  # noqa: PLC0415
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    from lbsh.capabilities import TO_CHANGE_USER, give_up_all  # noqa: PLC0415
    from lbsh.landlock import forbid_changes  # noqa: PLC0415

    user, group = _nobody() if os.geteuid() == 0 else (None, None)

    def start() -> subprocess.Popen[bytes]:
        give_up_all(0 if user is None else TO_CHANGE_USER)
        if user is None:
            forbid_changes()
        return subprocess.Popen(  # noqa: S603 -- an argument vector, no shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", **environment},
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=None if user is None else (),
        )

    try:
        with ThreadPoolExecutor(1) as thread:
            return Watched(thread.submit(start).result())
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise CommandError(f"`{arguments[0]}` cannot be started: {reason.lower()}") from error


def _nobody() -> tuple[int, int]:
    """The user and the group of programs that are nobody's. Raises `CommandError`."""
    import pwd  # noqa: PLC0415

    try:
        found = pwd.getpwnam("nobody")
    except KeyError as error:
        raise CommandError("there is no user `nobody` here, as whom programs could run") from error
    return found.pw_uid, found.pw_gid


def _has_ended(pid: int) -> bool:
    """Whether a child has ended, which stays to be asked for: so nobody gets its number, nor that of its group."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def prepare() -> None:
    """Imports what running a program takes, while it can be imported."""
    import concurrent.futures  # noqa: F401, PLC0415
    import selectors  # noqa: F401, PLC0415
    import shutil  # noqa: F401, PLC0415
    import subprocess  # noqa: F401, PLC0415

    import lbsh.capabilities  # noqa: F401, PLC0415


def start_detached(arguments: tuple[str, ...], files: tuple[int, ...]) -> Callable[[], bool]:
    """Starts a program of lbsh that outlives this process, with its rights, its modules and these open files.

    It has a session of its own, no terminal, and nothing on its standard input and outputs. The result tells whether it
    still runs. Raises `CommandError`.
    """
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    modules = ":".join([os.path.abspath(one) for one in sys.path])  # noqa: PTH100 -- paths of modules are texts
    _reap()
    try:
        started = subprocess.Popen(  # noqa: S603 -- an argument vector, no shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**os.environ, "PYTHONPATH": modules},
            start_new_session=True,
            pass_fds=files,
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise CommandError(f"`{arguments[0]}` cannot be started: {reason.lower()}") from error
    _DETACHED.append(started)
    return lambda: started.poll() is None


_DETACHED: list[subprocess.Popen[bytes]] = []
"""Programs that were started and may have ended since; the kernel keeps those until somebody asks for them."""


def _reap() -> None:
    _DETACHED[:] = [one for one in _DETACHED if one.poll() is None]


def find_program(name: str) -> str | None:
    """The path of a program, None if it is not installed."""
    import shutil  # noqa: PLC0415

    return shutil.which(name, path=_path())


def _path() -> str:
    """The folders of programs. One that depends on the present folder is left out: anybody's program may lie there."""
    folders = f"{os.environ.get('PATH', os.defpath)}:{SEARCH_PATH}".split(":")
    return ":".join([one for one in folders if one.startswith("/")])


class _LimitError(Exception):
    """A program went beyond a limit; the text is the rest of a sentence about it."""


def _start(command: list[str], environment: dict[str, str], rights: Rights) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own, which has no terminal. Raises `OSError` and `ValueError`."""
    import subprocess  # noqa: PLC0415

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 -- an argument vector, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )

    if rights is Rights.OF_FILTER:
        return start()
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    from lbsh.capabilities import give_up_all  # noqa: PLC0415

    def start_without() -> subprocess.Popen[bytes]:
        give_up_all()
        return start()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(start_without).result()


def _limit_files(started: subprocess.Popen[bytes], most: int | None) -> None:
    """Bounds the files that a program writes; a program that is over already needs no bound."""
    import resource  # noqa: PLC0415

    if most is not None and hasattr(resource, "prlimit"):
        with suppress(ProcessLookupError):
            resource.prlimit(started.pid, resource.RLIMIT_FSIZE, (most, most))


def _converse(started: subprocess.Popen[bytes], text: bytes, seconds: float, most: int) -> tuple[bytes, bytes]:
    """Writes a program's input and reads its two outputs until both end. Raises `_LimitError`."""
    import selectors  # noqa: PLC0415
    import time  # noqa: PLC0415

    assert started.stdin is not None
    assert started.stdout is not None
    assert started.stderr is not None
    heard: dict[int, list[bytes]] = {started.stdout.fileno(): [], started.stderr.fileno(): []}
    entry, left, room = started.stdin.fileno(), memoryview(text), most
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for out in heard:
            selector.register(out, selectors.EVENT_READ)
        os.set_blocking(entry, False)
        selector.register(entry, selectors.EVENT_WRITE)
        while selector.get_map():
            ready = selector.select(max(deadline - time.monotonic(), 0))
            if not ready and time.monotonic() >= deadline:
                raise _LimitError(f"did not end within {seconds:g} s")
            for key, _ in ready:
                if key.fd == entry:
                    left = left[_written(entry, left) :]
                    if not left:
                        selector.unregister(entry)
                        started.stdin.close()
                    continue
                part = os.read(key.fd, 1 << 16)
                heard[key.fd].append(part)
                room -= len(part)
                if not part:
                    selector.unregister(key.fd)
                if room < 0:
                    raise _LimitError(f"says more than {most} bytes, which is not read")
    output, errors = (b"".join(parts) for parts in heard.values())
    return output, errors


def _written(entry: int, text: memoryview) -> int:
    """Writes a part of a text; the number of bytes that are done with: all, once nobody reads them."""
    try:
        return os.write(entry, text[: 1 << 16])
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(text)


def _end(started: subprocess.Popen[bytes]) -> None:
    """Ends all processes of a program that still run, and closes its streams."""
    import signal  # noqa: PLC0415

    with suppress(ProcessLookupError, PermissionError):
        os.killpg(started.pid, signal.SIGKILL)
    for stream in (started.stdin, started.stdout, started.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    started.wait()
