"""The note of what is loaded: the same text for the same values, whatever was noted before."""

from __future__ import annotations

import random

import pytest

from lbsh.store import loaded
from lbsh.store.loaded import DownTexts, loaded_text, read_loaded
from lbsh.store.protocol import Loaded
from lbsh_lang.site.status import ServerId
from lbsh_lang.values import Address

SERVERS = [ServerId(f'pool "{number % 7}"', "WEB", Address(4, number), number % 3) for number in range(300)]
NOTE = Loaded(7, frozenset(), "nftables", {"backend": "nftables"}, {"kept": {"ip": [1, [2]]}, "boot": "b"}, "why")


@pytest.mark.parametrize("seed", range(8))
def test_texts_that_are_kept_are_those_that_are_made_anew(seed: int) -> None:
    chance, texts, down = random.Random(seed), DownTexts(), frozenset[ServerId]()
    for _ in range(60):
        some = chance.sample(SERVERS, chance.choice([0, 1, 2, 3, 200]))
        down = down ^ frozenset(some)
        note = NOTE._replace(down=down)
        text = loaded_text(note, texts)
        assert text == loaded_text(note)
        assert read_loaded(text) == note


def test_few_changes_leave_the_other_texts_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ServerId] = []
    texts = DownTexts()
    texts.of(frozenset(SERVERS))
    text_of = loaded._text_of

    def counted(server: ServerId) -> str:
        made.append(server)
        return text_of(server)

    monkeypatch.setattr(loaded, "_text_of", counted)
    texts.of(frozenset(SERVERS[1:]))
    texts.of(frozenset(SERVERS))
    assert made == [SERVERS[0], SERVERS[0]]
