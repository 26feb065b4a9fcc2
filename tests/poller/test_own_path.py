"""The poller's own path through an interface, by what the kernel says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lbsh.poller import own_path


@pytest.mark.parametrize(
    ("state", "works"), [("up", True), ("unknown", True), ("dormant", True), ("down", False), ("lowerlayerdown", False)]
)
def test_an_interface_without_a_carrier_leads_nowhere(tmp_path: Path, state: str, works: bool) -> None:
    (tmp_path / "em1").mkdir()
    (tmp_path / "em1" / "operstate").write_text(f"{state}\n", encoding="ascii")
    assert own_path.works("em1", tmp_path) is works


def test_an_interface_that_is_gone_leads_nowhere_and_what_nobody_knows_counts_as_working(tmp_path: Path) -> None:
    assert not own_path.works("em1", tmp_path)
    assert own_path.works("em1", tmp_path / "none")
    assert own_path.works("../em1", tmp_path)
    assert own_path.works("", tmp_path)
