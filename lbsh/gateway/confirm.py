"""Notes a change that waits for confirmation, and puts the script before it back; for the holder of the store's lock.

Theory of operation. The record is written first, then the guard is started, then the script is replaced and loaded. Wherever
this is interrupted, either nothing has changed, or the record is there and somebody keeps its deadline: the guard, whoever
takes the lock next, or the command at boot. Putting back is an ordinary change, to the former script and driver. It is
finished when its rules are loaded: until then the record stays, and the attempt is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from lbsh.drivers.choice import NO_DRIVER
from lbsh.drivers.protocol import DriverError
from lbsh.gateway.audit import audit_lines, words_of
from lbsh.gateway.deadline import Confirmation, Moment, State, left, state_of
from lbsh.gateway.desired import desired, down_of
from lbsh.gateway.loader import Before, Loader, Loading
from lbsh.gateway.loading import rules_beside, whole_rules
from lbsh.gateway.machine import Choice, Machine
from lbsh.gateway.notices import PutBack, seconds_left
from lbsh.store.protocol import Act, Reader, Record, Running, StoreError, Writer
from lbsh_lang.checks.catalog import ALL_CHECKS
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.resolve import Resolution

EMPTY = Running(0, (), ())
"""What is put back where no script ran before."""
UNCONFIRMED, RESTARTED = "not confirmed in time", "not confirmed before the machine stopped"
UNGUARDED = "not confirmed when its guard was told to end"
REPEATED = "taken back before its time was over, as soon as the packet filter took the former rules"
"""Why a change was put back."""

PUT_BACK, ROLLBACK = "put back", "rollback"
WAYS_BACK = frozenset({PUT_BACK, ROLLBACK})
"""The ways of acts by which an earlier script came back."""


class PendingError(StoreError):
    """A change is refused, since an earlier one waits for confirmation; the text says whose it is, and how long it waits."""


class Confirmations:
    """The changes of a store that wait. Keeps nothing but the revision whose former rules it loaded on a full disk."""

    def __init__(self, machine: Machine, loader: Loader, before: Callable[[Reader, Choice | None], Before]) -> None:
        self._machine = machine
        self._loader = loader
        self._before = before
        self._loaded_unnoted = 0

    def now(self) -> Moment:
        """This moment."""
        return Moment(self._machine.boot(), self._machine.ticks())

    def act(self) -> Act:
        """The act by which a change is put back that nobody confirmed."""
        return Act(self._machine.now(), "lbsh", "", PUT_BACK)

    def pending(self, reader: Reader) -> Confirmation | None:
        """The change that waits, or has waited too long."""
        kept = reader.record(Record.CONFIRMATION)
        return Confirmation.of_json(kept) if kept is not None else None

    def settle(self, writer: Writer) -> tuple[Confirmation | None, str]:
        """Removes the record of a change that was never made, and puts back one that nobody confirmed in time.

        Returns the change that still waits, and why the former rules are not loaded if they are not.
        """
        pending = self.pending(writer)
        if pending is None:
            return None, ""
        now = self.now()
        match state_of(pending, writer.revision(), now):
            case State.OPEN:
                return pending, ""
            case State.BEGUN:
                writer.note_record(Record.CONFIRMATION, None)
                return None, ""
            case State.OVER:
                return None, self._put_back_late(writer, pending, now)

    def _put_back_late(self, writer: Writer, pending: Confirmation, now: Moment) -> str:
        """Puts back a change that nobody confirmed in time."""
        try:
            return self.put_back(writer, pending, self.act(), _reason_at(now, pending))
        except StoreError as error:
            raise StoreError(
                f"revision {pending.revision} was not confirmed, and the script before it cannot be put back: {error} "
                "(to keep what runs instead, remove the file `confirmation` in the store)"
            ) from error

    def refuse(self, pending: Confirmation) -> PendingError:
        """What others are told while a change waits."""
        return PendingError(
            f"{words_of(pending.act)} waits for confirmation, {seconds_left(pending, self.now())} s are left: "
            "`lbsh confirm` keeps it, `lbsh rollback` puts the script before it back"
        )

    def begin(
        self,
        writer: Writer,
        before: Before,
        previous: int,
        act: Act,
        milliseconds: int,
        probes: Mapping[str, object] | None = None,
    ) -> Confirmation:
        """Notes a change that is about to be made, and has the guard started. Raises `StoreError`.

        `probes` is the record of shadow probes of the script before it.
        """
        now, loaded = self.now(), before.loaded
        driver, options = (loaded.driver, loaded.options) if loaded is not None else ("", {})
        revision = before.running.revision + 1
        rules = loaded.revision if loaded is not None else 0
        deadline = now.ticks + milliseconds
        pending = Confirmation(revision, previous, rules, now, deadline, act, driver, options, probes=probes or {})
        writer.note_record(Record.CONFIRMATION, pending.as_json())
        try:
            self._machine.guard()
        except StoreError:
            self.withdraw(writer, pending)
            raise
        return pending

    def withdraw(self, writer: Writer, pending: Confirmation | None) -> None:
        """Removes the record of a change that is not made after all; one that stays means nothing."""
        with suppress(StoreError):
            if pending is not None:
                writer.note_record(Record.CONFIRMATION, None)

    def made(self, writer: Writer, pending: Confirmation, milliseconds: int) -> Confirmation:
        """Lets the time count from now on, when the rules are loaded."""
        now = self.now()
        later = pending._replace(since=now, deadline=now.ticks + milliseconds)
        with suppress(StoreError):  # the time counts from before the load then
            writer.note_record(Record.CONFIRMATION, later.as_json())
            return later
        return pending

    def put_back(self, writer: Writer, pending: Confirmation, act: Act, reason: str = "") -> str:
        """Makes the script before a change the running one again, and loads its rules; why they are not loaded, if so.

        With a reason, everybody is told later. On a full disk the rules alone are put back. Raises `StoreError`.
        """
        before = self._before(writer, chosen_in(pending))
        if not pending.driver:  # the network was nobody's wish either
            before = before._replace(chosen=before.chosen._replace(addresses=False))
        after = before.running
        if after.revision == pending.revision:
            former = writer.script_of(pending.previous) if pending.previous else EMPTY
            try:
                _put_probes_back(writer, pending)
                after = writer.replace(former.files, act, former.statements)
            except StoreError:
                self._load_unnoted(writer, before, former, pending)
                raise
            said = f"in place of revision {pending.revision}{f', {reason}' if reason else ''}"
            self._machine.audit(audit_lines(act, after.revision, [said]))
        loading = self._load(writer, before, after, pending)
        if loading.trouble and before.chosen.driver != NO_DRIVER:
            if not pending.reason:
                with suppress(StoreError):  # whoever tries again tells the reason from the clock then
                    writer.note_record(Record.CONFIRMATION, pending._replace(reason=reason or REPEATED).as_json())
            return loading.trouble
        if reason:
            told = PutBack(self._machine.now(), pending.revision, after.revision, reason, pending.act)
            writer.note_record(Record.PUT_BACK, told.as_json())
        writer.note_record(Record.CONFIRMATION, None)
        return ""

    def _load(self, writer: Writer, before: Before, after: Running, pending: Confirmation) -> Loading:
        """Loads the rules of a script, or, where it is incomplete, those that were loaded before the change."""
        resolution = Resolution(self._loader.read(after))
        trouble = trouble_in(resolution)
        if not trouble:
            return self._loader.load(writer, before, after, resolution)
        former = EMPTY
        with suppress(StoreError):
            former = writer.script_of(pending.rules) if pending.rules else EMPTY
        loading = self._loader.load(writer, before, former, Resolution(self._loader.read(former)))
        if not loading.trouble:
            self._loader.note_trouble(writer, before, trouble)
        return loading

    def _load_unnoted(self, writer: Writer, before: Before, former: Running, pending: Confirmation) -> None:
        """Loads the rules of a script that the store has no room for. What the store says of the rules is wrong then, which
        the next change sees as drift."""
        if self._loaded_unnoted == pending.revision:
            return
        chosen = before.chosen
        driver = self._loader.driver(chosen)
        site = desired(Resolution(self._loader.read(former)).site, down_of(writer.statuses()))
        with suppress(DriverError):
            network = None
            with suppress(DriverError, StoreError):
                network = self._loader.networker.begin(writer, site, chosen)
            if former is EMPTY:
                driver.unload(chosen.options)
            else:
                driver.load(whole_rules(site, self._loader.backend(chosen), chosen).artifact, chosen.options)
            for choice in rules_beside(before.loaded, chosen):
                self._loader.driver(choice).unload(choice.options)
            self._loader.networker.finish(writer, network)
            self._loaded_unnoted = pending.revision


def _put_probes_back(writer: Writer, pending: Confirmation) -> None:
    """Puts the record of shadow probes back: before the script, on which they must not decide for a moment."""
    content = pending.probes or None
    if content != writer.record(Record.PROBES):
        writer.note_record(Record.PROBES, content)


def _reason_at(now: Moment, pending: Confirmation) -> str:
    """Why a change is put back that nobody keeps any more."""
    if pending.reason:
        return pending.reason
    if now.boot != pending.since.boot:
        return RESTARTED
    return REPEATED if left(pending, now) > 0 else UNCONFIRMED


def chosen_in(pending: Confirmation) -> Choice | None:
    """The driver to put back, None if there was none."""
    return Choice.of_json(pending.driver, pending.options) if pending.driver else None


def trouble_in(resolution: Resolution) -> str:
    """Why the rules of a script cannot be made: its errors, or what it lacks."""
    errors = [one for one in check_script(Context(resolution)) if one.severity is Severity.ERROR]
    is_incomplete = all(one.code in ALL_CHECKS.of_absence for one in errors)
    words = "incomplete" if is_incomplete else "the running script has errors"
    return f"{words}: {'; '.join([one.message for one in errors])}" if errors else ""
