"""Docstrings as texts for users: the pages of diagnostic codes, the forms of statements, the help of commands.

`python -OO` and `PYTHONOPTIMIZE=2` leave docstrings out, and a dataclass then makes up a docstring of its own. All
docstrings that are shown come from `docstring_of`, which raises an exception instead of returning an empty or a wrong text.
"""

from __future__ import annotations

from inspect import cleandoc

from lbsh_lang.reported import ReportedError


class NoDocstringsError(ReportedError):
    """Python runs without docstrings; the message says how to run it."""

    def __init__(self) -> None:
        super().__init__(
            "this needs docstrings, which python -OO and PYTHONOPTIMIZE=2 leave out: run Python without them"
        )


def require_docstrings() -> None:
    """Raises `NoDocstringsError` where Python leaves docstrings out: the docstring of this module is then missing too."""
    if __doc__ is None:
        raise NoDocstringsError


def docstring_of(documented: object) -> str:
    """The docstring of a class or function, without its indentation."""
    require_docstrings()
    text = documented.__doc__
    assert text, documented
    return cleandoc(text)
