"""The driver of nftables with a stand-in for nft that fails, hangs, prints nonsense, is killed, or does nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lbsh.drivers import verify
from lbsh.drivers.generation import Moment
from lbsh.drivers.nftables import Nftables
from lbsh.drivers.protocol import DriverError, RefusedError
from lbsh_lang.backends.base import Options
from lbsh_lang.backends.nftables import BACKEND
from tests.reading import site_of

SITE = site_of("interface external em0\nservice A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n")
OPTIONS = Options("nftables-1.0")
RULES = BACKEND.render(SITE, OPTIONS)


class Kernel:
    """A clock of a kernel in which each question finds one more transaction, or none."""

    def __init__(self, *, moves: bool) -> None:
        self._step, self._number = int(moves), 7

    def __call__(self) -> Moment:
        self._number += self._step
        return Moment("boot", 1, self._number)


@pytest.fixture
def nft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes an `nft` of a script of sh."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def make(script: str) -> None:
        program = tmp_path / "nft"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return make


FAULTS = {
    "echo 'Error: out of memory' >&2; exit 1": "`nft -f -` failed: Error: out of memory",
    "exit 3": "`nft -f -` failed: exit status 3",
    "kill -9 $$": "`nft -f -` was ended by signal 9",
    "exec sleep 3600": "`nft -f -` did not end within 0.5 s",
    "echo 'Error: Could not process rule: Operation not permitted' >&2; exit 1": (
        "`nft -f -` lacks the rights to look at rules; run lbsh as root: "
        "Error: Could not process rule: Operation not permitted"
    ),
}


@pytest.mark.parametrize("script", FAULTS)
def test_a_failure_is_one_line_in_the_programs_words(
    nft: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    nft(script)
    monkeypatch.setattr(verify, "SECONDS", 0.5 if "sleep" in script else verify.SECONDS)
    with pytest.raises(DriverError) as caught:
        Nftables(Kernel(moves=True)).load(RULES, OPTIONS)
    assert str(caught.value) == FAULTS[script]


def test_a_success_without_a_trace_in_the_kernel_is_not_believed(nft: Callable[[str], None]) -> None:
    nft("cat >/dev/null")
    driver = Nftables(Kernel(moves=False))
    with pytest.raises(DriverError, match="but the kernel's rules are as they were"):
        driver.load(RULES, OPTIONS)
    change = BACKEND.render_change(SITE, site_of(""), OPTIONS)
    assert change is not None
    with pytest.raises(DriverError, match="but the kernel's rules are as they were"):
        driver.change(change, OPTIONS, Kernel(moves=False)().notes())


@pytest.mark.parametrize(
    "said",
    [
        "nonsense",
        "[]",
        "{}",
        '{"nftables": 1}',
        '{"nftables": [1]}',
        '{"nftables": [{"table": 1}]}',
        '{"nftables": [{}]}',
    ],
)
def test_nonsense_is_said_to_be_nonsense(nft: Callable[[str], None], said: str) -> None:
    nft(f"cat <<'END'\n{said}\nEND")
    with pytest.raises(DriverError, match=r"^`nft -j list tables` answers what lbsh cannot read: "):
        Nftables(Kernel(moves=False)).observe(RULES, OPTIONS, {})


@pytest.mark.parametrize("element", ["{}", '[1, {"concat": 3}]', '[{"range": [1]}, 2]', '{"elem": 1}', "[[], []]"])
def test_elements_that_are_none_are_nonsense_too(nft: Callable[[str], None], element: str) -> None:
    table = '{"table": {"family": "ip", "name": "lbsh"}}'
    content = f'{{"map": {{"family": "ip", "table": "lbsh", "name": "services", "elem": [{element}]}}}}'
    nft(f"cat <<'END'\n{{\"nftables\": [{table}, {content}]}}\nEND")
    try:
        seen = Nftables(Kernel(moves=False)).observe(RULES, OPTIONS, {})
    except DriverError as error:
        assert "answers what lbsh cannot read" in str(error)
    else:
        assert seen.drift != ()


def test_a_complaint_without_a_statement_names_the_line(nft: Callable[[str], None]) -> None:
    nft("echo '/dev/stdin:6:1-2: Error: no' >&2; exit 1")
    with pytest.raises(RefusedError, match=r"^nft refuses what is made of line 6 of the rules: no$"):
        Nftables(Kernel(moves=True)).load(RULES, OPTIONS)
