"""Statements of plug-ins are read, checked, coloured, explained and renamed as those of the language are."""

from __future__ import annotations

import pytest

from lbsh_lang.analysis.completion.complete import complete
from lbsh_lang.analysis.completion.signature import signature
from lbsh_lang.analysis.hover.hover import hover
from lbsh_lang.analysis.lines.folding import folds
from lbsh_lang.analysis.lines.formatting import format_document
from lbsh_lang.analysis.lines.symbols import Symbol, document_symbols
from lbsh_lang.analysis.lines.tokens import TokenModifier, line_tokens
from lbsh_lang.analysis.live.regions import on_line
from lbsh_lang.analysis.names.calls import items_at, outgoing_calls
from lbsh_lang.analysis.names.hints import hints
from lbsh_lang.analysis.names.lenses import lens_title, lenses
from lbsh_lang.analysis.names.references import definition, references_and_definitions
from lbsh_lang.analysis.names.rename import Refusal, edits_of, plan_rename
from lbsh_lang.analysis.prose.blocks import markdown_of
from lbsh_lang.checks.context import Context
from lbsh_lang.checks.run import check_script
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.renderings.tree import render_tree_json
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Position, Source
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.extensions import Extension, ExtensionError
from lbsh_lang.syntax.formatter import format_script, format_text
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.parser import LineParser
from lbsh_lang.syntax.slots import Slot
from lbsh_lang.syntax.terminals import TokenType
from lbsh_lang.values import Address
from oyster.compile import compile_grammar
from tests.analysis.marked import read_marked, view_of
from tests.extensions import FARM_EXTENSION, ODD_EXTENSION, WITH_ALL, WITH_FARM, language_of

DEVICE = """\
interface external em0
interface internal em1
external net 62.103.127.144/28
internal net 192.168.1.0/24
service SMTP is 62.103.127.154 tcp 25
"""

PLAIN = f"""{DEVICE}\
pool mx for SMTP
add 192.168.1.2, 192.168.1.3 to mx
add 192.168.1.9 to mx backup
"""

SHORT = f"""{DEVICE}\
farm mx serves SMTP with 192.168.1.2, 192.168.1.3 spare 192.168.1.9
"""


def found_in(text: str, language: Lbsh = WITH_ALL) -> list[Diagnostic]:
    """The findings about a script; a session finds the same."""
    script = read_script(Source.of("site.lb", text), language=language)
    found = list(check_script(Context(Resolution(script))))
    view = view_of(text, language=language)
    assert [one.message for one in view.session.diagnostics(view.document)] == [one.message for one in found]
    return found


# What a statement means


def test_a_statement_means_what_others_say_at_length() -> None:
    sites = [Resolution(read_script(Source.of("x", text), language=WITH_FARM)).site for text in (PLAIN, SHORT)]
    pools = [site.services[0].pool for site in sites]
    plain, short = (
        (pool.name, [(one.address, one.weight, one.backup) for one in pool.servers])
        for pool in pools
        if pool is not None
    )
    assert plain == short
    assert len(plain[1]) == 3


def test_all_that_it_means_comes_from_its_line() -> None:
    (service,) = Resolution(read_script(Source.of("x", SHORT), language=WITH_FARM)).site.services
    assert service.pool is not None
    assert {service.pool.origin.place, *[server.origin.place for server in service.pool.servers]} == {"x:6"}


FINDINGS = {
    "farm mx serves SMTP with 192.168.1.2": [],
    "farm mx serves SMTQ with 192.168.1.2": ["LB101 SMTQ"],
    "farm mx serves SMTP with 192.168.1.2, 10.0.0.1": ["LB301 10.0.0.1"],
    "farm mx serves SMTP with 192.168.1.2, 192.168.1.2": ["LB309 192.168.1.2"],
    "farm mx serves SMTP with 192.168.1.2 spare 192.168.1.2-4": ["LB309 192.168.1.2-4"],
    "farm mx serves SMTP with 10.0.0.0/22, 10.0.4.0/22": [
        "LB208 10.0.4.0/22",
        "LB301 10.0.0.0/22",
        "LB301 10.0.4.0/22",
    ],
    "farm mx serves SMTP with 192.168.1.x": ["LB201 192.168.1.x"],
    "farm mx serves SMTP with 192.168.1.2 spare 192.168.1.y": ["LB201 192.168.1.y"],
    "farm pool serves SMTP with 192.168.1.2": ["LB002 pool"],
    "farm mx srves SMTP with 192.168.1.2": ["LB001 srves"],
    "farm mx serves SMTP": ["LB001 "],
    "frm mx serves SMTP with 192.168.1.2": ["LB003 frm"],
    "farm farm serves SMTP with 192.168.1.2": [],
    "farm mx serves SMTP with 192.168.1.2\nfarm my serves SMTP with 192.168.1.2": ["LB106 SMTP"],
    "farm mx serves SMTP with 192.168.1.2\nmove 192.168.1.2 from mx to mx": [],
    "farm mx serves SMTP with 192.168.1.2\nmove 192.168.1.5 from mx to my": ["LB102 my", "LB310 192.168.1.5"],
    "twin SMTP\nadd 192.168.1.2 to SMTP_twin": [],
    "twin SMTP\ntwin SMTP": ["LB105 SMTP", "LB106 SMTP", "LB312 SMTP"],
}


@pytest.mark.parametrize(("lines", "expected"), FINDINGS.items())
def test_findings_point_at_the_words_of_the_line(lines: str, expected: list[str]) -> None:
    found = found_in(DEVICE + lines + "\n")
    assert sorted(f"{one.code} {one.span.text}" for one in found if one.code not in {"LB311", "LB316"}) == expected


def test_no_fix_deletes_a_line_that_says_more_than_is_at_fault() -> None:
    (twice,) = [one for one in found_in(f"{DEVICE}farm mx serves SMTP with 192.168.1.2\ntwin SMTP\n") if one.labels]
    assert (twice.code, twice.fixes) == ("LB106", ())
    lines = "farm mx serves SMTP with 192.168.1.2\n" * 2
    assert all(edit.text for one in found_in(DEVICE + lines) for fix in one.fixes for edit in fix.edits)


def test_expected_words_are_called_as_the_plug_in_says() -> None:
    (early,) = (one for one in found_in("twin A sized") if one.code == "LB001")
    assert early.message == "the line ends too early: expected a size"
    (odd,) = (one for one in found_in("farm mx A") if one.code == "LB001")
    assert odd.message == "unexpected `A`: expected `serves`"


@pytest.mark.parametrize(
    ("line", "words"),
    {
        "bad loudly": "ValueError: a fault of the plug-in",
        "bad often": "it means 4001 statements, and may mean at most 4000",
        "bad oddly": "a field of PoolStatement is neither a token, nor a tuple of tokens, nor None",
        "bad": "Bad is no statement about a site",
    }.items(),
)
def test_a_plug_in_that_fails_is_a_finding(line: str, words: str) -> None:
    (found,) = found_in(f"  {line}  # so it is\n")
    assert (found.code, found.message) == ("LB001", f"the plug-in that adds `bad` fails at this line: {words}")
    assert found.span.text == line


def test_a_reader_that_fails_makes_a_bad_word() -> None:
    for _ in range(2):  # the second line of a shape is read in another way
        (found,) = found_in("bad strangely\n")
        assert (found.span.text, found.message) == ("strangely", "`strangely`: the plug-in fails to read it: no word")


def test_where_more_is_wrong_with_a_line_its_plug_in_is_not_blamed() -> None:
    (found,) = found_in("bad loudly and often\n")
    assert found.message == "unexpected `and`: expected the end of the line"


def test_without_plug_ins_everything_is_as_it_was() -> None:
    assert {one.code for one in found_in(SHORT, LBSH)} == {"LB003", "LB311"}
    assert found_in("pool farm for A\nadd 10.0.0.1 to spare\n") == found_in(
        "pool farm for A\nadd 10.0.0.1 to spare\n", LBSH
    )


# Plug-ins that are not installed

NEEDED = "`farm` may be a statement of the plug-in `lbsh-example`, which is not installed"
NEEDS = {
    "# lbsh: needs lbsh-example": [NEEDED],
    "status  # for now; lbsh needs lbsh-example": [],
    "status  # lbsh needs lbsh-example": [NEEDED],
    "# lbsh: needs lbsh-example because of the farms": [NEEDED],
    "# lbsh: needs lbsh-example, other": [NEEDED, NEEDED.replace("lbsh-example", "other")],
    "# lbsh: need lbsh-example": [],
    'save "# lbsh: needs lbsh-example"': [],
}


@pytest.mark.parametrize(("comment", "expected"), NEEDS.items())
def test_a_missing_plug_in_is_named(comment: str, expected: list[str]) -> None:
    found = [one for one in found_in(f"farm mx serves SMTP with 10.0.0.1\n{comment}\n", LBSH) if one.code == "LB003"]
    helps = [list(one.help) for one in found]
    assert helps == ([expected] if expected else [[helps[0][0]]])
    assert expected or helps[0][0].startswith("statements start with ")


def test_an_installed_plug_in_is_not_named() -> None:
    (found,) = [one for one in found_in("frm mx\n# lbsh: needs lbsh-example\n", WITH_FARM) if one.code == "LB003"]
    assert found.help == ("a statement with a similar name exists: `farm`",)


def test_a_near_miss_and_a_missing_plug_in_are_both_named() -> None:
    (found,) = [one for one in found_in("adds 10.0.0.1\n# lbsh: needs other\n", LBSH) if one.code == "LB003"]
    assert [*found.help] == [
        "a statement with a similar name exists: `add`",
        "`adds` may be a statement of the plug-in `other`, which is not installed",
    ]


# Editors


def test_every_word_has_its_colour() -> None:
    text = "farm mx serves SMTP with 192.168.1.2, 192.168.1.3 spare 192.168.1.9  # all"
    tokens = line_tokens(WITH_FARM, text, LineParser(WITH_FARM).parse(text))
    assert [(text[one.start : one.end], one.kind, one.mark) for one in tokens] == [
        ("farm", TokenType.KEYWORD, None),
        ("mx", TokenType.POOL, TokenModifier.DECLARATION),
        ("serves", TokenType.KEYWORD, None),
        ("SMTP", TokenType.SERVICE, None),
        ("with", TokenType.KEYWORD, None),
        ("192.168.1.2", TokenType.ADDRESS, None),
        ("192.168.1.3", TokenType.ADDRESS, None),
        ("spare", TokenType.OPTION, None),
        ("192.168.1.9", TokenType.ADDRESS, None),
        ("# all", TokenType.COMMENT, None),
    ]


def test_colours_of_two_languages_do_not_mix() -> None:
    text = "farm spare"
    plain, more = (line_tokens(one, text, LineParser(one).parse(text)) for one in (LBSH, WITH_FARM))
    assert (len(plain), len(more)) == (0, 2)


OFFERED = {
    "|": ["farm", "twin", "move"],
    "farm |": ["smtp_pool"],
    "farm mx |": ["serves"],
    "farm mx serves |": ["SMTP"],
    "farm mx serves SMTP |": ["with"],
    "farm mx serves SMTP with |": ["192.168.1.1", "192.168.1.2"],
    "farm mx serves SMTP with 192.168.1.2 |": ["spare"],
    "twin | sized small": ["SMTP"],
    "twin SMTP sized |": ["small", "large"],
    "help |": ["farm", "twin", "move", "bad"],
}


@pytest.mark.parametrize(("line", "expected"), OFFERED.items())
def test_what_may_follow_is_offered(line: str, expected: list[str]) -> None:
    view = view_of(DEVICE + line.replace("|", ""), language=WITH_ALL)
    offered = [item.label for item in complete(view, Position(5, line.index("|"))).items]
    assert [label for label in expected if label not in offered] == []


def test_a_statement_is_offered_with_its_form() -> None:
    view = view_of("", language=WITH_FARM)
    (item,) = [item for item in complete(view, Position(0, 0)).items if item.label == "farm"]
    assert item.snippet == "farm ${1:NAME} serves ${2:SERVICE} with ${3:TARGET}"
    assert item.detail == "farm NAME serves SERVICE with TARGET[, TARGET…] [spare TARGET[, TARGET…]]"
    assert "Sets up the farm behind a service, with all its servers." in markdown_of(item.documentation)


SAID = {
    "fa|rm mx serves SMTP with 192.168.1.2": ["farm NAME serves SERVICE", "Sets up the farm behind a service"],
    "farm m|x serves SMTP with 192.168.1.2": ["pool `mx`", "SMTP"],
    "farm mx ser|ves SMTP with 192.168.1.2": ["Says which service the farm serves."],
    "farm mx serves SM|TP with 192.168.1.2": ["service `SMTP`", "62.103.127.154"],
    "farm mx serves SMTP with 192.168|.1.2": ["In the internal net `192.168.1.0/24`.", "A server of pool `mx`"],
    "farm mx serves SMTP with 192.168.1.2 spa|re 192.168.1.3": ["Servers behind this word are backups."],
    "farm mx serves SMTP with 192.168.1.2 spare 192.168.1.|3": ["Servers that serve only while", "backup"],
    "twin SMTP sized sm|all": ["How large the twin is."],
    "twin SM|TP": ["service `SMTP`"],
}


@pytest.mark.parametrize(("line", "expected"), SAID.items())
def test_every_word_is_explained(line: str, expected: list[str]) -> None:
    view = view_of(DEVICE + line.replace("|", ""), language=WITH_ALL)
    found = hover(view, Position(5, line.index("|")))
    said = markdown_of(found.prose).lower() if found is not None else ""
    assert [words for words in expected if words.lower() not in said] == [], said


def test_the_form_is_shown_while_it_is_written() -> None:
    view = view_of(DEVICE + "farm mx serves ", language=WITH_FARM)
    (shown,) = signature(view, Position(5, 15))
    assert shown.active is not None
    part = shown.parameters[shown.active]
    assert shown.label[part.start : part.end] == "SERVICE"
    assert markdown_of(shown.parameters[1].documentation) == "Says which service the farm serves."


MARKED = """\
service {SMTP} is 62.103.127.154 tcp 25
farm {mx} serves [SMTP] with 192.168.1.2 spare 192.168.1.3
probe [SMTP] with tcp
drain 192.168.1.2 from [mx]
status [mx]
remove [SMTP]
farm mx serves [SMTP] with 192.168.1.2
"""


def test_names_are_found_and_renamed_through_it() -> None:
    marked = read_marked(MARKED, WITH_FARM)
    for name, new in (("SMTP", "MAIL"), ("mx", "pool_1")):
        places = [place for place in marked.places if marked.session.documents["site.lb"].text_of(place.region) == name]
        for place in places:
            view, at = marked.view(place), place.region.start
            assert references_and_definitions(view, at) == places
            found = definition(view, at)
            targets = [target.location for target in found.targets] if found is not None else []
            assert targets == ([] if at.line == 6 else places[:1])  # the service has gone by then
            planned = plan_rename(view, at, new)
            assert not isinstance(planned, Refusal)
            assert planned.places == places
            edits = edits_of(planned, marked.session.documents.__getitem__)
            assert not isinstance(edits, Refusal)


def test_a_name_that_stands_nowhere_is_not_renamed() -> None:
    view = view_of(f"{DEVICE}twin SMTP\nadd 192.168.1.2 to SMTP_twin\n", language=WITH_ALL)
    reason = "the plug-in's statement in `site.lb` line 6 means `SMTP_twin` without writing it"
    assert plan_rename(view, Position(6, 20), "mx") == Refusal(reason)
    assert len(references_and_definitions(view, Position(6, 20))) == 1


def test_a_name_taken_by_it_is_taken() -> None:
    view = view_of(SHORT + "service A is 62.103.127.155 tcp 25\npool a for A\n", language=WITH_FARM)
    assert plan_rename(view, Position(7, 5), "mx") == Refusal("there is a pool `mx` already, in `site.lb` line 6")


def outline(symbols: list[Symbol]) -> list[object]:
    return [(one.name, one.detail, outline(list(one.parts))) for one in symbols]


def test_the_outline_shows_what_it_means() -> None:
    (service,) = document_symbols(view_of(SHORT, language=WITH_FARM).document)[-1:]
    assert outline([service]) == [
        (
            "SMTP",
            "62.103.127.154 tcp 25",
            [("mx", "", [("192.168.1.2", "", []), ("192.168.1.3", "", []), ("192.168.1.9", "spare", [])])],
        )
    ]


def test_made_up_words_leave_no_place_beyond_the_line() -> None:
    view = view_of(DEVICE + "twin SMTP", language=WITH_ALL)
    (service,) = document_symbols(view.document)[-1:]
    (twin,) = service.parts
    assert (twin.name, twin.selection) == ("SMTP_twin", on_line(5, 5, 9))


def test_it_folds_hints_and_counts() -> None:
    view = view_of(SHORT + "probe SMTP with tcp\n", language=WITH_FARM)
    assert [(fold.first, fold.last) for fold in folds(view.document)] == [(4, 6)]
    labels = [hint.label for hint in hints([view], on_line(4, 0, 0)._replace(end=Position(6, 0)))]
    assert labels == ["→ mx", "3 servers (1 backup)"]
    titles = [lens_title([view], lens) for lens in lenses(view.document)]
    assert [one.title for one in titles if one is not None] == [
        "mx, 3 servers, 2 references",
        "3 servers, 0 references",
    ]
    (item,) = items_at([view], Position(5, 6))
    assert [call.item.name for call in outgoing_calls([view], Position(5, 6))] == [
        "192.168.1.2",
        "192.168.1.3",
        "192.168.1.9",
    ]
    assert item.name == "mx"


def test_it_is_formatted() -> None:
    text = "farm\tmx serves  SMTP with 10.0.0.1 ,10.0.0.2 spare 10.0.0.3#x\nfarm mx  serves\n"
    view = view_of(text, language=WITH_FARM)
    assert [edit.text for edit in format_document(view.document)] == [
        " mx serves SMTP with 10.0.0.1, 10.0.0.2 spare 10.0.0.3  "
    ]
    assert format_text(text) == text
    assert format_script(text, WITH_FARM).text == (
        "farm mx serves SMTP with 10.0.0.1, 10.0.0.2 spare 10.0.0.3  #x\nfarm mx  serves\n"
    )


def test_the_tree_as_json_has_what_it_means() -> None:
    import json

    script = read_script(Source.of("x", SHORT), language=WITH_FARM)
    *_, farm = json.loads(render_tree_json(script))["statements"]
    assert farm["kind"] == "FarmStatement"
    assert [one["kind"] for one in farm["means"]] == ["PoolStatement", "AddStatement", "AddStatement"]


# Records that do not fit


def broken(extension: Extension) -> str:
    with pytest.raises(ExtensionError) as caught:
        language_of(extension)
    return str(caught.value)


FARM_FORM = FARM_EXTENSION.forms[0]
FAULTS = {
    "has a name that is not made of letters, digits, `.`, `_` and `-`": FARM_EXTENSION._replace(name="a farm"),
    "has no sentence for its keyword `spare`": FARM_EXTENSION._replace(keywords={"serves": "So."}),
    "has a sentence for `fruit`, which is no keyword": FARM_EXTENSION._replace(
        keywords={**FARM_EXTENSION.keywords, "fruit": "So."}
    ),
    "has no record for its terminal SPARE_TARGET": FARM_EXTENSION._replace(words=()),
    "has no form for the statements that begin with `farm`": FARM_EXTENSION._replace(forms=()),
    "has a form `field` with which none of its statements begins": FARM_EXTENSION._replace(
        forms=(FARM_FORM, FARM_FORM._replace(head="field"))
    ),
    "has a form `farm` with a slot for NOTHING, which is no terminal": FARM_EXTENSION._replace(
        forms=(FARM_FORM._replace(slots=(*FARM_FORM.slots, Slot("NOTHING", "name", str, None))),)
    ),
    "has a form `farm` that collects words in `others`, for which it has no slot": FARM_EXTENSION._replace(
        forms=(FARM_FORM._replace(many=frozenset({"others"})),)
    ),
    "has a form `farm` whose node cannot be made: "
    "FarmStatement.__new__() got an unexpected keyword argument 'other'": FARM_EXTENSION._replace(
        forms=(FARM_FORM._replace(slots=(*FARM_FORM.slots, Slot("POOL_NAME", "other", str, None))),)
    ),
}


@pytest.mark.parametrize(("reason", "extension"), FAULTS.items())
def test_records_that_do_not_fit_are_refused(reason: str, extension: Extension) -> None:
    assert broken(extension) == f"the plug-in `{extension.name}` {reason}"


def test_two_with_one_keyword_are_refused_and_both_are_named() -> None:
    with pytest.raises(ExtensionError) as caught:
        language_of(FARM_EXTENSION, ODD_EXTENSION, FARM_EXTENSION._replace(name="other"))
    assert str(caught.value) == (
        "these plug-ins cannot be used together: `lbsh-example` and `other` both define the keyword `farm`"
    )


def test_no_word_is_reserved() -> None:
    assert WITH_ALL.automaton.reserved == AUTOMATON.reserved
    assert compile_grammar(FARM_EXTENSION.grammar, AUTOMATON).reserved == AUTOMATON.reserved


def test_a_pool_of_made_up_servers_has_addresses() -> None:
    """What a plug-in makes up counts as what the line says."""
    text = f"{DEVICE}pool mx for SMTP\nservice B is 62.103.127.155 tcp 25\npool my for B\nadd 192.168.1.2 to mx\n"
    moved = Resolution(read_script(Source.of("x", text + "move 192.168.1.2 from mx to my\n"), language=WITH_ALL)).site
    servers = [[one.address for one in service.pool.servers] for service in moved.services if service.pool is not None]
    assert servers == [[], [Address(4, 0xC0A80102)]]
