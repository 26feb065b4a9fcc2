"""What the log says of trouble: once, until it changes."""

from __future__ import annotations

from lbsh.poller.actions import Deed
from lbsh.poller.troubles import Troubles


def test_a_trouble_is_news_once_until_it_changes_or_is_over() -> None:
    troubles = Troubles()
    found = [troubles.news(Deed((), 0.0, text)) for text in ("", "hangs", "hangs", "full", "full", "", "", "hangs")]
    assert found == [None, "hangs", None, "full", None, "", None, "hangs"]


def test_a_look_that_goes_well_does_not_hide_that_rules_are_not_loaded() -> None:
    troubles = Troubles()
    assert troubles.news(Deed((), 0.0, "hangs")) == "hangs"
    assert troubles.news(Deed((), 0.0, "", ("a drain is over",), is_look=True)) is None
    assert troubles.words == "hangs"
    assert troubles.news(Deed((), 0.0, "damaged", is_look=True)) == "damaged"
    assert troubles.news(Deed(())) == ""
    assert troubles.words == "damaged"
