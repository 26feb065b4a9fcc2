"""The composition root of `lbsh doctor`: this machine and its store, put together for the checks. Prints nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lbsh import device
from lbsh.drivers.values import Drift
from lbsh.drivers.witness import witness_of
from lbsh.gateway.deadline import Moment
from lbsh.gateway.doctor.base import Case, System
from lbsh.gateway.doctor.catalog import CHECKS
from lbsh.gateway.doctor.examine import Result, examine
from lbsh.gateway.doctor.system import Machine
from lbsh.gateway.machine import Choice
from lbsh.gateway.running import read_running
from lbsh.store.disk import default_folder
from lbsh.store.protocol import Loaded, Running, Store, StoreError
from lbsh.stores import STORE, boot, open_store, ticks
from lbsh_lang.site.addresses import lists_of
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.syntax.language import LBSH


def diagnose(folder: str | None) -> tuple[Result, ...]:
    """What all checks find on this machine, with the store in a folder, or with the usual one."""
    place = os.path.abspath(folder or usual_folder())  # noqa: PTH100 -- as the store has it
    return examine(CHECKS, case_of(Machine(), place))


def usual_folder() -> str:
    """The folder of the store that commands use without an option."""
    return os.environ.get(STORE) or default_folder()


def case_of(system: System, folder: str) -> Case:
    """A machine with the store in a folder. What cannot be read of it is empty, and `unread` says why."""
    store = open_store(folder)
    running, loaded, choice, unread, is_forbidden = Running(0, (), ()), None, device.default_choice(), "", False
    try:
        running, loaded = store.running(), store.loaded()
        choice = _choice(loaded, choice)
    except StoreError as error:
        unread, is_forbidden = str(error), isinstance(error.__cause__, PermissionError)
    site = _site(running)
    lists = lists_of(site, choice.options.marks)
    return Case(
        system,
        folder,
        unread,
        store,
        running,
        loaded,
        choice,
        site,
        lists,
        Moment(boot(), ticks()),
        lambda: _drift(store, loaded),
        () if folder == usual_folder() else ("--store", folder),
        is_forbidden,
    )


def _choice(loaded: Loaded | None, default: Choice) -> Choice:
    return default if loaded is None else Choice.of_json(loaded.driver, loaded.options)


def _site(running: Running) -> Site:
    """The site of the running script, in the language of plug-ins if it may have lines of theirs."""
    script = read_running(running, LBSH)
    language = device.language_for(script.faults)
    return Resolution(script if language is LBSH else read_running(running, language)).site


def _drift(store: Store, loaded: Loaded | None) -> Sequence[Drift]:
    """What others have changed in the filter. The rules are compared only if somebody has changed anything there."""
    notes = loaded.notes.get("driver") if loaded is not None else None
    if loaded is None or (isinstance(notes, dict) and witness_of(loaded.driver).unchanged(notes)):
        return ()
    return device.open_gateway(store).drift()
