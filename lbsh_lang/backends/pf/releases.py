"""The supported releases of FreeBSD. 14 stands for 12 and 13 too, whose PF takes the same rules."""

from __future__ import annotations

FREEBSD_14 = "freebsd-14"
FREEBSD_15 = "freebsd-15"
RELEASES = (FREEBSD_14, FREEBSD_15)


def release_title(release: str) -> str:
    """The release in FreeBSD's notation."""
    return "FreeBSD " + release.removeprefix("freebsd-")
