"""`lbsh emit --forward-rule`: what is printed, and what the option goes with. `tests/system/` has what it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from lbsh.cli.main import cli
from lbsh_lang.backends.forward_rule import FrontEnd, forward_rule
from lbsh_lang.values import Family

SITE = "interface external em0\nservice web is 203.0.113.5 tcp 80\npool p for web\nadd 192.168.1.2 to p\n"


def emitted(folder: Path, script: str, *words: str) -> str:
    (folder / "site.lb").write_text(script, encoding="utf-8")
    done = CliRunner().invoke(cli, ["emit", *words, str(folder / "site.lb")], standalone_mode=False)
    return f"{done.output}{done.exception or ''}"


@pytest.mark.parametrize("front_end", list(FrontEnd))
def test_no_line_is_for_a_family_that_the_site_does_not_use(front_end: FrontEnd) -> None:
    families: tuple[tuple[Family, ...], ...] = ((4,), (6,), (4, 6), ())
    four, six, both, none = (forward_rule(front_end, some) for some in families)
    assert {*four} | {*six} == {*both}
    assert not any("6" in line for line in four if not line.startswith("#"))
    assert all(line.isascii() and line.isprintable() for line in both)
    assert none == four


def test_the_families_are_those_of_the_script(tmp_path: Path) -> None:
    said = emitted(tmp_path, SITE, "--forward-rule", "iptables")
    assert said.splitlines()[1:] == ["iptables -I FORWARD -m conntrack --ctstate ESTABLISHED,RELATED,DNAT -j ACCEPT"]
    six = SITE.replace("203.0.113.5", "2001:db8::5").replace("192.168.1.2", "fd00::2")
    assert "\nip6tables -I FORWARD" in emitted(tmp_path, six, "--forward-rule", "iptables")


def test_a_script_with_errors_gets_none(tmp_path: Path) -> None:
    said = emitted(tmp_path, SITE + "add 192.168.1.2 to p\n", "--forward-rule", "nft")
    assert "LB309" in said
    assert "accept" not in said


@pytest.mark.parametrize(
    "words",
    [
        ["--backend", "pf"],
        ["--since", "old.lb"],
        ["--verify"],
        ["-o", "x"],
        ["--name", "a"],
        ["--hook"],
        ["--target", "1"],
    ],
)
def test_it_goes_with_no_option_for_rules(tmp_path: Path, words: list[str]) -> None:
    said = emitted(tmp_path, SITE, "--forward-rule", "nft", *words)
    assert said == "--forward-rule prints a rule by itself: it goes with no other option for rules"


def test_without_it_a_backend_is_needed(tmp_path: Path) -> None:
    assert emitted(tmp_path, SITE) == "Missing option '--backend'."
