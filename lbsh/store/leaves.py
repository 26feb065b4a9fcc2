"""The tree on the disk: a folder for each container, a file for each leaf. Knows nothing of scripts and locks.

The tree follows from the script and from what probes find, so nothing in it waits for the disk. A file is replaced by a
rename, and what is damaged nevertheless is written anew by the next change of its pool.
"""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from lbsh.store.files import Files
from lbsh.store.names import ATTRIBUTES, decode, encode
from lbsh.store.protocol import Node
from lbsh.store.tree import (
    attributes_text,
    defined_leaf,
    leaf_name,
    probed_leaf,
    read_attributes,
    server_of,
    services_of,
    statuses_in,
)
from lbsh_lang.site.status import ServerId, Status
from lbsh_lang.values import Address

_MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class Tree(NamedTuple):
    """The tree below a folder, which is ROOT."""

    root: str
    files: Files

    @property
    def pools(self) -> str:
        return f"{self.root}/pools"

    def statuses(self, pool: str | None) -> dict[ServerId, Status]:
        """The statuses of the servers of one pool, or of all."""
        found: dict[ServerId, Status] = {}
        for name in self._pool_names() if pool is None else (pool,):
            folder = self._folder_of(name)
            services = services_of(self._attributes(f"{folder}/{ATTRIBUTES}"))
            for leaf, (address, port) in self._servers(folder):
                statuses = statuses_in(self._attributes(f"{folder}/{leaf}"), services)
                for service, status in statuses.items():
                    found[ServerId(name, service, address, port)] = status
        return found

    def whole(self, pools: Collection[str] | None) -> Node:
        """ROOT with all pools, or with those of some names."""
        nodes = {name: self._pool(self._folder_of(name)) for name in (self._pool_names() if pools is None else pools)}
        found = {name: node for name, node in nodes.items() if node.attributes or node.children}
        return Node(self._attributes(f"{self.root}/{ATTRIBUTES}"), {"pools": Node({}, found)})

    def write(self, pools: Mapping[str, Node], attributes: Mapping[str, str] | None, now: int) -> bool:
        """Writes the definitions of pools; whether any were others. Servers that stay keep their statuses; new ones are
        unknown since now."""
        self._make_folder(self.root)
        self._make_folder(self.pools)
        changed = [attributes is not None and self._write(f"{self.root}/{ATTRIBUTES}", attributes_text(attributes))]
        for name, pool in pools.items():
            folder = self._folder_of(name)
            if pool.attributes or pool.children:
                changed.append(self._write_pool(folder, pool, now))
            else:
                changed.append(self.files.remove(folder))
        return any(changed)

    def set_statuses(self, statuses: Mapping[ServerId, Status]) -> bool:
        """Writes the statuses that are others than those on the disk; whether there was one."""
        by_pool: dict[str, dict[str, dict[str, Status]]] = {}
        for (pool, service, address, port), status in statuses.items():
            by_pool.setdefault(pool, {}).setdefault(leaf_name(address, port), {})[service] = status
        return sum([self._set_in(self._folder_of(pool), leaves) for pool, leaves in by_pool.items()]) > 0

    def _set_in(self, folder: str, leaves: Mapping[str, Mapping[str, Status]]) -> bool:
        services = services_of(self._attributes(f"{folder}/{ATTRIBUTES}"))
        changed = False
        for leaf, found in leaves.items():
            path = f"{folder}/{leaf}"
            text = self._text(path)
            if text is not None:
                leaf_now = probed_leaf(read_attributes(text), services, found)
                changed |= self._write(path, attributes_text(leaf_now), text)
        return changed

    def _write_pool(self, folder: str, pool: Node, now: int) -> bool:
        self._make_folder(folder)
        before = services_of(self._attributes(f"{folder}/{ATTRIBUTES}"))
        services = services_of(pool.attributes)
        children = pool.children or {}
        changed = []
        for leaf, node in children.items():
            path = f"{folder}/{leaf}"
            text = self._text(path) or ""
            attributes = defined_leaf(node, services, read_attributes(text), before, now)
            changed.append(self._write(path, attributes_text(attributes), text))
        changed.append(self._write(f"{folder}/{ATTRIBUTES}", attributes_text(pool.attributes)))
        gone = [leaf for leaf, _ in self._servers(folder) if leaf not in children]
        return any([*changed, *[self.files.remove(f"{folder}/{leaf}") for leaf in gone]])

    def _pool(self, folder: str) -> Node:
        leaves = {leaf: Node(self._attributes(f"{folder}/{leaf}"), None) for leaf, _ in self._servers(folder)}
        return Node(self._attributes(f"{folder}/{ATTRIBUTES}"), leaves)

    def _pool_names(self) -> Iterable[str]:
        return [decode(name) for name in self._names(self.pools)]

    def _servers(self, folder: str) -> Iterator[tuple[str, tuple[Address, int]]]:
        for name in self._names(folder):
            server = server_of(name) if name != ATTRIBUTES else None
            if server is not None:
                yield name, server

    def _names(self, folder: str) -> list[str]:
        try:
            return self.files.names(folder)
        except _MISSING:
            return []

    def _folder_of(self, pool: str) -> str:
        return f"{self.pools}/{encode(pool)}"

    def _attributes(self, path: str) -> dict[str, str]:
        text = self._text(path)
        return {} if text is None else read_attributes(text)

    def _text(self, path: str) -> str | None:
        """The text of a file, None if there is none."""
        try:
            return self.files.read(path).decode(errors="replace")
        except _MISSING:
            return None

    def _write(self, path: str, text: str, before: str | None = None) -> bool:
        """Replaces a file if its text is another; whether it was."""
        if (self._text(path) if before is None else before) == text:
            return False
        try:
            self.files.replace_quickly(path, text.encode())
        except IsADirectoryError:
            self.files.remove(path)
            self.files.replace_quickly(path, text.encode())
        return True

    def _make_folder(self, path: str) -> None:
        with suppress(FileNotFoundError):
            if not stat.S_ISDIR(self.files.calls.lstat(path).st_mode):
                self.files.remove(path)
        self.files.make_folder(path)
