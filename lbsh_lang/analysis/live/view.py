"""What the features get to see: one document, within the script that it is a part of."""

from __future__ import annotations

from typing import NamedTuple

from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.session import Session


class View(NamedTuple):
    """A document and the session in which it is analysed."""

    session: Session
    document: Document
