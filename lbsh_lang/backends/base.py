"""What every backend is: a name, what it can express, and a pure function from a site to rules.

A backend never meets a site that it cannot render: whatever a packet filter lacks is a `Capability` missing from its set,
and the check for LB401 refuses the site before. Rendering therefore has no error path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from lbsh_lang.site.model import Pool, Service, Site, Stated


class Capability(Enum):
    """Something that the language can ask of a packet filter, in the words that the capability table shows."""

    IPV6 = "IPv6"
    REFLECT = "reflect"
    OUTBOUND = "outbound translation"
    PORT_LISTS = "port lists"
    PORT_RANGES = "port ranges"
    SERVER_PORT = "a server port of its own"
    ROUND_ROBIN = "balance round-robin"
    RANDOM = "balance random"
    RANDOM_BLOCK = "balance random, servers being one CIDR block"
    SOURCE_HASH = "balance source-hash"
    SOURCE_HASH_BLOCK = "balance source-hash, servers being one CIDR block"
    LEAST_CONNECTIONS = "balance least-connections"
    WEIGHTS = "servers of different weight"
    BACKUP = "backup servers"
    DRAIN = "drained servers"
    STICKY = "sticky"
    STICKY_TIMES = "sticky times that differ between services"
    STICKY_PORTS = "sticky over a list of ports or both protocols"
    STICKY_SOURCE_HASH = "sticky with balance source-hash"
    ALIASES = "interface aliases (names with a colon)"


class Claims(NamedTuple):
    """The decisions of a backend on capabilities: those that it `has`, and those that it `lacks`, each with the reason.

    A backend lists both by name. A capability in neither list is undecided, and counts as missing: so a new member of
    `Capability` is nobody's until a backend claims it, and the list of undecided ones shows which backends forgot it.
    """

    has: frozenset[Capability]
    lacks: Mapping[Capability, str]

    @property
    def undecided(self) -> frozenset[Capability]:
        return frozenset(Capability) - self.has - self.lacks.keys()


@dataclass(frozen=True, slots=True)
class Options:
    """How a user wants the rules: for which version of the filter, and which of the backend's flags."""

    target: str
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of emitted text and the statement it serves, None where it serves the file as a whole."""

    text: str
    origin: Stated | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a backend emits: lines with their provenance, so that a filter's complaint leads back to a statement."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The file as the filter's program reads it, with a last line end."""
        return "".join([line.text + "\n" for line in self.lines])


@dataclass(frozen=True, slots=True)
class Verifier:
    """The filter's own program as a judge: how to show it rules without loading them, and how it names a line.

    `complaint` is a regular expression with a group `line`, and a group `words` unless they stand in the line before.
    """

    arguments: tuple[str, ...]
    complaint: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A name of the script that the filter does not take as it is, and what stands for it in the rules."""

    origin: Stated
    old: str
    new: str


class Backend(Protocol):
    """The generator of one packet filter's rules."""

    @property
    def name(self) -> str:
        """The word after `--backend`."""

    @property
    def title(self) -> str:
        """The packet filter in a few words."""

    @property
    def load(self) -> tuple[str, ...]:
        """How to load the emitted text, as shell commands for a person to read; lbsh itself never runs them."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The versions of the filter it writes for; the first is the default."""

    @property
    def flags(self) -> Mapping[str, str]:
        """The backend's own options of `lbsh emit` (without the dashes), each with a line of help."""

    def capabilities(self, target: str) -> frozenset[Capability]:
        """The capabilities that the backend claims for this version; all others are missing."""

    def renames(self, site: Site) -> Iterable[Rename]:
        """The names that had to be shortened or changed, in the order of the site."""

    def verifiers(self, site: Site) -> tuple[Verifier, ...]:
        """The programs that must all take the rules of a site."""

    def render(self, site: Site, options: Options) -> Artifact:
        """The rules of a site that has no error and asks for no capability that is missing. Deterministic."""

    def render_change(self, old: Site, new: Site, options: Options) -> Artifact | None:
        """What turns the rules of one site into those of another while they are in use, leaving all else as it is.

        Loaded like the whole rules. None where the filter has its rules exchanged as a whole.
        """


LONGEST_COMMENT_TEXT = 200
"""How many characters of a name a comment shows. iptables-restore reads a line of more than 10,239 bytes as several."""


def farm_comment(service: Service, pool: Pool) -> str:
    """The service and pool that rules serve: `service SMTP (site.lb:5), pool mx_pool (site.lb:8)`."""
    return f"service {named(service.name, service.origin)}, pool {named(pool.name, pool.origin)}"


def named(name: str, origin: Stated) -> str:
    """A name of the script and the place that states it, for a comment: `mx_pool (site.lb:8)`."""
    return f"{comment_text(name)} ({comment_text(origin.place)})"


def comment_text(text: str) -> str:
    """Makes text from outside safe in a comment of any filter's rules: files may be called anything.

    Characters that are not printable become `?`, since some of them end a line for some program; so does the backslash,
    which joins the next line to a comment in pf.conf. Of a long text the end is left, where a place has its line number.
    """
    if not text.isprintable() or "\\" in text:
        text = "".join([char if char.isprintable() and char != "\\" else "?" for char in text])
    return text if len(text) <= LONGEST_COMMENT_TEXT else f"...{text[-LONGEST_COMMENT_TEXT:]}"
