"""The kinds of checks, each with the types of its subject and of its context."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from lbsh_lang.checks.base import AnyCheck, Check, Findings, MetBy, Over, Scope, part
from lbsh_lang.checks.views import (
    BackendContext,
    DeviceContext,
    FaultContext,
    MachineContext,
    NoContext,
    PoolContext,
    ServiceContext,
)
from lbsh_lang.codes import Code
from lbsh_lang.diagnostics import Fix, Severity
from lbsh_lang.site.addresses import Unplaced
from lbsh_lang.site.device import DeviceState
from lbsh_lang.site.faults import Fault
from lbsh_lang.site.model import Site
from lbsh_lang.site.pool_lives import PoolLife
from lbsh_lang.site.script import Found
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax.nodes import ShellCommand, Token
from lbsh_lang.syntax.statement import AnyStated, Stated


class IdleAllowance(NamedTuple):
    """A code that a comment allows without effect, the reason, and the fix that removes it."""

    at: Stated[None]
    code: Token[str]
    reason: str
    fix: Fix


class WithoutPlace(NamedTuple):
    """An address of the device without a single interface, and a statement that asks for it."""

    at: AnyStated
    unplaced: Unplaced


AnyFault = TypeVar("AnyFault", bound=Fault)


class FaultScope:
    """Checks of faults: `faults` gives each check the faults of the classes that its function names."""

    def __init__(self, over: Over) -> None:
        self.over = over

    def check(
        self, code: Code, severity: Severity, title: str, *, met_by: MetBy, of_absence: bool = False, idle: bool = False
    ) -> Callable[[Callable[[Found[AnyFault], FaultContext], Findings]], Check[Found[AnyFault], FaultContext]]:
        """Makes a function the check of a code; its docstring is the page of that code."""
        return lambda run: Check(code, severity, title, self.over, run, of_absence, idle, met_by, part=False)

    def part_of(
        self, whole: AnyCheck, met_by: MetBy
    ) -> Callable[[Callable[[Found[AnyFault], FaultContext], Findings]], Check[Found[AnyFault], FaultContext]]:
        """Makes a function one more check of a code that is found in subjects of another kind too."""
        return lambda run: part(whole, self.over, run, met_by)


FAULT = FaultScope(Over.FAULT)
FILTER = FaultScope(Over.FILTER)
SERVICE = Scope[ServiceLife, ServiceContext](Over.SERVICE)
MACHINE = Scope[ServiceLife, MachineContext](Over.MACHINE)
POOL = Scope[PoolLife, PoolContext](Over.POOL)
ADDRESS = Scope[list[ServiceLife], NoContext](Over.ADDRESS)
DEVICE = Scope[DeviceState, DeviceContext](Over.DEVICE)
STATEMENT = Scope[Stated[ShellCommand], NoContext](Over.STATEMENT)
BACKEND = Scope[Site, BackendContext](Over.BACKEND)
LISTS = Scope[WithoutPlace, NoContext](Over.LISTS)
COMMENT = Scope[IdleAllowance, NoContext](Over.COMMENT)


class Checks(NamedTuple):
    """A list of checks, sorted by kind. Checks of faults and comments are found through their subjects."""

    service: tuple[Check[ServiceLife, ServiceContext], ...]
    machine: tuple[Check[ServiceLife, MachineContext], ...]
    pool: tuple[Check[PoolLife, PoolContext], ...]
    address: tuple[Check[list[ServiceLife], NoContext], ...]
    device: tuple[Check[DeviceState, DeviceContext], ...]
    statement: tuple[Check[Stated[ShellCommand], NoContext], ...]
    backend: tuple[Check[Site, BackendContext], ...]
    of_absence: frozenset[Code]


def sorted_by_kind(checks: Iterable[AnyCheck]) -> Checks:
    """The checks of a list by their subjects."""
    checks = tuple(checks)
    return Checks(
        service=SERVICE.among(checks),
        machine=MACHINE.among(checks),
        pool=POOL.among(checks),
        address=ADDRESS.among(checks),
        device=DEVICE.among(checks),
        statement=STATEMENT.among(checks),
        backend=BACKEND.among(checks),
        of_absence=frozenset(check.code for check in checks if check.of_absence),
    )
