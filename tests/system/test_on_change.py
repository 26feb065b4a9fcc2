"""`lbsh poll --on-change`: the operator's program in a real device, when a server fails and comes back."""

from __future__ import annotations

import json
import os
import select
from pathlib import Path

import pytest

from tests.limits import LONGEST
from tests.system.device import Device
from tests.system.lab import EXTERNAL, INTERNAL, Answer, Lab

SCRIPT = f"""\
interface external {EXTERNAL}
interface internal {INTERNAL}
service WEB is 203.0.113.150 tcp 80
pool web for WEB
add 192.168.1.2-3 to web
probe WEB with tcp every 1s timeout 500ms
"""


class Changes:
    """A program that hands on what it gets, and the lines that came."""

    def __init__(self, folder: Path) -> None:
        self.program, pipe = folder / "on-change", folder / "pipe"
        os.mkfifo(pipe)
        self._file = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self.program.write_text(f"#!/bin/sh\ncat > {pipe}\n")
        self.program.chmod(0o755)
        self._text = ""

    def next(self) -> tuple[str, str]:
        """The address and the new state of the next change."""
        while "\n" not in self._text:
            assert select.select([self._file], [], [], LONGEST)[0], "no change came"
            self._text += os.read(self._file, 1 << 16).decode()
        line, _, self._text = self._text.partition("\n")
        found = json.loads(line)
        return found["address"], found["new"]


def reached(lab: Lab) -> set[str]:
    answers = [lab.connect("client1", "203.0.113.150", 80) for _ in range(6)]
    return {answer.server if isinstance(answer, Answer) else repr(answer) for answer in answers}


@pytest.mark.parametrize("driver", ["nftables", "iptables"])
def test_a_program_gets_changes_whose_rules_are_loaded(lab: Lab, tmp_path: Path, driver: str) -> None:
    device, changes = Device(lab["device"], tmp_path), Changes(tmp_path)
    (tmp_path / "site.lb").write_text(SCRIPT)
    device.lbsh("apply", "--driver", driver, str(tmp_path / "site.lb"))
    with device.started("poll", "--on-change", str(changes.program)) as poller:
        assert {changes.next(), changes.next()} == {("192.168.1.2", "UP"), ("192.168.1.3", "UP")}
        lab.stop("server1")
        try:
            assert changes.next() == ("192.168.1.2", "DOWN")
            assert reached(lab) == {"server2"}
        finally:
            lab.start("server1")
        assert changes.next() == ("192.168.1.2", "UP")
        assert reached(lab) == {"server1", "server2"}
        poller.terminate()
        _, errors = poller.communicate(timeout=LONGEST)
        assert (poller.returncode, errors) == (0, "")


def test_a_path_that_is_no_program_is_refused(bare: Device) -> None:
    said = bare.lbsh("poll", "--on-change", "program", status=2).errors
    assert said == "lbsh: --on-change takes an absolute path, and `program` is none\n"
