"""The files that load the rules at boot: systemd and sh accept them, and they call commands that are there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.limits import LONGEST
from tests.test_docs import run_lbsh
from tools.generate.derived import ROOT

UNIT = ROOT / "system" / "lbsh.service"
NETWORK_UNIT = ROOT / "system" / "lbsh-network.service"
UNITS = pytest.mark.parametrize("file", [UNIT, NETWORK_UNIT], ids=lambda path: path.stem)
USERS = ROOT / "system" / "sysusers.conf"
POLL_UNIT = ROOT / "system" / "lbsh-poll.service"
POLL_SCRIPT = ROOT / "system" / "rc.d" / "lbsh_poll"
RC_SCRIPT = ROOT / "system" / "rc.d" / "lbsh"

RC_SUBR = """\
load_rc_config() { lbsh_store=$RC_STORE; lbsh_program=$RC_PROGRAM; }
run_rc_command() { eval "\\"\\${${1}_cmd}\\""; }
"""
"""In place of rc.subr(8): settings from the environment, and the command that is asked for."""


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; tools/filter-programs installs it")
    return found


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST,
        check=False,
    )


def installed(folder: Path) -> Path:
    """A program `lbsh`, as an installation has it."""
    path = folder / "lbsh"
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m lbsh "$@"\n')
    path.chmod(0o755)
    return path


def own_lines(said: str) -> list[str]:
    """What systemd says, but for what it says of units that other packages have installed."""
    return [line for line in said.splitlines() if not re.match(r"(?:/usr)?/lib/systemd/system/", line)]


@UNITS
def test_systemd_accepts_the_unit(tmp_path: Path, file: Path) -> None:
    unit = tmp_path / file.name
    text, named = re.subn(r"^(Exec\w+=)lbsh ", rf"\g<1>{installed(tmp_path)} ", file.read_text(), flags=re.MULTILINE)
    unit.write_text(text)
    done = run(program("systemd-analyze"), "verify", "--man=no", unit)
    assert (named, done.returncode, own_lines(done.stdout)) == (2, 0, [])


@UNITS
def test_the_unit_is_closed_but_for_its_one_right(file: Path) -> None:
    """The bar is that of systemd.exec(5) for services that are well protected; a unit without any setting has 9.6."""
    done = run(program("systemd-analyze"), "security", "--offline=yes", file)
    level = re.search(rf"Overall exposure level for {file.name}: ([\d.]+)", done.stdout)
    assert level, done.stdout
    assert float(level[1]) < 2.5
    text = file.read_text()
    assert re.findall(r"^(?:Ambient\w+|Capability\w+)=(.*)$", text, re.MULTILINE) == ["CAP_NET_ADMIN"] * 2
    assert "ProcSubset" not in text  # it hides /proc/sys, where the start of the machine has its name


def test_the_rules_come_before_the_network_and_after_those_who_flush_all() -> None:
    text = UNIT.read_text()
    after = " ".join(re.findall("^After=(.*)$", text, re.MULTILINE)).split()
    assert {"nftables.service", "netfilter-persistent.service", "firewalld.service", "ufw.service"} <= set(after)
    assert "network-pre.target" in " ".join(re.findall("^Before=(.*)$", text, re.MULTILINE)).split()


def test_the_network_comes_after_interfaces_and_can_set_only_its_own() -> None:
    text = NETWORK_UNIT.read_text()
    assert {"lbsh.service", "network.target"} <= set(" ".join(re.findall("^After=(.*)$", text, re.MULTILINE)).split())
    assert re.findall("^ReadWritePaths=(.*)$", text, re.MULTILINE) == ["/proc/sys/net"]
    assert "ReadWritePaths" not in UNIT.read_text()
    assert "--rules-only" in UNIT.read_text()
    assert "--rules-only" not in text


def test_the_user_of_the_unit_is_made() -> None:
    assert re.findall(r"^(\w) (\S+)", USERS.read_text(), re.MULTILINE) == [("u", "lbsh")]
    assert "User=lbsh\n" in UNIT.read_text()


def test_systemd_accepts_the_unit_of_the_poller(tmp_path: Path) -> None:
    unit = tmp_path / POLL_UNIT.name
    lbsh = re.compile(r"^(Exec\w+=-?)lbsh ", re.MULTILINE)
    text, named = lbsh.subn(rf"\g<1>{installed(tmp_path)} ", POLL_UNIT.read_text())
    unit.write_text(text)
    done = run(program("systemd-analyze"), "verify", "--man=no", unit)
    assert (named, done.returncode, own_lines(done.stdout)) == (2, 0, [])


def test_the_unit_of_the_poller_is_closed_but_for_its_two_rights() -> None:
    done = run(program("systemd-analyze"), "security", "--offline=yes", POLL_UNIT)
    level = re.search(rf"Overall exposure level for {POLL_UNIT.name}: ([\d.]+)", done.stdout)
    assert level, done.stdout
    assert float(level[1]) < 2
    text = POLL_UNIT.read_text()
    rights = re.findall(r"^(?:Ambient\w+|Capability\w+)=(.*)$", text, re.MULTILINE)
    assert rights == ["CAP_NET_ADMIN CAP_NET_RAW"] * 2
    allowed = " ".join(re.findall("^SystemCallFilter=([^~].*)$", text, re.MULTILINE)).split()
    assert {"capset", "setrlimit", "setpriority"} <= {*allowed}  # of those that a line above forbids


def test_the_unit_of_the_poller_is_watched_and_begins_anew() -> None:
    text = POLL_UNIT.read_text()
    assert {"Type=notify", "Restart=always", "ExecStart=lbsh poll"} <= set(text.splitlines())
    assert re.search("^WatchdogSec=", text, re.MULTILINE)
    assert "lbsh.service" in " ".join(re.findall("^After=(.*)$", text, re.MULTILINE)).split()


@pytest.mark.parametrize("script", [RC_SCRIPT, POLL_SCRIPT], ids=lambda path: path.name)
def test_sh_accepts_the_rc_script(script: Path) -> None:
    done = run("sh", "-n", script)
    assert (done.returncode, done.stdout) == (0, "")
    assert os.access(script, os.X_OK)


def test_the_rc_script_of_the_poller_gives_the_daemon_the_command(tmp_path: Path) -> None:
    """daemon(8) starts it again; options in `lbsh_poll_flags` are those of the poller."""
    (tmp_path / "rc.subr").write_text(
        'load_rc_config() { lbsh_poll_store=/s; lbsh_poll_program=/p; lbsh_poll_flags="--log json"; }\n'
        'run_rc_command() { echo "$command $command_args [$lbsh_poll_flags]"; }\n'
    )
    script = tmp_path / "rc"
    script.write_text(POLL_SCRIPT.read_text().replace(". /etc/rc.subr", f'. "{tmp_path}/rc.subr"'))
    said = run("sh", script, "start").stdout
    assert said.startswith("/usr/sbin/daemon ")
    assert said.endswith(" -r /p poll --store /s --log json []\n")


def test_the_rc_script_loads_and_shows(tmp_path: Path) -> None:
    """An empty store is no trouble at boot: there is nothing to load yet."""
    (tmp_path / "rc.subr").write_text(RC_SUBR)
    script = tmp_path / "rc"
    script.write_text(RC_SCRIPT.read_text().replace(". /etc/rc.subr", f'. "{tmp_path}/rc.subr"'))
    settings = {"RC_STORE": str(tmp_path / "store"), "RC_PROGRAM": str(installed(tmp_path))}
    for verb in ("start", "reload"):
        done = run("sh", script, verb, **settings)
        assert (done.returncode, done.stdout) == (0, "Nothing to load: no script was applied yet\n")
    assert run("sh", script, "status", **settings).stdout.startswith("nothing runs yet: ")
    assert run("sh", script, "stop", **settings).returncode == 0


def test_what_cannot_be_loaded_at_boot_is_trouble(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    run_lbsh("run", "--store", store, "-c", "service FOO is 62.103.127.150 tcp 39", cwd=tmp_path)
    done = run_lbsh("apply", "--running", "--store", store, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "not loaded: incomplete: there are services, but no external interface\n",
    )


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, ""),
        (
            "confirmation",
            "unconfirmed: revision 2, apply site.lb by alice: put back in 9 s unless `lbsh confirm` comes before\n",
        ),
        ("put-back", "put back: revision 2, apply site.lb by alice, not confirmed in time\n"),
    ],
)
def test_the_message_of_the_day_has_a_line_where_there_is_something_to_say(
    record: str | None, said: str, tmp_path: Path
) -> None:
    """A program in place of lbsh answers as `lbsh history` does; where nothing is noted, it is not asked."""
    asked = tmp_path / "lbsh"
    asked.write_text(
        f'#!/bin/sh\ntest "$*" = history || exit 9\ncat <<"END"\n{said}put back: earlier\nruns  3  x\nEND\n'
    )
    asked.chmod(0o755)
    store = tmp_path / "store"
    store.mkdir()
    if record is not None:
        (store / record).touch()
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = run("sh", ROOT / "system" / "motd", PATH=path, LBSH_STORE=str(store))
    assert (done.returncode, done.stdout) == (0, said)
