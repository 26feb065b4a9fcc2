"""URIs of documents and the paths that they hold."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit


def path_of(uri: str) -> str | None:
    """The path in a URI of a file; None for other URIs and for texts that are no URI."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    return path.lstrip("/") if os.name == "nt" else path


def uri_of(identity: str) -> str:
    """The URI for an identity: of the file if it is a path, else the identity, which is a URI itself."""
    return Path(identity).as_uri() if Path(identity).is_absolute() else identity
