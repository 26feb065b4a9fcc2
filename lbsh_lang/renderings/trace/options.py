"""What a trace shows of the options of a service: each as a key of the JSON rendering, and its effect on a balanced
packet.

An option that decides whether a packet is balanced at all, such as `reflect`, is part of the verdict instead. A test
goes through the fields of the model and finds those that no trace shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lbsh_lang.renderings.value_text import listed, time_text
from lbsh_lang.site.model import Service
from lbsh_lang.site.trace import Standing, Trace


class TracedOption(NamedTuple):
    """An option by its keyword, its value as JSON has it, and its effect in words, None if the service does not have it."""

    word: str
    value: int | None
    effect: str | None


def options_of(trace: Trace, service: Service) -> Iterator[TracedOption]:
    """The options of the service that a packet is for."""
    sticky = service.sticky
    yield TracedOption("sticky", sticky, None if sticky is None else _stickiness(trace, service, sticky))


def _stickiness(trace: Trace, service: Service, seconds: int) -> str:
    client, time = trace.packet.source, time_text(1000 * seconds)
    text = (
        f"Sticky: if {client} has used {service.name} in the last {time}, on any port or protocol of it, it gets the "
        "same server again. When that server is down or drained, it gets another by the next step, and stays there."
    )
    gone = [str(one.server.address) for one in trace.candidates if one.standing in (Standing.DOWN, Standing.DRAINED)]
    if gone:
        text += f" So do the clients of {listed(gone)} now."
    return text
