"""Are the default routes and the routing tables of uplinks there, as the script needs them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lbsh.gateway.doctor.base import Case, Check, FailedError, Finding, Kind, Severity, command
from lbsh.gateway.doctor.links import asked
from lbsh_lang.site.addresses import Table, Way
from lbsh_lang.values import Family

NO_DEFAULT = Kind(
    "default-route-missing", Severity.ERROR, "There is no default route of a family that has an `external gw`."
)
NO_ROUTE = Kind("uplink-route-missing", Severity.ERROR, "The routing table of an uplink has no default route.")
NO_RULE = Kind(
    "uplink-rule-missing", Severity.ERROR, "No rule leads marked packets to the routing table of their uplink."
)
MARK_TAKEN = Kind("mark-taken", Severity.WARNING, "A rule of others looks at the bits of marks that stand for uplinks.")

_ADVICE = "`lbsh addresses --format ip` writes all of these; keep them in the configuration of the network"
_FLAGS: dict[Family, str] = {4: "-4", 6: "-6"}

Object = Mapping[str, object]


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    for way in case.lists.defaults:
        family = way.hop.family
        if not asked(case.system, _FLAGS[family], "route", "show", "default"):
            mend = command("ip", _FLAGS[family], "route", "replace", *_by(way))
            yield Finding(NO_DEFAULT, f"there is no default route of IPv{family}", case.keep(_ADVICE), (mend,))
    families = sorted({way.hop.family for table in case.lists.tables for way in table.ways})
    for family in families:
        rules = asked(case.system, _FLAGS[family], "rule", "show")
        yield from _taken(rules, family, case.lists.tables)
        for table in case.lists.tables:
            yield from _table(case, table, family, rules)


def _by(way: Way) -> tuple[str, ...]:
    return ("default", "via", str(way.hop), "dev", way.interface, *(("onlink",) if way.is_far else ()))


def _table(case: Case, table: Table, family: Family, rules: Sequence[Object]) -> Iterator[Finding]:
    way = next((one for one in table.ways if one.hop.family == family), None)
    if way is None:
        return
    name, mark = str(table.mark), f"0x{table.mark:08x}/0x{table.mask:08x}"
    if not any(_is_ours(rule, table) for rule in rules):
        mend = command("ip", _FLAGS[family], "rule", "add", "fwmark", mark, "lookup", name)
        words = f"no rule of IPv{family} leads packets with the mark {mark} to the uplink `{table.interface}`"
        yield Finding(NO_RULE, words, case.keep(_ADVICE), (mend,))
    if not _default_in(case, family, name):
        links = [("route", "replace", str(net), "dev", table.interface) for net in table.links if net.family == family]
        mends = [
            command("ip", _FLAGS[family], *words, "table", name) for words in (*links, ("route", "replace", *_by(way)))
        ]
        words = f"the routing table {name} of the uplink `{table.interface}` has no default route of IPv{family}"
        yield Finding(NO_ROUTE, words, case.keep(_ADVICE), tuple(mends))


def _default_in(case: Case, family: Family, table: str) -> bool:
    """Whether a table has a default route. A table without any route does not exist, which is an error of `ip`."""
    try:
        return bool(asked(case.system, _FLAGS[family], "route", "show", "default", "table", table))
    except FailedError as error:
        if "does not exist" in str(error) or "No such file" in str(error):
            return False
        raise


def _is_ours(rule: Object, table: Table) -> bool:
    mask = _number(rule.get("fwmask", "0xffffffff"))
    return (_number(rule.get("fwmark")), mask, str(rule.get("table"))) == (table.mark, table.mask, str(table.mark))


def _taken(rules: Sequence[Object], family: Family, tables: Sequence[Table]) -> Iterator[Finding]:
    for rule in rules:
        mark, mask = _number(rule.get("fwmark")), _number(rule.get("fwmask", "0xffffffff"))
        if mark is None or mask is None or any(_is_ours(rule, table) for table in tables):
            continue
        if any(mask & table.mask for table in tables):
            words = (
                f"the rule of IPv{family} with priority {rule.get('priority')} looks at the mark 0x{mark:x}/0x{mask:x}"
            )
            advice = "give the uplinks other bits with `lbsh apply --marks`, or that rule another mask"
            yield Finding(MARK_TAKEN, f"{words}, whose bits stand for uplinks", advice)


def _number(value: object) -> int | None:
    try:
        return int(str(value), 0)
    except ValueError:
        return None


CHECK = Check("routes", ("linux",), (NO_DEFAULT, NO_ROUTE, NO_RULE, MARK_TAKEN), _look)
