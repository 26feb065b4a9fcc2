"""Every site of the tests comes up as a miniature, and each of its services answers a client."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lbsh import app
from lbsh.files import read_source
from lbsh_lang.diagnostics import Severity
from lbsh_lang.site.model import Site
from tests.limits import LONGEST
from tests.system.transcripts import ROOT

UNANSWERED = {
    "asked/one-network.lb": {"OLD"},  # LB322 says so: answers go past the device
    "golden/rules/drained/site.lb": {"MAIL"},
    "golden/rules/helpers/site.lb": {"OLD"},  # without servers
    "golden/rules/servers/site.lb": {"OLD"},  # without servers
}
"""Services that no server answers for, by their scripts."""

TESTS = ROOT / "tests"


def site_of(path: Path) -> Site | None:
    """The site of a script, None if it has errors or is for other systems."""
    checked = app.check_for_any(read_source(str(path)))
    return None if checked.number_of(Severity.ERROR) or path.parent.name == "refused" else checked.site


PATHS = [*sorted((TESTS / "asked").glob("*.lb")), *sorted((TESTS / "golden" / "rules").glob("*/site.lb"))]
SITES = {str(path.relative_to(TESTS)): site for path in PATHS if (site := site_of(path)) is not None}


@pytest.mark.sampled
@pytest.mark.parametrize("name", SITES)
def test_the_services_of_a_site_answer(name: str) -> None:
    services = [service.name for service in SITES[name].services]
    commands = [word for service in services for word in ("-c", f"connect {service}")]
    done = subprocess.run(
        [sys.executable, "-m", "lbsh", "lab", f"tests/{name}", *(commands or ["-c", "machines"])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if " to " in line and line.startswith(("client", "inside"))]
    silent = {line.split()[2] for line in lines if " answers, and sees " not in line}
    assert silent == UNANSWERED.get(name, set()), done.stdout + done.stderr
    assert len(lines) == len(services)
