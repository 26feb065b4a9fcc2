"""Exchanges: the services that differ between two sites with the same device, and their replacement in a site.

An exchange is what a change of a few services costs: who keeps something for each service, such as rules, replaces that of
these services and leaves all else alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from lbsh_lang.site.model import Service, Site


class Exchange(NamedTuple):
    """The services that differ, as they were and as they are, each in the order of the script.

    A service that comes is in `after` alone, one that goes in `before` alone. `taken` counts: a service that loses a port to
    another one differs. All else is the same on both sides, the servers too for which an `external addr … for POOL` is.
    """

    before: tuple[Service, ...]
    after: tuple[Service, ...]


def exchange_between(before: tuple[Service, ...], after: tuple[Service, ...]) -> Exchange:
    """The exchange of some services for others, without those that are equal on both sides."""
    had, has = {one.name: one for one in before}, {one.name: one for one in after}
    return Exchange(
        tuple([one for one in before if has.get(one.name) != one]),
        tuple([one for one in after if had.get(one.name) != one]),
    )


def exchanged(site: Site, exchange: Exchange) -> Site:
    """A site after an exchange. Its services are in the order of the statements that define them."""
    gone = {service.name for service in exchange.before}
    services = [service for service in site.services if service.name not in gone]
    return replace(site, services=tuple(sorted((*services, *exchange.after), key=lambda one: one.origin.rank)))
