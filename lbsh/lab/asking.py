"""The probe of toy servers: they speak no protocol but their own, so a poller of the laboratory asks them in that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from lbsh.poller.conversation import Conversation, Step, Transport, Verdict
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target, targets_of
from lbsh_lang.site.model import Probe, Site
from lbsh_lang.values import Protocol

_QUESTION, _METHOD = b"?\n", "toy"


def toy_targets(site: Site) -> tuple[Target, ...]:
    """The servers of a site that are probed, each where its clients reach it: toys have no ports for health alone."""
    services = tuple([replace(one, probe=one.probe and replace(one.probe, port=None)) for one in site.services])
    known: dict[str, Probe] = {}
    found = []
    for target in targets_of(replace(site, services=services)):
        probe = known.setdefault(target.server.service, replace(target.probe, method=_METHOD))
        found.append(target._replace(probe=probe))
    return tuple(found)


def make_toy_method(probe: Probe, protocols: Collection[Protocol]) -> ToyMethod:
    """The conversation that stands for any method."""
    return ToyMethod(protocols)


class Asking:
    """A question without a number, so that nobody notes it where a frozen server leaves it without an answer."""

    def begin(self) -> Step:
        return _QUESTION

    def receive(self, data: bytes) -> Step:
        if data.endswith(b"\n"):
            return Verdict(Reason.ANSWERED)
        return b"" if data else Verdict(Reason.CLOSED)

    def silence(self) -> Reason:
        return Reason.NO_ANSWER


class ToyMethod:
    """The method for the toys of a service (`conversation.Method`)."""

    def __init__(self, protocols: Collection[Protocol]) -> None:
        self._transport = Transport.TCP if Protocol.TCP in protocols else Transport.UDP

    @property
    def transport(self) -> Transport:
        return self._transport

    def conversation(self, target: Target) -> Conversation:
        return Asking()
