"""Rules under a name (`lbsh emit --name`): all that is theirs has the name, and they say the same as without it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from lbsh import app
from lbsh.cli.main import cli
from lbsh_lang.backends.base import Backend, Options
from lbsh_lang.backends.registry import load_backend
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.model import Site
from lbsh_lang.source import Source

GOLDEN = Path(__file__).parent / "golden" / "rules"
SITES = sorted(GOLDEN.glob("*/site.lb"))
NAME = "dmz12345"
PLAIN = "interface external em0\nservice web is 203.0.113.5 tcp 80\npool p for web\nadd 192.168.1.2 to p\n"
HOSTILE = """\
interface external LBSH-EXTERNAL
interface internal lbsh
external addr 203.0.113.1
internal net 192.168.1.0/24
internal gw 192.168.1.1
service LBSH is 203.0.113.5 tcp 80 sticky reflect
pool lbsh for LBSH
add 192.168.1.2-3 to lbsh
service LBSH-PREROUTING is 203.0.113.6 tcp 80,90-95
pool dmz for LBSH-PREROUTING balance source-hash
add 192.168.1.2 to dmz weight 3
add 192.168.1.3 to dmz
service FTP is 203.0.113.8 tcp 21 sticky helper ftp masquerade
pool ftp for FTP
add 192.168.1.2 to ftp
service a_name_that_is_longer_than_a_chain is 203.0.113.7 udp 53
pool names for a_name_that_is_longer_than_a_chain
add 192.168.1.2-3 to names
"""


def options(backend: Backend, target: str) -> Options:
    """The flags under which a backend takes a name, and writes as much as it can."""
    return Options(target, frozenset({"anchor", "hook"} & {*backend.flags}))


def sites() -> dict[str, str]:
    return {"hostile": HOSTILE, **{path.parent.name: path.read_text(encoding="utf-8") for path in SITES}}


def site(backend: Backend, target: str, text: str) -> Site | None:
    """The site, None if the backend refuses it."""
    checked = app.check_source(Source.of("site.lb", text), app.choose(backend.name, target))
    return None if checked.number_of(Severity.ERROR) else checked.site


CASES = [
    (name, target, case)
    for name in ("nftables", "iptables", "pf")
    for target in load_backend(name).targets
    for case in sites()
]


@pytest.mark.parametrize(("backend_name", "target", "case"), CASES)
def test_rules_are_the_same_but_for_the_name(backend_name: str, target: str, case: str) -> None:
    backend = load_backend(backend_name)
    one = site(backend, target, sites()[case])
    if one is None:
        return
    usual = options(backend, target)
    plain, under = backend.render(one, usual), backend.render(one, replace(usual, name=NAME))
    assert len(plain.lines) == len(under.lines)
    assert [line.origin for line in plain.lines] == [line.origin for line in under.lines]
    assert OWN[backend_name](plain.text, "") == OWN[backend_name](under.text, f".{NAME}")


def of_nft(text: str, name: str) -> list[str]:
    """The lines, with a sign in place of our tables; none has the name of another."""
    found = re.sub(rf"\b(ip6?) lbsh{re.escape(name)}(?![\w.-])", r"\1 TABLE", text)
    assert not re.search(r"^\s*(table|add|delete|create|flush) .*\bip6? lbsh", found, re.MULTILINE)
    return found.splitlines()


def of_pf(text: str, name: str) -> list[str]:
    """The lines; the anchor's name stands in comments alone, the tag in rules."""
    tags = set(re.findall(r"^[^#\n]* tag(?:ged)? (\S+) ", text, re.MULTILINE))
    assert tags <= {f"LBSH{name}"}
    text = re.sub(rf" (tag(?:ged)?) LBSH{re.escape(name)} ", r" \1 TAG ", text)
    return re.sub(rf'(["-]a? ?)lbsh{re.escape(name)}(?=[" ])', r"\1ANCHOR", text).splitlines()


def of_iptables(text: str, name: str) -> list[str]:
    """The lines, with numbers in place of chains and lists, each of which begins as all of these rules' do."""
    own: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        assert match[2].startswith(f"LBSH{name}"), match[0]
        assert match[1] == "--name " or len(match[2]) <= 28
        rest = match[2].removeprefix(f"LBSH{name}")
        assert rest.startswith(("-", "/"))
        return match[1] + own.setdefault(match[2], f"chain {len(own)}")

    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = [re.sub(r"(^:|-[ANjg] |--name )(LBSH\S*)", numbered, line) for line in lines]
    # A declaration stands in the order of names, which is another one.
    return sorted(line for line in found if line.startswith(":")) + [line for line in found if not line.startswith(":")]


OWN = {"nftables": of_nft, "pf": of_pf, "iptables": of_iptables}


def test_names_of_two_scripts_never_meet() -> None:
    """Not even if a service is called like the other script's name."""
    backend = load_backend("iptables")
    names = re.compile(r"(?:^:|--name )(\S+)", re.MULTILINE)
    found = []
    for name in ("", "dmz", "dmz1", "1"):
        text = HOSTILE.replace("service LBSH is", "service dmz is").replace("for LBSH\n", "for dmz\n")
        one = site(backend, backend.targets[0], text)
        assert one is not None
        found.append({*names.findall(backend.render(one, Options(backend.targets[0], name=name)).text)})
    assert sum(map(len, found)) == len(set().union(*found))


def test_a_change_is_for_the_table_of_its_name() -> None:
    backend = load_backend("nftables")
    before = site(backend, backend.targets[0], HOSTILE)
    after = site(backend, backend.targets[0], HOSTILE + "remove 192.168.1.3 from lbsh\nremove LBSH-PREROUTING\n")
    assert before is not None
    assert after is not None
    plain, under = (
        backend.render_change(before, after, Options(backend.targets[0], name=name)) for name in ("", "dmz")
    )
    assert plain is not None
    assert under is not None
    assert of_nft(plain.text, "") == of_nft(under.text, ".dmz")
    assert "ip lbsh.dmz" in under.text


def test_findings_say_what_a_chain_is_called(tmp_path: Path) -> None:
    (tmp_path / "site.lb").write_text(HOSTILE, encoding="utf-8")
    output = tmp_path / "rules"
    said = emitted(tmp_path, "iptables", "--name", "dmz", "-o", str(output))
    chains = re.findall(r"is called `(LBSH\S+)`", said)
    assert chains
    assert all(f":{chain} " in output.read_text(encoding="utf-8") for chain in chains)


@pytest.mark.parametrize("name", ["", "DMZ", "dm-z", "dm.z", "ninechars", "ä", "a b", "a\n", "-o"])
def test_a_name_is_short_and_plain(tmp_path: Path, name: str) -> None:
    (tmp_path / "site.lb").write_text(HOSTILE, encoding="utf-8")
    said = emitted(tmp_path, "nftables", f"--name={name}")
    assert "a name of rules has 1 to 8 lower-case letters and digits" in said
    assert "table" not in said


def test_a_whole_pf_conf_has_no_name(tmp_path: Path) -> None:
    (tmp_path / "site.lb").write_text(PLAIN, encoding="utf-8")
    said = emitted(tmp_path, "pf", "--name", "dmz")
    assert "give --anchor too" in said
    assert "rdr" not in said
    assert 'Anchor "lbsh.dmz"' in emitted(tmp_path, "pf", "--anchor", "--name", "dmz")


def emitted(folder: Path, backend: str, *words: str) -> str:
    """All that `lbsh emit` says."""
    done = CliRunner().invoke(
        cli, ["emit", "--backend", backend, *words, str(folder / "site.lb")], standalone_mode=False
    )
    return f"{done.output}{done.exception or ''}"
