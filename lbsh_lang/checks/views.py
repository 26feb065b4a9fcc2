"""What checks may read besides their subject: a context for each kind of check, and views of the device and of services.

Theory of operation. An editor's session does not run all checks after an edit. It recomputes those whose subject has
changed, and those that read something else that has changed. So a check can read nothing of which the session does not
know, and that is a matter of types: a check gets its subject and the context of its kind, and a context holds only

- views: values made by one function (`views_of`) out of the whole device. The session makes them again after an edit of the
  device, compares old and new as a whole, and runs the checks of that kind again where they differ;
- functions of `Context`, which the session overrides: it remembers which subject was being checked, and what it read.

For example, a check of services that is to read the link between the devices finds no such attribute in `DeviceOfServices`,
which mypy reports. With a field `sync` in that class, mypy asks for its value in `views_of`, and that is all: the session
compares the field too. Fields should be as narrow as the checks allow. An edit of `internal gw` leaves the families of the
gateways as they are, so that the checks of ten thousand services need not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lbsh_lang.backends.base import Backend, Capability
from lbsh_lang.checks.nets import Nets
from lbsh_lang.site.device import DeviceState, Given
from lbsh_lang.site.faults import Fault, Thing
from lbsh_lang.site.pools import Member, PoolLife, member_of
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.nodes import Node, ServiceStatement, Stated, Statement
from lbsh_lang.values import Address, Family, Network

Missed = Callable[[type[Statement], str | None], bool]
"""Whether a statement of this form was probably meant for the entity of this name, but did not reach it."""


class DeviceOfServices(NamedTuple):
    """What checks of services read of the device. `blurred` are the things that a line states but that cannot be read."""

    has_internal_interface: bool
    internal_nets: Nets
    external_nets: tuple[Given[Network], ...]
    gateway_families: frozenset[Family]
    blurred: frozenset[Thing]


class DeviceOfPools(NamedTuple):
    """What checks of pools read of the device. `blurred` are the things that a line states but that cannot be read."""

    internal_nets: Nets
    gateways: Mapping[Member, Given[Address]]
    blurred: frozenset[Thing]


class ServicesOfDevice(NamedTuple):
    """What checks of the device read of the services: the definition of the first one, the families of all addresses."""

    first: Stated[ServiceStatement] | None
    families: frozenset[Family]


class DeviceViews(NamedTuple):
    """What checks of each kind read of the device; `internal_nets` for those of the device itself."""

    services: DeviceOfServices
    pools: DeviceOfPools
    internal_nets: Nets


def views_of(device: DeviceState) -> DeviceViews:
    """All views of a device."""
    nets, blurred = Nets(device.internal_nets), frozenset(device.blurred)
    return DeviceViews(
        services=DeviceOfServices(
            has_internal_interface=device.internal is not None,
            internal_nets=nets,
            external_nets=tuple(device.external_nets),
            gateway_families=frozenset(given.value.family for given in device.gateways),
            blurred=blurred,
        ),
        pools=DeviceOfPools(
            internal_nets=nets,
            gateways={member_of(given.value): given for given in device.gateways},
            blurred=blurred,
        ),
        internal_nets=nets,
    )


class FaultContext(NamedTuple):
    """What checks of faults may read."""

    language: Lbsh
    """The language in which the script was read."""
    needed: Callable[[], frozenset[str]]
    """The plug-ins that the script says it needs, and that are not installed."""
    unread_files: bool
    """Whether part of the script is missing, so that nothing can be said of what is not there."""
    faults_at: Callable[[Stated[Node]], list[Fault]]
    """All that is wrong with a line by itself."""
    near_service: Callable[[str], str | None]
    """The service whose name a word was probably meant to be."""
    near_pool: Callable[[str], str | None]
    """The pool whose name a word was probably meant to be."""
    missed: Missed
    unread: Callable[[Stated[Node], str], bool]
    """Whether the definition of a name may be in a line or a file that cannot be read: that has been said once."""


class ServiceContext(NamedTuple):
    """What checks of services may read."""

    device: DeviceOfServices
    missed: Missed


class PoolContext(NamedTuple):
    """What checks of pools may read."""

    device: DeviceOfPools
    missed: Missed
    service_named: Callable[[str], ServiceLife | None]
    """The service of a name, None if there is none when the script ends."""
    services_among: Callable[[PoolLife], dict[Member, ServiceLife]]
    """Those servers of the pool in question whose addresses belong to services, each with one of these."""


class DeviceContext(NamedTuple):
    """What checks of the device may read."""

    internal_nets: Nets
    services: ServicesOfDevice


class BackendContext(NamedTuple):
    """What checks of a site against a backend may read: the backend, the version of its filter, all installed backends."""

    backend: Backend
    target: str | None
    others: tuple[Backend, ...]

    def able(self, capability: Capability) -> list[str]:
        """The installed backends, with the target where it matters, that have a capability."""
        names = []
        for backend in self.others:
            targets = [target for target in backend.targets if capability in backend.capabilities(target)]
            if len(targets) == len(backend.targets):
                names.append(backend.name)
            else:
                names += [f"{backend.name} ({target})" for target in targets]
        return names


class NoContext(NamedTuple):
    """For checks that read nothing but their subject."""


NO_CONTEXT = NoContext()


class Contexts(NamedTuple):
    """The contexts of all kinds of checks; none for checks against a backend where none is chosen."""

    fault: FaultContext
    service: ServiceContext
    pool: PoolContext
    device: DeviceContext
    backend: BackendContext | None
