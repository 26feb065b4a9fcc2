"""Both stores: in memory and on the disk, with handles as several processes have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lbsh.store.disk import DiskStore
from lbsh.store.memory import Memory, MemoryStore
from lbsh.store.protocol import Store

Handles = Callable[[], Store]
"""Opens one more handle of the same store."""


@pytest.fixture(params=["disk", "memory"])
def handles(request: pytest.FixtureRequest, tmp_path: Path) -> Handles:
    memory = Memory()
    if request.param == "memory":
        return lambda: MemoryStore(memory)
    return lambda: DiskStore(tmp_path / "store")


@pytest.fixture
def store(handles: Handles) -> Store:
    return handles()
