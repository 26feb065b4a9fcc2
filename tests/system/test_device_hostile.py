"""Hostile words in every statement, in names of files and in the environment: they reach no shell and no option parser."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest

from lbsh.shell.explanations import EXAMPLES
from lbsh_lang.syntax.nodes import ALL_FORMS
from tests import profiles
from tests.gateway.world import FIG_7
from tests.system.device import UNPOLLED, Device, Done

HOSTILE = (
    *("x;touch canary", "$(touch canary)", "`touch canary`", "a|touch canary", "x&touch canary", ">canary"),
    *("'", '"', '";touch canary;"', "\\", "a\\", "#", "}", "{", "}}", "{name}", "{0.__class__}", "%s", "$0", "*", "~"),
    *("-F", "-f", "--", "--help", "-", "-j", "--store=canary", "@canary", "!", "*nat", ":PREROUTING", "COMMIT", "-A"),
    *("accept", "drop", "table", "flush", "ruleset", "nat", "any", "self", "all", "ct", "anchor", "rdr", "pass", "ip"),
    *("x" * 63, "x" * 64, "9" * 63, "../canary", "/etc/passwd", "\x1b[2J", "\x00", "\x7f", "\u2028", "ä", "\udcff", ""),
)
NAMES = (
    "x;touch canary",
    "$(touch canary)",
    "`touch canary`",
    "-F",
    "--help",
    "-",
    "a\nb",
    "' \"",
    "x" * 200,
    "\x1b]0;x\x07\x9b2J",
)
"""Names of files that a file system takes."""

PROGRAMS = {
    "nftables": {("nft", "-f", "-"), ("nft", "-c", "-f", "-"), ("nft", "-j", "list tables; list chains")}
    | {("nft", "-s", "list", "ruleset")}
    | {("nft", "-j", f"list table {family} lbsh") for family in ("ip", "ip6")},
    "iptables": {
        (f"ip{six}tables{verb}", *words)
        for six in ("", "6")
        for verb, words in (
            ("", ("--version",)),
            ("-save", ()),
            ("-restore", ("-w", "--noflush")),
            ("-restore", ("--noflush", "--test")),
            ("-restore", ("--test",)),
        )
    },
}
"""All argument vectors with which the filters' programs are run."""


def lines() -> list[str]:
    """Each example of a statement with each of its words exchanged, and each of them quoted."""
    keywords = {word for form in ALL_FORMS for usage in form.usage for word in usage.split() if word.islower()}
    found = []
    for example in EXAMPLES.values():
        words = example.split()
        for place in [place for place, word in enumerate(words) if word not in keywords]:
            for word in HOSTILE:
                found += [" ".join([*words[:place], given, *words[place + 1 :]]) for given in (word, f'"{word}"')]
    return found


def record(device: Device, driver: str) -> Path:
    """Puts programs in the place of the filter's that note how they are run, and run those."""
    log = device.folder / "log"
    for name in {words[0] for words in PROGRAMS[driver]}:
        device.put(
            name, f"""printf '%s\\0' "${{0##*/}}" "$@" >> '{log}'; echo >> '{log}'; exec {shutil.which(name)} "$@" """
        )
    return log


def vectors_in(log: Path) -> set[tuple[str, ...]]:
    return {tuple(part.split("\0")) for part in log.read_text().split("\0\n") if part}


@pytest.fixture(params=PROGRAMS)
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def device(bare: Device, driver: str) -> Device:
    site = bare.folder / "site.lb"
    site.write_text(FIG_7)
    bare.lbsh("apply", "--driver", driver, str(site))
    return bare


def statements() -> list[str]:
    return [line for line in lines() if not line.startswith(("save", "help", "status", "failover"))]


def nothing_else_was_done(device: Device, driver: str, log: Path) -> None:
    assert vectors_in(log) <= PROGRAMS[driver]
    assert not list(device.folder.rglob("canary"))
    device.run("add 192.168.1.9 to mx_pool", status=None)
    assert "192.168.1.9" in device.statements()[-1]


@pytest.mark.gate
def test_words_of_statements(device: Device, driver: str) -> None:
    log = record(device, driver)
    device.run("add 192.168.1.8 to mx_pool")
    chosen = statements() if profiles.is_gate() else random.sample(statements(), 80)
    text = "\n".join([line for line in chosen if not {"\0", "\udcff"} & {*line}])
    done = device.lbsh("run", "--keep-going", "-", stdin=text, status=None)
    assert done.status in (0, 1, 2)
    assert is_printable(done)
    nothing_else_was_done(device, driver, log)


@pytest.mark.gate
@pytest.mark.parametrize("part", range(8))
def test_words_of_one_statement(device: Device, driver: str, part: int) -> None:
    log = record(device, driver)
    device.run("add 192.168.1.8 to mx_pool")
    for line in random.sample(statements(), 50 if profiles.is_gate() else 1):
        if "\0" not in line:
            done = device.lbsh("run", "-c", line, status=None)
            assert done.status in (0, 1, 2), line
            assert is_printable(done), line
    nothing_else_was_done(device, driver, log)


@pytest.mark.sampled
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_of_files_users_and_stores(device: Device, driver: str, name: str) -> None:
    log = record(device, driver)
    folder = device.folder / "scripts"
    folder.mkdir()
    (folder / name).write_text(FIG_7 + "add 192.168.1.4 to mx_pool\n")
    environment = {
        "SUDO_USER": name,
        "SSH_CONNECTION": f"{name} 22",
        "USER": name,
        "LOGNAME": name,
        "LBSH_STORE": str(device.folder / f"store {name}"),
    }
    path = str(folder / name)
    assert is_printable(device.lbsh("apply", "--driver", driver, path, environment=environment))
    assert is_printable(device.lbsh("run", path, environment=environment, status=1))
    assert is_printable(device.lbsh("run", "-c", "drain 192.168.1.4", environment=environment))
    saved = device.lbsh("save", "--script", "-", environment=environment)
    assert is_printable(saved)
    assert is_printable(device.lbsh("status", environment=environment, status=UNPOLLED))
    assert is_printable(device.lbsh("save", "--script", environment=environment))
    rules = device.folder / "rules"
    words = ("run", "-c", f'save "{rules}"')
    assert is_printable(device.lbsh(*words, environment=environment))
    assert [line for line in saved.out.splitlines() if not line.startswith("#")] == [
        *FIG_7.splitlines(),
        "add 192.168.1.4 to mx_pool",
        "drain 192.168.1.4",
    ]
    for shown in (device.folder / f"store {name}").rglob("statements"):
        assert all(line.isprintable() for line in shown.read_text().splitlines())
    assert vectors_in(log) <= PROGRAMS[driver]
    assert not list(device.folder.rglob("canary"))


def test_reasons_of_the_command_drain(bare: Device) -> None:
    """A reason is one word of a shell, whatever it has in it: it never becomes a statement of its own."""
    bare.lbsh("run", "-", stdin=FIG_7)
    for reason in ('a"\nremove SMTP #', "a\nremove SMTP", 'a" for 1s', '"', "\r", "\x1b[2J", "\u2028"):
        done = bare.lbsh("drain", "192.168.1.2", "because", reason, status=None)
        assert done.status in (1, 2), reason
        assert is_printable(done), reason
    assert bare.statements() == FIG_7.splitlines()
    bare.lbsh("drain", "192.168.1.2", "because", "it's; $(touch canary) #1")
    assert bare.statements()[-1] == """drain 192.168.1.2 because "it's; $(touch canary) #1\""""
    assert not list(bare.folder.rglob("canary"))


def is_printable(done: Done) -> bool:
    """Whether a terminal only shows what a command says."""
    return all(line.isprintable() for line in (done.out + done.errors).split("\n"))


def test_words_of_filters_as_names(device: Device, driver: str) -> None:
    """All names that the language takes are texts of the rules, which a change of one service goes on to exchange."""
    log = record(device, driver)
    words = [word for word in HOSTILE if re.fullmatch(r"[\w-]+", word)]
    lines = [
        f"service {word} is 62.103.127.157 tcp {port}\npool {word} for {word}\nadd 192.168.1.2-3 to {word}"
        for port, word in enumerate(words, 1000)
    ]
    done = device.lbsh("run", "--keep-going", "-", stdin="\n".join(lines), status=1)  # those like -F are no names
    assert "not loaded" not in done.errors
    taken = re.findall(r"^Added new service (\S+)", done.out, re.MULTILINE)
    assert {"accept", "drop", "table", "flush", "nat", "any", "ct", "x" * 63} <= {*taken}
    for name in random.sample(taken, 3):
        assert device.run(f"add 192.168.1.9 to {name}").errors == ""
        assert "192.168.1.9" in device.rules()
        assert device.run(f"remove {name}").errors == ""
        assert "192.168.1.9" not in device.rules()
    assert vectors_in(log) <= PROGRAMS[driver]
