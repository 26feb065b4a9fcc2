"""Scripts of one service for the laboratory, and the connections by which tests examine it."""

from __future__ import annotations

from collections.abc import Iterable

from tests.system.lab import CLIENTS, Answer, Lab, Outcome, Transport

V4, V6 = "203.0.113.150", "2001:db8::150"
OUTSIDE4, OUTSIDE6 = CLIENTS["client1"]
MANY = [f"198.51.100.{n}" for n in range(1, 61)]

SITE = """
interface external xl0
interface internal xl1
external net 203.0.113.0/24
internal net 192.168.1.0/24
internal net fd00:1::/64
internal gw 192.168.1.1
internal gw fd00:1::1
"""


def web(service: str = f"{V4} tcp 80", pool: str = "", servers: str = "192.168.1.2-4", more: str = "") -> str:
    """A script with the service `web`; `more` are lines at its end."""
    return f"{SITE}service web is {service}\npool farm for web {pool}\nadd {servers} to farm\n{more}"


def ask(lab: Lab, place: tuple[str, int, Transport], sources: Iterable[str], from_: str = "client1") -> list[Answer]:
    """One connection from each source, in turn; all must be answered."""
    address, port, proto = place
    return [only(lab.connect(from_, address, port, proto, source)) for source in sources]


def servers_of(answers: Iterable[Answer]) -> list[str]:
    return [answer.server for answer in answers]


def only(outcome: Outcome) -> Answer:
    assert isinstance(outcome, Answer), outcome
    return outcome
