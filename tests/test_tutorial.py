"""The tutorial, as far as it needs no device: `tests/system/test_tutorial.py` runs all of it."""

from __future__ import annotations

from pathlib import Path

from tests.tutorial import IN_THE_KERNEL, ON_THE_DEVICE, PAGE, STAND_INS, blocks, matches, run_page


def test_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    ran = 0
    for one in run_page(text, tmp_path, needs_no_device):
        expected = int(one.block.notes.get("status", "0"))
        assert (one.status, matches(one.shown, one.printed)) == (expected, True), (
            f"line {one.block.line}: {one.printed}"
        )
        ran += 1
    assert ran > 20


def needs_no_device(words: list[str]) -> bool:
    return words[0] not in IN_THE_KERNEL and "--verify" not in words and words[1] not in ON_THE_DEVICE


def test_every_program_of_the_page_is_run_or_stood_in_for() -> None:
    text = PAGE.read_text(encoding="utf-8")
    programs = {block.text.split()[1] for block in blocks(text) if block.language == "console"}
    assert programs == {"lbsh", *IN_THE_KERNEL, "pfctl", "sysrc"}
    assert {path.name for path in STAND_INS.iterdir() if "." not in path.name and path.is_file()} == {"pfctl", "sysrc"}
