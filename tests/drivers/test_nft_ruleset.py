"""What nft lists, read and written again, without states, and compared."""

from __future__ import annotations

import pytest

from lbsh.drivers.nft_ruleset import RulesetError, lacking, read_ruleset, ruleset_text, without_states

LISTED = """\
table inet f {
	flags dormant
	counter cc {
	}

	set big {
		type ipv4_addr
		comment "elements = { x"
		elements = { 1.1.1.1 comment "a, } b", 2.2.2.2,
				3.3.3.3 }
	}

	set learned {
		type ipv4_addr
		flags dynamic,timeout
		elements = { 8.8.8.8 timeout 1m, 9.9.9.9 }
	}

	set bans {
		type ipv4_addr
		flags timeout
		elements = { 8.8.8.8 timeout 1h, 9.9.9.9 }
	}

	set each_hour {
		type ipv4_addr
		timeout 1h
		elements = { 9.9.9.9 }
	}

	chain in {
		type filter hook input priority filter; policy drop;
		tcp dport { 80-81, 90-99 } counter accept comment "x
	}
} {"
		tcp dport vmap { 80 : accept, 81 : drop }
	}
}
"""


def test_elements_and_texts_in_quotes_stay_whole() -> None:
    (table,) = read_ruleset(LISTED)
    blocks = {block.head: block for block in table.blocks}
    assert (table.name, table.lines) == ("inet f", ("flags dormant",))
    assert blocks["set big"].elements == ('1.1.1.1 comment "a, } b"', "2.2.2.2", "3.3.3.3")
    assert len(blocks["chain in"].lines) == 3
    assert '"x\n\t}\n} {"' in blocks["chain in"].lines[1]


def test_what_is_written_reads_the_same() -> None:
    tables = read_ruleset(LISTED)
    text = "\n".join(ruleset_text(tables))
    assert [table.name for table in read_ruleset(text)] == ["inet f"]
    assert read_ruleset(text) == tables


def test_elements_that_end_by_themselves_are_states() -> None:
    (table,) = without_states(read_ruleset(LISTED))
    elements = {block.head: len(block.elements) for block in table.blocks if block.head.startswith("set")}
    assert elements == {"set big": 3, "set learned": 0, "set bans": 1, "set each_hour": 0}


def test_what_is_lacking_is_told_by_its_place() -> None:
    old = read_ruleset(LISTED)
    new = read_ruleset(LISTED.replace("3.3.3.3", "4.4.4.4").replace("policy drop", "policy accept"))
    assert [*lacking(old, new, ())] == [
        "table inet f, set big: 3.3.3.3",
        "table inet f, chain in: type filter hook input priority filter; policy drop;",
    ]
    assert [*lacking(old, new, ("inet f",))] == [*lacking(old, old, ())] == []


def test_equal_rules_count_one_by_one() -> None:
    once = "table ip t {\n\tchain c {\n\t\tdrop\n\t}\n}\n"
    twice = once.replace("\t\tdrop\n", "\t\tdrop\n\t\tdrop\n")
    assert [*lacking(read_ruleset(twice), read_ruleset(once), ())] == ["table ip t, chain c: drop"]
    assert [*lacking(read_ruleset(once), read_ruleset(twice), ())] == []


def test_a_set_of_one_element_is_the_element() -> None:
    """A text in quotes stays what it is."""
    table = 'table ip t {\n\tchain c {\n\t\tip saddr %s accept comment "%s"\n\t}\n}\n'
    lone, bare = (read_ruleset(table % (one, "x")) for one in ("{ 10.0.0.0-10.0.1.255 }", "10.0.0.0-10.0.1.255"))
    assert [*lacking(lone, bare, ())] == [*lacking(bare, lone, ())] == []
    quoted, plain = (read_ruleset(table % ("10.0.0.1", one)) for one in ("{ a }", "a"))
    assert [*lacking(quoted, plain, ())] != []


@pytest.mark.parametrize(
    "text",
    ["chain c {\n}", "table ip t {", 'table ip t {\n\tcomment "x\n}', "table ip t {\n\tset s {\n\t\telements = { 1,\n"],
)
def test_what_is_no_listing_is_said(text: str) -> None:
    with pytest.raises(RulesetError):
        read_ruleset(text)
