"""Are the interfaces of the script there, up, and plugged in?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity, command
from lbsh.gateway.doctor.kernel import is_linux
from lbsh.gateway.doctor.links import Link, links_of
from lbsh_lang.renderings.value_text import listed

MISSING = Kind("interface-missing", Severity.ERROR, "The machine has no interface of a name in the script.")
DOWN = Kind("interface-down", Severity.ERROR, "An interface of the script is switched off.")
NO_CARRIER = Kind("no-carrier", Severity.ERROR, "An interface of the script has no link: a cable, a switch, a peer.")


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    names = dict.fromkeys(one.name for one in (*case.site.external, *case.site.internal))
    links = links_of(case.system) if names else {}
    for name in names:
        link = links.get(name)
        if link is None:
            there = listed([f"`{one}`" for one in links])
            advice = f"interfaces of this machine are {there}: name one of them in the script, or make `{name}`"
            yield Finding(MISSING, f"there is no interface `{name}`", advice)
        else:
            yield from _judge(case, link)


def _judge(case: Case, link: Link) -> Iterator[Finding]:
    if not link.is_up:
        words = ("ip", "link", "set", link.name, "up") if is_linux(case.system) else ("ifconfig", link.name, "up")
        advice = "let the configuration of the network switch it on at boot"
        yield Finding(DOWN, f"the interface `{link.name}` is down", advice, (command(*words),))
    elif not link.has_carrier:
        advice = "look at its cable, at the port of the switch, and at the other end"
        yield Finding(NO_CARRIER, f"the interface `{link.name}` has no carrier", advice)


CHECK = Check("interfaces", (), (MISSING, DOWN, NO_CARRIER), _look)
