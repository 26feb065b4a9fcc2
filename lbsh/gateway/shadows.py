"""Shadow probes: which probes decide in place of those that the running script says, and how that is kept. Pure.

Theory of operation. The running script holds the new probes; the store's record keeps, for each service whose probe changed,
the old one, which goes on deciding (null where there was none). A record whose probe is that of the script means nothing, so
it may be written before the script is replaced, and a service that is no more is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import NamedTuple, cast

from lbsh.store.protocol import StoreError
from lbsh_lang.site.model import Probe, Service, Site
from lbsh_lang.site.probing import effective_probe, is_same

Fields = Mapping[str, object]
"""A probe as JSON values."""


class Shadows(NamedTuple):
    """The probes that decide, by service; None for one that is not probed.

    `is_dropped` tells that the new ones are not carried out.
    """

    former: Mapping[str, Fields | None] = {}
    is_dropped: bool = False

    def as_json(self) -> dict[str, object]:
        return {"services": dict(self.former), "dropped": self.is_dropped}

    @staticmethod
    def of_json(kept: Mapping[str, object] | None) -> Shadows:
        """Reads the record, if there is one. Raises `StoreError` if it is damaged."""
        if kept is None:
            return NONE
        services, is_dropped = kept.get("services"), kept.get("dropped")
        if not isinstance(services, dict) or not isinstance(is_dropped, bool):
            raise _damaged()
        for one in services.values():
            if one is not None:
                _require(one)
        return Shadows(cast("dict[str, Fields | None]", services), is_dropped)

    def deciding(self, service: Service) -> Probe | None:
        """The probe that decides on the servers of a service, None if it is not probed."""
        if service.name not in self.former:
            return effective_probe(service)
        kept = self.former[service.name]
        return _probe(kept, service) if kept is not None else None

    def is_shadowed(self, service: Service) -> bool:
        """Whether another probe decides than the script says."""
        return service.name in self.former and not is_same(effective_probe(service), self.deciding(service))

    def shadow(self, service: Service) -> Probe | None:
        """The probe that is carried out beside the one that decides, None if there is none."""
        return effective_probe(service) if self.is_shadowed(service) and not self.is_dropped else None


NONE = Shadows()
"""What the script says decides."""


def changed(old: Site, kept: Shadows, new: Site) -> Shadows:
    """What is to be kept when a site takes the place of another one, whose probes go on deciding."""
    before = {service.name: service for service in old.services if service.pool is not None}
    former: dict[str, Fields | None] = {}
    for service in new.services:
        known = before.get(service.name)
        if known is None or service.pool is None:
            continue
        probe = kept.deciding(known)
        if not is_same(probe, effective_probe(service)):
            former[service.name] = _fields(probe) if probe is not None else None
    return Shadows(former)


def both(kept: Shadows, coming: Shadows) -> Shadows:
    """What is kept while it is open which of two scripts will run: the probes that decide now, for either."""
    return Shadows({**coming.former, **kept.former}, kept.is_dropped and not coming.former)


def _fields(probe: Probe) -> Fields:
    return {one.name: getattr(probe, one.name) for one in fields(Probe) if one.name != "origin"}


_KINDS: Mapping[str, tuple[type, ...]] = {
    "method": (str,),
    "argument": (str, type(None)),
    "options": (list, tuple),
    "port": (int, type(None)),
    "every": (int,),
    "timeout": (int,),
    "rise": (int,),
    "fall": (int,),
    "recheck": (bool,),
}


def _require(kept: object) -> None:
    """Raises if this is no probe."""
    if not isinstance(kept, dict) or kept.keys() != _KINDS.keys():
        raise _damaged()
    if not all(isinstance(kept[name], kinds) for name, kinds in _KINDS.items()):
        raise _damaged()
    pairs = [pair for pair in kept["options"] if isinstance(pair, list | tuple) and len(pair) == 2]
    if len(pairs) != len(kept["options"]) or not all(isinstance(word, str) for pair in pairs for word in pair):
        raise _damaged()


def _probe(kept: Fields, service: Service) -> Probe:
    pairs = cast("list[tuple[str, str]]", kept["options"])
    values = {**kept, "options": tuple([(name, value) for name, value in pairs]), "origin": service.origin}
    return Probe(**values)  # type: ignore[arg-type]  # `_require` has seen to the kinds


def _damaged() -> StoreError:
    return StoreError(
        "the record of shadow probes is damaged: remove the file `probes` in the store, and the script decides"
    )
