"""What lines state about entities: the index between statements and meaning.

An entity is a service, a pool, or the device. Each statement states facts about the one or two entities that it names, and
order matters within one entity alone. So the meaning of an entity follows from its own facts, and after an edit only the
entities that the old and the new line name need another look.
"""

from __future__ import annotations

from collections.abc import Iterable

from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import Stated


class Facts:
    """Statements filed under the entities they name, each list in the order of the script."""

    def __init__(self, statements: Iterable[Stated] = ()) -> None:
        self.services: dict[str, list[Stated]] = {}
        self.pools: dict[str, list[Stated]] = {}
        self.device: list[Stated] = []
        self.shell: list[Stated] = []
        self.lost: list[Stated] = []
        """Statements whose entity could not be read: what they state is unknown, but that they state it is known."""
        for stated in statements:
            node = stated.node
            if type(node) is nodes.AddStatement and node.pool is not None and node.pool.value in self.pools:
                self.pools[node.pool.value].append(stated)  # by far the most frequent case
            else:
                self.state(stated)

    def state(self, stated: Stated) -> None:
        """Files one statement."""
        node = stated.node
        match node:
            case nodes.AddStatement(pool=pool):
                self._file(self.pools, pool, stated)
            case nodes.ServiceStatement(name=service) | nodes.RemoveServiceStatement(service=service):
                self._file(self.services, service, stated)
            case nodes.ProbeStatement(service=service):
                self._file(self.services, service, stated)
            case nodes.PoolStatement(name=pool, service=service):
                self._file(self.pools, pool, stated)
                self._file(self.services, service, stated)
            case nodes.RemoveStatement(pool=pool) | nodes.DrainStatement(pool=pool) | nodes.ResumeStatement(pool=pool):
                self._file(self.pools, pool, stated)
            case nodes.StatusStatement() | nodes.SaveStatement() | nodes.HelpStatement():
                self.shell.append(stated)
            case nodes.IncludeStatement():
                pass
            case _:
                self.device.append(stated)

    def _file(self, index: dict[str, list[Stated]], name: nodes.Name | None, stated: Stated) -> None:
        if name is None or name.value is None:
            self.lost.append(stated)
        elif name.value in index:
            index[name.value].append(stated)
        else:
            index[name.value] = [stated]
