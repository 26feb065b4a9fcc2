"""The code actions at a place: fixes of findings, and rewrites of a script that keep its meaning.

Combines the actions of its neighbours (`fixes`, `pools`, `servers`); computes none itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from lbsh_lang.analysis.actions.base import Action, ActionKind
from lbsh_lang.analysis.actions.fixes import allowances_of, fix_all, fixes_of, found_in, has_safe_fixes
from lbsh_lang.analysis.actions.pools import missing_pools
from lbsh_lang.analysis.actions.servers import server_actions
from lbsh_lang.analysis.live.regions import Region
from lbsh_lang.analysis.live.view import View

MOST_ACTIONS = 100
"""The most actions in one answer. A selection of a whole script may hold thousands of findings, too many to choose from."""

__all__ = ["MOST_ACTIONS", "Action", "ActionKind", "actions", "fix_all", "has_safe_fixes"]


def actions(views: Sequence[View], region: Region, only: Sequence[str] | None = None) -> list[Action]:
    """The actions in a region of a document within each of its scripts, of the requested kinds, or of all if `only` is None.

    `fix_all` is not among them: it takes much longer than all of these, so an editor requests it separately.
    """
    document = views[0].document
    region = Region(*sorted((document.clamp(region.start), document.clamp(region.end))))
    return list(islice((one for one in _offered(views, region, only) if one.kind.is_asked(only)), MOST_ACTIONS))


def _offered(views: Sequence[View], region: Region, only: Sequence[str] | None) -> Iterator[Action]:
    if not (ActionKind.FIX.is_asked(only) or ActionKind.REWRITE.is_asked(only)):
        return
    document = views[0].document
    found = found_in(views, region)
    yield from fixes_of(found, region)
    yield from missing_pools(views, region, found)
    yield from server_actions(document, region)
    yield from allowances_of(document, found, region)
