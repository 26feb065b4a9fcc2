"""The pages of docs/codes/: one for each code, with the text of `lbsh explain` and without broken links."""

from __future__ import annotations

import re

import pytest

from lbsh_lang.checks import catalog
from lbsh_lang.checks.base import AnyCheck, Over
from tests.test_docs import test_link_leads_somewhere as leads_somewhere
from tools.generate.code_pages import FOLDER, run
from tools.generate.page_examples import examples, whole


def test_there_is_a_page_for_every_code_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{code}.md" for code in catalog.PAGES} | {"README.md"}


@pytest.mark.parametrize("check", catalog.PAGES.values(), ids=catalog.PAGES)
def test_page_says_what_explain_says(check: AnyCheck) -> None:
    page = (FOLDER / f"{check.code}.md").read_text()
    about, _, _ = check.page.partition("\n\nWrong:")
    assert about in page
    assert f"[{check.code}]" in page
    if check.over is not Over.FILTER:
        assert all(f"```lbsh\n{whole(example)}```" in page for example in examples(check))


def test_all_links_lead_somewhere() -> None:
    for path in FOLDER.iterdir():
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
            leads_somewhere(path, target)


def test_a_command_that_finds_nothing_says_so() -> None:
    """What is shown on the pages is printed by the command, and not by something that looks like it."""
    assert run("lbsh check site.lb", "").said == "no findings\n"
