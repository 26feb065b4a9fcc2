"""The list of commands. A command's module is imported when it is called, so that no command waits for the others."""
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable

import click


def _addresses() -> click.Command:
    from lbsh.cli.addresses import addresses

    return addresses


def _ast() -> click.Command:
    from lbsh.cli.ast import ast

    return ast


def _backends() -> click.Command:
    from lbsh.cli.backends import backends

    return backends


def _check() -> click.Command:
    from lbsh.cli.check import check

    return check


def _completion() -> click.Command:
    from lbsh.cli.completion import completion

    return completion


def _diff() -> click.Command:
    from lbsh.cli.diff import diff

    return diff


def _emit() -> click.Command:
    from lbsh.cli.emit import emit

    return emit


def _explain() -> click.Command:
    from lbsh.cli.explain import explain

    return explain


def _fmt() -> click.Command:
    from lbsh.cli.fmt import fmt

    return fmt


def _lab() -> click.Command:
    from lbsh.cli.lab import lab

    return lab


def _lsp() -> click.Command:
    from lbsh.cli.lsp import lsp

    return lsp


def _trace() -> click.Command:
    from lbsh.cli.trace import trace

    return trace


def _apply() -> click.Command:
    from lbsh.cli.apply import apply

    return apply


def _plan() -> click.Command:
    from lbsh.cli.plan import plan

    return plan


def _poll() -> click.Command:
    from lbsh.cli.poll import poll

    return poll


def _probes() -> click.Command:
    from lbsh.cli.probes import probes

    return probes


def _run() -> click.Command:
    from lbsh.cli.run import run

    return run


def _save() -> click.Command:
    from lbsh.cli.save import save

    return save


def _status() -> click.Command:
    from lbsh.cli.status import status

    return status


def _drain() -> click.Command:
    from lbsh.cli.drain import drain

    return drain


def _doctor() -> click.Command:
    from lbsh.cli.doctor import doctor

    return doctor


def _confirm() -> click.Command:
    from lbsh.cli.confirm import confirm

    return confirm


def _rollback() -> click.Command:
    from lbsh.cli.confirm import rollback

    return rollback


def _history() -> click.Command:
    from lbsh.cli.history import history

    return history


def _shell() -> click.Command:
    from lbsh.cli.session import shell

    return shell


COMMANDS: dict[str, Callable[[], click.Command]] = {
    "addresses": _addresses,
    "apply": _apply,
    "ast": _ast,
    "backends": _backends,
    "check": _check,
    "completion": _completion,
    "confirm": _confirm,
    "diff": _diff,
    "doctor": _doctor,
    "drain": _drain,
    "emit": _emit,
    "explain": _explain,
    "fmt": _fmt,
    "history": _history,
    "lab": _lab,
    "lsp": _lsp,
    "plan": _plan,
    "poll": _poll,
    "probes": _probes,
    "rollback": _rollback,
    "run": _run,
    "save": _save,
    "shell": _shell,
    "status": _status,
    "trace": _trace,
}
"""Each command with the function that imports it."""
