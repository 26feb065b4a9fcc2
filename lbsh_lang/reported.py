"""The base class of errors that are nobody's mistake in a script: shown to a user as one line, without a traceback."""


class ReportedError(Exception):
    """Something outside is not as it must be; the text says what, and what to do, in one line."""
