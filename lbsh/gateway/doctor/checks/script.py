"""Does a script run here, and are its rules loaded?"""

from __future__ import annotations

from collections.abc import Iterator

from lbsh.gateway.doctor.base import BlindError, Case, Check, Finding, Kind, Severity

NOTHING = Kind("no-script", Severity.NOTE, "No script was applied yet.")
UNUSABLE = Kind("store-unusable", Severity.ERROR, "The store is damaged, of a newer version, or no store.")
INCOMPLETE = Kind(
    "script-incomplete", Severity.ERROR, "The running script lacks something, so its rules are not loaded."
)
NOT_LOADED = Kind("not-loaded", Severity.ERROR, "The rules of the running script are not loaded.")
DRIVER_NONE = Kind("driver-none", Severity.ERROR, "The driver in use loads nothing.")


def _look(case: Case) -> Iterator[Finding]:
    if case.unread and case.is_forbidden:
        raise BlindError(case.unread)
    if case.unread:
        yield Finding(UNUSABLE, case.unread, "docs/store.md says what lies where, and what may be removed")
        return
    if not case.running.revision:
        yield Finding(NOTHING, f"no script was applied to the store {case.folder}", "apply one with `lbsh apply FILE`")
        return
    loaded, again = case.loaded, (case.lbsh("apply", "--running"),)
    if loaded is not None and loaded.driver == "none":
        words = "the driver `none` is in use, which loads nothing"
        yield Finding(DRIVER_NONE, words, "apply the script with another driver: `lbsh apply --driver nftables FILE`")
    elif loaded is None:
        yield Finding(NOT_LOADED, "the rules of the running script were never loaded", "", again)
    elif loaded.trouble.startswith("incomplete: "):
        words = f"the running script is {loaded.trouble}"
        yield Finding(INCOMPLETE, words, "give what is missing with `lbsh run -c 'STATEMENT'`")
    elif loaded.trouble:
        yield Finding(NOT_LOADED, f"the rules are not loaded: {loaded.trouble}", "mend that first", again)
    elif loaded.notes.get("boot") != case.moment.boot:
        yield Finding(NOT_LOADED, "nothing was loaded since the machine started", "", again)
    elif loaded.revision != case.running.revision:
        words = f"revision {case.running.revision} runs, but revision {loaded.revision} is loaded"
        yield Finding(NOT_LOADED, words, "", again)


CHECK = Check("script", (), (NOTHING, UNUSABLE, INCOMPLETE, NOT_LOADED, DRIVER_NONE), _look)
