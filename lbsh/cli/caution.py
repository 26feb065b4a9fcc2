"""Whether `lbsh apply` should ask before it acts: where it would cut or move open connections, or the operator's session."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from lbsh.cli.terminal import complain
from lbsh.drivers.protocol import DriverError
from lbsh.gateway.coming import Ahead
from lbsh.gateway.fates import Fate, Portion
from lbsh.session import Session, session_here
from lbsh_lang.renderings.terminal import printable


class Caution:
    """Looks at changes before they are made, and remembers what the operator has agreed to.

    `asks` tells whether there is somebody to ask: then connections count, too, and not the session alone.
    """

    def __init__(self, *, asks: bool) -> None:
        self.asks = asks
        self.session = session_here()
        self.dangers: tuple[str, ...] = ()
        self._portions: Sequence[Portion] = ()
        self._seen: tuple[int, tuple[str, ...]] | None = None
        self._agreed: tuple[int, tuple[str, ...]] | None = None

    def is_needed(self, ahead: Ahead) -> bool:
        """Whether a change must not be made yet."""
        if self.session is None and not self.asks:
            return False
        from lbsh.gateway.plan import dangers_of, portions_of  # noqa: PLC0415 -- most changes need none of it

        self.dangers = dangers_of(ahead, self.session) if self.session is not None else ()
        self._portions = ()
        if self.asks:
            try:
                self._portions = [one for one in portions_of(ahead) if one.fate is not Fate.STAYS]
            except DriverError as error:
                complain(f"what becomes of open connections is unknown: {error}")
        self._seen = ahead.before.running.revision, self.dangers
        return bool(self.dangers or self._portions) and self._seen != self._agreed

    def ask(self) -> bool:
        """Shows what would happen, and asks the operator; whether to go on."""
        from lbsh.gateway.plan_text import connections_text  # noqa: PLC0415

        for line in connections_text(self._portions) if self._portions else ():
            click.echo(printable(line))
        if self.dangers:
            complain(self.words)
        self._agreed = self._seen
        return click.confirm("Make this change?", default=False)

    @property
    def words(self) -> str:
        """The warning about the session, in one line."""
        return session_words(self.session, self.dangers) if self.session is not None else ""


def session_words(session: Session, dangers: Sequence[str]) -> str:
    """A warning about a session."""
    place = f"{session.server} port {session.port}"
    return f"your session from {session.client} to {place} would be cut: {'; '.join(dangers)}"


def may_ask(form: str) -> bool:
    """Whether there is somebody to ask: both streams are terminals, and no program reads the answer."""
    return form == "text" and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
