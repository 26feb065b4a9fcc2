"""Comments in the rules of every backend: no name of a file, service or pool ends a comment early or becomes a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lbsh_lang.backends import iptables, nftables, pf
from lbsh_lang.backends.base import Artifact, Backend, Line, Options, comment_text
from lbsh_lang.site.model import Pool, Service, Site
from tests import iptables_reader
from tests.pf_reader import read_pf
from tests.reading import site_of

SCRIPT = """\
interface external em0
interface internal em1
internal net 10.1.0.0/16
internal gw 10.1.255.254
service SMTP is 203.0.113.10 tcp 25 sticky reflect
pool mx for SMTP port 2525
add 10.1.0.1, 10.1.0.2 to mx
service DNS is 203.0.113.11 udp 53-55
pool resolvers for DNS
"""
CHANGED = SCRIPT + "add 10.1.0.3 to resolvers\n"

LONGEST_LINE = iptables_reader.LONGEST_LINE
"""No other filter's program has a limit below this."""

PIECES = (
    *(
        "\n",
        "\r\n",
        "\r",
        "\x0b",
        "\f",
        "\x1c",
        "\x85",
        "\u2028",
        "\u2029",
        "\x00",
        "\x1b[2J",
        "\udcff",
        "\ud800",
        "\u202e",
    ),
    *("\\", "\\\n", '"', "'", "`", "#", "*/", "/*", "//", ";", "{", "}", "$(reboot)", "${x}", "@", " ", "\u00a0", "δ"),
    *("flush ruleset", "-A PREROUTING -j DROP", "COMMIT", "*nat", "rdr pass on em0 -> 10.9.9.9", "table ip lbsh {"),
)
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=8).map("".join)
HOSTILE = st.one_of(st.sampled_from(PIECES), TEXTS, st.builds(str.__mul__, TEXTS, st.integers(1, 2000)))

Render = Callable[[Site], Artifact]


def rendering(backend: Backend, target: str, *flags: str) -> Render:
    return lambda site: backend.render(site, Options(target, frozenset(flags)))


def change(site: Site) -> Artifact:
    """From the site without its last server, with the same names."""
    name = site.services[0].origin.source.name
    changed = nftables.BACKEND.render_change(site_of(SCRIPT, name), site, Options(nftables.BACKEND.targets[0]))
    assert changed is not None
    return changed


RENDERINGS: dict[str, Render] = {
    "iptables": rendering(iptables.BACKEND, iptables.BACKEND.targets[0], "hook"),
    "nftables": rendering(nftables.BACKEND, nftables.BACKEND.targets[0]),
    "nftables-change": change,
    "freebsd-14": rendering(pf.BACKEND, "freebsd-14"),
    "freebsd-15": rendering(pf.BACKEND, "freebsd-15", "anchor"),
}
NAMED_IN_RULES = {"iptables": "service", "freebsd-14": "pool", "freebsd-15": "pool"}
"""Names that are part of rules. There the language is the guard, which takes letters, digits and `_`, `.`, `-` alone."""


def renamed(site: Site, service: str, pool: str) -> Site:
    """The site with other names, whatever the language would say of them."""

    def other(one: Service) -> Service:
        return replace(one, name=service + one.name, pool=None if one.pool is None else other_pool(one.pool))

    def other_pool(one: Pool) -> Pool:
        return replace(one, name=pool + one.name)

    return replace(site, services=tuple(other(one) for one in site.services))


def is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def is_safe(line: str) -> bool:
    """Whether a comment is a single line to all programs, and stays apart from the next."""
    return line.lstrip("\t").isprintable() and "\\" not in line and len(line.encode()) <= LONGEST_LINE


def comments_and_rules(artifact: Artifact) -> tuple[list[str], list[str]]:
    comments = [line.text for line in artifact.lines if is_comment(line.text)]
    return comments, [line.text.strip() for line in artifact.lines if not is_comment(line.text)]


def rules_as_read(artifact: Artifact) -> list[str]:
    """The lines of the text that are no comments, where anything that ends a line for Python ends a line."""
    return [line.strip() for line in artifact.text.splitlines() if not is_comment(line)]


@pytest.mark.parametrize("name", RENDERINGS)
@given(file=HOSTILE)
@example(file="long/" * 3000)
def test_no_file_name_leaves_its_comment(name: str, file: str) -> None:
    render = RENDERINGS[name]
    hostile, plain = render(site_of(CHANGED, file)), render(site_of(CHANGED))
    comments, rules = comments_and_rules(hostile)
    assert all(map(is_safe, comments))
    assert len(comments) == len(comments_and_rules(plain)[0])
    assert rules == rules_as_read(hostile) == rules_as_read(plain)
    hostile.text.encode()


@pytest.mark.parametrize("name", RENDERINGS)
@given(service=HOSTILE, pool=HOSTILE)
def test_no_name_leaves_its_comment(name: str, service: str, pool: str) -> None:
    render, site = RENDERINGS[name], site_of(CHANGED)
    encodable = [text.encode(errors="replace").decode() for text in (service, pool)]
    assert all(map(is_safe, comments_and_rules(render(renamed(site, *encodable)))[0]))
    match NAMED_IN_RULES.get(name):
        case "service":
            service = ""
        case "pool":
            pool = ""
    hostile = render(renamed(site, service, pool))
    assert all(map(is_safe, comments_and_rules(hostile)[0]))
    if name != "nftables-change":  # there a service of another name is another service
        assert rules_as_read(hostile) == rules_as_read(render(site))


@given(file=HOSTILE)
def test_readers_of_the_rules_see_no_difference(file: str) -> None:
    read_pf(RENDERINGS["freebsd-14"](site_of(CHANGED, file)).text)
    iptables_reader.Nat(4).restore(RENDERINGS["iptables"](site_of(CHANGED, file)).text)


@given(HOSTILE)
def test_comment_text_is_safe_and_short(text: str) -> None:
    shown = comment_text(text)
    assert is_safe(f"# {shown}")
    assert len(shown) <= 203
    assert shown == comment_text(shown) or len(text) > 200


@pytest.mark.parametrize("name", ["site.lb:5", "δίκτυο/a b.lb:12", 'it\'s "the" #1 */ site; {x}.lb:1', "x" * 200])
def test_an_ordinary_name_is_shown_as_it_is(name: str) -> None:
    assert comment_text(name) == name


def test_of_a_long_name_the_end_is_shown() -> None:
    assert comment_text("a/" * 500 + "site.lb:7") == "..." + ("a/" * 500 + "site.lb:7")[-200:]


def test_a_comment_that_is_not_guarded_would_be_seen() -> None:
    """What the properties look for, in an artifact that lacks the guard."""
    unsafe = Artifact((Line("# service a\nflush ruleset (site.lb:1)"), Line("# service b\\ (site.lb:2)")))
    assert not any(map(is_safe, comments_and_rules(unsafe)[0]))
    assert rules_as_read(unsafe) == ["flush ruleset (site.lb:1)"]
