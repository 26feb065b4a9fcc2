"""What a session has before it: the device, and a draft of its script, which is read beside the first prompt.

To import the analysis and to read a large script takes longer than people wait for a prompt. So a thread does it while the
first line is written, and only a question that needs it waits.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from lbsh.gateway.writer import Gateway
from lbsh.shell.changes import Changes
from lbsh.store.protocol import Store
from lbsh_lang.syntax.language import Lbsh
from oyster.offers import Completion, Finding, Mark, Usage

_log = logging.getLogger(__name__)


class Written(Protocol):
    """The script with the line that is being written behind it (`lbsh.shell.draft`)."""

    def take(self, text: str) -> None:
        """Puts another script in the place of the former one."""

    def complete(self, line: str, place: int) -> Completion:
        """What may be written at a place."""

    def usage(self, line: str, place: int) -> Usage | None:
        """The form of the statement."""

    def tokens(self, line: str) -> Sequence[Mark]:
        """The tokens of the line."""

    def findings(self, line: str) -> Sequence[Finding]:
        """The findings at words of the line."""


class Desk:
    """A session's device. `language` finds that with the statements of plug-ins, `interfaces` are those of the machine."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        changes: Changes,
        language: Callable[[], Lbsh],
        interfaces: Callable[[], Sequence[str]],
    ) -> None:
        self.store, self.gateway, self.changes = store, gateway, changes
        self.language, self._interfaces = language, interfaces
        self._draft: Written | None = None
        self._shown: tuple[int, tuple[str, ...]] = (-1, ())
        self._thread = threading.Thread(target=self._load, name="desk", daemon=True)
        self._lock = threading.Lock()
        self._is_read = False
        self._then: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begins to read the script, beside all else."""
        self._thread.start()

    def when_read(self, then: Callable[[], None]) -> None:
        """Has something called once the draft can be asked at once, perhaps by another thread."""
        with self._lock:
            self._then = then
            is_read = self._is_read
        if is_read:
            then()

    @property
    def is_ready(self) -> bool:
        """Whether the draft can be asked at once."""
        return self._is_read

    def draft(self) -> Written:
        """The running script as it is now, with what was gathered behind it. Raises `StoreError` if it cannot be read."""
        if self._thread.is_alive():
            self._thread.join()
        if self._draft is None:
            self._draft = self._made()
        self._bring_up_to_date(self._draft)
        return self._draft

    def _load(self) -> None:
        """Reads the script, and asks a first question, which makes the indexes for all others."""
        try:
            draft = self._made()
            self._bring_up_to_date(draft)
            draft.complete("add ", 4)
            with self._lock:
                self._draft, self._is_read = draft, True
                then = self._then
            then()
        except Exception:  # whoever asks first does it again, and sees why it fails
            _log.debug("the script cannot be read", exc_info=True)

    def _made(self) -> Written:
        from lbsh.shell.draft import Draft  # noqa: PLC0415 -- the analysis takes long to import

        return Draft(self.language(), self._interfaces)

    def _bring_up_to_date(self, draft: Written) -> None:
        group = tuple(self.changes.group or ())
        revision = self.store.revision()
        if (revision, group) != self._shown:
            from lbsh.gateway.running import whole_text  # noqa: PLC0415 -- as above

            text = whole_text(self.store.running(), self.language())
            draft.take(text + "".join([line + "\n" for line in group]))
            self._shown = (revision, group)
