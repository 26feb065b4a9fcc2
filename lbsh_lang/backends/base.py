"""The protocol of backends: a name, the capabilities of a packet filter, and a pure function from a site to rules.

A backend never gets a site that it cannot render. If a site needs a capability that the backend does not claim, the
check for LB401 refuses it before. Therefore rendering has no error path, and a backend asserts what the checks
guarantee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol, runtime_checkable

from lbsh_lang.site.exchange import Exchange
from lbsh_lang.site.model import Origin, Pool, Service, Site
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks


class Capability(Enum):
    """A feature that a script can ask of a packet filter. The value is its name in messages and tables."""

    IPV6 = "IPv6"
    REFLECT = "reflect"
    OUTBOUND = "outbound translation"
    SOURCES = "several outbound addresses"
    UPLINKS = "answers by the uplink that the connection came in by"
    KEEP_SOURCE = "outbound connections that keep their source"
    LEASED = "the address of an interface as outbound address"
    PORT_LISTS = "port lists"
    PORT_RANGES = "port ranges"
    PORTS_TAKEN = "ports that a more specific service takes from another"
    SERVER_PORT = "a server port of its own"
    SERVER_PORTS = "a server port for each port of a service"
    OWN_PORTS = "servers of a pool with different ports"
    ROUND_ROBIN = "balance round-robin"
    RANDOM = "balance random"
    RANDOM_BLOCK = "balance random, servers being one CIDR block"
    SOURCE_HASH = "balance source-hash"
    SOURCE_HASH_BLOCK = "balance source-hash, servers being one CIDR block"
    SOURCE_HASH_CHANGES = "balance source-hash, single servers of a CIDR block taken out"
    LEAST_CONNECTIONS = "balance least-connections"
    WEIGHTS = "servers of different weight"
    BACKUP = "backup servers"
    DRAIN = "drained servers"
    KEEP_CLIENTS = "drained servers that keep their sticky clients"
    CLIENTS = "client networks (from)"
    HELPER = "connections that belong to a session (helper)"
    MASQUERADE = "masquerade"
    STICKY = "sticky"
    STICKY_TIMES = "sticky times that differ between services"
    STICKY_PORTS = "sticky over a list of ports or both protocols"
    STICKY_MANY = "sticky services with more than 10,000 servers together"
    SERVER_PORTS_MANY = "lists of server ports with more than 100,000 pairs of a port and a server together"
    STICKY_PREFIX = "sticky for networks of clients (prefix)"
    STICKY_SOURCE_HASH = "sticky with balance source-hash"
    ALIASES = "interface aliases (names with a colon)"
    WORDS_AS_INTERFACES = "interface names without a digit at the end"


NOBODY: Mapping[Capability, str] = {
    Capability.LEAST_CONNECTIONS: "no expression of a rule tells how many connections a server has",
    Capability.ALIASES: "packets come in by an interface; its alias is only a name for an address",
}
"""The capabilities that no supported packet filter has, each with the reason."""


class Claims(NamedTuple):
    """The decisions of a backend on capabilities: those that it `has`, and those that it `lacks`, each with the reason.

    A backend lists both by name, except those of `NOBODY`. A capability in neither list is undecided, and counts as
    missing: so no backend has a new member of `Capability` until it claims it, and the list of undecided capabilities shows
    which backends forgot it.
    """

    has: frozenset[Capability]
    lacks: Mapping[Capability, str]

    @property
    def undecided(self) -> frozenset[Capability]:
        return frozenset(Capability) - self.has - self.lacks.keys() - NOBODY.keys()


@dataclass(frozen=True, slots=True)
class Options:
    """The user's choices for rules: the version of the filter, and those of the backend's flags that are set.

    Rules under a `name` stand beside those of another script: the names of tables, chains and anchors end in it. `marks` are
    the bits of marks that stand for uplinks.
    """

    target: str
    flags: frozenset[str] = frozenset()
    name: str = ""
    marks: Marks = DEFAULT_MARKS


@dataclass(frozen=True, slots=True)
class Line:
    """A line of emitted text, and the statement that it serves; None if it serves the file as a whole."""

    text: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """The output of a backend: lines with their origin, so that a filter's complaint leads back to a statement."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The file as the filter's program reads it. The last line has an end, too."""
        return "".join([line.text + "\n" for line in self.lines])


@dataclass(frozen=True, slots=True)
class Verifier:
    """A command that has the filter's own program check rules, without loading them.

    `arguments` is the command, which reads the rules from its standard input. `complaint` is a regular expression for a
    line of its output that complains of a line of the rules: the group `line` is that line's number, the group `words`
    the reason. Without a group `words`, the reason is the line of output before.
    """

    arguments: tuple[str, ...]
    complaint: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A name of the script that the filter does not accept as it is, and its replacement in the rules."""

    origin: Origin
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
        """The shell commands that load the emitted text, for a person to read; lbsh itself never runs them."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The versions of the filter for which it renders rules; the first is the default."""

    @property
    def flags(self) -> Mapping[str, str]:
        """The backend's own options of `lbsh emit`, without the dashes, by name; the value is a line of help."""

    def capabilities(self, target: str) -> frozenset[Capability]:
        """The capabilities that the backend claims for this version; all others are missing."""

    def conflict(self, options: Options, site: Site | None = None) -> str | None:
        """The reason why these options do not go together, or not with this site; None if they do."""

    def renames(self, site: Site, name: str = "") -> Iterable[Rename]:
        """The names that the rules under a name shorten or change, in the order of the site."""

    def verifiers(self, site: Site) -> tuple[Verifier, ...]:
        """The programs that `lbsh emit --verify` runs; all of them must accept the rules of the site."""

    def render(self, site: Site, options: Options) -> Artifact:
        """Renders the rules of a site that has no error and needs no other capability. Same site, same text."""

    def render_change(self, old: Site, new: Site, options: Options) -> Artifact | None:
        """Renders a change from the loaded rules of one site to those of another, which leaves everything else unchanged.

        The text is loaded like whole rules. None if the filter can only have its rules replaced as a whole.
        """


Kept = Mapping[str, object]
"""What a backend keeps of loaded rules in order to change them, as values of JSON that no other backend reads."""


class Changed(NamedTuple):
    """A change of loaded rules, and what is kept of them then. Without a line, they stay as they are."""

    artifact: Artifact
    kept: Kept


@runtime_checkable
class Exchanger(Protocol):
    """A backend that changes loaded rules at the cost of what the change touches.

    Rules that were changed may differ from those of a whole load in what does not matter to their meaning, such as the turn
    counter of a service. So it keeps something of what is loaded, which every change replaces.
    """

    def kept_of(self, site: Site, options: Options) -> Kept:
        """What is kept of the rules of a site that were loaded as a whole (`render`)."""

    def render_kept(self, kept: Kept, site: Site, options: Options) -> Artifact | None:
        """Renders the rules of a site whole, as they are loaded. None if what is kept is not of rules of this site."""

    def render_exchange(self, kept: Kept, exchange: Exchange, options: Options) -> Changed | None:
        """Renders a change of some services; what else the site has stays as it is.

        None if more than the rules of these services may change: then `render_kept_change` tells.
        """

    def render_kept_change(self, kept: Kept, old: Site, new: Site, options: Options) -> Changed | None:
        """Renders a change from the site of the loaded rules to another, by looking at the whole of both.

        None if what is kept is not of rules of the old site: then only whole rules tell.
        """


def own_name(name: str) -> str:
    """What belongs to the rules under a name, such as a table: `lbsh`, or `lbsh.dmz`.

    The name of a site's service never contains the whole, so rules under one name never meet those under another.
    """
    return f"lbsh.{name}" if name else "lbsh"


LONGEST_COMMENT_TEXT = 200
"""The most characters of a name in a comment. iptables-restore reads a line of more than 10,239 bytes as several."""


def farm_comment(service: Service, pool: Pool) -> str:
    """The service and pool of rules: `service SMTP (site.lb:5), pool mx_pool (site.lb:8)`."""
    return f"service {named(service.name, service.origin)}, pool {named(pool.name, pool.origin)}"


def named(name: str, origin: Origin) -> str:
    """A name of the script and the place that states it, for a comment: `mx_pool (site.lb:8)`."""
    return f"{comment_text(name)} ({comment_text(origin.place)})"


def comment_text(text: str) -> str:
    """Makes text from outside safe in a comment of any filter's rules: a file may have any name.

    Characters that are not printable become `?`, since some of them end a line for some program; so does the backslash,
    which joins the next line to a comment in pf.conf. Of a long text only the end is kept, which has the line number of a
    place.
    """
    if not text.isprintable() or "\\" in text:
        text = "".join([char if char.isprintable() and char != "\\" else "?" for char in text])
    return text if len(text) <= LONGEST_COMMENT_TEXT else f"...{text[-LONGEST_COMMENT_TEXT:]}"
