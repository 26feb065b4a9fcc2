"""Does a change wait for its confirmation, or was one put back?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity
from lbsh.gateway.notices import notices_of

UNCONFIRMED = Kind("unconfirmed", Severity.WARNING, "The running script is put back unless somebody confirms it.")
PUT_BACK = Kind("put-back", Severity.WARNING, "The last change was put back, since nobody confirmed it.")


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    notices = notices_of(case.store, case.moment)
    for words in notices.waiting:
        yield Finding(UNCONFIRMED, words, "if the device works as it should, confirm it", (case.lbsh("confirm"),))
    for words in notices.past:
        yield Finding(PUT_BACK, words, "an earlier script runs: apply the right one again")


CHECK = Check("confirmation", (), (UNCONFIRMED, PUT_BACK), _look)
