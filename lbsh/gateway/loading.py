"""What to load so that the filter has the rules of the running script. Reads what is loaded, and changes nothing.

Three ways, the cheapest first. An *exchange* renders the rules of a few services anew: what is loaded is known, and new
statements, or new statuses, concern these services alone. A *change* compares two whole sites. Everything else takes *whole*
rules: nothing is loaded yet, or it is not known what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import NamedTuple, cast

from lbsh.drivers.choice import NO_DRIVER
from lbsh.gateway.desired import NO_STEPS, desired, down_of
from lbsh.gateway.machine import Choice
from lbsh.store.protocol import Loaded, Reader
from lbsh_lang.backends.base import Artifact, Backend, Exchanger, Kept
from lbsh_lang.site.appended import exchange_of
from lbsh_lang.site.down import with_down
from lbsh_lang.site.exchange import exchange_between
from lbsh_lang.site.model import Service, Site
from lbsh_lang.site.ramps import with_steps
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.status import ServerId, State
from lbsh_lang.values import Address

_BESIDE = "beside"
"""The note with the choices whose rules may be in the kernel besides those that are loaded."""


_STEPS = "steps"
"""The note with the servers that return gradually."""


class Verb(Enum):
    """How rules get into the filter."""

    NOTHING = "nothing"
    CHANGE = "change"
    WHOLE = "whole"


class Rules(NamedTuple):
    """What to load: the way, the text, and what the backend keeps of the rules that are there then."""

    verb: Verb
    artifact: Artifact
    kept: Kept | None


NO_RULES = Rules(Verb.NOTHING, Artifact(()), None)


class Step(NamedTuple):
    """A change of a few services: as they are loaded, as they should be, the servers that are down then, the rules, and the
    steps of servers that return gradually then."""

    before: tuple[Service, ...]
    after: tuple[Service, ...]
    down: frozenset[ServerId]
    rules: Rules
    steps: Mapping[ServerId, int] = NO_STEPS


def kept_in(loaded: Loaded) -> Kept | None:
    """What the backend keeps of the rules that are loaded."""
    kept = loaded.notes.get("kept")
    return cast("Kept", kept) if isinstance(kept, Mapping) else None


def loaded_site(meant: Site, loaded: Loaded) -> Site:
    """The site whose rules are loaded, by what the script means."""
    return desired(meant, loaded.down, steps_in(loaded))


def steps_in(loaded: Loaded) -> Mapping[ServerId, int]:
    """The steps of servers that return gradually, as their rules are loaded."""
    noted = loaded.notes.get(_STEPS)
    found = noted if isinstance(noted, list) else []
    return {ServerId(pool, service, Address(*address), port): step for pool, service, *address, port, step in found}


def note_of_steps(steps: Mapping[ServerId, int]) -> dict[str, object]:
    """A note of such steps."""
    found = [[pool, service, *address, port, step] for (pool, service, address, port), step in sorted(steps.items())]
    return {_STEPS: found} if found else {}


def rules_beside(loaded: Loaded | None, chosen: Choice) -> tuple[Choice, ...]:
    """The choices besides the chosen one whose rules may be in the kernel: what is loaded, and what was begun to be."""
    if loaded is None:
        return ()
    there = [Choice.of_json(loaded.driver, loaded.options)] if loaded.revision else []
    begun = loaded.notes.get(_BESIDE)
    there += [Choice.of_json(one["driver"], one["options"]) for one in begun] if isinstance(begun, list) else []
    return tuple([one for one in dict.fromkeys(there) if one.driver != NO_DRIVER and one.is_beside(chosen)])


def note_of_beside(choices: Iterable[Choice]) -> dict[str, object]:
    """A note of such choices."""
    found = [{"driver": one.driver, "options": one.as_json()} for one in choices]
    return {_BESIDE: found} if found else {}


def step_of(
    resolution: Resolution, first: int, loaded: Loaded, reader: Reader, backend: Backend, chosen: Choice
) -> Step | None:
    """The change that the statements from a rank on make of loaded rules; None if more than their services may change."""
    kept = kept_in(loaded) if not steps_in(loaded) else None
    exchange = exchange_of(resolution, first) if kept is not None and isinstance(backend, Exchanger) else None
    if kept is None or exchange is None or not isinstance(backend, Exchanger):
        return None
    pools = {one.pool.name for one in (*exchange.before, *exchange.after) if one.pool is not None}
    others = frozenset(one for one in loaded.down if one.pool not in pools)
    down = others | {one for pool in pools for one in down_of(reader.statuses(pool))}
    exchange = exchange_of(resolution, first, loaded.down, down)
    assert exchange is not None, "it was one without regard to the servers that are down"
    changed = backend.render_exchange(kept, exchange, chosen.options)
    if changed is None:
        return None
    verb = Verb.CHANGE if changed.artifact.lines else Verb.NOTHING
    return Step(exchange.before, exchange.after, down, Rules(verb, changed.artifact, changed.kept))


def step_of_statuses(
    services: Sequence[Service],
    loaded: Loaded,
    found: Mapping[ServerId, State],
    steps: Mapping[ServerId, int],
    backend: Backend,
    chosen: Choice,
) -> Step | None:
    """The change that other states of some servers make of loaded rules; `services` are those of these servers.

    `steps` are those of all servers that return gradually. None if more than the rules of these services may change.
    """
    kept = kept_in(loaded)
    if kept is None or not isinstance(backend, Exchanger):
        return None
    down = loaded.down.difference(found) | {server for server, state in found.items() if state is State.DOWN}
    exchange = exchange_between(
        tuple([with_steps(with_down(service, loaded.down), steps_in(loaded)) for service in services]),
        tuple([with_steps(with_down(service, down), steps) for service in services]),
    )
    if not exchange.after:
        return Step((), (), down, Rules(Verb.NOTHING, Artifact(()), kept), steps)
    changed = backend.render_exchange(kept, exchange, chosen.options)
    if changed is None:
        return None
    verb = Verb.CHANGE if changed.artifact.lines else Verb.NOTHING
    return Step(exchange.before, exchange.after, down, Rules(verb, changed.artifact, changed.kept), steps)


def rules_for(old: Site | None, new: Site, kept: Kept | None, backend: Backend, chosen: Choice) -> Rules:
    """What to load for a whole site; `old` is the one whose rules are loaded, None if that is not known."""
    if old is not None and kept is not None and isinstance(backend, Exchanger):
        changed = backend.render_kept_change(kept, old, new, chosen.options)
        if changed is not None:
            verb = Verb.CHANGE if _lines(changed.artifact) else Verb.NOTHING
            return Rules(verb, changed.artifact, changed.kept)
    whole = whole_rules(new, backend, chosen)
    if old is not None and not isinstance(backend, Exchanger):
        same = _lines(whole.artifact) == _lines(backend.render(old, chosen.options))
        return whole._replace(verb=Verb.NOTHING if same else Verb.CHANGE)
    return whole


def rules_in_use(site: Site, kept: Kept | None, backend: Backend, chosen: Choice) -> Artifact:
    """The rules of the loaded site, whole, as they should be in the filter."""
    whole = backend.render_kept(kept, site, chosen.options) if kept and isinstance(backend, Exchanger) else None
    return backend.render(site, chosen.options) if whole is None else whole


def whole_rules(site: Site, backend: Backend, chosen: Choice) -> Rules:
    """All rules of a site."""
    kept = backend.kept_of(site, chosen.options) if isinstance(backend, Exchanger) else None
    return Rules(Verb.WHOLE, backend.render(site, chosen.options), kept)


def part_of(site: Site, services: tuple[Service, ...]) -> Site:
    """A site with some of its services alone."""
    return replace(site, services=services)


def _lines(artifact: Artifact) -> list[str]:
    """The lines of an artifact that are no comments."""
    return [line.text for line in artifact.lines if line.text and not line.text.lstrip().startswith("#")]
