"""What the gateway is handed: backends, drivers, the language, a clock; and the choice of a driver with its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from lbsh.drivers.network.protocol import Network
from lbsh.drivers.protocol import Driver
from lbsh.store.protocol import StoreError
from lbsh_lang.backends.base import Backend, Options
from lbsh_lang.site.script import AnyFound
from lbsh_lang.site.uplinks import Marks
from lbsh_lang.syntax.language import Lbsh


class Choice(NamedTuple):
    """A driver by its name, and the backend that makes rules for it, with its options. The driver `none` has these too.

    `addresses` tells whether the network of the machine is configured with the rules.
    """

    driver: str
    backend: str
    options: Options
    addresses: bool = False

    def as_json(self) -> dict[str, object]:
        """Backend and options, as the store keeps them."""
        target, flags, name, marks = self.options.target, self.options.flags, self.options.name, self.options.marks
        kept = {"backend": self.backend, "target": target, "flags": sorted(flags), "name": name, "marks": marks.mask}
        return {**kept, "addresses": self.addresses}

    @staticmethod
    def of_json(driver: str, kept: Mapping[str, object]) -> Choice:
        """The choice that a store keeps. Raises `StoreError` if it is damaged."""
        try:
            options = Options(
                target=str(kept["target"]),
                flags=frozenset(cast("list[str]", kept["flags"])),
                name=str(kept["name"]),
                marks=Marks(int(str(kept["marks"]))),
            )
            return Choice(driver, str(kept["backend"]), options, bool(kept.get("addresses", False)))
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(
                "the options of the driver in the store are damaged: remove the file `loaded` there, and all is loaded anew"
            ) from error

    def has_rules_of(self, other: Choice) -> bool:
        """Whether both make the same rules for a site."""
        return self._replace(addresses=False) == other._replace(addresses=False)

    def is_beside(self, other: Choice) -> bool:
        """Whether rules of both may be in a kernel at once, as those of other filters or under other names are."""
        return (self.driver, self.options.name) != (other.driver, other.options.name)


class Machine(NamedTuple):
    """The world around the gateway; `now` is in milliseconds since 1970 (UTC), `boot` names this start of the machine.

    `language` is that of a script which has these faults without plug-ins: to look for plug-ins takes long.
    `audit` gets lines for the system's log, `network` is that of the machine for a driver: with `none`, nothing is changed.
    `ticks` are the milliseconds of CLOCK_BOOTTIME; `guard` starts processes that put an unconfirmed change back in time, and
    raises `StoreError` if it cannot.
    """

    backend: Callable[[str], Backend]
    driver: Callable[[str], Driver]
    network: Callable[[str], Network]
    language: Callable[[Sequence[AnyFound]], Lbsh]
    now: Callable[[], int]
    boot: Callable[[], str]
    audit: Callable[[Sequence[str]], None]
    ticks: Callable[[], int]
    guard: Callable[[], None]
