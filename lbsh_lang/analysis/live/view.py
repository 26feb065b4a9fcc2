"""The input of features: one document, within a script that contains it."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.session import Session


class View(NamedTuple):
    """A document and the session of a script that contains it."""

    session: Session
    document: Document
