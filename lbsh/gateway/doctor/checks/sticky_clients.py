"""May the poller keep sticky clients of iptables remembered? The lists are files of root's, unless the module is told."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.drivers.recent import LISTS
from lbsh.gateway.doctor.base import Case, Check, FileStatus, Finding, Kind, Severity, command
from lbsh_lang.backends.iptables.names import client_list, renamed_list

UNWRITABLE = Kind(
    "sticky-unwritable", Severity.WARNING, "The poller's user may not write the kernel's lists of sticky clients."
)

_FOLDER = LISTS.replace("thread-self/", "")


def _look(case: Case) -> Iterator[Finding]:
    owner = case.system.status(case.folder)
    if case.choice.driver != "iptables" or not case.is_loaded or owner is None or owner.uid == 0:
        return
    if not any(_is_shut(case.system.status(path), owner) for path in _lists(case)):
        return
    words = f"the user {owner.owner}, as whom the poller runs, may not write the lists of sticky clients"
    module = f"ip_list_uid={owner.uid}"
    advice = (
        f"for lists to come, write `options xt_recent {module}` into a file in /etc/modprobe.d (or xt_recent.{module} on "
        f"the kernel's command line) and {owner.uid} into /sys/module/xt_recent/parameters/ip_list_uid"
    )
    yield Finding(UNWRITABLE, words, advice, (command("chown", "-R", str(owner.uid), _FOLDER),))


def _lists(case: Case) -> Iterator[str]:
    """The files of the lists that the rules have."""
    for service in case.site.services:
        if service.sticky is not None and service.pool is not None:
            for server in service.pool.serving():
                yield f"{LISTS}/{renamed_list(client_list(service, server), case.choice.options.name)}"


def _is_shut(status: FileStatus | None, owner: FileStatus) -> bool:
    """Whether a list is there, and its file is not to be written by that user."""
    if status is None:
        return False
    mine = 0o200 if status.uid == owner.uid else 0o020 if status.gid == owner.gid else 0o002
    return not status.mode & mine


CHECK = Check("sticky-clients", ("linux",), (UNWRITABLE,), _look)
