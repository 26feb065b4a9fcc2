"""How tests read scripts: from text to a site in one step, with every error shown."""

from __future__ import annotations

from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import read_script
from lbsh_lang.source import Source
from oyster.faults import hinders


def resolution_of(text: str, name: str = "site.lb") -> Resolution:
    """The meaning of a script, faults and all."""
    return Resolution(read_script(Source.of(name, text)))


def site_of(text: str, name: str = "site.lb") -> Site:
    """The site of a script without faults that leave a doubt about it."""
    resolution = resolution_of(text, name)
    faults = [found for found in resolution.script.faults if hinders(found.fault)]
    assert not faults, faults
    return resolution.site
