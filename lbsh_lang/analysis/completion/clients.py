"""Networks of clients behind `from`: those of near services, then the nets of the device."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, takewhile

from lbsh_lang.analysis.completion.items import CompletionItem, CompletionKind, Spot
from lbsh_lang.analysis.completion.names import family_of_line
from lbsh_lang.syntax.faults import Problem
from lbsh_lang.syntax.lowering import lower_clients
from lbsh_lang.syntax.nodes import ServiceStatement
from lbsh_lang.values import Network

_MOST_NETS = 50


def clients(spot: Spot) -> Iterator[CompletionItem]:
    """The networks of the family of the line's service, without those that overlap others of the line."""
    family = family_of_line(spot)
    stated = _stated(spot)
    fitting = (
        (net, detail)
        for net, detail in _known(spot).items()
        if family is None or net.family == family
        if not any(net.overlaps(other) for other in stated)
    )
    for net, detail in islice(fitting, _MOST_NETS):
        yield CompletionItem(str(net), CompletionKind.ADDRESS, str(net), detail)


def _known(spot: Spot) -> dict[Network, str]:
    """The networks that the script names above the line, each with what it is."""
    found: dict[Network, str] = {}
    for node in spot.nearby():
        if isinstance(node, ServiceStatement):
            for token in node.clients:
                if token.value is not None:
                    found.setdefault(token.value, f"clients of {node.name.text if node.name else 'a service'}")
    device = spot.resolution.device
    for given in device.internal_nets:
        found.setdefault(given.value, "an internal net")
    for given in device.external_nets:
        found.setdefault(given.value, "an external net")
    return found


def _stated(spot: Spot) -> list[Network]:
    """The readable networks that the line names, before the cursor and behind it."""
    behind = takewhile(lambda word: word not in spot.language.automaton.keywords, spot.cursor.after)
    read = [lower_clients(text) for text in (*spot.cursor.texts_of("CLIENTS"), *behind)]
    return [one for one in read if not isinstance(one, Problem)]
