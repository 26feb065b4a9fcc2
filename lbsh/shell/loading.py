"""The commands that load scripts and save them, here or on another machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from lbsh.app import parse_source
from lbsh.files import include_loader, read_source, write_atomically
from lbsh.gateway.coming import Ahead
from lbsh.gateway.fates import Fate
from lbsh.gateway.outcome import Outcome
from lbsh.gateway.plan import dangers_of, plan_of, portions_of
from lbsh.gateway.plan_text import connections_text, plan_text
from lbsh.gateway.running import whole_text
from lbsh.remote.storage import fetch, no_includes, put
from lbsh.remote.urls import Url, is_url, parse_url
from lbsh.session import Session
from lbsh.shell.desk import Desk
from lbsh.shell.outcomes import loading_lines, message_lines, refusable, refusal
from lbsh.shell.times import confirmation_of
from lbsh_lang.site.script import Script
from oyster.commands import Call, Command, Refused, Table
from oyster.predefined import files

NAMESPACE = "lb"


class Given(NamedTuple):
    """What was asked to be loaded: the place, the time for a confirmation in milliseconds, the digest that it must have."""

    place: str
    confirm: int | None = None
    digest: str | None = None


def loading(desk: Desk, session: Session | None) -> Table:
    """The commands at a desk; `session` is that of the operator, if it can be seen."""

    def load(call: Call) -> None:
        given = _given(call.words)
        script, must_ask = _read(given, call)
        careful = Careful(call, session, must_ask=must_ask)
        outcome = _agreed(lambda: desk.changes.load(script, given.place, given.confirm, careful.is_needed), careful)
        verdict = outcome.verdict
        if verdict.refused:
            raise refusal(verdict.refused)
        for one in verdict.told:
            call.say(*message_lines(one))
        call.say(*[f"kept: {statement}" for statement in outcome.kept])
        call.say(*loading_lines(outcome))
        if not outcome.trouble:
            call.say(f"Loaded {given.place} as revision {outcome.revision}")

    def save_site(call: Call) -> None:
        if len(call.words) != 1:
            raise Refused("say where to: `save site FILE`, or a URL")
        (place,) = call.words
        text = whole_text(desk.store.running(), desk.language())
        if is_url(place):
            _put(parse_url(place), text, call)
        else:
            write_atomically(os.path.abspath(place), text)  # noqa: PTH100 -- keeps the last component
        call.say(f"Saved the running script to {place}")

    return Table([
        Command(
            NAMESPACE,
            "load",
            refusable(load),
            "make a script the running one, after a look at what it would cut",
            "'load' FILE|URL ['sha256' DIGEST] ['confirm' TIME]",
            (
                ("URL", "sftp://, https:// or tftp://; a script from elsewhere includes no files"),
                ("DIGEST", "the file must have this digest, or nothing is changed"),
                ("TIME", "the former script is put back after this time unless `confirm` comes"),
            ),
            example="load sftp://backup@192.168.1.9/site.lb confirm 60s",
            completion=files,
        ),
        Command(
            NAMESPACE,
            "save site",
            refusable(save_site),
            "write the running script to a file, here or on another machine",
            "'save' 'site' FILE|URL",
            example="save site sftp://backup@192.168.1.9/site.lb",
            completion=files,
        ),
    ])  # fmt: skip


class Careful:
    """Looks at a change before it is made, and has the operator agree to what it cuts; where `must_ask`, in any case."""

    def __init__(self, call: Call, session: Session | None, *, must_ask: bool) -> None:
        self._call, self._session, self._must_ask = call, session, must_ask
        self._seen: object = None
        self._agreed: object = None
        self._lines: list[str] = []

    def is_needed(self, ahead: Ahead) -> bool:
        """Whether a change must not be made yet."""
        dangers = dangers_of(ahead, self._session) if self._session is not None else ()
        portions = [one for one in portions_of(ahead) if one.fate is not Fate.STAYS]
        self._seen = ahead.before.running.revision, dangers
        plan = list(plan_text(plan_of(ahead, self._session))) if self._must_ask else list(connections_text(portions))
        self._lines = [*plan, *[f"your session would be cut: {words}" for words in dangers]]
        return bool(dangers or portions or self._must_ask) and self._seen != self._agreed

    def ask(self) -> None:
        """Shows what would happen, and asks. Raises `Refused` if the operator does not agree, or nobody can be asked."""
        self._call.say(*self._lines)
        answer = self._call.shell.ask("Make this change? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            raise Refused("nothing was changed")
        self._agreed = self._seen


def _agreed(act: Callable[[], Outcome], careful: Careful) -> Outcome:
    """Makes a change once the operator has agreed to what it does; another look shows what has changed meanwhile."""
    outcome = act()
    while outcome.is_held:
        careful.ask()
        outcome = act()
    return outcome


def _read(given: Given, call: Call) -> tuple[Script, bool]:
    """The script at a place, and whether the operator must be asked in any case."""
    if not is_url(given.place):
        if given.digest is not None:
            raise Refused("`sha256` goes with a URL")
        source = read_source(os.path.abspath(given.place))  # noqa: PTH100 -- keeps the last component
        return parse_source(source, include_loader(source)), False
    url = parse_url(given.place)
    _warn(url, call)
    fetched = fetch(url)
    if given.digest is not None:
        fetched.require_sha256(given.digest)
    return parse_source(fetched.source(), no_includes), url.abilities.needs_consent and given.digest is None


def _put(url: Url, text: str, call: Call) -> None:
    _warn(url, call)
    put(url, text)


def _warn(url: Url, call: Call) -> None:
    if url.abilities.note:
        call.say(url.abilities.note)


def _given(words: tuple[str, ...]) -> Given:
    if not words:
        raise Refused("say what to load: a file, or a URL")
    place, *rest = words
    given = Given(place)
    while rest:
        word, *rest = rest
        if word == "confirm" and given.confirm is None:
            given = given._replace(confirm=confirmation_of(rest[0] if rest else "60s"))
            rest = rest[1:]
        elif word == "sha256" and given.digest is None and rest:
            given, rest = given._replace(digest=rest[0]), rest[1:]
        else:
            raise Refused(f"unexpected `{word}`: `load FILE sha256 DIGEST confirm 60s`")
    return given
