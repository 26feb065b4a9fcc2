"""The opening of PF's rules: a comment with their purpose and the commands to load them, and the options that they need.

A file sets the options by itself. An anchor cannot set any; its comment names the lines that /etc/pf.conf needs.

Only the first fragment of a packet has ports. PF translates no fragment, so it must put packets together before. FreeBSD 14
brought the option `reassemble` for that, which PF ignores if there are `scrub` rules. FreeBSD 12 and 13 have these rules
alone, and 14 still obeys them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lbsh_lang.backends.base import Line
from lbsh_lang.backends.pf.farms import Farm
from lbsh_lang.backends.pf.releases import FREEBSD_14, FREEBSD_15, release_title
from lbsh_lang.site.model import Origin

_LONGEST_TIMEOUT = 2**31 - 1
_MOST_CLIENTS = 262_144
_ROOM = f"set limit src-nodes {_MOST_CLIENTS}"


class _Release(NamedTuple):
    """What a release asks of the main file.

    `reassembly` is the statement that puts fragments together, `instead` another way to do so, `rivals` the rule about
    other translation rules that match the same connections.
    """

    reassembly: str
    instead: str
    rivals: str


_RELEASES: Mapping[str, _Release] = {
    FREEBSD_14: _Release(
        reassembly="scrub in all fragment reassemble",
        instead=" or, on FreeBSD 14, `set reassemble yes`",
        rivals="The first rule that matches decides: none before these two may match the same connections.",
    ),
    FREEBSD_15: _Release(
        reassembly="set reassemble yes",
        instead=", or have `scrub` rules for all packets",
        rivals="PF prefers the translation rules of /etc/pf.conf, wherever they stand: none may match the same connections.",
    ),
}


class _Memory(NamedTuple):
    """The option that sets how long PF remembers clients, and the service that needs it."""

    option: str
    origin: Origin


def file_opening(release: str, farms: Sequence[Farm], translates: bool) -> Iterator[Line]:
    """The opening of a whole pf.conf; `translates` tells whether it has a rule."""
    yield Line(f"# pf.conf for {release_title(release)}, made by lbsh: change the site, not this file.")
    yield Line("# Test it with `pfctl -n -f /etc/pf.conf`, load it with `pfctl -f /etc/pf.conf`.")
    memory = _memory(farms)
    if memory is not None:
        yield from _options(memory)
    if translates:
        yield Line("")
        yield Line("# Fragments are put together first: PF translates none, since only the first of a packet has ports")
        yield Line(_RELEASES[release].reassembly)


def _options(memory: _Memory) -> Iterator[Line]:
    yield Line("")
    yield Line("# For how many seconds after its last connection a client of a sticky service keeps its server")
    yield Line(memory.option, memory.origin)
    yield Line(
        "# How many such clients there is room for (10,000 unless set): one more would be dropped, not merely forgotten"
    )
    yield Line(_ROOM, memory.origin)


def anchor_opening(anchor: str, release: str, farms: Sequence[Farm], translates: bool, filters: bool) -> Iterator[Line]:
    """The opening of the body of an anchor of this name; `translates` and `filters` tell whether it has such rules."""
    asks = _RELEASES[release]
    yield Line(
        f'# Anchor "{anchor}" of PF for {release_title(release)}, made by lbsh: change the site, not these rules.'
    )
    hooks = f'`nat-anchor "{anchor}"` and `rdr-anchor "{anchor}"`'
    yield Line(f"# /etc/pf.conf hooks it in among its translation rules: {hooks}.")
    yield Line(f"# {asks.rivals}")
    yield Line(f"# Test it with `pfctl -a {anchor} -n -f -`, load it with `pfctl -a {anchor} -f -`.")
    if filters:
        yield from _filter_lines(anchor)
    memory = _memory(farms)
    if memory is not None:
        yield from _missing_options(memory)
    if translates:
        yield Line("")
        yield Line(
            "# PF translates no fragments, since only the first of a packet has ports, and no anchor can put them together:"
        )
        yield Line(f"# /etc/pf.conf must say `{asks.reassembly}`{asks.instead}.")


def _filter_lines(anchor: str) -> Iterator[Line]:
    """What an anchor with filter rules needs, and what these let through."""
    yield Line("")
    yield Line(
        f'# It has filter rules, too: /etc/pf.conf hooks them in by `anchor "{anchor}"` among its own. They let in all'
    )
    yield Line(
        "# that comes by an uplink, so that its answers leave there again. The last rule that matches decides: a rule"
    )
    yield Line(
        "# behind the anchor may `block`; if it passes such a connection, answers follow the routes, unless the rule has"
    )
    yield Line("# `reply-to` itself.")


def _missing_options(memory: _Memory) -> Iterator[Line]:
    yield Line("")
    yield Line("# An anchor sets no options: for clients of sticky services to keep their server after their last")
    yield Line(f"# connection, /etc/pf.conf must say `{memory.option}` and, since a new client is")
    yield Line(f"# dropped when there is no room to remember it, `{_ROOM}`.")


def _memory(farms: Sequence[Farm]) -> _Memory | None:
    """The longest time of all sticky services, since PF has a single value; None if no service is sticky."""
    times = [(farm.service.sticky, farm.service.origin) for farm in farms if farm.service.sticky is not None]
    if not times:
        return None
    seconds, origin = max(times, key=lambda pair: pair[0])
    return _Memory(f"set timeout src.track {min(seconds, _LONGEST_TIMEOUT)}", origin)
