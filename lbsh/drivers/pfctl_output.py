"""What `pfctl` prints, as values. Starts no program.

Exit statuses say little (a failed `-s nat` ends with 0, and messages on standard error come with success), so drivers go by
what is printed. Formats are those of print_rule, print_state and pfctl_table.c in FreeBSD 12 to 15.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import NamedTuple

from lbsh.drivers.states import State
from lbsh_lang.values import Address, Protocol

_RULE = re.compile(r"(?:no )?(?:nat|rdr|binat)(?= |-anchor )")
_HOST = r"[0-9a-f:.]+?(?:%\S+?)?(?::\d+|\[\d+\])"
_STATE = re.compile(rf"\S+ (tcp|udp) ({_HOST})(?: \(({_HOST})\))? <- ({_HOST})\s+(\S+):(\S+)")
_ID = re.compile(r"\s+id: ([0-9a-f]+) creatorid: ([0-9a-f]+)")
_TABLE = re.compile(r"table <([^>]+)> \{(.*)")
_SOURCE = re.compile(r"\S+ -> (\S+) \( ")
_ENDED = {"FIN_WAIT_2", "TIME_WAIT", "CLOSED"}


class Hooks(NamedTuple):
    """The translation rules of the main ruleset: whether both lines for an anchor are there, and rules besides them.

    `before` are rules before the first of the two lines, `behind` all others.
    """

    lacking: tuple[str, ...]
    before: tuple[str, ...]
    behind: tuple[str, ...]


def translation_rules(text: str) -> tuple[str, ...]:
    """The translation rules in what `-s nat` or `-n -v -f` prints."""
    return tuple(" ".join(line.split()) for line in text.splitlines() if _RULE.match(line))


def read_hooks(text: str, anchor: str) -> Hooks:
    """What `-s nat` of the main ruleset says of an anchor. Anchors of others count as rules: they may hold some."""
    rules = translation_rules(text)
    wanted = [f'{kind}-anchor "{anchor}"' for kind in ("nat", "rdr")]
    hooks = [any(rule == one or rule.startswith(f"{one} ") for one in wanted) for rule in rules]
    first = hooks.index(True) if True in hooks else len(rules)
    lacking = tuple(one for one in wanted if not any(f"{rule} ".startswith(f"{one} ") for rule in rules))
    behind = tuple(rule for rule, is_hook in zip(rules[first:], hooks[first:], strict=True) if not is_hook)
    return Hooks(lacking, rules[:first], behind)


def tables_in(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    """The tables of rules that the backend made, with their members."""
    found: dict[str, set[str]] = {}
    members: set[str] | None = None
    for line in lines:
        opening = _TABLE.fullmatch(line)
        if opening:
            members = found.setdefault(opening[1], set())
            members = None if opening[2].endswith("}") else members
        elif line == "}":
            members = None
        elif members is not None:
            members.add(line.strip())
    return {name: frozenset(one) for name, one in found.items()}


def without_members(lines: Iterable[str]) -> Iterator[str]:
    """The rules but for the members of tables and for comments: what only a whole load can change."""
    inside = False
    for line in lines:
        opening = _TABLE.fullmatch(line)
        if opening:
            inside = not opening[2].endswith("}")
            yield f"table <{opening[1]}>"
        elif inside:
            inside = line != "}"
        elif line and not line.startswith("#"):
            yield line


def members_shown(text: str) -> frozenset[str]:
    """The addresses that `-T show` prints."""
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def table_sizes(text: str) -> Mapping[str, int]:
    """The number of addresses of each table in what `-vv -s Tables` prints."""
    found: dict[str, int] = {}
    name = ""
    for line in text.splitlines():
        fields = line.split("\t")
        if fields[0].startswith(("-", "c")) and len(fields) > 1:
            name = fields[1]
        elif len(fields) > 1 and fields[1].startswith("Addresses:") and name:
            found[name] = int(fields[1].split()[1])
    return found


def servers_of_nodes(text: str) -> frozenset[str]:
    """The servers to which source nodes lead, as `-s Sources` prints them."""
    return frozenset(match[1] for line in text.splitlines() if (match := _SOURCE.match(line)))


def states_in(text: str) -> Iterator[State]:
    """The connections that arrived, from what `-vv -s states` prints. The key of each is its `ID/CREATOR`.

    Of a redirected one the server comes first, and behind it in brackets the place that was asked for.
    """
    found = None
    for line in text.splitlines():
        if not line[:1].isspace():
            found = _STATE.match(line)
        elif found and (named := _ID.match(line)):
            first, asked = _place(found[2]), _place(found[3] or found[2])
            yield State(
                f"{named[1]}/{named[2]}".encode(),
                Protocol(found[1]),
                *asked,
                first if found[3] else None,
                {found[5], found[6]} <= _ENDED,
                _place(found[4]),
            )
            found = None


def _place(text: str) -> tuple[Address, int]:
    host, port = text[:-1].split("[") if text.endswith("]") else text.rsplit(":", 1)
    address = ip_address(host.split("%")[0])
    return Address(4 if address.version == 4 else 6, int(address)), int(port)
