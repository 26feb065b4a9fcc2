"""Packets of RADIUS, by pyrad; the only module that imports it."""

from __future__ import annotations

from pyrad.packet import AccessRequest, AuthPacket, PacketError, StatusServer

ACCEPT, REJECT, ACCOUNTED, CHALLENGE = 2, 3, 5, 11
_USER_NAME, _USER_PASSWORD, _NAS_IDENTIFIER = 1, 2, 32
_NAS = b"lbsh"


class Request:
    """A signed request, and the judge of what answers it."""

    __slots__ = ("_packet", "data")

    def __init__(self, secret: bytes, user: bytes | None, password: bytes | None) -> None:
        """Status-Server without a user, Access-Request with one. The authenticator is new each time."""
        packet = AuthPacket(code=StatusServer if user is None else AccessRequest, secret=secret)
        packet.authenticator = packet.CreateAuthenticator()
        packet.add_message_authenticator()
        if user is not None:
            packet[_USER_NAME] = [user]
        if password is not None:
            packet[_USER_PASSWORD] = [packet.PwCrypt(password)]
        packet[_NAS_IDENTIFIER] = [_NAS]
        self._packet = packet
        self.data: bytes = packet.RequestPacket()

    def code_of(self, data: bytes) -> int | None:
        """The code of an answer to the request, None if the bytes are none, or not signed with the secret."""
        try:
            reply = self._packet.CreateReply(packet=data)
            known = self._packet.VerifyReply(reply, data)
        except PacketError:
            return None
        return int(reply.code) if known else None
