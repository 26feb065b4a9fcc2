"""Shadow probes: which probe decides, by what the store keeps."""

from __future__ import annotations

import json

import pytest

from lbsh.gateway.shadows import NONE, Shadows, both, changed
from lbsh.store.protocol import StoreError
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import no_files, read_script
from lbsh_lang.source import Source

HEAD = """\
interface external ext0
interface internal int0
external addr 203.0.113.1
internal net 10.0.0.0/24
internal gw 10.0.0.254
service WEB is 203.0.113.5 tcp 8080
service DNS is 203.0.113.5 udp 53
pool web for WEB
pool dns for DNS
add 10.0.0.1 to web
add 10.0.0.2 to dns
"""
TCP = "probe WEB with tcp every 2s timeout 1s\n"
SLOW = "probe WEB with tcp every 9s timeout 1s\n"
OTHER = "probe WEB with tcp every 2s timeout 1s port 81\n"
DNS = "probe DNS with dns\n"


def site(*probes: str) -> Site:
    return Resolution(read_script(Source.of("site.lb", HEAD + "".join(probes)), no_files)).site


def decides(kept: Shadows, found: Site, name: str = "WEB") -> tuple[int, int | None] | None:
    """Interval and port of the probe that decides on a service."""
    service = next(one for one in found.services if one.name == name)
    probe = kept.deciding(service)
    return (probe.every, probe.port) if probe is not None else None


def shadowed(kept: Shadows, found: Site) -> list[str]:
    return [one.name for one in found.services if kept.shadow(one) is not None]


@pytest.mark.parametrize("new", [SLOW, OTHER, TCP.replace("1s", "500ms"), TCP.rstrip() + " fall 9\n"])
def test_a_probe_that_changed_reports_while_the_former_one_decides(new: str) -> None:
    kept = changed(site(TCP), NONE, site(new))
    assert decides(kept, site(new)) == (2000, None)
    assert shadowed(kept, site(new)) == ["WEB"]


def test_a_probe_that_is_the_same_elsewhere_in_the_script_is_no_change() -> None:
    assert changed(site(TCP), NONE, site(DNS, TCP)).former.keys() == {"DNS"}
    assert changed(site(TCP), NONE, site(TCP)) == NONE


def test_a_service_that_was_not_probed_is_not_until_its_probe_is_promoted() -> None:
    kept = changed(site(), NONE, site(DNS))
    assert decides(kept, site(DNS), "DNS") is None
    assert shadowed(kept, site(DNS)) == ["DNS"]


def test_a_probe_that_the_script_has_no_more_goes_on_deciding() -> None:
    kept = changed(site(DNS), NONE, site())
    assert decides(kept, site(), "DNS") is not None
    assert shadowed(kept, site()) == []


def test_the_probe_that_decides_stays_the_same_through_several_scripts() -> None:
    second = changed(site(TCP), NONE, site(SLOW))
    third = changed(site(SLOW), second, site(OTHER))
    assert decides(third, site(OTHER)) == (2000, None)
    assert changed(site(SLOW), second, site(TCP)) == NONE


def test_while_a_script_is_being_replaced_the_former_probe_decides_on_either_script() -> None:
    kept = changed(site(TCP), NONE, site(SLOW))
    while_open = both(kept, changed(site(SLOW), kept, site(TCP, DNS)))
    assert decides(while_open, site(SLOW)) == (2000, None)
    assert decides(while_open, site(TCP, DNS), "DNS") is None


def test_probes_that_were_dropped_are_not_carried_out_and_do_not_decide() -> None:
    kept = changed(site(TCP), NONE, site(SLOW))._replace(is_dropped=True)
    assert decides(kept, site(SLOW)) == (2000, None)
    assert shadowed(kept, site(SLOW)) == []


def test_what_is_kept_is_read_back() -> None:
    kept = changed(site(TCP), NONE, site(SLOW, DNS))
    again = Shadows.of_json(json.loads(json.dumps(kept.as_json())))
    assert decides(again, site(SLOW, DNS)) == (2000, None)
    assert shadowed(again, site(SLOW, DNS)) == ["WEB", "DNS"]
    assert Shadows.of_json(None) == NONE


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"services": [], "dropped": False},
        {"services": {"WEB": 1}, "dropped": False},
        {"services": {}, "dropped": 1},
    ],
)
def test_a_damaged_record_is_said(record: dict[str, object]) -> None:
    with pytest.raises(StoreError, match="remove the file `probes`"):
        Shadows.of_json(record)


@pytest.mark.parametrize(("name", "value"), [("every", "2s"), ("method", 1), ("options", [["a"]]), ("port", "x")])
def test_a_damaged_probe_is_said(name: str, value: object) -> None:
    record = json.loads(json.dumps(changed(site(TCP), NONE, site(SLOW)).as_json()))
    record["services"]["WEB"][name] = value
    with pytest.raises(StoreError, match="remove the file `probes`"):
        Shadows.of_json(record)
