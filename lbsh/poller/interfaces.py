"""The interface behind which a server is, as far as the script says. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.poller.targets import Target
from lbsh_lang.site.model import Interface, Site
from lbsh_lang.values import Address


def interfaces_of(site: Site, targets: tuple[Target, ...]) -> Iterator[str]:
    """For each target, its interface; empty if there are several behind which it may be."""
    known: dict[Address, str] = {}
    for target in targets:
        if target.address not in known:
            behind = _behind(site, target.address)
            known[target.address] = behind[0].name if len(behind) == 1 else ""
        yield known[target.address]


def _behind(site: Site, address: Address) -> tuple[Interface, ...]:
    net = site.net_of(address)
    return site.outside_of(address) if net is None else site.inside_of(net)
