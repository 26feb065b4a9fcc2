"""The commands that look at the device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from lbsh.gateway.audit import time_of, words_of
from lbsh.gateway.history import history_text
from lbsh.gateway.running import whole_text
from lbsh.gateway.status import figure_text, table_text
from lbsh.gateway.writer import Gateway
from lbsh.shell.desk import Desk
from lbsh.shell.outcomes import refusable
from lbsh.standing import standing
from lbsh.store.protocol import Store
from lbsh_lang.backends.base import Options
from lbsh_lang.backends.registry import installed, load_backend
from lbsh_lang.site.model import Service
from oyster.commands import Call, Command, Refused, Table, Typed
from oyster.near import NearMisses
from oyster.offers import Candidate, natural

NAMESPACE = "lb"


def looking(desk: Desk) -> Table:
    """The commands at a desk."""

    def status(call: Call) -> None:
        is_full = call.words[:1] == ("full",)
        subject = _subject(call.words[1:] if is_full else call.words)
        call.say(*standing(desk.store, subject, text=table_text if is_full else figure_text).lines)

    def status_data(call: Call) -> object:
        return standing(desk.store, _subject(call.words)).data

    def show_site(call: Call) -> None:
        call.say(*whole_text(desk.store.running(), desk.language()).splitlines())

    def show_history(call: Call) -> None:
        call.say(*history_text(desk.store.history()))

    def show_rules(call: Call) -> None:
        call.say(*rules_text(desk.gateway, call.words))

    def show_log(call: Call) -> None:
        call.say(*log_text(desk.store))

    def show_connections(call: Call) -> None:
        call.say(*connections_text(standing(desk.store, _subject(call.words)).data))

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
            "'status' ['full'] [SERVICE|POOL|IP]",
            (("full", "with connections, the ages of results, and how soon a failed server is out"),),
            example="status ldap_pool",
            completion=subjects,
            data=status_data,
        ),
        Command(NAMESPACE, "show site", refusable(show_site), "print the running script"),
        Command(
            NAMESPACE, "show history", refusable(show_history), "list the scripts that this device ran, the newest first"
        ),
        Command(
            NAMESPACE,
            "show rules",
            refusable(show_rules),
            "print the rules as they should be, those of a service alone, or as another packet filter would have them",
            "'show' 'rules' [BACKEND] [SERVICE]",
            example="show rules pf LDAP",
        ),
        Command(
            NAMESPACE,
            "show connections",
            refusable(show_connections),
            "count the open connections of servers",
            "'show' 'connections' [SERVICE|POOL|IP]",
            example="show connections LDAP",
            completion=subjects,
        ),
        Command(NAMESPACE, "show log", refusable(show_log), "say who changed what, and when, the newest last"),
    ])  # fmt: skip


def rules_text(gateway: Gateway, words: Sequence[str]) -> Iterator[str]:
    """The rules of the running script by the backend that is named, or that in use, of one service if one is named."""
    site, backends = gateway.running().site, installed()
    chosen = gateway.choice()
    names = {service.name: service for service in site.services}
    backend, wanted = gateway.backend(chosen), None
    for word in words:
        if word in backends:
            backend = load_backend(word)
        elif word in names:
            wanted = names[word]
        else:
            near = NearMisses([*backends, *names]).of(word)
            raise Refused(f"there is no backend and no service `{word}`", *([f"there is `{near}`"] if near else []))
    options = chosen.options if backend.name == chosen.backend else Options(backend.targets[0])
    own = None if wanted is None else _ranks(wanted)
    for line in backend.render(site, options).lines:
        if own is None or (line.origin is not None and line.origin.rank in own):
            yield from line.text.split("\n")


def _ranks(service: Service) -> frozenset[int]:
    """The statements from which the rules of a service come."""
    pool = service.pool
    members = [] if pool is None else [pool.origin.rank, *[one.origin.rank for one in pool.servers]]
    return frozenset([service.origin.rank, *members])


def log_text(store: Store) -> Iterator[str]:
    """Who changed what: scripts that were applied, and the statements behind the running one."""
    acts = [(entry.act, f"revision {entry.revision}") for entry in store.history()]
    acts += [(one.act, one.text) for one in store.running().statements]
    for act, what in sorted(acts, key=lambda one: one[0].time):
        yield f"{time_of(act)}  {words_of(act)}: {what}"


def connections_text(data: Mapping[str, object]) -> Iterator[str]:
    """The connections of servers, those with the most first."""
    pools = cast("list[dict[str, Any]]", data["pools"])
    rows = [
        (one.get("connections"), one["server"], pool["pool"], ", ".join(pool["services"]))
        for pool in pools
        for one in pool["servers"]
    ]
    if all(count is None for count, *_ in rows):
        raise Refused("the kernel does not tell this user of connections")
    for count, server, pool, services in sorted(rows, key=lambda row: (-(row[0] or 0), natural(row[1]))):
        yield f"{count if count is not None else '-':>8}  {server}  {pool}  {services}"


def _subject(words: Sequence[str]) -> str | None:
    if len(words) > 1:
        raise Refused(f"unexpected `{words[1]}`: one service, pool or machine can be looked at")
    return words[0] if words else None
