"""The inputs of checks besides their subject: a context for each kind of check, and views of the device and of
services.

Theory of operation. An editor's session does not run all checks after an edit. It recomputes those whose subject has
changed, and those that read something else that has changed. So the session must know everything that a check can read.
Types ensure that: a check gets its subject and the context of its kind, and a context holds only

- views: values made by one function (`views_of`) out of the whole device. The session recomputes them after an edit of
  the device, compares old and new as a whole, and reruns the checks of that kind where they differ;
- functions of `Context`, which the session overrides: it remembers the subject being checked, and what its checks read.

For example, a check of services that is to read the link between the devices finds no such attribute in `DeviceOfServices`,
which mypy reports. With a field `sync` in that class, mypy asks for its value in `views_of`; the session then compares
the field too. Fields should be as narrow as the checks allow. An edit of `internal gw` leaves the families of the
gateways as they are, so that the checks of ten thousand services are not rerun.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lbsh_lang.backends.base import Backend, Capability
from lbsh_lang.checks.nets import Gateways, Nets
from lbsh_lang.site.device import DeviceState, Given
from lbsh_lang.site.faults import Fault, Thing
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.server_keys import ServerKey
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.nodes import ServiceStatement
from lbsh_lang.syntax.statement import Node, Stated, Statement
from lbsh_lang.values import Address, Family, Network

Missed = Callable[[type[Statement], str | None], bool]
"""Whether a statement of this form was probably meant for the entity of this name, but did not reach it."""


class DeviceOfServices(NamedTuple):
    """The view of the device for checks of services. `blurred` are the things whose statement cannot be read."""

    has_internal_interface: bool
    internal_nets: Nets
    external_nets: tuple[Given[Network], ...]
    gateway_families: frozenset[Family]
    one_armed: tuple[Given[str], ...]
    external_addresses: tuple[Given[Address], ...]
    link_addresses: tuple[Given[Address], ...]
    blurred: frozenset[Thing]


class DeviceOfPools(NamedTuple):
    """The view of the device for checks of pools. `blurred` are the things whose statement cannot be read."""

    internal_nets: Nets
    external_nets: Nets
    gateways: Gateways
    blurred: frozenset[Thing]


class ServicesOfDevice(NamedTuple):
    """The view of services for checks of the device: the definition of the first one, the families of all addresses."""

    first: Stated[ServiceStatement] | None
    families: frozenset[Family]


class DeviceViews(NamedTuple):
    """The views of the device for each kind of check; `internal_nets` for those of the device itself."""

    services: DeviceOfServices
    pools: DeviceOfPools
    internal_nets: Nets


def views_of(device: DeviceState) -> DeviceViews:
    """All views of a device."""
    nets, blurred = Nets(device.internal_nets), frozenset(device.blurred)
    return DeviceViews(
        services=DeviceOfServices(
            has_internal_interface=bool(device.internal),
            internal_nets=nets,
            external_nets=tuple(device.external_nets),
            gateway_families=frozenset(given.value.family for given in device.gateways),
            one_armed=tuple(device.one_armed()),
            external_addresses=tuple(device.external_addresses),
            link_addresses=tuple(device.link_addresses),
            blurred=blurred,
        ),
        pools=DeviceOfPools(
            internal_nets=nets,
            external_nets=Nets(device.external_nets),
            gateways=Gateways(device.gateways, nets),
            blurred=blurred,
        ),
        internal_nets=nets,
    )


class FaultContext(NamedTuple):
    """The context of checks of faults."""

    language: Lbsh
    """The language in which the script was read."""
    needed: Callable[[], frozenset[str]]
    """The plug-ins that the script says it needs, and that are not installed."""
    unread_files: bool
    """Whether part of the script is missing, so that no finding may be about a missing statement."""
    faults_at: Callable[[Stated[Node]], list[Fault]]
    """All faults of a line by itself."""
    near_service: Callable[[str], str | None]
    """The service whose name is similar to a word."""
    near_pool: Callable[[str], str | None]
    """The pool whose name is similar to a word."""
    missed: Missed
    missed_server: Callable[[], bool]
    """Whether a server may be in some pool although no pool has it: its statement could not be read, or missed its pool."""
    unread: Callable[[Stated[Node], str], bool]
    """Whether the definition of a name may be in an unreadable line or file, which another finding reports."""


class ServiceContext(NamedTuple):
    """The context of checks of services."""

    device: DeviceOfServices
    missed: Missed


class MachineContext(NamedTuple):
    """The context of checks of what is installed: the modules of libraries that probes need and this machine lacks."""

    missing: frozenset[str]


class PoolContext(NamedTuple):
    """The context of checks of pools."""

    device: DeviceOfPools
    missed: Missed
    service_named: Callable[[str], ServiceLife | None]
    """The service of a name, None if there is none at the end of the script."""
    services_among: Callable[[PoolLife], dict[ServerKey, ServiceLife]]
    """The servers of a pool whose addresses belong to services, each with one of these."""


class DeviceContext(NamedTuple):
    """The context of checks of the device."""

    internal_nets: Nets
    services: ServicesOfDevice
    pool_used: Callable[[str, int], PoolLife | None]
    """The pool of a name that a statement of this rank uses, None if it is not there at the end of the script."""


class BackendContext(NamedTuple):
    """The context of checks of a site against a backend: the backend, the version of its filter, all installed backends.

    `name` is the name under which the rules stand beside those of other scripts.
    """

    backend: Backend
    target: str | None
    others: tuple[Backend, ...]
    name: str

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
    """The context of checks that only read their subject."""


NO_CONTEXT = NoContext()


class Contexts(NamedTuple):
    """The contexts of all kinds of checks; none for checks against a backend where none is chosen."""

    fault: FaultContext
    service: ServiceContext
    machine: MachineContext
    pool: PoolContext
    device: DeviceContext
    backend: BackendContext | None
