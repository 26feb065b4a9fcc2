"""The prompt: a mark stands before it only where there is something to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lbsh.gateway.notices import Notices
from lbsh.shell.desk import Desk
from lbsh.store.protocol import StoreError
from oyster.shown import Piece, Styled

PROMPT = ">> "


def prompt(desk: Desk, notices: Callable[[], Notices]) -> Styled:
    """The prompt at a desk; `notices` tells what waits for confirmation. It does not fail."""
    try:
        marks = list(_marks(desk, notices()))
    except StoreError:
        marks = ["the store cannot be read"]
    mark = f"[{', '.join(marks)}] " if marks else ""
    return (Piece(mark, "doubtful"), Piece(PROMPT, "prompt")) if mark else (Piece(PROMPT, "prompt"),)


def _marks(desk: Desk, notices: Notices) -> Iterator[str]:
    if notices.confirmation is not None:
        yield f"unconfirmed, {notices.seconds} s left"
    loaded = desk.store.loaded()
    if desk.store.revision() and (loaded is None or loaded.trouble or loaded.revision != desk.store.revision()):
        yield "not loaded"
    group = desk.changes.group
    if group is not None:
        yield f"{len(group)} gathered"
