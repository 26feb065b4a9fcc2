"""All installed backends as one, for a script that is checked without a choice: able to do what any of them can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lbsh_lang.backends.base import Artifact, Backend, Capability, Options, Rename, Verifier
from lbsh_lang.site.model import Site


@dataclass(frozen=True, slots=True)
class AnyBackend:
    """What a site asks for beyond this, none of the backends can express. It makes no rules."""

    backends: tuple[Backend, ...]
    name: str = "any"
    title: str = "any packet filter"
    load: tuple[str, ...] = ()
    targets: tuple[str, ...] = ("any",)

    @property
    def flags(self) -> Mapping[str, str]:
        return {}

    def capabilities(self, target: str) -> frozenset[Capability]:
        return frozenset().union(*(one.capabilities(target) for one in self.backends for target in one.targets))

    def renames(self, site: Site, name: str = "") -> Iterable[Rename]:
        return ()

    def conflict(self, options: Options, site: Site | None = None) -> str | None:
        return None

    def verifiers(self, site: Site) -> tuple[Verifier, ...]:
        return ()

    def render(self, site: Site, options: Options) -> Artifact:
        raise AssertionError("rules are for one packet filter")

    def render_change(self, old: Site, new: Site, options: Options) -> Artifact | None:
        return None
