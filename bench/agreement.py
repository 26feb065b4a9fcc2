"""Runs generated sites as `make agree` does, and summarizes them in one line.

The work is done by `tests/agreement`; this module only knows how to start it, and that its exit status is the verdict.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.bars import Bar
from bench.wire import why_no_wire

ROOT = Path(__file__).parents[1]
SITES = 1_000
LONGEST = 3600.0
"""Seconds; it takes minutes."""

LIMIT = "all agree"


def measure_agreement(sites: int) -> Bar:
    """Generated sites: the tracer, the readers of rules and real packets must all agree."""
    what = f"{sites:,} generated sites: tracer, PF, nftables and iptables"
    reason = why_not(sites)
    if reason:
        return Bar(what, "-", reason, None, LIMIT, None)
    command = ["make", "--no-print-directory", "agree", f"N={sites}", f"VENV={sys.prefix}"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return Bar(what, "-", f"stopped after {LONGEST:.0f} s", None, LIMIT, None)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    return Bar(what, "no" if done.returncode else "yes", summary(done.stdout), None, LIMIT, done.returncode == 0)


def why_not(sites: int) -> str:
    """The reason why agreement cannot be measured; empty if it can."""
    if sites < 1:
        return "left out, as --agree 0 asks"
    return why_no_wire("make", "nft", "iptables", "iptables-restore")


def summary(output: str) -> str:
    """The line that counts the sites and packets, for the cell of a table."""
    lines = [line.strip(" =") for line in output.splitlines() if " packets in " in line]
    return lines[-1].replace("|", "/") if lines else "-"
