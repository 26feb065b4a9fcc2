"""A room of its own for a command: namespaces of users, mounts, processes and networks, which end with it.

Theory of operation. The command becomes two processes. The outer one waits, the inner one, the first process of a namespace
of processes, works. The kernel ends all processes of such a namespace with its first one, and the inner process with the
outer one (PR_SET_PDEATHSIG of prctl(2)). So whichever is ended, in whatever way, nothing stays: no process, hence no
namespace of networks, and no file, since the folder in which programs leave some is a file system in memory that ends with
the room.

A caller who is not root becomes root of a namespace of users first (user_namespaces(7)), which lends rights over nothing but
the other namespaces of the room.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lbsh.unshare import CLONE_NEWNET, unshare
from lbsh_lang.reported import ReportedError

_NEWNS, _NEWIPC, _NEWUSER, _NEWPID = 0x20000, 0x08000000, 0x10000000, 0x20000000
"""unshare(2)."""
_PR_SET_PDEATHSIG = 1
_MS_REC, _MS_PRIVATE, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 0x4000, 0x40000, 2, 4, 8
"""mount(2)."""

STORE = "/run/lbsh"
"""A folder in the room, for a store."""

TROUBLE = 2
"""The exit status of a room that could not be entered or was ended."""

_MOST_USERS = Path("/proc/sys/user/max_user_namespaces")
_RESTRICTED = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_ALLOWED = Path("/proc/sys/kernel/unprivileged_userns_clone")


class RoomError(ReportedError):
    """The kernel refuses a room; the text says why, and what to do."""


def enter(work: Callable[[], int]) -> int:
    """The exit status of a function that is called in a room. The process must have one thread only.

    Raises `RoomError` if the kernel refuses a room, and `KeyboardInterrupt`, when nothing of it is left.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    _leave()
    alive, held = os.pipe()
    terminal = _terminal()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    inner = os.fork()
    if inner == 0:
        os.close(held)
        _work(alive, work)
    try:
        os.close(alive)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        _, status = os.waitpid(inner, 0)
    except BaseException:
        os.kill(inner, signal.SIGKILL)
        os.waitpid(inner, 0)  # returns when all processes of its namespace have ended
        raise
    finally:
        _put_back(terminal)
    if os.WIFSIGNALED(status):
        raise RoomError(f"the laboratory was ended by signal {os.WTERMSIG(status)}")
    return os.WEXITSTATUS(status)


def _leave() -> None:
    """Leaves the namespaces of the caller. Raises `RoomError`."""
    flags = _NEWNS | _NEWIPC | _NEWPID | CLONE_NEWNET
    try:
        if os.geteuid() == 0:
            with suppress(PermissionError):  # root without rights, as in some containers: as any other user
                unshare(flags)
                return
        user, group = os.geteuid(), os.getegid()
        unshare(_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
        unshare(flags)
    except OSError as error:
        raise RoomError(refusal(error)) from error


def refusal(error: OSError) -> str:
    """Why the kernel refuses namespaces, and what to do."""
    what = "this kernel gives no network namespaces to users who are not root"
    if _text(_MOST_USERS) == "0":
        return f"{what}: run as root, or set `sysctl user.max_user_namespaces=10000`"
    if _text(_RESTRICTED) == "1":
        return f"{what}: run as root, or set `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
    if _text(_ALLOWED) == "0":
        return f"{what}: run as root, or set `sysctl kernel.unprivileged_userns_clone=1`"
    reason = (error.strerror or str(error)).lower()
    return f"this kernel gives no network namespaces ({reason}): run as root, outside containers that forbid it"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _work(alive: int, work: Callable[[], int]) -> None:
    """The inner process: never returns."""
    status = TROUBLE
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the outer process decides
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        _end_with_parent(alive)
        _furnish()
        status = work()
        sys.stdout.flush()
    except ReportedError as error:
        _say(f"lbsh: {error}")
    except BrokenPipeError:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        os._exit(status)


def _end_with_parent(alive: int) -> None:
    """Has the kernel end this process with its parent, which may have ended already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if select.select([alive], [], [], 0)[0]:
        os._exit(TROUBLE)


def _furnish() -> None:
    """File systems of the room: of its own processes, and empty ones for what programs leave behind. Raises `RoomError`."""
    try:
        _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
        _mount("tmpfs", "/run", "tmpfs", _MS_NOSUID | _MS_NODEV)
    except OSError as error:
        raise RoomError(refusal(error)) from error
    with suppress(OSError):  # in some containers; /proc is that of all processes then, and does as well
        _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    words = [None if word is None else word.encode() for word in (source, target, kind)]
    if libc.mount(*words, ctypes.c_ulong(flags), None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _say(line: str) -> None:
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")


def _terminal() -> list[object] | None:
    """The settings of the terminal, which somebody who is ended in the midst of a line cannot put back."""
    import termios  # noqa: PLC0415 -- only Unix has it

    try:
        return list(termios.tcgetattr(0))
    except (termios.error, OSError):
        return None


def _put_back(settings: list[object] | None) -> None:
    import termios  # noqa: PLC0415

    if settings is not None:
        with suppress(termios.error, OSError):
            termios.tcsetattr(0, termios.TCSADRAIN, settings)  # type: ignore[arg-type]
