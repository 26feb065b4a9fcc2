"""Whether a change would cut the session of the operator who makes it. Pure.

The session ends at the device: so it is cut if its address leaves, if rules would lead its packets to a server, if its
answers would find another uplink, or if the kernel would forget it. An open connection that the kernel tracks goes on when
rules would lead it elsewhere, but one that it did not track so far does not, and the operator does not get in again either.
"""

from __future__ import annotations

from lbsh.drivers.states import State, chosen
from lbsh.gateway.fates import Step
from lbsh.session import Session
from lbsh_lang.site.trace.tracer import trace_packet
from lbsh_lang.site.trace.values import Outcome, Packet, Trace
from lbsh_lang.values import Protocol


def dangers_to(session: Session, step: Step) -> tuple[str, ...]:
    """The reasons why a step would cut a session, in words; none if it would not."""
    packet = Packet(Protocol.TCP, session.client, session.server, session.port, session.client_port)
    before, after = trace_packet(step.before, packet), trace_packet(step.after, packet)
    found = []
    if session.server in step.leaving:
        found.append(f"the device loses the address {session.server}")
    if _taker(after) and _taker(after) != _taker(before):
        found.append(f"its packets would go to a server of the service `{_taker(after)}`")
    if any(chosen([State(b"", Protocol.TCP, session.server, session.port, None, is_over=False)], step.targets)):
        found.append("the kernel would forget its connection")
    was, will = (sorted(one.name for one in trace.answers) for trace in (before, after))
    if was != will and was:
        found.append("its answers may leave by another uplink")
    return tuple(found)


def _taker(trace: Trace) -> str:
    """The service whose servers get the packets, empty if there is none."""
    return trace.service.name if trace.outcome is Outcome.BALANCED and trace.service is not None else ""
