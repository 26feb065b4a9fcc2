"""Every statement has an answer and an example: tables that are as complete as the list of forms."""

from __future__ import annotations

import re

import pytest

from lbsh.gateway.answers import ANSWERS, answer
from lbsh.shell.explanations import EXAMPLES, help_lines
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source
from lbsh_lang.syntax import nodes
from lbsh_lang.syntax.nodes import ALL_FORMS
from lbsh_lang.syntax.statement import ExtensionStatement

MORE = (
    "drain 192.168.1.2",
    "drain 192.168.1.2,192.168.1.4-6",
    "resume 192.168.1.2",
    "down 192.168.1.2",
    "up 192.168.1.2",
    "remove LDAP",
    "remove keep",
    "set LDAP sticky",
    "service RTP is 62.103.127.157 tcp+udp 5004,6000-6010",
    "pool both for SMTP, LDAP",
    "external addr of xl0",
    "remove external addr of xl0",
    "remove external net 62.103.127.144/28",
    "remove external gw 62.103.127.158",
    "remove internal gw 192.168.1.1",
    "remove failover password",
    "remove failover device daemon1",
    "remove failover watch 62.103.127.158",
)
"""Lines of forms that share their first words with others, or that lack parts of those."""


def node_of(line: str) -> nodes.BuiltIn:
    script = read_script(Source.of("example", line), lambda path, source: Source.of(path, ""))
    assert not script.faults, line
    (stated,) = script.statements
    assert not isinstance(stated.node, ExtensionStatement | None), line
    return stated.node


def test_each_first_words_of_statements_have_an_example() -> None:
    assert EXAMPLES.keys() == {form.head for form in ALL_FORMS}


@pytest.mark.parametrize("head", EXAMPLES)
def test_an_example_is_one_of_its_statement(head: str) -> None:
    line = EXAMPLES[head]
    assert line.startswith(head)
    assert type(node_of(line)) in {form.node for form in ALL_FORMS if form.head == head}
    assert f"Example: {line}" in list(help_lines(head))


def test_each_statement_that_is_kept_has_an_answer() -> None:
    kept = {form.node for form in ALL_FORMS} - {
        nodes.IncludeStatement,
        nodes.StatusStatement,
        nodes.SaveStatement,
        nodes.HelpStatement,
    }
    assert ANSWERS.keys() == kept
    assert {type(node_of(line)) for line in (*EXAMPLES.values(), *MORE)} >= kept


@pytest.mark.parametrize("line", [line for line in (*EXAMPLES.values(), *MORE) if type(node_of(line)) in ANSWERS])
def test_an_answer_is_a_sentence_with_the_words_of_its_statement(line: str) -> None:
    said = answer(node_of(line), line, ("mx_pool", "ldap_pool"))
    if isinstance(node_of(line), nodes.PoolStatement):  # as in the paper's Fig. 8, line 19
        assert said == ""
        return
    assert re.fullmatch(r"(Added|Removed|Changed|Drained|Resumed|Took|Left) \S.*[\w\"]", said), said
    assert "  " not in said
    assert not set("{}[]()") & set(said)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("external addr 62.103.127.153", "Added external address 62.103.127.153"),
        ("external addr of xl0", "Added external address of xl0"),
        ("remove external addr 62.103.127.153", "Removed external address 62.103.127.153"),
        ("remove external addr of xl0", "Removed external address of xl0"),
        ("remove external net 62.103.127.144/28", "Removed external net 62.103.127.144/28"),
        ("remove external gw 62.103.127.158", "Removed external gateway 62.103.127.158"),
        ("remove internal net 192.168.1.0/24", "Removed internal net 192.168.1.0/24"),
        ("remove internal gw 192.168.1.1", "Removed internal gateway 192.168.1.1"),
        (
            "service RTP is 62.103.127.157 udp 5004",
            "Added new service RTP with dedicated IP 62.103.127.157 and UDP Port 5004",
        ),
        (
            "service DNS is 62.103.127.157 tcp+udp 53,853",
            "Added new service DNS with dedicated IP 62.103.127.157 and TCP and UDP Ports 53,853",
        ),
    ],
)
def test_an_answer_says_what_it_was(line: str, said: str) -> None:
    assert answer(node_of(line), line) == said
