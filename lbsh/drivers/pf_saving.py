"""Saves the rules of PF to `/etc/pf.conf`, or those of an anchor to a file that a line of it may load.

PF prints no ruleset in a form that pfctl loads back. So what is saved are the rules as lbsh loaded them, if nobody has
changed them since: all of PF's rules, or those of the anchor alone.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from pathlib import Path

from lbsh.drivers.running import run, said
from lbsh.drivers.saving import Copy, InUse, UnknownError
from lbsh.drivers.values import DriverError
from lbsh.programs import Outcome
from lbsh_lang.backends.base import Options, own_name

_HEAD = "# Rules of this device, written by `lbsh save`. Unless somebody changes them, their sum is "


class PfSaver:
    """Saves PF."""

    def copies(self, options: Options, in_use: InUse) -> tuple[Copy, ...]:
        rules = in_use()
        if rules is None:
            raise DriverError(
                "the rules in PF are not those that lbsh loaded, or should load: `lbsh apply --running` loads them"
            )
        target = f"/etc/{own_name(options.name)}.anchor" if "anchor" in options.flags else "/etc/pf.conf"
        return (Copy(target, "", f"{_HEAD}{_sum(rules.text)}\n{rules.text}"),)

    def test(self, copy: Copy, options: Options) -> None:
        outcome = _read(copy.text, options)
        if outcome.status != 0:
            raise DriverError(f"pfctl refuses the rules that are loaded, so nothing was written: {said(outcome)}")

    def lacking(self, copy: Copy, path: str, options: Options) -> tuple[str, ...]:
        text = Path(path).read_text(errors="replace")
        if is_untouched(text):
            return ()
        outcome = _read(text, options)
        if outcome.status != 0:
            raise UnknownError(f"pfctl does not load it: {said(outcome)}")
        lost = Counter(_lines(outcome.output)) - Counter(_lines(_read(copy.text, options).output))
        return tuple(lost.elements())


def is_untouched(text: str) -> bool:
    """Whether a file is one that lbsh wrote, and nobody has changed: rules of lbsh alone, which may be others by now."""
    first, _, rest = text.partition("\n")
    return first == _HEAD + _sum(rest)


def _sum(text: str) -> str:
    return blake2b(text.encode(errors="backslashreplace"), digest_size=8).hexdigest()


def _read(text: str, options: Options) -> Outcome:
    """Has pfctl read rules without loading them, and print them."""
    anchor = ("-a", own_name(options.name)) if "anchor" in options.flags else ()
    return run(("pfctl", *anchor, "-P", "-n", "-v", "-f", "-"), text)


def _lines(printed: str) -> list[str]:
    return [" ".join(line.split()) for line in printed.splitlines() if line.strip()]
