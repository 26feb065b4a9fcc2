"""Changes of nftables rules: as short as possible, each line with the statement it serves."""

from __future__ import annotations

import re

import pytest

from bench import farm
from lbsh_lang.backends.base import Line, Options
from lbsh_lang.backends.nftables import BACKEND
from tests.profiles import share
from tests.reading import site_of

OPTIONS = Options(BACKEND.targets[0])
DEVICE = "interface external em0\ninterface internal em1\ninternal net 192.168.1.0/24\ninternal gw 192.168.1.1\n"
WEB = "service web is 203.0.113.1 tcp 80\npool farm for web\nadd 192.168.1.2-4 to farm\n"
MANY = "\n".join(farm.script(share(1000))) + "\n"


def changes(before: str, after: str) -> list[Line]:
    artifact = BACKEND.render_change(site_of(before, "old.lb"), site_of(after, "new.lb"), OPTIONS)
    assert artifact is not None
    return [line for line in artifact.lines if line.text and not line.text.startswith("#")]


@pytest.mark.parametrize(
    "more",
    ["drain 10.0.1.5 from pool0", "remove 10.0.1.5 from pool0", "add 10.9.9.9 to pool0"],
)
def test_one_service_among_many_is_a_matter_of_its_own_elements(more: str) -> None:
    servers = farm.server_addresses(0)
    lines = changes(MANY, MANY + more.replace("10.0.1.5", list(servers)[4]) + "\n")
    places = {found[0] for line in lines for found in re.finditer(r"\S+ \. tcp \. 80", line.text)}
    assert places == {f"{farm.service_address(0)} . tcp . 80"}
    rules = [line for line in lines if "add rule" in line.text]
    assert len(rules) <= 1, "a chain for a round of another length"
    assert len(lines) < 40


def test_a_service_at_the_end_moves_no_other() -> None:
    late = "service late is 203.0.113.99 tcp 80\npool latest for late\nadd 10.9.9.9 to latest\n"
    assert all("203.0.113.99" in line.text for line in changes(MANY, MANY + late) if "element" in line.text)


@pytest.mark.parametrize(
    ("before", "after", "only"),
    [
        (WEB, WEB, ""),
        (WEB, "# words\n" + WEB.replace("192.168.1.2-4", "192.168.1.2, 192.168.1.3,192.168.1.4"), ""),
        (WEB, "", "delete counter ip lbsh rules-\ndelete table ip lbsh"),
    ],
)
def test_small_changes(before: str, after: str, only: str) -> None:
    text = "\n".join(line.text for line in changes(DEVICE + before, DEVICE + after))
    assert re.sub("rules-[0-9a-f]{16}", "rules-", text) == only


def test_every_element_serves_a_statement_of_its_side() -> None:
    after = WEB.replace("192.168.1.2-4", "192.168.1.3-5").replace("\nadd", "\n\n\nadd")
    places = {
        line.text.partition(" ")[0]: {line.origin.place} if line.origin else set()
        for line in changes(DEVICE + WEB, DEVICE + after)
        if "element" in line.text
    }
    assert places["delete"] <= {"old.lb:5", "old.lb:7"}
    assert places["add"] <= {"new.lb:5", "new.lb:9"}


def test_a_whole_family_comes_and_goes() -> None:
    six = "internal net fd00:1::/64\nservice six is 2001:db8::1 tcp 80\npool p6 for six\nadd fd00:1::2 to p6\n"
    assert changes(DEVICE + WEB, DEVICE + WEB + six)[0].text == "create table ip6 lbsh"
    guard, delete = changes(DEVICE + WEB + six, DEVICE + WEB)
    assert guard.text.startswith("delete counter ip6 lbsh rules-")
    assert delete.text == "delete table ip6 lbsh"
