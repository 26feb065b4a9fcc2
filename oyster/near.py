"""Near misses: which of many names a mistyped word was meant to be.

Two words are near when one edit (a letter too many, too few, another, or two swapped) leads from one to the other, letter
case aside. Such words have a common form after one deletion each, so names are filed under their deletions once, and a
look-up costs the length of the word, however many names there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class NearMisses:
    """The names to choose from. Filed on the first question, since most scripts ask none."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names
        self._filed: dict[str, str] | None = None

    def of(self, word: str) -> str | None:
        """The name that `word` was probably meant to be, None if no name is near."""
        if len(word) > 64:
            return None
        if self._filed is None:
            self._filed = {}
            for name in self._names:
                for form in deletions(name):
                    self._filed.setdefault(form, name)
        filed = self._filed
        return next((filed[form] for form in deletions(word) if form in filed and filed[form] != word), None)


def deletions(word: str) -> Iterator[str]:
    """The word in lower case, and it less one letter in every way; words of one letter only as they are."""
    folded = word.lower()
    yield folded
    if len(folded) > 2:
        for index in range(len(folded)):
            yield folded[:index] + folded[index + 1 :]
