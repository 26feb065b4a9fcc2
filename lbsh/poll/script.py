"""The running script of a store, as what a poller is to probe."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from lbsh import stores
from lbsh.gateway.known import Known
from lbsh.gateway.shadowing import shadows_in
from lbsh.gateway.shadows import NONE as NO_SHADOWS
from lbsh.gateway.shadows import Shadows
from lbsh.poller.interfaces import interfaces_of
from lbsh.poller.probes.methods import method_of
from lbsh.poller.readings import Reading, Stored
from lbsh.poller.targets import Target, targets_of
from lbsh.poller.team import MakeMethod
from lbsh.store.protocol import Store, StoreError
from lbsh_lang.site.model import Site
from lbsh_lang.site.status import ServerId, Status


class Tasks(NamedTuple):
    """The check-task factory of Fig. 10: what is probed of a site, and how its probes become conversations."""

    targets_of: Callable[[Site], tuple[Target, ...]] = targets_of
    make_method: MakeMethod = method_of


class Script:
    """The running script of a store, as readings (`readings.Origin`)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.RLock()
        self._last: Known | None = None
        self._shadows = NO_SHADOWS
        self.look: Callable[[], None] = lambda: None
        """Has the handler's thread look at the device, and read a changed script."""
        self.under_way: Callable[[], Collection[ServerId]] = frozenset
        """The servers whose changes the handler has, and the store may not have yet."""
        self.then: Callable[[Known], None] = lambda known: None
        """Gets each site that becomes the running one, by the thread that read it."""

    def has_none(self) -> bool:
        """Whether no script runs yet."""
        return not self._store.revision()

    def changed(self, known: Known) -> None:
        """Hands a site on; the handler's thread says which one runs."""
        with self._guard:
            self._last = known  # before the record is read: a change of it after that is seen by `wait`
            self._shadows = self.shadows()
            self.then(known)

    def close(self) -> None:
        """Hands no further site on: whoever does is waited for."""
        with self._guard:
            self.then = lambda known: None

    def shadows(self) -> Shadows:
        """The probes that decide in place of those of the script; where that is unknown, there are none."""
        try:
            return shadows_in(self._store)
        except StoreError:
            return NO_SHADOWS

    def wait(self, seconds: float) -> bool:
        is_changed = self._store.wait_for_change(seconds)
        if is_changed:
            self.look()
            last = self._last
            if last is not None and last.revision == self._store.revision() and self.shadows() != self._shadows:
                with self._guard:
                    if self._last is last:  # else the handler's thread has handed another one on
                        self.changed(last)
        return is_changed

    def stored(self) -> Stored:
        under_way, now = self.under_way(), stores.now()  # both before the store is read
        return Stored(self._store.statuses(), now, under_way)

    def statuses(self) -> Mapping[ServerId, Status]:
        return self._store.statuses()


def reading_of(
    known: Known, statuses: Mapping[ServerId, Status], tasks: Tasks, shadows: Shadows = NO_SHADOWS
) -> Reading:
    """What is to be probed of a site."""
    targets = targets_of(known.site, shadows.deciding) if shadows.former else tasks.targets_of(known.site)
    beside = targets_of(known.site, shadows.shadow) if shadows.former else ()
    return Reading(known.revision, targets, tuple(interfaces_of(known.site, targets)), statuses, beside)
