"""The kinds of words: lines with a letter for the kind of each character, and properties of any text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from lbsh_lang.analysis.lines.tokens import SemanticToken, TokenModifier, drained_places, line_tokens, mark_drained
from lbsh_lang.syntax.language import LBSH
from lbsh_lang.syntax.parser import LONGEST_LINE, LineParser
from lbsh_lang.syntax.terminals import TokenType
from tests.analysis.marked import view_of
from tests.sites import scripts
from tests.test_properties import LINES, TEXTS

PARSER = LineParser()

LETTERS = {
    TokenType.KEYWORD: "k",
    TokenType.OPTION: "o",
    TokenType.SERVICE: "s",
    TokenType.POOL: "p",
    TokenType.DEVICE: "d",
    TokenType.INTERFACE: "i",
    TokenType.PARAMETER: "x",
    TokenType.ADDRESS: "a",
    TokenType.NETWORK: "n",
    TokenType.PORT: "r",
    TokenType.DURATION: "t",
    TokenType.NUMBER: "1",
    TokenType.PROTOCOL: "c",
    TokenType.ALGORITHM: "g",
    TokenType.HELPER: "h",
    TokenType.METHOD: "m",
    TokenType.VALUE: "v",
    TokenType.TEXT: '"',
    TokenType.COMMENT: "#",
    TokenType.CODE: "C",
}
"""The letter of each kind; that of a declaration is a capital."""

PICTURES = """
interface external em0 inet 10.0.0.1/24 mtu "9 000"  # up
kkkkkkkkk kkkkkkkk iii xxxx xxxxxxxxxxx xxx xxxxxxx  ####
external addr 203.0.113.2
kkkkkkkk kkkk aaaaaaaaaaa
internal net 192.168.1.0/24
kkkkkkkk kkk nnnnnnnnnnnnnn
internal gw 192.168.1.1
kkkkkkkk kk aaaaaaaaaaa
service SMTP is 203.0.113.3 tcp 25,smtp , 30-40 sticky 5m reflect
kkkkkkk SSSS kk aaaaaaaaaaa ccc rr rrrr   rrrrr oooooo tt ooooooo
pool mx for SMTP port 2525 balance random
kkkk PP kkk ssss oooo rrrr ooooooo gggggg
pool port for balance balance random
kkkk PPPP kkk sssssss ooooooo gggggg
add 10.0.0.1, 10.0.0.2-9 to mx weight 3 backup
kkk aaaaaaaa  aaaaaaaaaa kk pp oooooo 1 oooooo
remove 10.0.0.1 from mx
kkkkkk aaaaaaaa kkkk pp
remove SMTP
kkkkkk ssss
drain 10.0.0.1 from mx
kkkkk aaaaaaaa kkkk pp
resume 10.0.0.1 in mx
kkkkkk aaaaaaaa kk pp
probe WEB with http get "/" expect 200-299 every 3s timeout 1s rise 2 fall 3
kkkkk sss kkkk mmmm ooo QQQ oooooo vvvvvvv ooooo tt ooooooo tt oooo 1 oooo 1
probe RAD with radius user "u" secret file "/s"
kkkkk sss kkkk mmmmmm oooo QQQ oooooo kkkk QQQQ
probe FTP with exec "/bin/x -v"
kkkkk sss kkkk mmmm QQQQQQQQQQQ
failover device gw1 at 10.9.9.8 skew 0
kkkkkkkk kkkkkk DDD oo aaaaaaaa oooo 1
failover sync em2
kkkkkkkk kkkk iii
failover watch 10.9.9.9
kkkkkkkk kkkkk aaaaaaaa
failover password file "/k"
kkkkkkkk kkkkkkkk kkkk QQQQ
include "x.lb"  # lbsh: allow LB311, LB312 because
kkkkkkk QQQQQQ  ##############CCCCC##CCCCC########
# 😀 a comment of its own
########################
help service
kkkk kkkkkkk
servce A is 10.0.0.1 tcp 25
       S kk aaaaaaaa ccc rr
add 10.0.0.1 tto mx weight 3
kkk aaaaaaaa     pp oooooo 1
pool mx for
kkkk PP kkk
nonsense "text" for it
         QQQQQQ kkk
add 10.0.0.999 to mx
kkk aaaaaaaaaa kk pp
"""


def picture(text: str) -> str:
    """A line with a letter in place of each character of a token."""
    drawn = [" "] * len(text)
    for start, end, kind, mark in line_tokens(LBSH, text, PARSER.parse(text)):
        letter = "Q" if kind is TokenType.TEXT else LETTERS[kind]
        drawn[start:end] = (letter.upper() if mark is TokenModifier.DECLARATION else letter) * (end - start)
    return "".join(drawn).rstrip()


PAIRS = PICTURES.strip("\n").split("\n")


@pytest.mark.parametrize(("text", "expected"), list(zip(PAIRS[::2], PAIRS[1::2], strict=True)))
def test_kinds(text: str, expected: str) -> None:
    assert picture(text) == expected
    assert picture("\ufeff" + text) == " " + expected


DRAINED = """
service S is 203.0.113.3 tcp 25
pool p for S
add 10.0.0.1, 10.0.0.2 to p
add 10.0.0.4-10.0.0.6 to p  # 10.0.0.5
add 10.0.0.9 to p
down 10.0.0.2 from p
drain 10.0.0.5 from p
drain 10.0.0.9 from p
resume 10.0.0.9 in p
"""


def test_drained_servers_are_marked_where_they_are_added() -> None:
    view = view_of(DRAINED.strip("\n"))
    ((line, starts),) = drained_places(view).items()
    tokens = mark_drained(line_tokens(LBSH, view.document.lines[line], view.document.parsed[line]), starts)
    marked = [token for token in tokens if token.mark is TokenModifier.DRAINED]
    assert (line, marked) == (2, [SemanticToken(14, 22, TokenType.ADDRESS, TokenModifier.DRAINED)])


@given(LINES)
@settings(max_examples=500)
def test_tokens_lie_in_the_line_in_order(text: str) -> None:
    behind = 0
    for token in line_tokens(LBSH, text, PARSER.parse(text)):
        assert behind <= token.start < token.end <= len(text)
        behind = token.end


@given(TEXTS)
@settings(max_examples=200)
def test_any_text(text: str) -> None:
    view = view_of(text)
    assert all(line < len(view.document.lines) for line in drained_places(view))


@given(scripts())
@settings(max_examples=50)
def test_every_word_of_a_valid_script_is_of_some_kind(text: str) -> None:
    for line in text.splitlines():
        drawn = picture(line)
        assert all(letter != " " for letter, written in zip(drawn, line, strict=False) if written not in " ,")


def test_a_line_too_long_to_be_read_has_no_tokens() -> None:
    text = "add " + "10.0.0.1, " * (LONGEST_LINE // 9)
    assert line_tokens(LBSH, text, PARSER.parse(text)) == ()
