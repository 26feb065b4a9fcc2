"""Probes for tests of the poller, made from lines of a script."""

from __future__ import annotations

from lbsh_lang.check import check
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.model import Probe
from lbsh_lang.source import Source


def probe_of(words: str, protocol: str = "tcp") -> Probe:
    """The probe of a line `probe … with WORDS`."""
    lines = ("interface external em0", f"service S is 203.0.113.1 {protocol} 80", "pool p for S", "add 192.0.2.7 to p")
    script = "".join(f"{line}\n" for line in (*lines, f"probe S with {words}"))
    checked = check(Source.of("x.lb", script))
    assert checked.number_of(Severity.ERROR) == 0, checked.diagnostics
    (service,) = checked.site.services
    assert service.probe is not None
    return service.probe
