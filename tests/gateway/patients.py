"""Machines of fakes for the doctor: files, programs and a clock, as values that a test may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lbsh.drivers.values import Drift, DriverError
from lbsh.gateway.deadline import Moment
from lbsh.gateway.doctor.base import Answer, BlindError, Case, Check, FailedError, FileStatus, Finding, Room
from lbsh.gateway.doctor.catalog import CHECKS
from lbsh.gateway.doctor.examine import Result, examine
from lbsh.gateway.machine import Choice
from lbsh_lang.backends.base import Options
from lbsh_lang.site.addresses import lists_of
from tests.gateway.world import NOW, World, choice
from tests.reading import site_of

STORE = "/var/lib/lbsh"
SITE = """\
interface external em0
interface internal em1
external net 203.0.113.0/24
internal net 192.168.1.0/24
internal gw 192.168.1.1
service WEB is 203.0.113.10 tcp 80 reflect
pool web for WEB
add 192.168.1.2-3 to web
"""
IFCONFIG = """\
em0: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
\tether 58:9c:fc:00:00:01
\tinet 203.0.113.10 netmask 0xffffff00 broadcast 203.0.113.255
\tinet6 fe80::5a9c:fcff:fe00:1%em0 prefixlen 64 scopeid 0x1
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
em1: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
\tinet 192.168.1.1 netmask 0xffffff00 broadcast 192.168.1.255
\tstatus: active
"""
_LINK = '{{"ifname": "{}", "flags": ["UP", "LOWER_UP"], "addr_info": [{{"local": "{}", "prefixlen": 24}}]}}'
_FOLDER = 0o040000
LATER = NOW + 365 * 86_400_000
"""The time on these machines, after 2024."""

ROOM = Room(1 << 30, 1 << 32, 100_000, 200_000)

Said = Answer | Exception


@dataclass
class Fake:
    """A machine that has what a test gives it. A program that is not among the `programs` is not installed."""

    platform: str
    files: dict[str, str]
    programs: dict[tuple[str, ...], Said]
    statuses: dict[str, FileStatus] = field(default_factory=dict)
    space: Room = ROOM
    time: int = LATER
    is_synchronised: bool | None = True
    uid: int = 0
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def run(self, *arguments: str, text: str = "") -> Answer:
        self.asked.append(arguments)
        if not self.has_program(arguments[0]):
            raise BlindError(f"the program `{arguments[0]}` is not installed")
        said = self.programs.get(arguments, Answer(0, "", ""))
        if isinstance(said, Exception):
            raise said
        return said

    def has_program(self, name: str) -> bool:
        return any(words[0] == name for words in self.programs)

    def status(self, path: str) -> FileStatus | None:
        return self.statuses.get(path)

    def room(self, path: str) -> Room:
        return self.space

    def real_path(self, path: str) -> str:
        return path

    def now(self) -> int:
        return self.time

    def is_clock_synchronised(self) -> bool | None:
        return self.is_synchronised


@dataclass
class Patient:
    """A fake machine with a device in memory, whose rules are loaded."""

    system: Fake
    world: World
    chosen: Choice
    script: str = SITE
    unread: str = ""
    is_forbidden: bool = True
    drift: tuple[Drift, ...] = ()
    trouble: str = ""

    def examine(self, checks: Sequence[Check] = CHECKS) -> tuple[Result, ...]:
        store, site = self.world.store, site_of(self.script)
        lists = lists_of(site, self.chosen.options.marks)
        moment = Moment(self.world.boot, self.world.ticks)
        return examine(
            checks,
            Case(
                self.system,
                STORE,
                self.unread,
                store,
                store.running(),
                store.loaded(),
                self.chosen,
                site,
                lists,
                moment,
                self._drift,
                is_forbidden=self.is_forbidden,
            ),
        )

    def _drift(self) -> tuple[Drift, ...]:
        if self.trouble:
            raise DriverError(self.trouble)
        return self.drift

    def findings(self) -> list[Finding]:
        return [finding for result in self.examine() for finding in result.findings]

    def names(self) -> list[str]:
        return [finding.kind.name for finding in self.findings()]


def folder(mode: int, uid: int = 0) -> FileStatus:
    return FileStatus(_FOLDER | mode, uid, uid, "root" if uid == 0 else "lbsh", "lbsh")


def says(text: str, status: int = 0, errors: str = "") -> Answer:
    return Answer(status, text, errors)


HANGS = FailedError("it did not end within 10 s")


def linux() -> Patient:
    """A device with nftables that works."""
    files = {
        "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
        "/proc/sys/net/ipv4/ip_forward": "1\n",
        "/proc/sys/net/netfilter/nf_conntrack_max": "262144\n",
        "/proc/sys/net/netfilter/nf_conntrack_count": "100\n",
        "/proc/sys/net/netfilter/nf_conntrack_buckets": "262144\n",
        "/proc/thread-self/mountinfo": "24 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n",
    }
    links = ", ".join([_LINK.format("em0", "203.0.113.10"), _LINK.format("em1", "192.168.1.1")])
    programs: dict[tuple[str, ...], Said] = {
        ("nft", "-j", "-t", "list", "ruleset"): says('{"nftables": []}'),
        ("nft", "--version"): says("nftables v1.0.6 (Lester Gooch #5)\n"),
        ("ip", "-j", "address", "show"): says(f"[{links}]"),
    }
    return _patient(Fake("linux", files, programs), choice("nftables"))


def freebsd() -> Patient:
    """A device with PF that works."""
    programs: dict[tuple[str, ...], Said] = {
        ("uname", "-r"): says("14.1-RELEASE\n"),
        ("sysctl", "-n", "net.inet.ip.forwarding"): says("1\n"),
        ("sysctl", "-n", "net.inet.ip.redirect"): says("0\n"),
        ("ifconfig",): says(IFCONFIG),
        ("pfctl", "-s", "info"): says("Status: Enabled for 0 days 01:02:03\n  current entries    17\n"),
        ("pfctl", "-s", "memory"): says("states        hard limit   100000\n"),
        ("mount", "-p"): says("/dev/ada0p2\t/\tufs\trw\t1 1\n"),
        ("sysrc", "-n", "lbsh_enable"): says("YES\n"),
    }
    chosen = Choice("pf", "pf", Options("freebsd-14", frozenset({"anchor"})))
    return _patient(Fake("freebsd", {}, programs), chosen)


def _patient(system: Fake, chosen: Choice) -> Patient:
    world = World()
    world.now = LATER
    world.apply(SITE)
    system.statuses |= {STORE: folder(0o750), "/var/lib": folder(0o755)}
    return Patient(system, world, chosen)
