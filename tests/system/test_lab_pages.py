"""The sessions in README.md and docs/lab.md, and `make demo`, as root and as a user who is not."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh.lab.commands import COMMANDS
from tests.limits import LONGEST
from tests.system.transcripts import PAGES, ROOT, SESSION, UNPRIVILEGED, replay

USERS = {"root": (), "nobody": UNPRIVILEGED}
MOST_COMMANDS = 20

_STATUS = re.compile(r"exit status \d+\n\Z")


def sessions(page: Path) -> Iterator[str]:
    """The sessions of a page, each as its command and what that shows."""
    yield from SESSION.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_sessions_of_a_page(page: Path, user: str) -> None:
    for text in sessions(page):
        assert _STATUS.sub("", replay(text, *USERS[user])) == text


def test_every_page_has_a_session() -> None:
    assert all([*sessions(page)] for page in PAGES)


def test_the_page_lists_the_commands() -> None:
    rows = re.findall(r"^\| (`.*?) \| ", (ROOT / "docs/lab.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"`([a-z]+)", row)}
    assert named >= {*COMMANDS}


def test_the_demonstration_is_short() -> None:
    lines = (ROOT / "examples/demo.lab").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line and not line.startswith("#")]) <= MOST_COMMANDS


@pytest.mark.gate
@pytest.mark.parametrize("user", USERS)
def test_make_demo_ends_in_the_session_of_the_readme(user: str) -> None:
    (session,) = sessions(ROOT / "README.md")
    binaries = Path(sys.executable).parent
    make = ["make", "--no-print-directory", f"VENV={binaries.parent}", "-o", f"{binaries.parent}/demo", "demo"]
    done = subprocess.run([*USERS[user], *make], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(session.partition("\n")[2])


def test_without_a_filter_the_demonstration_ends_with_the_rules(tmp_path: Path) -> None:
    """What `make demo` says where the laboratory cannot be had."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("demo.lab ")[2].splitlines()[0]
    assert recipe == '|| { [ $$? -eq 2 ] && echo "So the demonstration ends with the rules."; }'
    code = (
        "import lbsh.programs, sys; lbsh.programs.SEARCH_PATH = '/nowhere'; from lbsh.cli.main import run;"
        " sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "lab", "examples/mail.lb"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "lbsh: the laboratory needs the program `nft` or `iptables-restore`: install nftables or iptables\n",
    )


@pytest.mark.parametrize(("ports", "needed"), [("1000-1015", False), ("1000-1016", True)])
def test_wide_ranges_of_ports_need_nft_and_that_is_said_at_the_start(ports: str, needed: bool, tmp_path: Path) -> None:
    for name in ("ip", "iptables-restore"):
        (tmp_path / name).symlink_to("/bin/false")
    site = tmp_path / "site.lb"
    site.write_text(
        "interface external xl0\ninterface internal xl1\ninternal net 10.0.0.0/16\ninternal gw 10.0.0.1\n"
        f"external addr 203.0.113.9\nservice W is 203.0.113.10 tcp {ports}\npool w for W\nadd 10.0.0.2 to w\n"
    )
    code = (
        "import lbsh.programs, sys; lbsh.programs.SEARCH_PATH = '/nowhere'; from lbsh.cli.main import run;"
        " sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "lab", "--driver", "iptables", str(site)],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 2, done
    said = (
        "lbsh: the laboratory needs the program `nft` for servers of more than 16 ports, also with `--driver iptables`"
    )
    assert (said in done.stderr) == needed, done.stderr
