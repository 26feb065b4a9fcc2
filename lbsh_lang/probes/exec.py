"""The probe method `exec`: a command of the user's own."""

from __future__ import annotations

from lbsh_lang.probes.base import Argument, Method
from lbsh_lang.values import Protocol

METHOD = Method(
    name="exec",
    sentence="A server is up if a command says so.",
    protocols=frozenset(Protocol),
    argument=Argument("the command to run", "The command that is run for each server.", is_command=True),
    options={},
)
