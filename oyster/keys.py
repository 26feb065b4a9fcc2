"""What the keys Tab and `?` do to a line: which text is inserted, which lines are shown. Knows no terminal."""

from __future__ import annotations

from typing import NamedTuple

from oyster.offers import Candidate, Completion, common_part
from oyster.quoting import is_within_quotes, split_pipes
from oyster.reports import explained, in_columns
from oyster.shown import Text
from oyster.sources import Editing


class Insertion(NamedTuple):
    """The effect of Tab: how many characters before the cursor go, the text that comes, the lines that are shown."""

    before: int
    text: str
    lists: tuple[Text, ...]


def tab(editing: Editing, line: str, place: int, columns: int | None) -> Insertion:
    """Completes the word at the cursor as far as all candidates agree; if that adds nothing, shows them."""
    completion = editing.complete(line, place)
    candidates = completion.candidates
    begun = line[completion.start : place]
    if not candidates:
        return Insertion(0, "", tuple(explained(completion.hints, columns)))
    if len(candidates) == 1 and not completion.more:
        only = candidates[0]
        blank = " " if only.final and line[place : place + 1] != " " else ""
        return Insertion(len(begun), only.text + blank, ())
    common = common_part([candidate.text for candidate in candidates])
    if len(common) > len(begun) and not completion.more:
        return Insertion(len(begun), common, ())
    words = [_listed(candidate) for candidate in candidates]
    return Insertion(0, "", (*in_columns(words, columns), *_rest(completion)))


def what_may_come(editing: Editing, line: str, place: int, columns: int | None) -> list[Text]:
    """All that may stand at the cursor, a line each."""
    completion = editing.complete(line, place)
    lines = [*explained([*completion.candidates, *completion.hints], columns), *_rest(completion)]
    usage = editing.usage(line, place)
    if usage is not None and usage.text:
        lines.append(f"usage: {usage.text}")
    return lines or ["nothing is known of what may stand here"]


def is_literal(line: str, place: int) -> bool:
    """Whether a `?` stands for itself: in quotes, in a comment, behind the name of a pipe."""
    *_, last = split_pipes(line[:place])
    is_argument = last.start > 0 and " " in last.text.lstrip()
    return is_within_quotes(line[:place]) or is_argument


def _rest(completion: Completion) -> list[Text]:
    return [f"… {completion.more} more"] if completion.more else []


def _listed(candidate: Candidate) -> str:
    """The last part of a path, the whole of any other word."""
    folder, _, name = candidate.text.rstrip("/").rpartition("/")
    return candidate.text[len(folder) + 1 :] if folder and name and not candidate.final else candidate.text
