"""Whether the poller's own end of a way works: the interface is there, up, and has a carrier.

The kernel is asked through a socket, and so about the network that this process is in. The files below /sys may be those of
another one: they stay as they were when a program enters a network namespace.
"""

from __future__ import annotations

import errno
import fcntl
import socket
import struct
import sys
from array import array

SIOCETHTOOL, ETHTOOL_GLINK = 0x8946, 0x0A
SIOCGIFFLAGS, IFF_RUNNING = 0x8913, 0x40
"""netdevice(7)."""
LONGEST_NAME = 15


def works(interface: str) -> bool | None:
    """Whether an interface can carry anything; None if nobody can tell here. Costs a few system calls."""
    name = interface.encode(errors="surrogateescape")
    if not 0 < len(name) <= LONGEST_NAME or sys.platform != "linux":
        return None
    try:
        asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        return None
    with asked:
        try:
            return _has_link(asked, name)
        except OSError as error:
            return False if error.errno == errno.ENODEV else None


def _has_link(asked: socket.socket, name: bytes) -> bool:
    """What the driver says of its link; of one that says nothing, whether the interface is in operation."""
    answer = array("I", [ETHTOOL_GLINK, 0])
    try:
        fcntl.ioctl(asked, SIOCETHTOOL, struct.pack("16sP16x", name, answer.buffer_info()[0]))
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP:
            raise
        _, flags = struct.unpack("16sH22x", fcntl.ioctl(asked, SIOCGIFFLAGS, struct.pack("16s24x", name)))
        return bool(flags & IFF_RUNNING)
    return bool(answer[1])
