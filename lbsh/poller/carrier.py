"""Whether the poller's own end of a way works: the interface is there, up, and has a carrier."""

from __future__ import annotations

from pathlib import Path

SYS = Path("/sys/class/net")


def works(interface: str, sys: Path = SYS) -> bool | None:
    """Whether an interface can carry anything; None if nobody can tell here. Costs two system calls."""
    if not interface or not sys.is_dir():
        return None
    try:
        return (sys / interface / "carrier").read_text().strip() == "1"
    except OSError:  # it has gone, or is down: the kernel then refuses to read
        return False
