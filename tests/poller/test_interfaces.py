"""The interface behind which a server is, as far as the script says."""

from __future__ import annotations

from lbsh.poller.interfaces import interfaces_of
from lbsh.poller.targets import targets_of
from tests.reading import site_of

SITE = """
interface external em0
interface internal em1
external addr 203.0.113.1
internal net 10.0.0.0/24{bound}
internal gw 10.0.0.254
service WEB is 203.0.113.5 tcp 80
service SMTP is 203.0.113.5 tcp 25
pool web for WEB, SMTP
add 10.0.0.1 to web
add 198.51.100.7 to web
"""
SECOND = "interface internal em2\ninterface external em3\n"


def found(text: str) -> dict[str, str]:
    site = site_of(text)
    targets = targets_of(site)
    names = list(interfaces_of(site, targets))
    assert len(names) == len(targets)
    return {str(target.address): name for target, name in zip(targets, names, strict=True)}


def test_a_server_is_behind_the_only_interface_of_its_side() -> None:
    assert found(SITE.format(bound="")) == {"10.0.0.1": "em1", "198.51.100.7": "em0"}


def test_of_several_interfaces_nobody_knows() -> None:
    assert found(SECOND + SITE.format(bound="")) == {"10.0.0.1": "", "198.51.100.7": ""}


def test_a_net_that_is_bound_tells() -> None:
    bound = SITE.format(bound=" on em2") + "external net 198.51.100.0/24 on em3\n"
    assert found(SECOND + bound) == {"10.0.0.1": "em2", "198.51.100.7": "em3"}
