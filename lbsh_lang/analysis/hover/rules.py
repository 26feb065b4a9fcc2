"""The rules that packet filters get for one service.

Theory of operation. Backends render whole sites. Most of the lines for a service follow from the service alone, but not all:
nftables numbers the chains that services share, iptables divides long chains, PF has one time for all sticky services. So a
small site is rendered as a whole, once for each state of the script, and the lines of the service are selected by their
origins. A large site would take too long for a hover: there the service is rendered alone, with the device, and the answer
says so. The service is also rendered alone if the site has an error, or needs a capability that the backend lacks: such a
site must not reach a backend as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import gcd

from lbsh_lang.analysis.live.session import Session
from lbsh_lang.backends.base import Artifact, Backend, Options
from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import Over
from lbsh_lang.checks.filters import needs
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.site import model
from lbsh_lang.site.facts import About, Subject, subjects
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.statement import AnyStated
from lbsh_lang.values import Algorithm

MOST_WORK = 300
"""The number of rule elements up to which a service is rendered for a hover; this takes some milliseconds."""

_MOST_SERVICES = 100
_MOST_LINES = 2000
_MOST_WORK_OF_SITE = 2000
_LOTS = 70
"""The approximate number of slots or lots of a server under source-hash."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The lines of one backend for a service, or the capabilities that it lacks; `alone` if other services were ignored."""

    backend: str
    target: str
    lines: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    alone: bool = False


def why_no_rules(session: Session, life: ServiceLife) -> str | None:
    """The reason why a service has no rules to show, as a sentence; None if it has some."""
    if life.removed is not None:
        return "The service is removed further down, so no rule is made of it."
    if life.pool is None:
        return "The service has no pool, so no rule is made of it."
    service = session.resolution.service(life)
    if service is None or service.pool is None:
        return "The service cannot be read in full, so there are no rules to show."
    code = _error_of(session, service)
    if code is not None:
        return f"The service has an error (`{code}`), so no rule is made of it."
    if _work(service) > MOST_WORK:
        return "The service has too many rules to show here; `lbsh emit` prints them."
    return _lacks_device(session.resolution.device_site(), service)


def rules_of(session: Session, life: ServiceLife) -> tuple[Rules, ...]:
    """The rules of every installed backend for a service for which `why_no_rules` is None; the chosen backend first."""
    site, whole = session.site_of(life), session.kept(_Whole, _Whole)
    chosen, target = session.choice
    found = []
    for backend in sorted(session.backends, key=lambda one: one is not chosen):
        wanted = target if backend is chosen and target is not None else backend.targets[0]
        found.append(_rules(backend, wanted, site, whole))
    return tuple(found)


def lines_of(artifact: Artifact, services: Iterable[model.Service]) -> dict[str, tuple[str, ...]]:
    """The lines of each of these services, by its name: those made from its statement, its pool and its servers."""
    found: dict[str, list[str]] = {service.name: [] for service in services}
    owners: dict[int, list[str]] = {}
    for service in services:
        for rank in {origin.rank for origin in _origins(service)}:
            owners.setdefault(rank, []).append(service.name)
    last = ""
    for line in artifact.lines:
        names = owners.get(line.origin.rank, []) if line.origin is not None else []
        last = names[0] if len(names) == 1 else last
        # Services of one pool share its statements; their lines stand below one of the service itself.
        for name in [last] if last in names else names:
            found[name].append(line.text)
    return {name: tuple(lines) for name, lines in found.items()}


def _rules(backend: Backend, target: str, site: model.Site, whole: _Whole) -> Rules:
    able = backend.capabilities(target)
    lacking = tuple(dict.fromkeys(need.capability.value for need in needs(site) if need.capability not in able))
    if lacking:
        return Rules(backend.name, target, lacking=lacking)
    name = site.services[0].name
    lines = whole.lines(backend, target)
    if lines is not None:
        return Rules(backend.name, target, lines[name])
    own = _rendered(backend, target, site)[name]
    return Rules(backend.name, target, own, alone=whole.is_shared and bool(own))


def _rendered(backend: Backend, target: str, site: model.Site) -> dict[str, tuple[str, ...]]:
    return lines_of(backend.render(site, Options(target)), site.services)


class _Whole:
    """A whole script, rendered once for all hovers; a session keeps it until something changes."""

    def __init__(self, session: Session) -> None:
        site = session.site if _is_renderable(session) else None
        work = sum(map(_work, site.services)) if site is not None else 0
        self._site = site if work <= _MOST_WORK_OF_SITE else None
        self._known: dict[tuple[str, str], dict[str, tuple[str, ...]] | None] = {}
        self.is_shared = len(session.resolution.services) > 1

    def lines(self, backend: Backend, target: str) -> dict[str, tuple[str, ...]] | None:
        """The lines of all services; None if the script is too large, has an error, or exceeds the backend."""
        key = (backend.name, target)
        if key not in self._known:
            able, site = backend.capabilities(target), self._site
            fits = site is not None and all(need.capability in able for need in needs(site))
            self._known[key] = _rendered(backend, target, site) if site is not None and fits else None
        return self._known[key]


def _is_renderable(session: Session) -> bool:
    """Whether a script has no error, and is small enough to be resolved quickly."""
    documents = session.documents.values()
    if len(session.resolution.services) > _MOST_SERVICES or sum(len(one.lines) for one in documents) > _MOST_LINES:
        return False
    return not session.unread_files and not any(
        _is_error(one) for each in documents for one in session.diagnostics(each)
    )


def _error_of(session: Session, service: model.Service) -> str | None:
    """The code of an error in a statement about a service or its pool."""
    about = {Subject(About.SERVICE, service.name)}
    if service.pool is not None:
        about.add(Subject(About.POOL, service.pool.name))
    for document in session.documents.values():
        for found in session.diagnostics(document):
            stated = session.stated_at(document, found.span.start.line) if _is_error(found) else None
            if stated is not None and not about.isdisjoint(subjects(stated.node)):
                return found.code
    return None


def _is_error(found: Diagnostic) -> bool:
    """Whether a finding prevents rules in every backend."""
    of_backend = catalog.PAGES[found.code].over in (Over.BACKEND, Over.FILTER, Over.LISTS)
    return found.severity is Severity.ERROR and not of_backend


def _lacks_device(device: model.Site, service: model.Service) -> str | None:
    """The missing part of the device that the rules need. If a file cannot be read, no finding reports it."""
    family = service.address.family
    if not device.external:
        return "There is no external interface, so no rule is made."
    nets = device.nets_inside(family)
    if service.reflect and not (device.internal and nets and (service.masquerade or any(map(device.gateway, nets)))):
        return "There is no inner side to reflect connections from, so no rule is made."
    return None


def _origins(service: model.Service) -> Iterator[AnyStated]:
    yield service.origin
    if service.pool is not None:
        yield service.pool.origin
        yield from [server.origin for server in service.pool.servers]


def _work(service: model.Service) -> int:
    """The approximate number of elements in the rules of a service."""
    pool = service.pool
    if pool is None or not pool.servers:
        return 1
    places = len(service.protocols) * len(service.ports)
    weights = [server.weight for server in pool.servers]
    if pool.algorithm is Algorithm.SOURCE_HASH:
        return places * _LOTS * len(weights)
    return places * (sum(weights) // gcd(*weights)) + len(weights)
