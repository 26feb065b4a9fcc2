"""The changes of a session: each statement at once, or several as one change; and the last one taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lbsh.gateway.acceptance import Input, Verdict, judge
from lbsh.gateway.coming import Ahead
from lbsh.gateway.outcome import Outcome
from lbsh.gateway.taking_back import Change, GoneError, taken_back
from lbsh.gateway.writer import Gateway
from lbsh.store.protocol import Act, Running, Statement
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Loader, Script, no_files
from lbsh_lang.source import Source

SOURCE = "(shell)"
WAY = "shell"


class ChangeError(ReportedError):
    """The session is not in a state for that; the text says why."""


class Changes:
    """Makes changes of the device by a gateway. Its state: the statements of an open group, and the changes that can be
    taken back, the last one behind.

    `act` gives who makes a change of this way. All methods raise what the gateway raises.
    """

    def __init__(self, gateway: Gateway, act: Callable[[str], Act], wait: float) -> None:
        self._gateway, self._act, self._wait = gateway, act, wait
        self.group: list[str] | None = None
        self._made: list[Change] = []

    def state(self, line: str, loader: Loader = no_files) -> Outcome:
        """Carries out a statement."""
        return self._noted(self._gateway.append(Input(_source(line), loader), self._act(WAY), wait=self._wait))

    def load(
        self, script: Script, place: str, confirm: int | None = None, caution: Callable[[Ahead], bool] | None = None
    ) -> Outcome:
        """Makes a script the running one."""
        if self.group is not None:
            raise ChangeError("statements are being gathered: `commit` carries them out, `abort` forgets them")
        act = self._act(f"shell, load {place}")
        return self._gateway.apply(script, act, wait=self._wait, confirm=confirm, caution=caution)

    def begin(self) -> None:
        """Gathers statements from now on."""
        if self.group is not None:
            raise ChangeError("statements are being gathered already: `commit` carries them out, `abort` forgets them")
        self.group = []

    def abort(self) -> int:
        """Forgets the statements that were gathered; their number."""
        count, self.group = len(self._gathered()), None
        return count

    def commit(self, confirm: int | None = None) -> Outcome:
        """Carries out what was gathered, as one change. If it is refused, the statements are kept, to be mended.

        With `confirm`, in milliseconds, it is put back after that time unless somebody confirms it.
        """
        lines = self._gathered()
        if confirm is None:
            source = Source.of(SOURCE, "\n".join(lines), SOURCE)
            outcome = self._gateway.append(Input(source), self._act("shell, commit"), wait=self._wait)
        else:
            act = self._act(f"shell, commit confirm {confirm // 1000}s")
            outcome = self._gateway.restate(
                lambda running: (*running.statements, *[Statement(line, act) for line in lines]),
                act,
                self._wait,
                confirm,
            )
        if not outcome.verdict.refused:
            self.group = None
        return self._noted(outcome)

    def compare(self) -> tuple[Resolution, Verdict]:
        """The running script, and what it would be with what was gathered."""
        running = self._gateway.running()
        source = Source.of(SOURCE, "\n".join(self._gathered()), SOURCE)
        return running, judge(running.script, Input(source))

    def undo(self) -> tuple[Change, Outcome]:
        """Takes this session's last change back; the change, and what became of that.

        It is refused if what others said since has an error without it.
        """
        if not self._made:
            raise ChangeError("this session has made no change that is still there")
        last = self._made[-1]

        def without(running: Running) -> Sequence[Statement]:
            try:
                return taken_back(last, running.statements)
            except GoneError as error:
                self._made.pop()
                raise ChangeError(
                    f"`{error}` is not in the running script any more: a later change has replaced it"
                ) from error

        outcome = self._gateway.restate(without, self._act("shell, undo"), self._wait)
        if not outcome.verdict.refused:
            self._made.pop()
        return last, outcome

    def _gathered(self) -> list[str]:
        if self.group is None:
            raise ChangeError("no statements are being gathered: `begin` begins that")
        return self.group

    def _noted(self, outcome: Outcome) -> Outcome:
        if outcome.made is not None and outcome.made.before != outcome.made.after:
            self._made.append(outcome.made)
        return outcome


def _source(line: str) -> Source:
    return Source.of(SOURCE, line, SOURCE)
