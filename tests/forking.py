"""Runs of `lbsh` as forks of the process of the tests: all in the quick profile, those of repeated cases in the gate.

To start Python and import lbsh takes a tenth of a second, its language server seven times as long, and the tests start them
some thousand times. The process of the tests has imported all of it. So a command `python -m lbsh ...` is run by the fork
that `subprocess` makes of this process for it, before that fork would execute the program: same arguments, streams, working
folder and environment, but no new interpreter. In the gate the first case of each test starts the interpreter nevertheless,
which shows that it does the same; so does the first language server of each file of tests, all being the same command.
Commands with variables for the interpreter itself start it, unless a fork can do as they say; so does every other program.
Plug-ins on PYTHONPATH are found by a fork as well, but a folder with a module that this process has from elsewhere needs a
new interpreter.

Nothing of this process may show in a fork: it gets streams, signals, log handlers and warnings as a new interpreter has
them, and ends without the exit handlers of the tests.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from lsprotocol.converters import get_converter

from lbsh import app, plugins
from lbsh.__main__ import main
from lbsh_lang.backends import registry
from lbsh_lang.syntax import consistency
from lbsh_lang.syntax.methods import METHODS
from oyster.near import NearMisses

UNBUFFERED, NO_BYTECODE, ENCODING = "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING"

PROGRAM = [sys.executable, "-m", "lbsh"]

_FOLLOWED = {"PYTHONPATH", UNBUFFERED, NO_BYTECODE, ENCODING}
"""Variables for the interpreter that a fork can follow."""

_OF_TESTS = {"lbsh_example"}
"""Packages that tests import and lbsh does not, unless they are installed: a fork forgets them."""

_kept: list[io.TextIOWrapper | None] = []
"""The streams of a fork, which stay open when it replaces them, as those of an interpreter do."""

_start: Callable[..., None] = subprocess.Popen.__init__


class Current:
    """The test that runs: whether it forks all commands, and the files in which a language server was started."""

    forks_all = True
    file = ""
    serving: ClassVar[set[str]] = set()

    @classmethod
    def may_fork(cls, words: Sequence[str]) -> bool:
        """Whether a fork may run this command of lbsh."""
        if cls.forks_all or words[:1] != ["lsp"]:
            return cls.forks_all
        was_started = cls.file in cls.serving
        cls.serving.add(cls.file)
        return was_started


def install() -> None:
    """Makes `subprocess` run lbsh in its forks, from now on. What every start finds out anew is found out here for all."""
    get_converter()
    app.all_backends()
    plugins.installed_language()
    subprocess.Popen.__init__ = _init  # type: ignore[method-assign]


def begin(file: str, forks_all: bool) -> None:
    """A test of this file begins: whether all commands of lbsh are run by forks."""
    Current.file, Current.forks_all = file, forks_all


def _init(self: object, args: object, *further: object, **options: object) -> None:
    command, environment = _command(args), options.get("env")
    if command is not None and not further and not options.get("preexec_fn") and not options.get("pass_fds"):
        assert environment is None or isinstance(environment, Mapping)
        if not _is_own(environment) and Current.may_fork(command[len(PROGRAM) :]):
            options["preexec_fn"] = _run(command[len(PROGRAM) :], environment)
    _start(self, args, *further, **options)


def _command(args: object) -> list[str] | None:
    """The words of a command that runs lbsh, None for every other."""
    words = list(map(str, args)) if isinstance(args, Sequence) and not isinstance(args, str | bytes) else []
    return words if words[: len(PROGRAM)] == PROGRAM else None


def _is_own(environment: Mapping[str, str] | None) -> bool:
    """Whether an environment says something to the interpreter that this process was not told."""
    if environment is None:
        return False
    names = {name for name in {*environment, *os.environ} if name.startswith(("PYTHON", "LC_", "LANG"))} - _FOLLOWED
    return any(environment.get(name, "") != os.environ.get(name, "") for name in names) or not _has(environment)


def _has(environment: Mapping[str, str]) -> bool:
    """Whether this process has no module from elsewhere that an environment has imported from one of its folders."""
    return not {*_modules(_added(environment))} & {*sys.modules} - _OF_TESTS


def _added(environment: Mapping[str, str]) -> list[str]:
    """The folders for modules that an environment has and this process has not."""
    return [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder not in {"", *sys.path}]


def _modules(folders: Sequence[str]) -> Iterator[str]:
    """The names of the modules and packages in folders."""
    for path in [path for folder in map(Path, folders) if folder.is_dir() for path in folder.iterdir()]:
        if path.suffix == ".py" or path.is_dir():
            yield path.name.removesuffix(".py")


def _run(arguments: Sequence[str], environment: Mapping[str, str] | None) -> Callable[[], None]:
    """What the fork does in place of executing the program."""

    def run() -> None:
        status = 1
        try:
            os.closerange(3, 1 << 16)  # also the pipe at whose end the parent learns that the program runs
            gc.freeze()
            _renew(arguments, environment)
            status = main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            _end(status)

    return run


def _renew(arguments: Sequence[str], environment: Mapping[str, str] | None) -> None:
    """Gives the fork what a new interpreter has."""
    if environment is not None:
        os.environ.clear()
        os.environ.update(environment)
        _add_folders(_added(environment))
    sys.dont_write_bytecode = bool(os.environ.get(NO_BYTECODE))
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    logging.root.handlers.clear()
    logging.root.setLevel(logging.WARNING)
    warnings.resetwarnings()
    _forget(
        "lbsh.cli"
    )  # click keeps in a command what the first question about it was told, such as the names of --help
    sys.argv = ["lbsh", *arguments]
    sys.stdin, sys.stdout, sys.stderr = _stream(0, "r"), _stream(1, "w"), _stream(2, "w")
    _kept.extend((sys.stdout, sys.stderr))


def _add_folders(folders: Sequence[str]) -> None:
    """Has modules imported from folders too, and forgets all that was found among the plug-ins without them."""
    if folders:
        sys.path[:0] = folders
        importlib.invalidate_caches()
        for package in _OF_TESTS:
            _forget(package)
        plugins.installed_language.cache_clear()
        registry.installed.cache_clear()
        vars(METHODS).pop("_plug_ins", None)
        vars(consistency).update(_near_method=NearMisses(METHODS))


def _forget(package: str) -> None:
    """Has a package imported anew."""
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


def _stream(number: int, mode: str) -> io.TextIOWrapper | None:
    unbuffered = mode == "w" and bool(os.environ.get(UNBUFFERED))
    try:
        raw = open(number, f"{mode}b", 0 if unbuffered else -1, closefd=False)  # noqa: SIM115 -- while the process lasts
    except OSError:
        return None
    encoding, _, errors = os.environ.get(ENCODING, "").partition(":")
    return io.TextIOWrapper(
        raw,
        encoding=encoding or "utf-8",
        errors="backslashreplace" if number == 2 else errors or None,
        line_buffering=number == 2 or raw.isatty(),
        write_through=unbuffered,
    )


def _end(status: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            status = status or 120  # as the interpreter does where its output cannot be written
    os._exit(status)
