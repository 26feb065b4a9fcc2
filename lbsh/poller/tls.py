"""TLS as a conversation around another one, without I/O (`ssl.MemoryBIO`).

A context is made once for a file of certificates and a way to verify, for the life of the process: it costs fifty times
what a handshake does. Without verification any certificate will do; its end is seen all the same.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from lbsh.poller.certificates import CertificateError, expiry_of
from lbsh.poller.conversation import Conversation, Method, Step, Transport, Verdict
from lbsh.poller.results import Reason
from lbsh.poller.targets import Target
from lbsh_lang.reported import ReportedError

_PART = 1 << 14
_EXPIRED = frozenset({9, 10})
"""Codes of OpenSSL, x509_vfy.h: not yet valid, no longer valid."""
_OTHER_NAME = frozenset({62, 63, 64})
"""Another name, mail address, address."""


class TrustError(ReportedError):
    """A file of certificates cannot be used; the text says why."""


def context_of(verify: bool, ca: str | None) -> ssl.SSLContext:
    """The context of a way to verify; `ca` is a file of trusted certificates, None for those of the system.

    A file that has changed gives another context. Raises `TrustError`.
    """
    if not verify or ca is None:
        return _context(verify, None, 0)
    try:
        return _context(verify, ca, Path(ca).stat().st_mtime_ns)
    except (OSError, ValueError) as error:  # an `ssl.SSLError` is an OSError, and has no words of its own for a user
        words = "no certificate in PEM" if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None)
        raise TrustError(f"cannot read the certificates in `{ca}`: {words or 'no such path'}") from error


@lru_cache(maxsize=256)
def _context(verify: bool, ca: str | None, changed: int) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # a weak key says nothing against the health of a server
    elif ca is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(ca)
    return context


class TlsConversation:
    """The handshake, then the conversation inside. `name` is asked for, and verified if the context does so."""

    __slots__ = ("_expiry", "_incoming", "_inside", "_outgoing", "_stands", "_tls")

    def __init__(self, inside: Conversation, context: ssl.SSLContext, name: str | None) -> None:
        self._inside = inside
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._stands = False
        self._expiry: int | None = None

    def begin(self) -> Step:
        return self._go_on()

    def receive(self, data: bytes) -> Step:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return self._go_on()

    def silence(self) -> Reason:
        return self._inside.silence() if self._stands else Reason.NO_ANSWER

    def _go_on(self) -> Step:
        """Goes as far as the bytes that are there lead."""
        try:
            return self._converse()
        except ssl.SSLWantReadError:
            return self._outgoing.read()
        except ssl.SSLCertVerificationError as error:
            return Verdict(_reason_of(error), error.verify_message, self._outgoing.read())
        except ssl.SSLEOFError:
            return Verdict(Reason.CLOSED, "" if self._stands else "during the handshake of TLS", expiry=self._expiry)
        except ssl.SSLError as error:
            words = (error.reason or "no TLS").replace("_", " ").lower()
            return Verdict(Reason.TLS_FAILED, words, self._outgoing.read(), self._expiry)

    def _converse(self) -> Step:
        """Raises `ssl.SSLWantReadError` when nothing is left to read, and other errors of TLS."""
        if not self._stands:
            self._tls.do_handshake()
            self._stands = True
            self._expiry = _expiry_of(self._tls)
            end = self._take(self._inside.begin())
            if end is not None:
                return end
        while True:
            try:
                data = self._tls.read(_PART)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                data = b""
            end = self._take(self._inside.receive(data))
            if end is not None or not data:
                return end or Verdict(Reason.CLOSED, expiry=self._expiry)

    def _take(self, step: Step) -> Step | None:
        """The end of the conversation inside; None if it goes on."""
        if isinstance(step, bytes):
            if step:
                self._tls.write(step)
            return None
        if isinstance(step, Verdict):
            if step.farewell:
                self._tls.write(step.farewell)
            return step._replace(farewell=self._outgoing.read() if step.farewell else b"", expiry=self._expiry)
        return step


def _reason_of(error: ssl.SSLCertVerificationError) -> Reason:
    if error.verify_code in _EXPIRED:
        return Reason.TLS_EXPIRED
    return Reason.TLS_NAME if error.verify_code in _OTHER_NAME else Reason.TLS_UNTRUSTED


def _expiry_of(tls: ssl.SSLObject) -> int | None:
    certificate = tls.getpeercert(binary_form=True)
    if certificate is None:
        return None
    try:
        return expiry_of(certificate)
    except CertificateError:
        return None


class TlsMethod(NamedTuple):
    """A method whose conversations run over TLS. Without a name a server is verified by its address."""

    inside: Method
    context: ssl.SSLContext
    name: str | None
    transport: Transport = Transport.TCP

    def conversation(self, target: Target) -> TlsConversation:
        name = self.name
        if name is None and self.context.check_hostname:
            name = str(target.address)
        return TlsConversation(self.inside.conversation(target), self.context, name)
