"""Are the rules loaded at the next boot?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Severity
from lbsh.gateway.doctor.kernel import is_linux

NOT_AT_BOOT = Kind(
    "not-at-boot", Severity.NOTE, "The service that loads the rules at boot is not installed or not enabled."
)

_SYSTEMD = "/run/systemd/system"


def _look(case: Case) -> Iterator[Finding]:
    if is_linux(case.system):
        if case.system.status(_SYSTEMD) is None:
            return  # sd_booted(3)
        answer = case.system.run("systemctl", "is-enabled", "lbsh.service")
        if not answer.output.startswith(("enabled", "static", "alias")):
            said = (answer.output or answer.errors).strip() or "not installed"
            words = f"the unit lbsh.service is not enabled ({' '.join(said.split())[:100]})"
            yield Finding(
                NOT_AT_BOOT, words, "docs/device.md says how to install it", ("systemctl enable lbsh.service",)
            )
        return
    answer = case.system.run("sysrc", "-n", "lbsh_enable")
    if answer.output.strip().upper() not in {"YES", "TRUE", "ON", "1"}:
        words = "the rc script of lbsh is not installed or not enabled"
        yield Finding(NOT_AT_BOOT, words, "docs/device.md says how to install it", ("sysrc lbsh_enable=YES",))


CHECK = Check("boot", (), (NOT_AT_BOOT,), _look)
