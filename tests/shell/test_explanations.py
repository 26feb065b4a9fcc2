"""The help on statements, as the paper's figures have it."""

from __future__ import annotations

import pytest

from lbsh.shell.explanations import described, help_lines
from lbsh_lang.syntax.nodes import ALL_FORMS


def test_help_on_add_is_that_of_the_figure() -> None:
    """Fig. 8, lines 22 and 23; its quotes are misprinted."""
    assert list(help_lines("add")) == [
        "Syntax: 'add' IP 'to' POOL",
        "Example: add 192.168.1.100 to some_pool_name",
    ]


def test_help_on_interface_is_as_in_the_last_listing() -> None:
    """Name, class, usage, where (section 3.1)."""
    lines = list(help_lines("interface"))
    assert [line.partition(":")[0] for line in lines] == [
        "name",
        "class",
        "usage",
        "usage",
        "where",
        "       PARAMS",
        "Example",
    ]
    assert lines[2] == "usage: 'interface' 'external' IFNAME [PARAMS]"


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.node.__name__)
def test_every_statement_is_described_with_all_of_its_parts(form) -> None:  # type: ignore[no-untyped-def]
    lines = list(described([form]))
    assert lines[0] == f"name: lb.{form.head}"
    named = {
        word for usage in form.usage for word in ("IFNAME", "POOL", "SERVICE", "DURATION", "CIDR") if word in usage
    }
    explained = {line.removeprefix("where: ").partition(":")[0].strip() for line in lines}
    assert named <= explained
    assert not any(line.endswith(": ") for line in lines)
