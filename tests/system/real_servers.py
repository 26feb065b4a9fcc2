"""Servers of Debian, each with a configuration of its own in a folder of its own, run in a network namespace by hand.

Nothing of the machine's own configuration is read, and nothing is left: a server ends with all its processes.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lbsh.lab.namespaces import Namespace
from tests.certificates import make_certificates
from tests.limits import LONGEST

ALONE = (
    *("setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child=KILL"),
    *("sh", "-c", '"$@"; exit $?', "sh"),
)
"""Runs a program in such a way that all its processes end when the one ends that started it. The shell is there because a
program that changes its user, as postfix does, would forget whose end to end with (PR_SET_PDEATHSIG of prctl(2))."""

SECRET = "a secret"
PASSWORD = "a password"


class Kind(NamedTuple):
    """A kind of server: the package it comes from, its program, and how its folder becomes a configuration and a command."""

    package: str
    program: str
    prepare: Callable[[Path], list[str]]

    @property
    def path(self) -> str | None:
        return shutil.which(self.program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, in a namespace where it is alone."""

    namespace: Namespace
    folder: Path
    main: int

    def freeze(self) -> None:
        """Stops all its processes where they are; its kernel still takes connections."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends all its processes at once, and waits until they are gone."""
        self.freeze()  # so that none makes further ones meanwhile
        handles = []
        for one in [self.main, *_below(self.main)]:
            with suppress(ProcessLookupError):
                handles.append(os.pidfd_open(one))
        self._signal(signal.SIGKILL)
        for handle in handles:
            ended, _, _ = select.select([handle], [], [], LONGEST)
            os.close(handle)
            assert ended, "a server outlives SIGKILL"

    def _signal(self, number: signal.Signals) -> None:
        for one in [self.main, *_below(self.main)]:
            with suppress(ProcessLookupError):
                os.kill(one, number)


@contextmanager
def running(kind: Kind) -> Iterator[Server]:
    """Runs a server. It may take a moment until it answers."""
    assert kind.path is not None
    with TemporaryDirectory(prefix="lbsh-server-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        namespace = Namespace(kind.program)
        try:
            namespace.run("ip", "link", "set", "lo", "up")
            command = namespace.inside(*ALONE, kind.path, *kind.prepare(folder))
            with (
                (folder / "log").open("wb") as log,
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True
                ) as process,
            ):
                server = Server(namespace, folder, process.pid)
                try:
                    yield server
                finally:
                    server.kill()
                    process.wait(LONGEST)
        finally:
            namespace.delete()


def _below(parent: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            above = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            children.setdefault(int(above), []).append(int(folder.name))
    found, waiting = [], [parent]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _postfix(folder: Path) -> list[str]:
    for name in ("conf", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "conf" / "main.cf").write_text(f"""\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = /dev/stdout
myhostname = mx.example.net
mydestination =
alias_maps =
local_recipient_maps =
inet_protocols = all
smtpd_tls_security_level = may
smtpd_tls_chain_files = {make_certificates(folder).good}
""")
    (folder / "conf" / "master.cf").write_text("""\
smtp    inet       n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
rewrite unix       - - n - - trivial-rewrite
anvil   unix       - - n - 1 anvil
tlsmgr  unix       - - n - 1 tlsmgr
""")
    return ["-c", str(folder / "conf"), "start-fg"]


def _slapd(folder: Path) -> list[str]:
    (folder / "db").mkdir()
    configuration = folder / "slapd.conf"
    configuration.write_text(f"""\
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_ldif
pidfile {folder}/pid
database ldif
suffix dc=example,dc=net
directory {folder}/db
""")
    entries = folder / "entries.ldif"
    entries.write_text("""\
dn: dc=example,dc=net
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=probe,dc=example,dc=net
objectClass: organizationalUnit
ou: probe
""")
    subprocess.run(["/usr/sbin/slapadd", "-f", configuration, "-l", entries], check=True, capture_output=True)
    return ["-f", str(configuration), "-h", "ldap://127.0.0.1:389", "-d", "0"]


def _freeradius(folder: Path) -> list[str]:
    (folder / "dictionary").touch()
    (folder / "users").write_text(f'probe Cleartext-Password := "{PASSWORD}"\n')
    (folder / "radiusd.conf").write_text(f"""\
name = freeradius
prefix = /usr
logdir = {folder}
raddbdir = {folder}
confdir = {folder}
run_dir = {folder}
libdir = /usr/lib/freeradius
pidfile = {folder}/pid
log {{
  destination = stdout
}}
security {{
  status_server = yes
  reject_delay = 0
}}
thread pool {{
  start_servers = 1
  max_servers = 2
  min_spare_servers = 1
  max_spare_servers = 2
}}
modules {{
  pap {{
  }}
  files {{
    usersfile = {folder}/users
  }}
}}
client prober {{
  ipaddr = 127.0.0.1
  secret = "{SECRET}"
  require_message_authenticator = yes
}}
server default {{
  listen {{
    type = auth
    ipaddr = *
    port = 1812
  }}
  authorize {{
    files
    pap
  }}
  authenticate {{
    pap
  }}
}}
""")
    return ["-f", "-l", "stdout", "-d", str(folder), "-D", "/usr/share/freeradius"]


def _unbound(folder: Path) -> list[str]:
    texts = "".join(f"  local-data: 'long.example.net. TXT \"{number:0200}\"'\n" for number in range(8))
    (folder / "unbound.conf").write_text(f"""\
server:
  directory: "{folder}"
  interface: 127.0.0.1
  access-control: 127.0.0.0/8 allow
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  local-zone: "example.net." static
  local-data: "example.net. SOA a. b. 1 2 3 4 5"
  local-data: "www.example.net. A 192.0.2.1"
  local-zone: "refused.example.net." refuse
{texts}remote-control:
  control-enable: no
""")
    return ["-c", str(folder / "unbound.conf"), "-d"]


def _nginx(folder: Path) -> list[str]:
    temporary = "".join(
        f"  {name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    certificates = make_certificates(folder)
    (folder / "nginx.conf").write_text(f"""\
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{
}}
http {{
  access_log off;
{temporary}  server {{
    listen 80;
    location /health {{
      return 200 "all is ready";
    }}
    location /sick {{
      return 503;
    }}
    location /moved {{
      return 302 /health;
    }}
  }}
{_tls(443, certificates.good)}{_tls(444, certificates.expired)}{_tls(445, certificates.other_name)}\
{_tls(446, certificates.own)}}}
""")
    return ["-e", "stderr", "-c", str(folder / "nginx.conf")]


def _tls(port: int, certificate: Path) -> str:
    """A server of nginx over TLS."""
    return f"""\
  server {{
    listen {port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    return 200 ready;
  }}
"""


def _dovecot(folder: Path) -> list[str]:
    certificates = make_certificates(folder)
    (folder / "dovecot.conf").write_text(f"""\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificates.good}
ssl_key = <{certificates.good}
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
passdb {{
  driver = passwd-file
  args = /dev/null
}}
""")
    return ["-F", "-c", str(folder / "dovecot.conf")]


POSTFIX = Kind("postfix", "postfix", _postfix)
SLAPD = Kind("slapd", "slapd", _slapd)
FREERADIUS = Kind("freeradius", "freeradius", _freeradius)
UNBOUND = Kind("unbound", "unbound", _unbound)
NGINX = Kind("nginx-light", "nginx", _nginx)
DOVECOT = Kind("dovecot-imapd", "dovecot", _dovecot)
