"""Is the store on a file system that suits it, and has that room?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lbsh.gateway.doctor.base import Case, Check, Finding, Kind, Room, Severity
from lbsh.gateway.doctor.kernel import is_linux

NETWORK = Kind(
    "store-on-network", Severity.WARNING, "The store lies on a network file system: changes by others go unnoticed."
)
MEMORY = Kind("store-in-memory", Severity.WARNING, "The store lies in memory, and is gone after a boot.")
READ_ONLY = Kind("store-read-only", Severity.ERROR, "The file system of the store is mounted for reading alone.")
FULL = Kind("disk-full", Severity.ERROR, "The disk of the store has no room, so nothing can be changed any more.")
NEARLY_FULL = Kind("disk-nearly-full", Severity.WARNING, "The disk of the store has little room.")

_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|ceph|9p|afs|ncpfs|glusterfs|lustre|fuse\.(sshfs|glusterfs|s3fs|rclone)"
)
_MEMORY = {"tmpfs", "ramfs", "mfs"}
_LITTLE, _NONE = 64 << 20, 4 << 20
"""Bytes; a store of a large site with its history has some ten megabytes."""

_FEW_INODES, _NO_INODES = 1000, 50


class Mount(NamedTuple):
    """A mounted file system: its folder, its type, and whether it is for reading alone."""

    folder: str
    kind: str
    is_read_only: bool


def _look(case: Case) -> Iterator[Finding]:
    folder = case.system.real_path(case.folder)
    if case.system.status(folder) is None:
        return  # it is made when it is first written to
    if is_linux(case.system):
        mounts = mounts_in(case.system.read("/proc/thread-self/mountinfo") or "")
    else:
        mounts = mounts_of_bsd(case.system.run("mount", "-p").output)
    mount = max((one for one in mounts if _is_in(folder, one.folder)), key=lambda one: len(one.folder), default=None)
    if mount is not None:
        yield from _judge_mount(folder, mount)
    yield from judge_room(folder, case.system.room(folder))


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _judge_mount(folder: str, mount: Mount) -> Iterator[Finding]:
    place = f"the store {folder} lies on {mount.folder}"
    advice = "move it to a disk of this machine, and name that folder with --store or LBSH_STORE"
    if mount.is_read_only:
        yield Finding(READ_ONLY, f"{place}, which is mounted for reading alone", "mount it for writing")
    if _NETWORK.fullmatch(mount.kind):
        yield Finding(NETWORK, f"{place} ({mount.kind}), where no notice comes of changes by others", advice)
    elif mount.kind in _MEMORY:
        yield Finding(MEMORY, f"{place} ({mount.kind}), which is gone after a boot", advice)


def judge_room(folder: str, room: Room) -> Iterator[Finding]:
    """What is wrong with the room of the store's disk."""
    is_full = room.free < _NONE or (room.inodes > 0 and room.free_inodes < _NO_INODES)
    is_nearly = room.free < _LITTLE or (room.inodes > 0 and room.free_inodes < _FEW_INODES)
    if is_full or is_nearly:
        inodes = f" and {room.free_inodes} inodes" if room.inodes else ""
        words = f"the disk of the store {folder} has {room.free >> 10} kB{inodes} left"
        yield Finding(FULL if is_full else NEARLY_FULL, words, "remove what is not needed there")


def mounts_in(text: str) -> Iterator[Mount]:
    """The mounts of a process: proc_pid_mountinfo(5). Blanks in names are octal."""
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(" "), right.split(" ")[0]
        if len(fields) > 5 and kind:
            folder = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4])
            yield Mount(folder, kind, "ro" in fields[5].split(","))


def mounts_of_bsd(text: str) -> Iterator[Mount]:
    """What `mount -p` prints, in the form of fstab(5)."""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) > 3:
            yield Mount(fields[1], fields[2], "ro" in fields[3].split(","))


CHECK = Check("store-place", (), (NETWORK, MEMORY, READ_ONLY, FULL, NEARLY_FULL), _look)
