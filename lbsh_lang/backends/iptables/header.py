"""The header of the text: a comment with its purpose, the commands to load it, and notes for its reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lbsh_lang.backends.iptables.services import farms_of
from lbsh_lang.site.model import Site
from lbsh_lang.site.uplinks import uplinks_of, ways_of
from lbsh_lang.values import Family

_PROGRAMS: dict[Family, str] = {4: "iptables", 6: "ip6tables"}


class _Jump(NamedTuple):
    """A jump from a built-in chain of a table to ours of the same name, and a note about a table that not every text has."""

    table: str
    chain: str
    note: str = ""


_NOTE = """\
# {what}, which texts for other sites do not mention: once the
# last {option} is gone, remove these rules with `iptables -t {table} -F LBSH-{chain}`, and the same with ip6tables."""

_RAW = _Jump(
    "raw",
    "PREROUTING",
    _NOTE.format(
        what="Sessions are followed by rules in the table raw", option="`helper`", table="raw", chain="PREROUTING"
    ),
)
_MANGLE = _Jump(
    "mangle",
    "FORWARD",
    _NOTE.format(
        what="Sticky clients are remembered for longer by rules in the table mangle",
        option="`sticky`",
        table="mangle",
        chain="FORWARD",
    ),
)

_UPLINK_NOTE = """\
# Answers leave by the uplink that their connection came in by. Rules in the table mangle give them marks; the routing tables
# for these marks are not among the rules. Texts for sites without `external gw` do not mention these chains: once the last
# one is gone, empty them by `iptables -t mangle -F LBSH-PREROUTING` and `... LBSH-OUTPUT`, and the same with ip6tables."""

_UPLINKS = (_Jump("mangle", "PREROUTING"), _Jump("mangle", "OUTPUT", _UPLINK_NOTE))

_LOAD = """\
#   iptables-restore -w --noflush FILE
#   ip6tables-restore -w --noflush FILE   (always, unless this machine has no ip6tables:
#                                          without IPv6 in the site, this removes rules of a time when it had some)"""

_HOOKED = """\
# This text is for the first load: it also leads connections to them. Loaded again, it fails and changes nothing."""

_STICKY = """\
# Sticky services: of each server, the kernel remembers the last 100 clients, or as many as xt_recent is told when it starts
# (`options xt_recent ip_list_tot=5000` in /etc/modprobe.d, or `xt_recent.ip_list_tot=5000` on the kernel's command line).
# A further client pushes out the one seen longest ago, which gets a server anew when it comes back: so allow for as many
# clients as one server may have within the time of the service.
# The kernel keeps a list for each server of each such service, and searches them all: with many hundreds, use nftables."""

_LEFT_OVER = """\
# Chains of a service that is gone stay behind, out of use, until they are emptied (-F) and deleted (-X)."""


def header(site: Site, *, hook: bool) -> Iterator[str]:
    """The lines of the header. It names the jumps for the families that the site uses."""
    yield "# Load balancing for iptables, made by lbsh. Load it as often as you like, with:"
    yield from _LOAD.splitlines()
    jumps = _jumps(site)
    has_ways = any(ways_of(site, family) for family in _PROGRAMS)
    tables = list(dict.fromkeys(jump.table for jump in jumps))
    yield f"# It fills chains called LBSH... in the table{'s' * (len(tables) > 1)} {_listed(tables)}, and changes no others."
    programs = [_PROGRAMS[family] for family in site.families() or (4,)]
    yield from (_HOOKED.splitlines() if hook else _hook_commands(programs, jumps, has_ways=has_ways))
    yield from _LEFT_OVER.splitlines()
    yield from [line for jump in jumps for line in jump.note.splitlines()]
    if _MANGLE in jumps:
        yield from _STICKY.splitlines()


def _jumps(site: Site) -> tuple[_Jump, ...]:
    """The jumps that lead to the chains of a site."""
    nat = (_Jump("nat", "PREROUTING"), _Jump("nat", "POSTROUTING"))
    uplinks = _UPLINKS if uplinks_of(site) else ()
    services = [farm.service for farm in farms_of(site) if farm.has_chain]
    followed = any(service.helper is not None for service in services)
    sticky = any(service.sticky is not None for service in services)
    return (*nat, *[_RAW] * followed, *uplinks, *[_MANGLE] * sticky)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _hook_commands(programs: list[str], jumps: Sequence[_Jump], *, has_ways: bool) -> Iterator[str]:
    yield "# To lead connections to them, once (a text like this cannot do that without doing it again at every load),"
    yield "# before the rules of other programs, whose translations would else come first:"
    for program in programs:
        for table, chain, _ in jumps:
            jump = f"{chain} -j LBSH-{chain}"
            yield f"#   {program} -t {table} -C {jump} 2>/dev/null || {program} -t {table} -I {jump}"
        if has_ways:  # behind all translations of destinations
            jump = "PREROUTING -j LBSH-WAYS"
            yield f"#   {program} -t nat -C {jump} 2>/dev/null || {program} -t nat -A {jump}"
