"""Is there room for connections in the kernel, and was there always?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lbsh.gateway.doctor.base import KEEP, Case, Check, Finding, Kind, Severity, setting
from lbsh.gateway.doctor.kernel import is_linux, linux_setting

FULL = Kind("connections-full", Severity.ERROR, "The kernel's table of connections is full, and new ones are dropped.")
NEARLY_FULL = Kind(
    "connections-nearly-full", Severity.WARNING, "Three quarters of the table of connections are in use."
)
DROPPED = Kind(
    "connections-dropped", Severity.NOTE, "Connections were dropped since the start because the table was full."
)
FEW_BUCKETS = Kind("connections-slow", Severity.WARNING, "The table has so few buckets that look-ups become slow.")
UNTRACKED = Kind(
    "connections-untracked", Severity.ERROR, "The kernel tracks no connections, without which no rule works."
)

_FULL, _NEARLY_FULL = 0.98, 0.75
_MOST_PER_BUCKET = 8
"""Connections a bucket; the kernel's own default is 1 (nf_conntrack-sysctl)."""

_SETTINGS = ("net", "netfilter")
_STATISTICS = "/proc/thread-self/net/stat/nf_conntrack"


def _look(case: Case) -> Iterator[Finding]:
    if is_linux(case.system):
        yield from _linux(case)
    else:
        yield from _pf(case)


def _linux(case: Case) -> Iterator[Finding]:
    most = linux_setting(case.system, *_SETTINGS, "nf_conntrack_max")
    count = linux_setting(case.system, *_SETTINGS, "nf_conntrack_count")
    if most is None or count is None:
        if case.is_loaded and case.lists.forwarded:
            advice = "load the module at boot: write nf_conntrack into a file in /etc/modules-load.d"
            yield Finding(UNTRACKED, "the kernel tracks no connections", advice, ("modprobe nf_conntrack",))
        return
    if most:  # 0 is no limit
        yield from _judge(count, most, (setting("net.netfilter.nf_conntrack_max", 2 * most),), KEEP)
    buckets = linux_setting(case.system, *_SETTINGS, "nf_conntrack_buckets")
    if most and buckets and most > _MOST_PER_BUCKET * buckets:
        words = f"the table for {most} connections has {buckets} buckets"
        yield Finding(FEW_BUCKETS, words, KEEP, (setting("net.netfilter.nf_conntrack_buckets", most // 4),))
    dropped = dropped_in(case.system.read(_STATISTICS) or "")
    if dropped:
        words = f"{dropped} packets were dropped since the start because the table of connections was full"
        yield Finding(DROPPED, words, f"if more come, raise net.netfilter.nf_conntrack_max above {most}")


def _pf(case: Case) -> Iterator[Finding]:
    if not case.is_loaded:
        return
    entries = re.search(r"current entries\s+(\d+)", case.system.run("pfctl", "-s", "info").output)
    limit = re.search(r"states\s+hard limit\s+(\d+)", case.system.run("pfctl", "-s", "memory").output)
    if entries and limit:
        yield from _judge(int(entries[1]), int(limit[1]), (), "raise `set limit states` in /etc/pf.conf, and load it")


def _judge(count: int, most: int, commands: tuple[str, ...], advice: str) -> Iterator[Finding]:
    if count >= _NEARLY_FULL * most:
        words = f"the kernel tracks {count} connections, and has room for {most}"
        yield Finding(FULL if count >= _FULL * most else NEARLY_FULL, words, advice, commands)


def dropped_in(text: str) -> int:
    """The packets dropped for lack of room: a line of hexadecimal numbers for each processor under a line of names."""
    head, *lines = [line.split() for line in text.splitlines()] or [[]]
    if "drop" not in head:
        return 0
    column = head.index("drop")
    return sum(int(line[column], 16) for line in lines if len(line) > column)


CHECK = Check("connections", (), (FULL, NEARLY_FULL, DROPPED, FEW_BUCKETS, UNTRACKED), _look)
