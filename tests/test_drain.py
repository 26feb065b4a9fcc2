"""`lbsh drain`: words of a command line as one statement, whatever they are."""

from __future__ import annotations

import click
import pytest

from lbsh.cli.drain import statement_of


@pytest.mark.parametrize(
    ("words", "statement"),
    [
        (["192.168.1.2"], "drain 192.168.1.2"),
        (
            ["192.168.1.2", "from", "mx_pool", "because", "a new disk"],
            'drain 192.168.1.2 from mx_pool because "a new disk"',
        ),
        (["192.168.1.2", "because", "broken", "for", "2h"], 'drain 192.168.1.2 because "broken" for 2h'),
        (["192.168.1.2", "because", "#1"], 'drain 192.168.1.2 because "#1"'),
        (["192.168.1.2", "because", ""], 'drain 192.168.1.2 because ""'),
        (["192.168.1.2 because x"], 'drain "192.168.1.2 because x"'),
    ],
)
def test_a_reason_has_its_quotes_again(words: list[str], statement: str) -> None:
    assert statement_of(words) == statement


@pytest.mark.parametrize(
    "word", ['a "new" disk', 'x"\nremove SMTP #', "x\nremove SMTP", "x\rremove SMTP", "x\u2028y", "\x1b[2J"]
)
def test_no_word_can_end_the_statement(word: str) -> None:
    """Whoever may call `lbsh drain` by sudo may drain, and nothing else."""
    with pytest.raises(click.UsageError, match="a reason has neither quotes"):
        statement_of(["192.168.1.2", "because", word])
