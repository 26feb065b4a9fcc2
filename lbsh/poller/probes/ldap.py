"""The conversation of `ldap`: an anonymous bind, then a search if there is a base for it, and an unbind (RFC 4511).

A search asks for no attributes and one entry at most, and its end must come: a directory whose storage hangs still binds.
"""

from __future__ import annotations

from typing import NamedTuple

from lbsh.poller.conversation import Step, Transport, Verdict
from lbsh.poller.probes import ber
from lbsh.poller.probes.lines import said
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target

_BIND_REQUEST, _BIND_RESPONSE, _UNBIND_REQUEST = 0x60, 0x61, 0x42
_SEARCH_REQUEST, _SEARCH_ENTRY, _SEARCH_DONE, _SEARCH_REFERENCE = 0x63, 0x64, 0x65, 0x73
_NOTICE = 0x78
"""An extended response; with the message number 0 it says that the server is about to leave."""

_BIND_NUMBER, _SEARCH_NUMBER = 1, 2

SUCCESS, SIZE_EXCEEDED, NO_SUCH_OBJECT = 0, 4, 32
_DENIALS = frozenset({7, 8, 13, 48, 49, 50})
_NAMES = {
    1: "operations error",
    2: "protocol error",
    3: "time limit exceeded",
    7: "this way to bind is not supported",
    8: "a stronger way to bind is required",
    10: "referral",
    13: "confidentiality required",
    32: "no such object",
    34: "no valid name",
    48: "inappropriate authentication",
    49: "invalid credentials",
    50: "insufficient access rights",
    51: "busy",
    52: "unavailable",
    53: "unwilling to perform",
    80: "other",
}
"""Codes of results (RFC 4511, appendix A) that a prober may meet."""

FAREWELL = ber.encode(ber.SEQUENCE, ber.encode_integer(_SEARCH_NUMBER + 1), ber.encode(_UNBIND_REQUEST))


class LdapConversation:
    """The bind, then the search unless it is empty."""

    __slots__ = ("_bind", "_data", "_entries", "_search", "_searching")

    def __init__(self, bind: bytes, search: bytes) -> None:
        self._bind = bind
        self._search = search
        self._searching = False
        self._entries = 0
        self._data = b""

    def begin(self) -> Step:
        return self._bind

    def receive(self, data: bytes) -> Step:
        if not data:
            return Verdict(Reason.CLOSED)
        self._data += data
        to_send = b""
        try:
            while (message := self._take()) is not None:
                step = self._hear(message)
                if not isinstance(step, bytes):
                    return step
                to_send += step
        except ber.BerError as error:
            return Verdict(Reason.BAD_ANSWER, str(error))
        return to_send

    def silence(self) -> Reason:
        return Reason.NO_ANSWER

    def _take(self) -> ber.Value | None:
        """The next message. Raises `BerError`."""
        if self._data and self._data[0] != ber.SEQUENCE:
            raise ber.BerError("no message of LDAP")
        message = ber.read(self._data)
        if message is not None:
            self._data = self._data[message.end :]
        return message

    def _hear(self, message: ber.Value) -> Step:
        """The step after a message. Raises `BerError`."""
        inside = ber.parts(message.content)
        if len(inside) < 2:
            raise ber.BerError("no message of LDAP")
        number, operation = ber.integer(inside[0]), inside[1]
        if number == 0 and operation.tag == _NOTICE:
            return Verdict(Reason.CLOSED, _detail(*_result(operation)))
        expected = _SEARCH_NUMBER if self._searching else _BIND_NUMBER
        if number != expected:
            raise ber.BerError("an answer to another request")
        return self._searched(operation) if self._searching else self._bound(operation)

    def _bound(self, operation: ber.Value) -> Step:
        if operation.tag != _BIND_RESPONSE:
            raise ber.BerError("no answer to a bind")
        code, words = _result(operation)
        if code != SUCCESS:
            return _refusal(code, words)
        self._searching = True
        return self._search or Verdict(Reason.ANSWERED, farewell=FAREWELL)

    def _searched(self, operation: ber.Value) -> Step:
        if operation.tag in (_SEARCH_ENTRY, _SEARCH_REFERENCE):
            self._entries += operation.tag == _SEARCH_ENTRY
            return b""
        if operation.tag != _SEARCH_DONE:
            raise ber.BerError("no answer to a search")
        code, words = _result(operation)
        if code in (SUCCESS, SIZE_EXCEEDED) and self._entries:
            return Verdict(Reason.ANSWERED, farewell=FAREWELL)
        if code in (SUCCESS, NO_SUCH_OBJECT):
            return Verdict(Reason.NO_MATCH, _detail(code, words) if code else "no entry", farewell=FAREWELL)
        return _refusal(code, words)


def _result(operation: ber.Value) -> tuple[int, bytes]:
    """The code of a result and what the server says of it. Raises `BerError`."""
    inside = ber.parts(operation.content)
    if len(inside) < 3 or inside[1].tag != ber.OCTETS or inside[2].tag != ber.OCTETS:
        raise ber.BerError("no result of LDAP")
    return ber.integer(inside[0], ber.ENUMERATED), inside[2].content


def _refusal(code: int, words: bytes) -> Verdict:
    reason = Reason.DENIED if code in _DENIALS else Reason.BAD_STATUS
    return Verdict(reason, _detail(code, words), farewell=FAREWELL)


def _detail(code: int, words: bytes) -> str:
    text = f"{code} {_NAMES.get(code, '')}".rstrip()
    return f"{text}: {said(words)}" if words else text


class LdapMethod(NamedTuple):
    """The probe by LDAP, its requests encoded."""

    bind: bytes
    search: bytes
    transport: Transport = Transport.TCP

    def conversation(self, target: Target) -> LdapConversation:
        return LdapConversation(self.bind, self.search)


def bind_request() -> bytes:
    """A simple bind of version 3 without a name (RFC 4513, section 5.1.1)."""
    simple = ber.encode(0x80)
    bind = ber.encode(_BIND_REQUEST, ber.encode_integer(3), ber.encode(ber.OCTETS), simple)
    return ber.encode(ber.SEQUENCE, ber.encode_integer(_BIND_NUMBER), bind)


def search_request(base: str, scope: int, encoded_filter: bytes) -> bytes:
    """A search for one entry without its attributes. `scope` is 0 for the base itself, 2 for all below it too."""
    search = ber.encode(
        _SEARCH_REQUEST,
        ber.encode(ber.OCTETS, base.encode()),
        ber.encode_integer(scope, ber.ENUMERATED),
        ber.encode_integer(0, ber.ENUMERATED),  # aliases are not followed
        ber.encode_integer(1),  # entries
        ber.encode_integer(0),  # no limit of time
        ber.encode(ber.BOOLEAN, b"\xff"),  # types only
        encoded_filter,
        ber.encode(ber.SEQUENCE, ber.encode(ber.OCTETS, b"1.1")),  # no attributes (RFC 4511, section 4.5.1.8)
    )
    return ber.encode(ber.SEQUENCE, ber.encode_integer(_SEARCH_NUMBER), search)
