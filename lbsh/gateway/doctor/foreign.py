"""Rules of others in the packet filters of Linux, whichever program keeps them: read once, for all checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lbsh.drivers.nft_listing import Item, ListingError, items_in
from lbsh.gateway.doctor.base import Answer, BlindError, Case, FailedError, System
from lbsh.gateway.doctor.iptables_chains import chains_of
from lbsh.gateway.doctor.nft_chains import chains_in, own_priority
from lbsh.gateway.doctor.walk import Base
from lbsh.programs import lacks_rights
from lbsh_lang.values import Family

_LISTING = ("nft", "-j", "-t", "list", "ruleset")
_LEGACY_TABLES = "/proc/thread-self/net/{}_tables_names"


class Foreign(NamedTuple):
    """The chains of others that the kernel calls, and the priority at which lbsh translates under nftables."""

    chains: tuple[Base, ...]
    own_priority: int | None


def foreign_rules(case: Case) -> Foreign:
    """The rules of others. Raises `BlindError` and `FailedError`."""
    system = case.system
    items = nft_items(system) if system.has_program("nft") else ()
    families: tuple[Family, ...] = (4, 6)
    saved = [(family, saved_rules(system, family)) for family in families]
    legacy = [(family, _legacy_rules(system, family)) for family in families]
    is_read = any("(nf_tables)" in text for _, text in saved)
    chains = [*chains_in(items, is_iptables_read=is_read)]
    for family, text in dict.fromkeys([*saved, *legacy]):
        chains += chains_of(text, family)
    if not system.has_program("nft") and not any(text for _, text in saved):
        raise BlindError("neither `nft` nor `iptables-save` is installed, so rules of others cannot be read")
    return Foreign(tuple(chains), own_priority(items))


def nft_items(system: System) -> Sequence[Item]:
    """All rules of nftables, without the elements of sets and maps."""
    answer = _answer(system, _LISTING)
    try:
        return items_in(answer.output)
    except ListingError as error:
        raise FailedError(f"`{' '.join(_LISTING)}` answers what lbsh cannot read: {error}") from error


def saved_rules(system: System, family: Family) -> str:
    """All rules of iptables; empty where it is not installed."""
    program = "iptables-save" if family == 4 else "ip6tables-save"
    return _answer(system, (program,)).output if system.has_program(program) else ""


def _legacy_rules(system: System, family: Family) -> str:
    """The rules of iptables-legacy. It is not asked where it has no table: it would make some."""
    names = ("iptables-legacy-save", "ip") if family == 4 else ("ip6tables-legacy-save", "ip6")
    if not system.has_program(names[0]) or not (system.read(_LEGACY_TABLES.format(names[1])) or "").strip():
        return ""
    return _answer(system, (names[0],)).output


def _answer(system: System, arguments: tuple[str, ...]) -> Answer:
    answer = system.run(*arguments)
    said = " ".join(answer.errors.split())[:200]
    if answer.status != 0 and lacks_rights(said):
        raise BlindError(f"`{' '.join(arguments)}` needs CAP_NET_ADMIN: run this as root")
    if answer.status != 0:
        raise FailedError(f"`{' '.join(arguments)}` failed: {said or f'exit status {answer.status}'}")
    return answer


def listed(chains: Sequence[Base], hook: str, kind: str) -> Iterator[Base]:
    """The chains of a type at a hook."""
    return (one for one in chains if (one.hook, one.kind) == (hook, kind))
