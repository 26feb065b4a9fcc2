"""The commands that look at the device."""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.history import history_text
from lbsh.gateway.running import whole_text
from lbsh.shell.desk import Desk
from lbsh.shell.outcomes import refusable
from lbsh.standing import standing
from oyster.commands import Call, Command, Refused, Table, Typed
from oyster.offers import Candidate

NAMESPACE = "lb"


def looking(desk: Desk) -> Table:
    """The commands at a desk."""

    def status(call: Call) -> None:
        call.say(*standing(desk.store, _subject(call)).lines)

    def status_data(call: Call) -> object:
        return standing(desk.store, _subject(call)).data

    def show_site(call: Call) -> None:
        call.say(*whole_text(desk.store.running(), desk.language()).splitlines())

    def show_history(call: Call) -> None:
        call.say(*history_text(desk.store.history()))

    def subjects(typed: Typed) -> Iterator[Candidate]:
        """What `status` can be asked about: services, pools, machines."""
        if not typed.words:
            completion = desk.draft().complete(f"status {typed.begun}", len("status ") + len(typed.begun))
            yield from completion.candidates

    return Table([
        Command(
            NAMESPACE,
            "status",
            refusable(status),
            "say which servers serve, and what is not as it should be",
            "'status' [SERVICE|POOL|IP]",
            example="status ldap_pool",
            completion=subjects,
            data=status_data,
        ),
        Command(NAMESPACE, "show site", refusable(show_site), "print the running script"),
        Command(
            NAMESPACE, "show history", refusable(show_history), "list the scripts that this device ran, the newest first"
        ),
    ])  # fmt: skip


def _subject(call: Call) -> str | None:
    if len(call.words) > 1:
        raise Refused(f"unexpected `{call.words[1]}`: one service, pool or machine can be looked at")
    return call.words[0] if call.words else None
