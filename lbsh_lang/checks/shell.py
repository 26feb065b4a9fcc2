"""Checks of statements and comments outside the site: shell commands, and comments that allow findings."""

from __future__ import annotations

from typing import assert_never

from lbsh_lang.checks.base import ANY_LINE, INFORMATION, WARNING, Finding, Findings
from lbsh_lang.checks.scopes import COMMENT, STATEMENT, IdleAllowance
from lbsh_lang.checks.views import NoContext
from lbsh_lang.codes import Code
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import HelpStatement, SaveStatement, ShellCommand, StatusStatement
from lbsh_lang.syntax.statement import Stated


@STATEMENT.check(
    Code.LB701,
    INFORMATION,
    "shell command in a script",
    met_by=(nodes.StatusStatement, nodes.SaveStatement, nodes.HelpStatement),
)
def shell_command(stated: Stated[ShellCommand], context: NoContext) -> Findings:
    """A shell command stands in a script; `check` and `emit` ignore it.

    `status`, `save` and `help` act when a script is run on the device; they do not change its meaning.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        status SMTP

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
    """
    yield Finding(stated, None, f"`{_word(stated.node)}` is a shell command: it is passed over here")


@COMMENT.check(Code.LB702, WARNING, "allowance that suppresses nothing", idle=True, met_by=ANY_LINE)
def idle_allowance(idle: IdleAllowance, context: NoContext) -> Findings:
    """A comment allows a finding that is not there.

    `# lbsh: allow LB311` at the end of a line suppresses that code there; several codes may stand one after another.
    Warnings and information can be allowed, errors cannot. An allowance that suppresses nothing any more would hide the
    next finding.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25  # lbsh: allow LB311
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool

    Right:

        service SMTP is 62.103.127.154 tcp 25  # lbsh: allow LB311
    """
    yield Finding(idle.at, idle.code, idle.reason, fixes=(idle.fix,))


def _word(command: ShellCommand) -> str:
    match command:
        case StatusStatement():
            return "status"
        case SaveStatement():
            return "save"
        case HelpStatement():
            return "help"
        case _:
            assert_never(command)
