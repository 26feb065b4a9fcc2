"""The meaning of a script that changes line by line: an edit folds the entities that its lines name, and no others."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from lbsh_lang.checks.views import ServicesOfDevice
from lbsh_lang.site import model
from lbsh_lang.site.device_facts import fold_device
from lbsh_lang.site.everywhere import Holders, members_in
from lbsh_lang.site.facts import Facts
from lbsh_lang.site.pool_lives import Effect, PoolHistory, PoolLife
from lbsh_lang.site.pools import fold_pool
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Script
from lbsh_lang.site.services import ServiceHistory, ServiceLife, fold_service
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.nodes import EverywhereFact, PoolStatement
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Address, Family


class LiveResolution(Resolution):
    """A `Resolution` that is maintained while statements come and go.

    Ranks are labels. `script` is always empty here; for the resolution of a whole script call `Session.snapshot()`.
    """

    def __init__(self, statements: Iterable[AnyStated], language: Lbsh) -> None:
        super().__init__(Script((), (), (), language))
        self.facts = Facts(statements)
        self.at: dict[Address, dict[str, ServiceLife]] = {}
        """The services of the site by their addresses and names."""
        self._order: list[tuple[int, str]] = []
        self._families: Counter[Family] = Counter()
        self._holders: Holders | None = None
        self._made: dict[str, tuple[ServiceLife, PoolLife | None, model.Service | None]] = {}

    def fold_service(self, name: str) -> tuple[ServiceHistory | None, ServiceHistory | None]:
        """Folds the facts about a service again; returns its old history and its new one."""
        before, facts = self.services.pop(name, None), self.facts.services.get(name)
        after = fold_service(name, facts) if facts else None
        if after is not None:
            self.services[name] = after
        else:
            self._made.pop(name, None)
        self._note(name, before.current if before else None, -1)
        self._note(name, after.current if after else None, 1)
        return before, after

    def fold_pool(self, name: str) -> tuple[PoolHistory | None, PoolHistory | None]:
        """Folds the facts about a pool again; returns its old history and its new one."""
        before, facts = self.pools.pop(name, None), self.facts.pools.get(name)
        after = fold_pool(name, self.facts.everywhere.among(facts), self.services.get) if facts else None
        if after is not None:
            self.pools[name] = after
        return before, after

    def pools_with(self, stated: Collection[EverywhereFact], changed: Iterable[str]) -> dict[str, None]:
        """The pools that add any server of these statements, given the pools whose statements have changed."""
        if self._holders is not None:
            for name in changed:
                self._holders.note(name, self.facts.pools.get(name, ()))
        elif stated or self.facts.everywhere.statements:
            self._holders = Holders(self.facts.pools)
        members = {member for node in stated for member in members_in(node.targets)}
        return {name: None for member in members for name in (self._holders.of(member) if self._holders else ())}

    def effects_everywhere(self, rank: int) -> Iterable[Mapping[int, Effect]]:
        stated = self.facts.everywhere.at(rank)
        if stated is not None and all(self.facts.everywhere.overlooks(rank, token) for token in stated.node.targets):
            return ()
        pools = self.pools_with([stated.node], ()) if stated is not None else {}
        return [self.pools[name].effects[rank] for name in pools if rank in self.pools[name].effects]

    def fold_device(self) -> None:
        """Folds the facts about the device again."""
        self.device = fold_device(self.facts.device)

    def forget(self) -> None:
        """Invalidates the values that depend on the whole script: they are recomputed on the next use."""
        self.__dict__.pop("site", None)
        self.__dict__.pop("pool_lives", None)

    def pools_of(self, service: str) -> list[str]:
        """The names of the pools that a statement assigns to a service."""
        facts = self.facts.services.get(service, ())
        names = [fact.node.name for fact in facts if isinstance(fact.node, PoolStatement)]
        return [name.value for name in names if name is not None and name.value is not None]

    def services_of_device(self) -> ServicesOfDevice:
        """The properties of services that checks of the device read."""
        life = self.services[self._order[0][1]].current if self._order else None
        return ServicesOfDevice(life.defined if life is not None else None, frozenset(self._families))

    def current_services(self) -> list[ServiceLife]:
        lives = [self.services[name].current for _, name in self._order]
        return [life for life in lives if life is not None]

    def pool_of(self, service: ServiceLife) -> PoolLife | None:
        if service.pool is None:
            return None
        assert isinstance(service.pool.node, PoolStatement)
        name = service.pool.node.name
        history = self.pools.get(name.value) if name is not None and name.value is not None else None
        lives = history.lives if history is not None else []
        return next((life for life in lives if life.defined.rank == service.pool.rank), None)

    def service(self, life: ServiceLife) -> model.Service | None:
        name = life.node.name.text if life.node.name else ""
        pool = self.pool_of(life)
        known = self._made.get(name)
        if known is None or known[0] is not life or known[1] is not pool:
            known = self._made[name] = (life, pool, super().service(life))
        return known[2]

    def settled_service(self, life: ServiceLife) -> model.Service | None:
        """A service that knows which of its ports others take; takes time in the number of services at its address."""
        service = self.service(life)
        there = self.at.get(service.address, {}) if service is not None else {}
        if service is None or len(there) < 2:
            return service
        others = [self.service(one) for one in there.values() if one is not life]
        settled = model.settled([service, *[one for one in others if one is not None]])
        return settled[0]

    def _note(self, name: str, life: ServiceLife | None, change: int) -> None:
        """Updates the indexes: `change` is 1 where a service comes and -1 where it goes."""
        if life is None:
            return
        entry = (life.defined.rank, name)
        address = life.node.address.value if life.node.address else None
        if change > 0:
            insort(self._order, entry)
            if address is not None:
                self.at.setdefault(address, {})[name] = life
                self._families[address.family] += 1
            return
        del self._order[bisect_left(self._order, entry)]
        if address is not None:
            del self.at[address][name]
            if not self.at[address]:
                del self.at[address]
            self._families[address.family] -= 1
            self._families += Counter()  # drops zeros
