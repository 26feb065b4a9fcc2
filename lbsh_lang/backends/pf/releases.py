"""The releases of FreeBSD that rules are written for. 14 stands for 12 and 13 too, whose PF takes the same rules."""

from __future__ import annotations

FREEBSD_14 = "freebsd-14"
FREEBSD_15 = "freebsd-15"
RELEASES = (FREEBSD_14, FREEBSD_15)


def release_title(release: str) -> str:
    """The release as FreeBSD writes it."""
    return "FreeBSD " + release.removeprefix("freebsd-")
