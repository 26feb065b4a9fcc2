"""Messages of DNS, by dnspython; the only module that imports it."""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.message
import dns.rcode


class AnswerError(ValueError):
    """Bytes are no answer to a question; the text says why."""


def question_for(name: str, record: str) -> bytes:
    """The question for a record of a name, without its number."""
    return dns.message.make_query(name, record, flags=dns.flags.RD).to_wire()[2:]


def check_answer(question: bytes, data: bytes) -> str:
    """The code of the answer to a question. Raises `AnswerError` if it is no whole answer, or one to another question."""
    try:
        answer = dns.message.from_wire(data)
        asked = dns.message.from_wire(question)
    except (dns.exception.DNSException, ValueError) as error:
        raise AnswerError("no message of DNS") from error
    if not asked.is_response(answer):
        raise AnswerError("an answer to another question")
    return dns.rcode.to_text(answer.rcode())
