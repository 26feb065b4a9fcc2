"""The commands that group statements, and take changes back."""

from __future__ import annotations

from dataclasses import replace

from lbsh.shell.desk import Desk
from lbsh.shell.outcomes import loading_lines, message_lines, refusable, refusal
from lbsh.shell.statements import say_outcome
from lbsh.shell.times import confirmation_of
from lbsh_lang.renderings.changes.text import render_changes
from lbsh_lang.renderings.terminal import PLAIN
from lbsh_lang.site.diff.sites import diff_scripts
from oyster.commands import Call, Command, Refused, Table

NAMESPACE = "lb"


def grouping(desk: Desk) -> Table:
    """The commands at a desk."""
    changes = desk.changes

    def begin(call: Call) -> None:
        _no_words(call)
        changes.begin()

    def abort(call: Call) -> None:
        _no_words(call)
        count = changes.abort()
        call.say(f"Forgot {count} statement{'' if count == 1 else 's'}")

    def commit(call: Call) -> None:
        say_outcome(changes.commit(_confirmation(call.words)), call)

    def compare(call: Call) -> None:
        _no_words(call)
        before, verdict = changes.compare()
        if verdict.refused:
            raise refusal(verdict.refused)
        text = render_changes(diff_scripts(before, verdict.resolution), PLAIN)
        call.say(*text.splitlines())
        for one in (*verdict.missing, *verdict.told):
            call.say(*message_lines(one))

    def undo(call: Call) -> None:
        _no_words(call)
        change, outcome = changes.undo()
        if outcome.verdict.refused:
            raise Refused("what was said since builds on that change", *refusal(outcome.verdict.refused).help)
        said = [one.text for one in change.after if one not in change.before]
        call.say(*[f"Took back: {text}" for text in said], *loading_lines(outcome))

    commands = [
        Command(
            NAMESPACE,
            "begin",
            begin,
            "gather statements, which act together at `commit`",
            help=("Nothing changes before `commit`. `compare` says what would, `abort` forgets it.",),
        ),
        Command(
            NAMESPACE,
            "commit",
            commit,
            "carry out what was gathered since `begin`, as one change",
            "'commit' ['confirm' TIME]",
            (("TIME", "10s to 24h: without a `confirm` by then, the former script is put back"),),
            example="commit confirm 60s",
        ),
        Command(NAMESPACE, "abort", abort, "forget what was gathered since `begin`"),
        Command(NAMESPACE, "compare", compare, "say what the gathered statements would change"),
        Command(
            NAMESPACE,
            "undo",
            undo,
            "take this session's last change back",
            help=("It is refused if a later change, of anybody, builds on it.",),
        ),
    ]
    return Table([replace(command, action=refusable(command.action)) for command in commands])


def _confirmation(words: tuple[str, ...]) -> int | None:
    if not words:
        return None
    if words[0] != "confirm" or len(words) > 2:
        raise Refused(f"unexpected `{words[0]}`: `commit`, or `commit confirm 60s`")
    return confirmation_of(words[1] if len(words) > 1 else "60s")


def _no_words(call: Call) -> None:
    if call.words:
        raise Refused(f"unexpected `{call.words[0]}`: this command stands alone")
