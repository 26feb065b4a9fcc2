"""Does the kernel refuse what comes in by another uplink than that of the default route (rp_filter, RFC 3704)?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import KEEP, Case, Check, Finding, Kind, Severity, setting
from lbsh.gateway.doctor.kernel import linux_setting

STRICT = Kind(
    "reverse-path-strict", Severity.ERROR, "A strict test of sources drops what comes in by a further uplink."
)
MARKS = Kind(
    "reverse-path-marks", Severity.ERROR, "The test of sources looks at marks, and drops the servers' answers."
)

_STRICT, _LOOSE = 1, 2


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    for table in case.lists.tables:
        name = table.interface
        values = [linux_setting(case.system, "net", "ipv4", "conf", one, "rp_filter") or 0 for one in ("all", name)]
        if max(values) == _STRICT:  # the higher value counts (ip-sysctl)
            words = f"rp_filter is strict on the uplink `{name}`"
            yield Finding(STRICT, words, case.keep(KEEP), (setting(f"net/ipv4/conf/{name}/rp_filter", _LOOSE),))
    names = ["all", *[table.interface for table in case.lists.tables]] if case.lists.tables else []
    for name in names:
        if linux_setting(case.system, "net", "ipv4", "conf", name, "src_valid_mark") == 1:
            words = f"src_valid_mark is on for `{name}`, so the test of sources looks at marks"
            yield Finding(MARKS, words, case.keep(KEEP), (setting(f"net/ipv4/conf/{name}/src_valid_mark", 0),))


CHECK = Check("reverse-path", ("linux",), (STRICT, MARKS), _look)
