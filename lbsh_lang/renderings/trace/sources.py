"""The source of a connection to the world, in words."""

from __future__ import annotations

from lbsh_lang.renderings.value_text import listed
from lbsh_lang.site.model import Source
from lbsh_lang.site.sources import Translation
from lbsh_lang.values import Address


def seen_as(translation: Translation | None, source: Address) -> str:
    """The source that the other end sees."""
    return str(source) if translation is None else source_text(translation.source)


def source_text(source: Source) -> str:
    """An external address, or the interface whose address is the source."""
    return f"the address of {source.interface}" if source.address is None else str(source.address)


def inside_text(source: Source) -> str:
    """The targets and the pools of an exception."""
    return listed([*map(str, source.targets), *source.pools])
