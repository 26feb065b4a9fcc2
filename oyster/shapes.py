"""Remembers the derivations of shapes, and their quick readers."""

from __future__ import annotations

from typing import Generic

from oyster.automaton import Shape
from oyster.derivation import Derivation, derive, replays
from oyster.lines import Language, Node, Own
from oyster.replay import Keywords, Replay

_MOST_SHAPES = 4096


class Shapes(Generic[Node, Own]):
    """The derivations of known shapes, at most 4,096; all are dropped when there would be more."""

    def __init__(self, language: Language[Node, Own]) -> None:
        self._language = language
        self._derivations: dict[Shape, Derivation[Node, Own]] = {}
        self.replays: dict[Keywords, Replay[Node, Own]] = {}

    def derive(self, shape: Shape) -> Derivation[Node, Own]:
        derivation = self._derivations.get(shape)
        if derivation is None:
            if len(self._derivations) >= _MOST_SHAPES:
                self._derivations.clear()
                self.replays.clear()
            derivation = self._derivations[shape] = derive(self._language, shape)
            self.replays.update(replays(self._language, shape, derivation))
        return derivation
