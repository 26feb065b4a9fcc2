"""Is the packet filter there, does it answer, is it enabled, and can it translate addresses of the families in use?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.drivers.choice import DRIVERS
from lbsh.gateway.doctor.base import BlindError, Case, Check, FailedError, Finding, Kind, Severity, command
from lbsh.gateway.doctor.foreign import nft_items, saved_rules
from lbsh.programs import lacks_rights
from lbsh_lang.values import Family

MISSING = Kind("filter-missing", Severity.ERROR, "The program of the packet filter in use is not installed.")
NO_TRANSLATION = Kind("translation-missing", Severity.ERROR, "The kernel cannot translate addresses of a family.")
DISABLED = Kind("filter-disabled", Severity.ERROR, "PF is not enabled, so no rule has an effect.")

_PACKAGES = {"nftables": "nftables", "iptables": "iptables"}
_NFT = """\
table {} lbsh_doctor {{
 chain c {{
  type nat hook prerouting priority -100
  meta l4proto tcp dnat to {}
 }}
}}
"""
_IPTABLES = "*nat\n-A PREROUTING -p tcp -j DNAT --to-destination {}\nCOMMIT\n"


def _look(case: Case) -> Iterator[Finding]:
    case.require_script()
    known = DRIVERS.get(case.choice.driver)
    if known is None:
        return  # the driver `none`, of which the check of the script speaks
    if not case.system.has_program(known.program):
        package = _PACKAGES.get(case.choice.driver)
        advice = f"install the package {package}" if package else "it is part of the system: look at the path"
        yield Finding(
            MISSING, f"the program `{known.program}` of the driver {case.choice.driver} is not installed", advice
        )
    elif case.choice.driver == "pf":
        yield from _pf(case)
    else:
        yield from _linux(case)


def _pf(case: Case) -> Iterator[Finding]:
    answer = case.system.run("pfctl", "-s", "info")
    if "Status: Enabled" in answer.output:
        return
    if "Status: Disabled" not in answer.output:
        said = " ".join(answer.errors.split())[:200] or "it says nothing"
        if lacks_rights(said):
            raise BlindError("`pfctl -s info` needs the right to open /dev/pf: run this as root")
        raise FailedError(f"`pfctl -s info` failed: {said}; is the module pf loaded?")
    yield Finding(DISABLED, "PF is not enabled", "with pf_enable=YES in /etc/rc.conf it is after a boot", ("pfctl -e",))


def _linux(case: Case) -> Iterator[Finding]:
    """Has the filter check a translation, which loads nothing."""
    is_nft = case.choice.driver == "nftables"
    if is_nft:
        nft_items(case.system)  # raises what keeps it from answering at all
    for family in case.lists.forwarded:
        if not is_nft:
            saved_rules(case.system, family)
        yield from _translation(case, family, is_nft=is_nft)


def _translation(case: Case, family: Family, *, is_nft: bool) -> Iterator[Finding]:
    target = "192.0.2.1" if family == 4 else "2001:db8::1"  # for examples (RFC 5737, RFC 3849)
    if is_nft:
        text = _NFT.format("ip" if family == 4 else "ip6", target)
        words: tuple[str, ...] = ("nft", "-c", "-f", "-")
    else:
        text = _IPTABLES.format(target)
        words = ("iptables-restore" if family == 4 else "ip6tables-restore", "--test", "--noflush")
    answer = case.system.run(*words, text=text)
    if answer.status != 0:
        said = " ".join(answer.errors.split())[:200]
        advice = "use a kernel with nf_nat and the modules of the filter; install all of the kernel's modules"
        yield Finding(
            NO_TRANSLATION, f"addresses of IPv{family} cannot be translated: `{command(*words)}` says: {said}", advice
        )


CHECK = Check("filter", (), (MISSING, NO_TRANSLATION, DISABLED), _look)
