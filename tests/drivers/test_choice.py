"""Every driver has its backend and its witness, and what it is called is what it is."""

from __future__ import annotations

import pytest

from lbsh.device import backend_of, choice_of
from lbsh.drivers.choice import DRIVERS, NO_DRIVER, driver_of
from lbsh.drivers.protocol import DriverError
from lbsh.drivers.savers import SAVERS
from lbsh.drivers.witness import WITNESSES
from lbsh.gateway.machine import Choice
from lbsh.store.protocol import StoreError
from lbsh_lang.backends.registry import load_backend


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_loads_the_rules_of_the_backend_of_its_name(name: str) -> None:
    assert driver_of(name).name == load_backend(name).name == name


def test_a_driver_that_another_lbsh_chose_is_one_clear_line() -> None:
    with pytest.raises(DriverError, match="no driver `ipfw`: choose another one"):
        driver_of("ipfw")


def test_a_backend_of_a_plug_in_that_is_gone_is_one_clear_line() -> None:
    with pytest.raises(DriverError, match="no backend `ipfw`: choose another one"):
        backend_of("ipfw")


@pytest.mark.parametrize("damage", [{"target": None}, {"flags": 3}, {"marks": "x"}, {"name": None}, {"backend": None}])
def test_damaged_options_in_a_store_are_one_clear_line(damage: dict[str, object]) -> None:
    kept = {name: value for name, value in {**choice_of("pf").as_json(), **damage}.items() if value is not None}
    with pytest.raises(StoreError, match="remove the file `loaded` there"):
        Choice.of_json("pf", kept)


def test_every_filter_has_a_saver() -> None:
    assert set(SAVERS) == {*DRIVERS}


def test_every_driver_has_a_witness() -> None:
    assert set(WITNESSES) == {*DRIVERS, NO_DRIVER}
