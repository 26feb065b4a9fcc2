"""How services are probed, as `lbsh probes` lists it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lbsh.poller.listing import DECIDES, DROPPED, HEAD, REPORTS, Row, as_json, cells, rows_of
from lbsh_lang.site.probing import effective_probe
from tests.reading import site_of

SITE = site_of("""
external addr 203.0.113.1
service WEB is 203.0.113.1 tcp 80
service DNS is 203.0.113.1 udp 53
service ALONE is 203.0.113.1 tcp 25
pool web for WEB
pool dns for DNS
add 10.0.0.1 to web
add 10.0.0.2 to dns
probe WEB with http get "/ok" expect 204 every 1500ms timeout 1s rise 2 fall 3 recheck off port 8080
""")
STRICT = replace(SITE.services[0].probe, every=500, recheck=True) if SITE.services[0].probe is not None else None


def rows(role: str = REPORTS, shadowed: Iterable[str] = ()) -> list[Row]:
    names = set(shadowed)
    return list(rows_of(SITE, effective_probe, lambda _: STRICT, lambda service: service.name in names, role))


def test_each_service_with_a_pool_has_a_row_and_another_one_if_it_has_a_shadow_probe() -> None:
    assert [(row.service, row.pool, row.role) for row in rows()] == [("WEB", "web", DECIDES), ("DNS", "dns", DECIDES)]
    both = rows(DROPPED, ["WEB"])
    assert [(row.service, row.role) for row in both] == [("WEB", DECIDES), ("WEB", DROPPED), ("DNS", DECIDES)]
    assert both[1].probe is STRICT


def test_the_cells_say_all_of_a_probe_and_its_detection_time() -> None:
    head, web, shadow, dns = cells(rows(REPORTS, ["WEB"]))
    assert head == HEAD
    method = "http get /ok expect 204"
    assert web[:8] == ("WEB", method, "1.5 s", "1 s", "2", "3", "off", "8080")
    assert (web[8], web[9]) == (f"{as_json(rows())[0]['detection'] / 1000:g} s", "")  # type: ignore[operator]
    assert (shadow[2], shadow[6], shadow[9]) == ("0.5 s", "on", "reports")
    assert dns == ("DNS", "not probed", *[""] * (len(HEAD) - 2))


def test_programs_get_the_same_in_milliseconds() -> None:
    web, shadow, dns = as_json(rows(REPORTS, ["WEB"]))
    assert {name: web[name] for name in ("service", "pool", "role", "method", "argument", "port")} == {
        "service": "WEB",
        "pool": "web",
        "role": "decides",
        "method": "http",
        "argument": None,
        "port": 8080,
    }
    assert (web["options"], web["every"], web["recheck"]) == ([["get", "/ok"], ["expect", "204"]], 1500, False)
    assert (shadow["every"], shadow["role"]) == (500, "reports")
    assert isinstance(shadow["detection"], int)
    assert dns == {"service": "DNS", "pool": "dns", "role": "decides", "method": None}
