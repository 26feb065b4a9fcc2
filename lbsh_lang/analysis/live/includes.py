"""The graph of `include` between files, and the roots from which scripts are read. Knows names of files only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


class IncludeGraph:
    """The included files of each file, by identity."""

    def __init__(self) -> None:
        self._included: dict[str, tuple[str, ...]] = {}
        self._includers: dict[str, set[str]] = {}

    def all(self) -> set[str]:
        """The files whose includes are known."""
        return set(self._included)

    def note(self, identity: str, included: tuple[str, ...]) -> bool:
        """Stores the includes of a file; returns whether they have changed."""
        if self._included.get(identity) == included:
            return False
        self.forget(identity)
        self._included[identity] = included
        for one in included:
            self._includers.setdefault(one, set()).add(identity)
        return True

    def forget(self, identity: str) -> None:
        """Drops the includes of a file."""
        for one in self._included.pop(identity, ()):
            self._includers[one].discard(identity)
            if not self._includers[one]:
                del self._includers[one]

    def roots(self, identity: str) -> Iterator[str]:
        """The roots of the scripts that contain a file: the files above it that no other file includes.

        In a ring of files that include each other, without an includer outside, one file counts as the root: the given file
        if it is in the ring, else the first by name.
        """
        above = self._above(identity)
        covered: set[str] = set()
        for one in sorted(above):
            if not self._includers.get(one):
                covered |= self._below(one)
                yield one
        while left := above - covered:
            rings = {one: self._above(one) for one in left}
            # The file with the fewest files above it is at the top; all files above it are in the ring.
            root = (
                identity
                if identity in left and self._is_top(identity)
                else min(left, key=lambda one: (len(rings[one]), one))
            )
            covered |= self._below(root) | {root}
            yield root

    def _is_top(self, identity: str) -> bool:
        return all(identity in self._above(one) for one in self._above(identity))

    def _above(self, identity: str) -> set[str]:
        """A file and all its includers, direct or not."""
        return _reached(identity, lambda one: self._includers.get(one, ()))

    def _below(self, identity: str) -> set[str]:
        """A file and all its includes, direct or not."""
        return _reached(identity, lambda one: self._included.get(one, ()))


def _reached(start: str, step: Callable[[str], Iterable[str]]) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        new = set(step(waiting.pop())) - seen
        seen |= new
        waiting += new
    return seen
