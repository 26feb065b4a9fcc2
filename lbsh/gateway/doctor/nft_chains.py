"""The base chains of others in what `nft -j -t list ruleset` prints (libnftables-json(5)). Starts no program.

The listing is terse: it leaves out elements of sets and maps, of which the site itself may have a hundred thousand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast

from lbsh.drivers.nft_listing import Item
from lbsh.gateway.doctor.walk import Base, Field, Rule, Test, Verdict

_OWN = re.compile(r"(ip6? lbsh|inet lbsh_(poll|raw))(\..*)?")
_BUILT_IN = {"filter", "nat", "mangle", "raw", "security"}
"""Tables of ip and ip6 that iptables-nft keeps in nftables, where nft cannot read all of its rules."""

Expression = Mapping[str, object]


def chains_in(items: Sequence[Item], *, is_iptables_read: bool) -> Iterator[Base]:
    """The chains of others that the kernel calls. Tables of iptables are left out if its own program reads them."""
    rules: dict[str, dict[str, list[Rule]]] = {}
    for item in items:
        if item.kind == "rule":
            chain = rules.setdefault(item.of, {}).setdefault(str(item.fields.get("chain")), [])
            chain += _rules(item.fields.get("expr"))
    for item in items:
        if item.kind != "chain" or "hook" not in item.fields or _OWN.fullmatch(item.of):
            continue
        if is_iptables_read and _is_of_iptables(item):
            continue
        yield _base(item, rules.get(item.of, {}))


def own_priority(items: Sequence[Item]) -> int | None:
    """The priority at which lbsh translates arriving connections, None if it does not."""
    hooks = {"type": "nat", "hook": "prerouting"}
    own = [item for item in items if item.kind == "chain" and _OWN.fullmatch(item.of)]
    found = [one.fields["prio"] for one in own if all(one.fields.get(key) == value for key, value in hooks.items())]
    return min((one for one in found if isinstance(one, int)), default=None)


def _is_of_iptables(item: Item) -> bool:
    family, _, table = item.of.partition(" ")
    return family in {"ip", "ip6"} and table in _BUILT_IN and str(item.fields.get("name")).isupper()


def _base(item: Item, chains: Mapping[str, Sequence[Rule]]) -> Base:
    fields = item.fields
    priority = fields.get("prio")
    return Base(
        "nft",
        item.of,
        str(fields.get("name")),
        str(fields.get("type")),
        str(fields.get("hook")),
        priority if isinstance(priority, int) else 0,
        Verdict.DROP if fields.get("policy") == "drop" else Verdict.ACCEPT,
        chains,
    )


_VERDICTS = {
    "accept": Verdict.ACCEPT,
    "drop": Verdict.DROP,
    "reject": Verdict.DROP,
    "return": Verdict.RETURN,
    "jump": Verdict.JUMP,
    "goto": Verdict.GOTO,
    "dnat": Verdict.TRANSLATE,
    "redirect": Verdict.TRANSLATE,
    "tproxy": Verdict.TRANSLATE,
    "queue": Verdict.ACCEPT,
}


def _rules(expressions: object) -> Iterator[Rule]:
    """The rules that one rule of nft amounts to: one for each entry of a verdict map, else one or none."""
    tests: list[Test] = []
    for one in cast("list[Expression]", expressions) if isinstance(expressions, list) else []:
        for kind, value in one.items():
            if kind == "match" and isinstance(value, dict):
                tests += _match(value)
            elif kind in {"limit", "xt", "quota"}:
                tests.append(Test(Field.UNKNOWN))
            elif kind == "vmap" and isinstance(value, dict):
                yield from _map(tests, value)
            elif kind in _VERDICTS:
                target = str(value.get("target", "")) if isinstance(value, dict) else ""
                yield Rule(tuple(tests), _VERDICTS[kind], target, _text(tests, kind))


def _text(tests: Iterable[Test], verdict: str) -> str:
    words = [" ".join(["!=" if one.is_negated else "", *one.values]).strip() for one in tests if one.values]
    return " ".join([*words, verdict])


def _map(tests: Sequence[Test], value: Expression) -> Iterator[Rule]:
    data = value.get("data")
    pairs = data.get("set") if isinstance(data, dict) else None
    if not isinstance(pairs, list):  # a named map, of which the listing leaves out the elements
        yield Rule((*tests, Test(Field.UNKNOWN)), Verdict.ACCEPT, "", "a verdict map")
        return
    for key, verdict in pairs:
        more = _match({"op": "in", "left": value.get("key"), "right": key})
        yield from (rule._replace(tests=(*tests, *more, *rule.tests)) for rule in _rules([verdict]))


def _match(match: Expression) -> Iterator[Test]:
    """The tests of a match: a payload of TCP tests the protocol as well."""
    left, right = match.get("left"), match.get("right")
    values = _values(right)
    is_negated = match.get("op") == "!="
    if isinstance(left, dict) and len(left) == 1 and values and match.get("op") in {"==", "!=", "in"}:
        ((kind, inner),) = left.items()
        read = _LEFT.get(kind)
        if read is not None and isinstance(inner, dict):
            yield from read(inner, values, is_negated)
            return
    yield Test(Field.UNKNOWN)


def _values(right: object) -> tuple[str, ...]:
    """The values of the right side as texts; none if they are not known."""
    if isinstance(right, dict):
        ((kind, inner),) = [*right.items()][:1]
        if kind == "set" and isinstance(inner, list):
            found = [_values(one) for one in inner]
            return tuple(text for one in found for text in one) if all(found) else ()
        if kind == "range" and isinstance(inner, list):
            return ("-".join(map(str, inner)),)
        if kind == "prefix" and isinstance(inner, dict):
            return (f"{inner.get('addr')}/{inner.get('len')}",)
        return ()
    if isinstance(right, list):
        return tuple(str(one) for one in right)
    return () if isinstance(right, str) and right.startswith("@") else (str(right),)


def _meta(inner: Expression, values: tuple[str, ...], is_negated: bool) -> Iterator[Test]:
    field = {
        "iifname": Field.INPUT,
        "iif": Field.INPUT,
        "oifname": Field.OUTPUT,
        "oif": Field.OUTPUT,
        "l4proto": Field.PROTOCOL,
        "nfproto": Field.FAMILY,
        "protocol": Field.FAMILY,
    }.get(str(inner.get("key")), Field.UNKNOWN)
    if field is Field.FAMILY:
        values = tuple("6" if one.endswith("6") else "4" for one in values)
    yield Test(field, values, is_negated)


def _connection(inner: Expression, values: tuple[str, ...], is_negated: bool) -> Iterator[Test]:
    is_known = inner.get("key") in {"state", "status"} and "dir" not in inner
    yield Test(Field.STATE if is_known else Field.UNKNOWN, values, is_negated)


def _payload(inner: Expression, values: tuple[str, ...], is_negated: bool) -> Iterator[Test]:
    protocol, name = str(inner.get("protocol")), inner.get("field")
    if protocol in {"tcp", "udp", "sctp", "icmp", "icmpv6", "dccp"}:
        yield Test(Field.PROTOCOL, (protocol,))
    elif protocol in {"ip", "ip6"}:
        yield Test(Field.FAMILY, ("4" if protocol == "ip" else "6",))
    field = {"dport": Field.PORT, "daddr": Field.DESTINATION, "protocol": Field.PROTOCOL, "nexthdr": Field.PROTOCOL}
    yield Test(field.get(str(name), Field.UNKNOWN), values, is_negated)


def _fib(inner: Expression, values: tuple[str, ...], is_negated: bool) -> Iterator[Test]:
    is_kind = inner.get("result") == "type" and _values(inner.get("flags")) == ("daddr",)
    yield Test(Field.KIND if is_kind else Field.UNKNOWN, values, is_negated)


_LEFT: Mapping[str, Callable[[Expression, tuple[str, ...], bool], Iterator[Test]]] = {
    "meta": _meta,
    "ct": _connection,
    "payload": _payload,
    "fib": _fib,
}
