"""A machine that stops: system calls that are recorded, end a program, or fail, and disks as a loss of power leaves them.

The model of the disk is as weak as POSIX allows. A file has the content of its last fsync or any later one, or a part of
that. The names in a folder are those of its last fsync with any of the later changes, and a rename is one change.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from lbsh.store.calls import KERNEL, Calls

P = ParamSpec("P")
R = TypeVar("R")

WITHOUT_WAITING = KERNEL._replace(fsync=lambda _: None, fdatasync=lambda _: None)
"""For tests that lose no power."""


class Stopped(BaseException):
    """The program ended, as by SIGKILL: no call after it has an effect."""


@dataclass
class Kernel:
    """System calls that end the program, or fail once, at one of those that change something.

    A write that is interrupted has written half. Calls from `limit` on have no effect; with `error` that one fails.
    """

    limit: int | None = None
    error: int | None = None
    count: int = 0
    is_stopped: bool = False
    opened: set[int] = field(default_factory=set)
    recorder: Recorder | None = None

    def calls(self) -> Calls:
        return Calls(**{name: self._wrapped(name, call) for name, call in WITHOUT_WAITING._asdict().items()})

    def close(self) -> None:
        """Closes what the program left open, as the kernel does."""
        for file in self.opened:
            os.close(file)
        self.opened.clear()

    def _wrapped(self, name: str, call: Callable[P, R]) -> Callable[P, R]:
        def wrapped(*arguments: P.args, **keywords: P.kwargs) -> R:
            self._step(name, arguments)
            result = call(*arguments, **keywords)
            if name == "open" and isinstance(result, int):
                self.opened.add(result)
            elif name == "close" and isinstance(arguments[0], int):
                self.opened.discard(arguments[0])
            if self.recorder is not None:
                self.recorder.note(name, arguments, result)
            return result

        return wrapped

    def _step(self, name: str, arguments: tuple[object, ...]) -> None:
        if self.is_stopped:
            raise Stopped
        if name in READING or (name == "open" and isinstance(arguments[1], int) and not arguments[1] & os.O_CREAT):
            return
        self.count += 1
        if self.count - 1 != self.limit:
            return
        if name == "write":
            file, content = arguments
            assert isinstance(file, int)
            assert isinstance(content, bytes)
            os.write(file, content[: len(content) // 2])
        if self.error is not None:
            raise OSError(self.error, os.strerror(self.error))
        self.is_stopped = True
        raise Stopped


READING = frozenset({"close", "read", "stat", "lstat", "fstat", "listdir", "flock"})

Content = bytes | str | None
"""Of a file, of a symbolic link, of a folder."""


@dataclass
class Recorder:
    """What a program does to the files below a folder, in order. Files and folders have numbers; the first is the root."""

    root: str
    numbers: dict[str, int] = field(default_factory=dict)
    opened: dict[int, int] = field(default_factory=dict)
    contents: dict[int, Content] = field(default_factory=dict)
    events: list[tuple[str, int, object]] = field(default_factory=list)
    first: dict[int, tuple[Content, dict[str, int | None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._find(self.root)

    def note(self, name: str, arguments: tuple[object, ...], result: object) -> None:
        note = getattr(self, f"_{name}", None)
        if note is not None:
            note(*arguments, result)

    def _find(self, path: str) -> int:
        """What is there at first is on the disk."""
        number = self.numbers[path] = len(self.numbers)
        content: Content = None
        names: dict[str, int | None] = {}
        if Path(path).is_symlink():
            content = str(Path(path).readlink())
        elif Path(path).is_file():
            content = Path(path).read_bytes()
        else:
            names = {one.name: self._find(str(one)) for one in sorted(Path(path).iterdir())}
        self.contents[number] = content
        self.first[number] = (content, names)
        return number

    def _new(self, path: str, content: Content) -> int:
        number = len(self.contents)
        self.contents[number] = content
        self._named(path, number)
        if content is not None:
            self.events.append(("content", number, content))
        return number

    def _named(self, path: str, number: int | None) -> None:
        folder, _, name = path.rpartition("/")
        self.events.append(("names", self.numbers[folder], {name: number}))
        if number is None:
            del self.numbers[path]
        else:
            self.numbers[path] = number

    def _open(self, path: str, flags: int, _mode: int, file: int) -> None:
        if path not in self.numbers:
            self._new(path, b"")
        elif flags & os.O_TRUNC:
            self._content(self.numbers[path], b"")
        self.opened[file] = self.numbers[path]

    def _content(self, number: int, content: bytes) -> None:
        self.contents[number] = content
        self.events.append(("content", number, content))

    def _bytes(self, file: int) -> bytes:
        content = self.contents[self.opened[file]]
        assert isinstance(content, bytes)
        return content

    def _write(self, file: int, data: bytes, written: int) -> None:
        self._content(self.opened[file], self._bytes(file) + data[:written])

    def _truncate(self, file: int, size: int, _: object) -> None:
        self._content(self.opened[file], self._bytes(file)[:size])

    def _fsync(self, file: int, _: object) -> None:
        self.events.append(("sync", self.opened[file], None))

    _fdatasync = _fsync

    def _mkdir(self, path: str, _mode: int, _: object) -> None:
        self._new(path, None)

    def _symlink(self, target: str, path: str, _: object) -> None:
        self._new(path, target)

    def _unlink(self, path: str, _: object) -> None:
        self._named(path, None)

    _rmdir = _unlink

    def _rename(self, old: str, new: str, _: object) -> None:
        (folder, _, name), (target, _, other) = old.rpartition("/"), new.rpartition("/")
        assert folder == target, "a rename between folders is not one change"
        self.events.append(("names", self.numbers[folder], {name: None, other: self.numbers[old]}))
        moved = {path: one for path, one in self.numbers.items() if path == old or path.startswith(f"{old}/")}
        for path, number in moved.items():
            del self.numbers[path]
            self.numbers[new + path.removeprefix(old)] = number

    def disks(self, until: int, samples: int, chance: random.Random) -> Iterator[dict[int, Node]]:
        """Disks as a loss of power after so many events may leave them: the weakest, the strongest, and others."""
        for draw in (lambda _: 0.0, lambda _: 1.0, *[lambda _: chance.random()] * samples):
            yield {number: self._left(number, until, draw) for number in self.contents}

    def _left(self, number: int, until: int, draw: Callable[[object], float]) -> Node:
        content, names = self.first.get(number, (b"" if isinstance(self.contents[number], bytes) else None, {}))
        names, later = dict(names), [content]
        changes: list[dict[str, int | None]] = []
        for kind, of, value in self.events[:until]:
            if of != number:
                continue
            if kind == "sync":
                later = later[-1:]
                for change in changes:
                    names |= change
                changes = []
            elif kind == "content":
                assert isinstance(value, bytes | str)
                later.append(value)
            else:
                assert isinstance(value, dict)
                changes.append(value)
        for change in changes:
            if draw(change) > 0.5:
                names |= change
        chosen = later[round(draw(later) * (len(later) - 1))]
        if isinstance(chosen, bytes) and isinstance(later[0], bytes) and chosen != later[0] and draw(chosen) < 0.3:
            chosen = torn(later[0], chosen, draw(chosen))
        return chosen, names


Node = tuple[Content, dict[str, int | None]]


def torn(old: bytes, new: bytes, share: float) -> bytes:
    """A part of what was written: the rest is missing, or there are zeros in its place."""
    kept = next(
        (place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    cut = kept + int((len(new) - kept) * share)
    return new[:cut] if int(share * 100) % 2 else new[:cut] + bytes(len(new) - cut)


Tree = Content | tuple[tuple[str, "Tree"], ...]
"""A file, a link, or a folder with what is in it."""


def unlike(disks: Iterable[dict[int, Node]], known: set[Tree]) -> Iterator[dict[int, Node]]:
    """Those disks that hold anything else than the known ones; they are known then. Most drawn ones are like another."""
    for disk in disks:
        if (tree := tree_of(disk)) not in known:
            known.add(tree)
            yield disk


def tree_of(disk: dict[int, Node], number: int = 0) -> Tree:
    """All that is to be found on a disk: not the files that no folder names."""
    content, names = disk[number]
    if content is not None:
        return content
    return tuple((name, tree_of(disk, child)) for name, child in sorted(names.items()) if child is not None)


def write_disk(disk: dict[int, Node], path: Path, number: int = 0) -> None:
    """Makes the files of such a disk."""
    content, names = disk[number]
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.symlink_to(content)
    else:
        path.mkdir()
        for name, child in names.items():
            if child is not None:
                write_disk(disk, path / name, child)
