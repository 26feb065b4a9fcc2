"""What goes wrong with https, in words: certificates, TLS, statuses of HTTP."""

from __future__ import annotations

import ssl
from http import HTTPStatus

from lbsh.remote.errors import said

_CERTIFICATES = {
    9: "is not valid yet; is the clock of this machine right?",
    10: "has expired; is the clock of this machine right?",
    18: "is signed by nobody but itself",
    19: "is signed by an authority that is not known here",
    20: "is signed by an authority that is not known here",
    21: "is signed by an authority that is not known here",
    23: "is revoked",
    62: "is for another host",
    64: "is for another host",
}
"""By the codes of OpenSSL (X509_V_ERR_ of x509_vfy.h)."""

_STATUSES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "the server asks for a login, and none is sent",
    HTTPStatus.FORBIDDEN: "the server allows no access to it",
    HTTPStatus.NOT_FOUND: "the server has no such file",
    HTTPStatus.METHOD_NOT_ALLOWED: "the server does not take files there",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the server finds it too large",
    HTTPStatus.INSUFFICIENT_STORAGE: "the disk of the server is full",
}


def tls_reason(error: ssl.SSLError, host: str) -> str:
    """Why there is no connection by TLS."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return f"no connection by TLS: {said((error.reason or error.strerror or str(error)).lower().replace('_', ' '))}"
    words = _CERTIFICATES.get(error.verify_code) or f"is not accepted: {said(error.verify_message)}"
    return f"the certificate of {said(host)} {words}"


def status_reason(status: int, phrase: str) -> str:
    """Why a status of HTTP is not the one that was hoped for."""
    answer = said(f"{status} {phrase}")
    known = _STATUSES.get(status)
    return f"{known} ({answer})" if known else f"the server answers {answer}"
