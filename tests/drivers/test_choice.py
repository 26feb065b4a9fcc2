"""Every driver has its backend and its witness, and what it is called is what it is."""

from __future__ import annotations

import pytest

from lbsh.drivers.choice import DRIVERS, NO_DRIVER, driver_of
from lbsh.drivers.protocol import DriverError
from lbsh.drivers.witness import WITNESSES
from lbsh_lang.backends.registry import load_backend


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_loads_the_rules_of_the_backend_of_its_name(name: str) -> None:
    assert driver_of(name).name == load_backend(name).name == name


def test_a_driver_that_another_lbsh_chose_is_one_clear_line() -> None:
    with pytest.raises(DriverError, match="no driver `ipfw`: choose another one"):
        driver_of("ipfw")


def test_every_driver_has_a_witness() -> None:
    assert set(WITNESSES) == {*DRIVERS, NO_DRIVER}
