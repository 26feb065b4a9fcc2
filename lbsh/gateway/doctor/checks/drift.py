"""Have others changed the rules of lbsh, or put theirs before them?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.drivers.values import DriverError
from lbsh.gateway.doctor.base import BlindError, Case, Check, FailedError, Finding, Kind, Severity
from lbsh.gateway.doctor.foreign import nft_items, saved_rules
from lbsh.programs import lacks_rights

CHANGED = Kind("changed-by-others", Severity.ERROR, "The rules of lbsh in the filter are not those that it loaded.")
BEFORE = Kind(
    "chain-before-ours", Severity.NOTE, "A chain of others translates before lbsh; which services, other checks say."
)
AROUND = Kind(
    "rules-around-ours", Severity.ERROR, "The main rules of PF do not lead to those of lbsh, or take their place."
)


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    if not case.is_loaded or case.loaded is None or case.loaded.trouble:
        return
    _require_answers(case)
    try:
        drift = case.drift()
    except DriverError as error:
        if lacks_rights(str(error)):
            raise BlindError(f"{error}: run this as root") from error
        raise FailedError(str(error)) from error
    for one in drift:
        if one.is_ours:
            yield Finding(
                CHANGED, one.words, "find out who changes them, or it happens again", (case.lbsh("apply", "--running"),)
            )
        elif case.choice.driver != "pf":
            yield Finding(BEFORE, one.words, "let that chain have a higher priority, or no rule for what is balanced")
        elif "not enabled" not in one.words:  # of that the check of the filter speaks
            yield Finding(AROUND, one.words, "change /etc/pf.conf, and load it with `pfctl -f /etc/pf.conf`")


def _require_answers(case: Case) -> None:
    """Raises what keeps the filter from answering: the driver would wait for longer."""
    match case.choice.driver:
        case "nftables":
            nft_items(case.system)
        case "iptables":
            saved_rules(case.system, 4)
        case _:
            case.system.run("pfctl", "-s", "info")


CHECK = Check("drift", (), (CHANGED, BEFORE, AROUND), _look)
