"""Which services have no server that serves, as operators should hear at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from lbsh_lang.site.down import with_down
from lbsh_lang.site.model import Service
from lbsh_lang.site.status import ServerId


class Unserved:
    """The services of which it was said that they have no server."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        """Those that had none at the last look."""

    def news(self, services: Iterable[Service], down: Collection[ServerId]) -> Iterator[str]:
        """What has become of these services, now that some servers are down."""
        for service in services:
            pool = with_down(service, down).pool
            has_none = pool is not None and not pool.serving()
            if has_none and service.name not in self.names:
                self.names.add(service.name)
                yield f"{service.name} has no server that serves"
            elif not has_none and service.name in self.names:
                self.names.discard(service.name)
                yield f"{service.name} has servers that serve again"

    def again(self, services: Mapping[str, Service], down: Collection[ServerId]) -> Iterator[str]:
        """What has become of those without a server, as a statement may have given them some, or taken them away."""
        self.names &= services.keys()
        yield from self.news([services[name] for name in sorted(self.names)], down)
