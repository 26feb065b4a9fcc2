"""Whether the poller's own path through an interface works, as far as the kernel tells at once: it exists and has a carrier.

This finds a pulled cable, a dead switch next to the device and an interface that was set down; not what lies behind these.
"""

from __future__ import annotations

from pathlib import Path

_INTERFACES = Path("/sys/class/net")


def works(interface: str, interfaces: Path = _INTERFACES) -> bool:
    """Whether servers behind an interface can be reached at all. True where nobody can tell (other systems than Linux)."""
    if not interfaces.is_dir() or not interface or "/" in interface or interface.startswith("."):
        return True
    here = interfaces / interface
    try:
        state = (here / "operstate").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False  # the interface is gone
    except (OSError, UnicodeDecodeError):
        return True
    return state in {"up", "unknown", "dormant"}
