"""Shadow probes in a real kernel: a changed probe says whom it would take out, and decides once it is promoted."""

from __future__ import annotations

import json
from pathlib import Path

from tests.system.test_poll import SITE, Farm, farm

__all__ = ["farm"]

STRICT = SITE.replace("rise 1", "rise 1 port 9")
"""Nobody listens there: this probe takes all servers out."""


def _apply(farm: Farm, tmp_path: Path, text: str, *options: str, status: int = 0) -> None:
    script = tmp_path / "site.lb"
    script.write_text(text)
    farm.device.lbsh("apply", *options, str(script), status=status)


def _roles(farm: Farm) -> list[tuple[int | None, str]]:
    found = json.loads(farm.device.lbsh("probes", "--format", "json").out)["probes"]
    return [(one["port"], one["role"]) for one in found]


def test_a_changed_probe_reports_until_it_is_promoted(farm: Farm, tmp_path: Path) -> None:
    with farm.poller() as poller:
        poller.wait_for("server-up", address="10.0.0.1")
        _apply(farm, tmp_path, STRICT, "--shadow-probes")
        while "shadow probe would take 10.0.0.2" not in str(poller.wait_for("notice")["text"]):
            pass
        assert farm.in_rules() == {1, 2, 3}
        assert "the shadow probe would have taken 10.0.0.2 in web for WEB out" in farm.device.lbsh("status").out
        assert _roles(farm) == [(None, "decides"), (9, "reports")]
    with farm.poller("--all-failed", "eject") as poller:  # it outlives the poller
        while "shadow probe would take 10.0.0.2" not in str(poller.wait_for("notice")["text"]):
            pass
        assert farm.in_rules() == {1, 2, 3}
        farm.kill(3)
        poller.wait_for_rules("server-down", address="10.0.0.3")  # the former probe decides
        shown = json.loads(farm.device.lbsh("status", "--format", "json", status=1).out)
        assert ["10.0.0.1" in one or "10.0.0.2" in one for one in shown["poller"]["shadows"]] == [True, True]
        farm.device.lbsh("probes", "promote")
        poller.wait_for("server-down", address="10.0.0.1")
        assert _roles(farm) == [(9, "decides")]
        farm.device.lbsh("probes", "promote", status=1)


def test_a_dropped_probe_is_not_carried_out_any_more(farm: Farm, tmp_path: Path) -> None:
    _apply(farm, tmp_path, STRICT, "--shadow-probes")
    with farm.poller() as poller:
        while "by probes that only report" not in str(poller.wait_for("notice")["text"]):
            pass
        farm.device.lbsh("probes", "drop")
        while (said := str(poller.wait_for("notice")["text"])) != "probes 3 servers of revision 2":
            assert "would let" not in said
        assert _roles(farm) == [(None, "decides"), (9, "dropped")]
        farm.device.lbsh("probes", "drop", status=1)
    farm.device.lbsh("rollback")
    assert _roles(farm) == [(None, "decides")]


def test_a_later_script_without_the_option_makes_its_probes_decide(farm: Farm, tmp_path: Path) -> None:
    _apply(farm, tmp_path, STRICT, "--shadow-probes")
    _apply(farm, tmp_path, STRICT.replace("port 9", "port 19"), "--shadow-probes")
    assert _roles(farm) == [(None, "decides"), (19, "reports")]
    _apply(farm, tmp_path, STRICT)
    assert _roles(farm) == [(9, "decides")]


def test_shadow_probes_come_back_with_a_script_whose_successor_nobody_confirmed(farm: Farm, tmp_path: Path) -> None:
    _apply(farm, tmp_path, STRICT, "--shadow-probes")
    _apply(farm, tmp_path, SITE.replace("rise 1", "rise 2"), "--confirm", "1h", status=3)
    assert _roles(farm) == [(None, "decides")]
    farm.device.lbsh("rollback")
    assert _roles(farm) == [(None, "decides"), (9, "reports")]
    with farm.poller() as poller:
        while "shadow probe would take 10.0.0.2" not in str(poller.wait_for("notice")["text"]):
            pass
        assert farm.in_rules() == {1, 2, 3}
