"""Checks of the lists for a device, which `lbsh addresses` makes."""

from __future__ import annotations

from lbsh_lang.checks.base import ERROR, Finding, Findings
from lbsh_lang.checks.scopes import LISTS, WithoutPlace
from lbsh_lang.checks.views import NO_CONTEXT, NoContext
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.site.addresses import DeviceLists
from lbsh_lang.site.places import Places
from lbsh_lang.syntax import nodes


@LISTS.check(
    Code.LB324,
    ERROR,
    "address without a single interface",
    met_by=(nodes.ServiceStatement, nodes.ExternalAddrStatement, nodes.InternalGwStatement),
)
def no_single_interface(subject: WithoutPlace, context: NoContext) -> Findings:
    """An address of the device must be put on an interface, and the script does not tell on which.

    `lbsh addresses` lists the addresses that the device must have, each with its interface. An address belongs to the
    interface of its net. With several interfaces of a side, `on` says behind which of them a net lies; rules do not need it.

    Wrong:

        interface external em0
        interface external em1
        external net 203.0.113.0/24
        service WEB is 203.0.113.10 tcp 80
        pool web_pool for WEB
        add 192.168.1.2 to web_pool

    Right:

        interface external em0
        interface external em1
        external net 203.0.113.0/24 on em0
        service WEB is 203.0.113.10 tcp 80
        pool web_pool for WEB
        add 192.168.1.2 to web_pool
    """
    at, unplaced = subject
    names = " and ".join(f"`{name}`" for name in unplaced.interfaces)
    reason = f"{names} may be meant" if names else "the script gives none"
    helps = ("name the interface of its net, as in `external net CIDR on IFNAME`",) if names else ()
    message = f"{unplaced.address} must be put on a single interface, and {reason}"
    yield Finding(at, getattr(at.node, "address", None), message, help=helps)


def check_lists(lists: DeviceLists, places: Places) -> list[Diagnostic]:
    """The findings about the lists of a script."""
    found: list[Diagnostic] = []
    for one in lists.unplaced:
        at = next((purpose.origin for purpose in one.purposes if purpose.origin), None) or places.gateway(one.address)
        if at is not None:
            found += no_single_interface.diagnose(WithoutPlace(at, one), NO_CONTEXT)
    return found
