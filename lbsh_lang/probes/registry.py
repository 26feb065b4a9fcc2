"""Finds the probe methods through their entry points; the built-in ones come the same way.

Reading entry points takes longer than parsing 1,000 lines, and most scripts use the methods of lbsh alone. So this module
knows the entry points of those, and reads those of plug-ins only for another name in a script, or to list all methods.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import NamedTuple, cast

from lbsh_lang.probes.base import Method

GROUP = "lbsh.probes"

BUILT_IN = ("tcp", "syn", "http", "https", "smtp", "imap", "pop3", "ldap", "dns", "radius", "icmp", "exec")
"""The names of lbsh's own methods, in the order in which they are listed."""

_LONGEST_SHOWN = 200


class EntryPoint(NamedTuple):
    """An entry point: the name of a method, the object that describes it (`module:attribute`), and its distribution."""

    name: str
    value: str
    distribution: str


class PlugIns(NamedTuple):
    """The methods of plug-ins by name, in alphabetical order, and the reasons why others cannot be used, by name as well."""

    methods: dict[str, Method]
    refused: dict[str, str]


def installed() -> Iterator[EntryPoint]:
    """All entry points for probe methods, including those of lbsh."""
    from importlib.metadata import entry_points  # noqa: PLC0415 -- it takes longer to import than to parse 1,000 lines

    for entry in entry_points(group=GROUP):
        yield EntryPoint(
            entry.name, entry.value, entry.dist.name if entry.dist is not None else "a plug-in without a name"
        )


def own_entry(name: str) -> EntryPoint:
    """The entry point of a built-in method."""
    return EntryPoint(name, f"{__package__}.{name}:METHOD", "lbsh")


def load(entry: EntryPoint) -> object:
    """The object that an entry point names. Raises any exception of its module."""
    module, _, attributes = entry.value.partition(":")
    found: object = import_module(module.strip())
    for attribute in attributes.partition("[")[0].strip().split("."):  # `[extra]` may follow, for installers
        found = getattr(found, attribute)
    return found


def load_own(name: str) -> Method:
    """A built-in method."""
    return cast(Method, load(own_entry(name)))


def built_in() -> dict[str, Method]:
    """All built-in methods: those in the documents and in the words of editors, whatever plug-ins are installed."""
    return {name: load_own(name) for name in BUILT_IN}


class Methods(Mapping[str, Method]):
    """The probe methods by name, lbsh's own first. `reserved` are the words that cannot be names in a script.

    An unusable method of a plug-in raises no exception: `refused` has the reasons by name, for scripts with that method and
    for the list of installed methods.
    """

    def __init__(self, reserved: Collection[str], find: Callable[[], Iterable[EntryPoint]] = installed) -> None:
        self._reserved = reserved
        self._find = find
        self._own: dict[str, Method] = {}

    def __getitem__(self, name: str) -> Method:
        method = self._own.get(name)
        if method is not None:
            return method
        if name not in BUILT_IN:
            return self._plug_ins.methods[name]
        return self._own.setdefault(name, load_own(name))

    def __iter__(self) -> Iterator[str]:
        yield from BUILT_IN
        yield from self._plug_ins.methods

    def __len__(self) -> int:
        return len(BUILT_IN) + len(self._plug_ins.methods)

    def refused(self) -> Mapping[str, str]:
        """The reasons why methods of plug-ins cannot be used, by their names."""
        return self._plug_ins.refused

    def complaints(self) -> tuple[str, ...]:
        """The same in sentences that stand alone."""
        return tuple(f"the probe method `{_shown(name)}`: {reason}" for name, reason in self.refused().items())

    @cached_property
    def _plug_ins(self) -> PlugIns:
        return load_plug_ins(self._find(), self._reserved)


def load_plug_ins(entries: Iterable[EntryPoint], reserved: Collection[str]) -> PlugIns:
    """The methods of plug-ins. Refuses names that lbsh or another plug-in has already, and methods that cannot be loaded."""
    found = PlugIns({}, {})
    claims: dict[str, list[EntryPoint]] = {}
    for entry in sorted(set(entries)):
        if entry.name not in BUILT_IN or entry.value != own_entry(entry.name).value:
            claims.setdefault(entry.name, []).append(entry)
    for name, claimants in claims.items():
        method = _load_claimed(name, claimants, reserved)
        if isinstance(method, Method):
            found.methods[name] = method
        else:
            found.refused[name] = method
    return found


def _load_claimed(name: str, claimants: list[EntryPoint], reserved: Collection[str]) -> Method | str:
    """The method of a name that plug-ins claim, or the reason why it cannot be used."""
    named = " and ".join(f"`{_shown(entry.distribution)}` ({_shown(entry.value)})" for entry in claimants)
    if name in BUILT_IN:
        return f"lbsh has a method of this name, which {named} cannot replace"
    if len(claimants) > 1:
        return f"more than one plug-in has a method of this name: {named}"
    try:
        record = load(claimants[0])
    except Exception as error:  # a plug-in's module may raise anything, and its fault must not look like one of lbsh
        return f"its plug-in {named} cannot be loaded: {_shown(str(error)) or type(error).__name__}"
    from lbsh_lang.probes.validation import fault_of  # noqa: PLC0415 -- only plug-ins pay for the import

    fault = fault_of(record, name, reserved)
    return f"its plug-in {named} cannot be used: {fault}" if fault else cast(Method, record)


def _shown(text: str) -> str:
    """A text of a plug-in, on one line and at a bounded length."""
    line = "".join(one if one.isprintable() else "\ufffd" for one in " ".join(text.split()))
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1] + "…"
