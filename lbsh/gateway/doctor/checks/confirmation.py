"""Does a change wait for its confirmation, or was one put back?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity
from lbsh.store.protocol import Record

UNCONFIRMED = Kind("unconfirmed", Severity.WARNING, "The running script is put back unless somebody confirms it.")
PUT_BACK = Kind("put-back", Severity.WARNING, "The last change was put back, since nobody confirmed it.")


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    if case.store.record(Record.CONFIRMATION) is not None:
        words = "the running script waits for its confirmation, and is put back without it"
        yield Finding(UNCONFIRMED, words, "if it works", (case.lbsh("confirm"),))
    elif case.store.record(Record.PUT_BACK) is not None:
        words = "the last change was put back, since nobody confirmed it: an earlier script runs"
        yield Finding(PUT_BACK, words, "`lbsh status` says when; apply the script again once it works")


CHECK = Check("confirmation", (), (UNCONFIRMED, PUT_BACK), _look)
