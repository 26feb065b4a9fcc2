"""Backends with a deliberate fault, to show that the tests of agreement find it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from lbsh_lang.backends.base import Artifact, Backend, Capability, Line, Options, Rename, Verifier
from lbsh_lang.checks.filters import needs
from lbsh_lang.site.model import Pool, Server, Service, Site


def unchanged(value: Site) -> Site:
    return value


def every_line(line: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A backend that gets a changed site, and loses some of its lines."""

    backend: Backend
    spoil: Callable[[Site], Site] = unchanged
    keeps: Callable[[str], bool] = every_line

    @property
    def name(self) -> str:
        return self.backend.name

    @property
    def title(self) -> str:
        return self.backend.title

    @property
    def load(self) -> tuple[str, ...]:
        return self.backend.load

    @property
    def targets(self) -> tuple[str, ...]:
        return self.backend.targets

    @property
    def flags(self) -> Mapping[str, str]:
        return self.backend.flags

    def capabilities(self, target: str) -> frozenset[Capability]:
        return self.backend.capabilities(target)

    def conflict(self, options: Options, site: Site | None = None) -> str | None:
        return self.backend.conflict(options, site)

    def renames(self, site: Site, name: str = "") -> Iterable[Rename]:
        return self.backend.renames(site, name)

    def verifiers(self, site: Site) -> tuple[Verifier, ...]:
        return self.backend.verifiers(site)

    def render(self, site: Site, options: Options) -> Artifact:
        spoiled = self.spoil(site)
        if not {need.capability for need in needs(spoiled)} <= self.capabilities(options.target):
            spoiled = site  # a backend refuses such a site before it renders it
        lines = self.backend.render(spoiled, options).lines
        return Artifact(tuple(Line(line.text, line.origin) for line in lines if self.keeps(line.text)))

    def render_change(self, old: Site, new: Site, options: Options) -> Artifact | None:
        return None


def in_pools(change: Callable[[Pool], Pool]) -> Callable[[Site], Site]:
    """A fault in every pool."""
    return in_services(lambda one: replace(one, pool=change(one.pool)) if one.pool is not None else one)


def in_services(change: Callable[[Service], Service]) -> Callable[[Site], Site]:
    return lambda site: replace(site, services=tuple(change(one) for one in site.services))


def in_servers(change: Callable[[Server], Server]) -> Callable[[Site], Site]:
    return in_pools(lambda pool: replace(pool, servers=tuple(change(one) for one in pool.servers)))
