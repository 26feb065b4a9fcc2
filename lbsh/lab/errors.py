"""What keeps a command of the laboratory from being carried out."""

from __future__ import annotations

from lbsh_lang.reported import ReportedError


class LabError(ReportedError):
    """A command of the laboratory cannot be carried out; the text says why."""
