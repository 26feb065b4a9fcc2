"""How the services of a site are probed, as `lbsh probes` lists it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from lbsh.poller.timing import detection_time
from lbsh_lang.site.model import Probe, Service, Site

HEAD = ("SERVICE", "METHOD", "EVERY", "TIMEOUT", "RISE", "FALL", "RECHECK", "PORT", "DETECTION", "SHADOW")
DECIDES, REPORTS, DROPPED = "decides", "reports", "dropped"
"""A probe decides; it only reports; it is given up, and not carried out."""
_PROBE_OF = Callable[[Service], Probe | None]


class Row(NamedTuple):
    """A probe of a service, None if it is not probed, and what becomes of its results."""

    service: str
    pool: str
    probe: Probe | None
    role: str


def rows_of(
    site: Site, deciding: _PROBE_OF, stated: _PROBE_OF, is_shadowed: Callable[[Service], bool], role: str
) -> Iterator[Row]:
    """A row for the probe that decides on each service; then, where the script says another one, a row for that."""
    for service in site.services:
        if service.pool is None:
            continue
        yield Row(service.name, service.pool.name, deciding(service), DECIDES)
        if is_shadowed(service):
            yield Row(service.name, service.pool.name, stated(service), role)


def cells(rows: Iterable[Row]) -> Iterator[Sequence[str]]:
    """The cells of a table, its head first."""
    yield HEAD
    for row in rows:
        probe = row.probe
        role = "" if row.role == DECIDES else row.role
        if probe is None:
            yield (row.service, "not probed", *[""] * (len(HEAD) - 3), role)
            continue
        method = " ".join(
            [probe.method, *filter(None, [probe.argument]), *[f"{one} {value}" for one, value in probe.options]]
        )
        yield (
            row.service,
            method,
            _seconds(probe.every),
            _seconds(probe.timeout),
            str(probe.rise),
            str(probe.fall),
            "on" if probe.recheck else "off",
            str(probe.port or ""),
            _seconds(detection_time(probe)),
            role,
        )


def as_json(rows: Iterable[Row]) -> list[dict[str, object]]:
    """The same for programs; times are in milliseconds, `port` is null where that of the service is asked."""
    return [_row_json(row) for row in rows]


def _row_json(row: Row) -> dict[str, object]:
    found: dict[str, object] = {"service": row.service, "pool": row.pool, "role": row.role, "method": None}
    probe = row.probe
    if probe is None:
        return found
    options = [list(one) for one in probe.options]
    timing = {name: getattr(probe, name) for name in ("every", "timeout", "rise", "fall", "recheck", "port")}
    return {
        **found,
        "method": probe.method,
        "argument": probe.argument,
        "options": options,
        **timing,
        "detection": detection_time(probe),
    }


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g} s"
