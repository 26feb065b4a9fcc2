"""What keeps the handler from its work: said once, again when it changes, and when it is over. Pure."""

from __future__ import annotations

from lbsh.poller.actions import Deed


class Troubles:
    """The trouble of each kind of work, as deeds tell it."""

    def __init__(self) -> None:
        self._present: dict[bool, str] = {}

    @property
    def words(self) -> str:
        """Why what was found is not in the rules, or the device is not looked at; empty if all is well."""
        return self._present.get(False, "") or self._present.get(True, "")

    def news(self, deed: Deed) -> str | None:
        """What a deed changes: the new trouble, empty if one is over; None if there is nothing new."""
        before = self._present.get(deed.is_look, "")
        self._present[deed.is_look] = deed.trouble
        return deed.trouble if deed.trouble != before else None
