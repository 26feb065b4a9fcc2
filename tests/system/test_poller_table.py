"""The table of the passive signs upsets nobody: doctor, `save`, `status`, `plan` and `diff` say what they say without it,
and it stays, and serves, through changes of the script, whole loads and another filter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from lbsh.doctor import diagnose
from tests.system.device import Device
from tests.system.test_poller_signs import SITE, Farm, farm

__all__ = ["farm"]

TABLE = "table inet lbsh_poll"


def doctor(device: Device) -> object:
    results = device.namespace.call(diagnose, str(device.store))
    return {(finding.kind.name, finding.words) for result in results for finding in result.findings}


def save(device: Device) -> object:
    path = device.folder / "saved"
    device.lbsh("save", str(path))
    device.lbsh("save", str(path))  # over the former file, which has nothing that is not loaded
    files = sorted(device.folder.glob("saved*"))
    return {one.name: re.sub(r"\[\d+:\d+\]", "", one.read_text()) for one in files if "before" not in one.name}


def status(device: Device) -> object:
    """What it says of the rules, but for the time of the last note of them, which first results renew."""
    found = json.loads(device.lbsh("status", "--format", "json", status=None).out)["device"]
    return {name: value for name, value in found.items() if name != "since"}


def plan(device: Device) -> object:
    done = device.lbsh("plan", str(device.folder / "site.lb"))
    return done.out + done.errors


def diff(device: Device) -> object:
    return device.lbsh("diff", "--running", str(device.folder / "site.lb")).out


LOOKS: tuple[Callable[[Device], object], ...] = (doctor, save, status, plan, diff)


def test_whoever_looks_at_the_rules_sees_what_there_is_without_the_table(farm: Farm) -> None:
    before = [look(farm.device) for look in LOOKS]
    with farm.poller():
        assert TABLE in farm.tables()
        assert [look(farm.device) for look in LOOKS] == before
        farm.namespace.run("nft", "delete", *TABLE.split())
        assert [look(farm.device) for look in LOOKS] == before


def _statement(farm: Farm) -> None:
    farm.device.run("set 10.0.0.3 in web weight 2")


def _script(farm: Farm) -> None:
    script = farm.device.folder / "site.lb"
    script.write_text(SITE.replace("add 10.0.0.3 to web\n", "add 10.0.0.3 to web weight 3\n"))
    farm.device.lbsh("apply", str(script))


CHANGES: dict[str, Callable[[Farm], None]] = {"a statement": _statement, "a script": _script}


@pytest.mark.sampled
@pytest.mark.parametrize("change", CHANGES)
def test_the_table_outlives_changes_and_serves_after_them(farm: Farm, change: str) -> None:
    with farm.poller() as poller:
        CHANGES[change](farm)
        poller.wait_for("notice", text="probes 3 servers of revision 2")
        assert TABLE in farm.tables()
        farm.kill(2)
        assert poller.wait_for_rules("server-down", address="10.0.0.2")["reason"] == "refused"


def test_the_table_outlives_rules_that_are_loaded_whole_for_another_filter(farm: Farm) -> None:
    other = "iptables" if _driver(farm) == "nftables" else "nftables"
    with farm.poller() as poller:
        farm.device.lbsh("apply", "--driver", other, str(farm.device.folder / "site.lb"))
        assert _driver(farm) == other
        assert TABLE in farm.tables()
        farm.kill(1)
        poller.wait_for_rules("server-down", address="10.0.0.1")


def _driver(farm: Farm) -> object:
    said = status(farm.device)
    assert isinstance(said, dict)
    return said["driver"]
