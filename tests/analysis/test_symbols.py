"""Outlines as indented text beside their scripts, and the results of searches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from lbsh_lang.analysis.lines.search import MOST_FOUND, find_symbols
from lbsh_lang.analysis.lines.symbols import Symbol, document_symbols
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.syntax.parser import LineParser
from tests.analysis.marked import read_marked, view_of
from tests.test_properties import TEXTS

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.lb"))

OUTLINES = {
    "services hold pools, pools servers": (
        """\
interface external em0 mtu 9000
service A is 10.0.0.1 tcp 80 , 443 sticky # one
pool a for A port 8080 balance random
add 192.168.1.2, 192.168.1.3-9 to a weight 3 backup
probe A with tcp
""",
        """\
0-0 interface em0: interface external
1-3 service A: 10.0.0.1 tcp 80 , 443 sticky
2-3   pool a: port 8080 balance random
3-3     server 192.168.1.2: weight 3 backup
3-3     server 192.168.1.3-9: weight 3 backup
""",
    ),
    "what is removed takes its own pools along": (
        """\
service A is 10.0.0.1 tcp 80
service B is 10.0.0.2 tcp 80
pool p for B
pool p for A
remove A
add 192.168.1.2 to p
""",
        """\
0-3 service A: 10.0.0.1 tcp 80
3-3   pool p
1-5 service B: 10.0.0.2 tcp 80
2-5   pool p
5-5     server 192.168.1.2
""",
    ),
    "each in the order of its own lines": (
        """\
service A is 10.0.0.1 tcp 80
service B is 10.0.0.2 tcp 80
pool b for B
pool a for A
add 192.168.1.2 to a
add 192.168.1.3 to b
""",
        """\
0-4 service A: 10.0.0.1 tcp 80
3-4   pool a
4-4     server 192.168.1.2
1-5 service B: 10.0.0.2 tcp 80
2-5   pool b
5-5     server 192.168.1.3
""",
    ),
    "what belongs to other files": (
        """\
pool a for A port 80
add 192.168.1.2 to b
add 192.168.1.3 to a
add 192.168.1.4 to b
""",
        """\
0-2 pool a: for A port 80
2-2   server 192.168.1.3
1-3 pool b: not defined in this file
1-1   server 192.168.1.2
3-3   server 192.168.1.4
""",
    ),
    "a name that is removed and defined anew": (
        """\
service A is 10.0.0.1 tcp 80
pool a for A
remove A
service A is 10.0.0.2 tcp 80
pool a for A
add 192.168.1.2 to a
""",
        """\
0-1 service A: 10.0.0.1 tcp 80
1-1   pool a
3-5 service A: 10.0.0.2 tcp 80
4-5   pool a
5-5     server 192.168.1.2
""",
    ),
    "what is defined twice": (
        """\
service A is 10.0.0.1 tcp 80
service A is 10.0.0.2 tcp 80
pool a for A
pool a for A
add 192.168.1.2 to a
""",
        """\
0-4 service A: 10.0.0.1 tcp 80
2-4   pool a
4-4     server 192.168.1.2
3-3   pool a
1-1 service A: 10.0.0.2 tcp 80
""",
    ),
    "the device": (
        """\
interface internal em1
external addr 62.0.0.1
external net 62.0.0.0/24
internal net fd00::/64
internal gw fd00::1
failover device gw1
failover sync em2
failover password file "/etc/pass"
failover watch 62.0.0.9, 62.0.0.8
failover key file "/etc/key"
include "web.lb"
status
""",
        """\
0-0 interface em1: interface internal
1-1 address 62.0.0.1: external addr
2-2 network 62.0.0.0/24: external net
3-3 network fd00::/64: internal net
4-4 address fd00::1: internal gw
5-5 device gw1: failover device
6-6 link em2: failover sync
7-7 file /etc/pass: failover password
8-8 address 62.0.0.9: failover watch
9-9 file /etc/key: failover key
10-10 file web.lb: include
""",
    ),
    "broken lines": (
        """\
service A is nowhere tcp
pool for A
pool 1a for A
add 10.0.0.300 to 1a
service
interface outside em0
""",
        """\
0-3 service A: nowhere tcp
2-3   pool 1a
3-3     server 10.0.0.300
5-5 interface outside: interface
""",
    ),
}


def rows(symbols: list[Symbol] | tuple[Symbol, ...], depth: int = 0) -> Iterator[str]:
    for one in symbols:
        lines = f"{one.region.start.line}-{one.region.end.line}"
        detail = f": {one.detail}" if one.detail else ""
        yield f"{lines} {'  ' * depth}{one.kind.value} {one.name}{detail}\n"
        yield from rows(one.parts, depth + 1)


@pytest.mark.parametrize(("text", "expected"), OUTLINES.values(), ids=list(OUTLINES))
def test_outline(text: str, expected: str) -> None:
    assert "".join(rows(document_symbols(document_of(text)))) == expected


def document_of(text: str) -> Document:
    return Document("site.lb", "site.lb", text, LineParser())


@given(TEXTS)
@settings(max_examples=300)
def test_symbols_cover_their_words_and_their_parts(text: str) -> None:
    assert_nested(document_of(text))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_symbols_of_the_examples(path: Path) -> None:
    assert_nested(document_of(path.read_text()))


def assert_nested(document: Document) -> None:
    waiting = document_symbols(document)
    whole = Region(document.clamp(document.end)._replace(line=0, column=0), document.end)
    for one in waiting:
        assert covers(whole, one.region)
    while waiting:
        one = waiting.pop()
        assert one.name.strip()
        assert covers(one.region, one.selection)
        assert all(covers(one.region, part.region) for part in one.parts)
        waiting += one.parts


def covers(outer: Region, inner: Region) -> bool:
    return outer.start <= inner.start <= inner.end <= outer.end


SITE = """\
service SMTP is 62.0.0.1 tcp 25
pool mx_pool for SMTP
add 192.168.1.2, 192.168.1.20-29 to mx_pool
service LDAP is 62.0.0.2 tcp 389
pool ldap for LDAP
add 192.168.1.2 to ldap
add fd00::2 to ldap
include "more.lb"
== more.lb
service mx is 62.0.0.3 tcp 25
remove mx
service mx is 62.0.0.3 tcp 26
"""

SEARCHES = {
    "mx": ["service mx", "service mx", "pool mx_pool of SMTP"],
    "MPL": ["pool mx_pool of SMTP"],
    "ldap": ["pool ldap of LDAP", "service LDAP"],
    "p": ["pool ldap of LDAP", "service LDAP", "service SMTP", "pool mx_pool of SMTP"],
    "nothing": [],
    " 192.168.1.2": [
        "server 192.168.1.2 of mx_pool",
        "server 192.168.1.2 of ldap",
        "server 192.168.1.20-29 of mx_pool",
    ],
    "192.168.1.25": ["server 192.168.1.20-29 of mx_pool"],
    "fd00:": ["server fd00::2 of ldap"],
    "1.20": ["server 192.168.1.20-29 of mx_pool"],
    "10": [],
}


@pytest.mark.parametrize(("query", "expected"), SEARCHES.items())
def test_search(query: str, expected: list[str]) -> None:
    session = read_marked(SITE).session
    found = find_symbols([session, session], query)
    assert sorted(
        f"{one.kind.value} {one.name}" + (f" of {one.container}" if one.container else "") for one in found
    ) == sorted(expected)


def test_the_nearest_are_found_first() -> None:
    found = find_symbols(
        [view_of("".join(f"pool {name} for A\n" for name in ("xaby", "a_b", "abc", "ab"))).session], "AB"
    )
    assert [one.name for one in found] == ["ab", "abc", "xaby", "a_b"]


def test_a_search_ends() -> None:
    text = "".join(f"service s{number} is 62.0.0.1 tcp 80\n" for number in range(2 * MOST_FOUND))
    assert len(find_symbols([view_of(text).session], "")) == MOST_FOUND
    assert [one.name for one in find_symbols([view_of(text).session], "s500")] == ["s500"]
