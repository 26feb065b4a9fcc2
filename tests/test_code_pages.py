"""docs/codes/ is in step with the checks."""

from __future__ import annotations

import pytest

from lbsh_lang.checks import catalog
from tests.code_pages import FOLDER, INDEX, pages

PAGES = pages()


def test_there_is_a_page_for_each_code_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {INDEX, *(f"{code}.md" for code in catalog.PAGES)}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_in_step_with_the_check(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name], "renew it: python -m tests.code_pages"
