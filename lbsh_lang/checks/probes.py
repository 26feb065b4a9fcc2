"""Checks of what a probe can find out: better methods than a mere connection, and commands of `exec`."""

from __future__ import annotations

from lbsh_lang.checks.base import ERROR, INFORMATION, WARNING, Finding, Findings
from lbsh_lang.checks.scopes import FAULT, MACHINE, SERVICE
from lbsh_lang.checks.views import FaultContext, MachineContext, ServiceContext
from lbsh_lang.codes import Code
from lbsh_lang.site.script import Found
from lbsh_lang.site.services import ServiceLife
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.faults import BadCommand
from lbsh_lang.syntax.methods import METHODS, method_at


@SERVICE.check(
    Code.LB506, INFORMATION, "mere connection where a method asks the service", met_by=(nodes.ProbeStatement,)
)
def only_connects(life: ServiceLife, context: ServiceContext) -> Findings:
    """A probe only connects to a port on which servers usually speak a protocol that lbsh can ask in.

    A connection proves that a machine is up, and that something listens. It does not prove that the service works: the
    kernel of a server completes connections to a program that hangs, until its queue is full, and a mail server that has
    lost its disk goes on accepting them. That holds for `tcp`, also where it is the default, and for `syn`, which does not
    even complete the connection. Where servers speak another protocol on this port, a comment can allow the finding.

    Wrong:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        probe SMTP with tcp every 10s

    Right:

        service SMTP is 62.103.127.154 tcp 25
        pool mx_pool for SMTP
        add 192.168.1.2 to mx_pool
        probe SMTP with smtp every 10s
    """
    if life.probe is None or life.node.protocol is None or life.node.protocol.value is None:
        return
    node = life.probe.node
    method = METHODS.get(node.method.text) if node.method is not None else None
    if method is None or not method.connects_only:
        return
    asked = node.port or next(iter(life.node.ports), None)
    if asked is None or asked.value is None:
        return
    if not method.fits(life.node.protocol.value, port_given=node.port is not None):
        return  # another finding says so
    better = method_at(asked.value.first)
    if better is not None and better.fits(life.node.protocol.value, port_given=False):
        message = f"`{method.name}` finds out whether port {asked.text} is open, not whether the service works"
        yield Finding(life.probe, node.method, message, help=(f"`{better.name}` asks the service itself",))


@MACHINE.check(Code.LB507, WARNING, "probe method whose library is missing", met_by=(nodes.ProbeStatement,))
def library_missing(life: ServiceLife, context: MachineContext) -> Findings:
    """A probe method needs a library that is not installed on this machine.

    `dns` and `radius` are carried out with libraries that lbsh does not install by itself. Where one is missing, the
    servers of the service are not probed; none of them is taken for down. On a machine that only checks scripts, a
    comment can allow the finding: `# lbsh: allow LB507`.

    Wrong:

        service DNS is 62.103.127.155 udp 53
        pool dns_pool for DNS
        add 192.168.1.2 to dns_pool
        probe DNS with dns query "ourdomain.tld"

    Right:

        service DNS is 62.103.127.155 udp 53
        pool dns_pool for DNS
        add 192.168.1.2 to dns_pool
        probe DNS with icmp
    """
    node = life.probe.node if life.probe is not None else None
    method = METHODS.get(node.method.text) if node is not None and node.method is not None else None
    if life.probe is None or node is None or method is None or method.library is None:
        return
    if method.library.module in context.missing:
        message = f"the method `{method.name}` needs the library {method.library.name}, which is not installed here"
        yield Finding(life.probe, node.method, message, help=("`pip install 'lbsh[poller]'` installs it",))


@FAULT.check(Code.LB508, ERROR, "command that cannot be run as it stands", met_by=(nodes.ProbeStatement,))
def bad_command(found: Found[BadCommand], context: FaultContext) -> Findings:
    """The command of a probe by `exec` is not the absolute path of a program with plain words behind it.

    No shell reads the command: it is cut at its blanks, and its first word is the program. So a pipe, a variable or a quote
    would reach the program as it stands, and a path that begins elsewhere would be looked for wherever the poller happens to
    run. What needs a shell belongs into a script of its own.

    Wrong:

        service FTP is 62.103.127.154 tcp 21
        pool ftp_pool for FTP
        add 192.168.1.2 to ftp_pool
        probe FTP with exec "curl -s ftp://$LBSH_ADDRESS | grep -q ready"

    Right:

        service FTP is 62.103.127.154 tcp 21
        pool ftp_pool for FTP
        add 192.168.1.2 to ftp_pool
        probe FTP with exec "/usr/local/libexec/ftp-probe ready"
    """
    yield Finding(found.at, found.fault.token, f"the command {found.fault.reason.value}")
