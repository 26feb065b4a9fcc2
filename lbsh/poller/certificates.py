"""The end of a certificate, read from its bytes (RFC 5280, section 4.1): Python tells it of verified ones only."""

from __future__ import annotations

from datetime import UTC, datetime

from lbsh.poller.probes import ber

_UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x17, 0x18, 0xA0


class CertificateError(ValueError):
    """The bytes are no certificate."""


def expiry_of(certificate: bytes) -> int:
    """The end of a certificate in DER, in milliseconds since 1970 (UTC). Raises `CertificateError`."""
    try:
        (outer,) = ber.parts(certificate)
        fields = ber.parts(ber.parts(outer.content)[0].content)
        validity = fields[4 if fields[0].tag == _VERSION else 3]
        _, end = ber.parts(validity.content)
        return int(_time(end).timestamp() * 1000)
    except (ber.BerError, IndexError, ValueError, OverflowError) as error:
        raise CertificateError("no certificate") from error


def _time(value: ber.Value) -> datetime:
    """A time of one of the two kinds; years of two digits are from 1950 to 2049."""
    text = value.content.decode("ascii")
    if value.tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif value.tag != _GENERALIZED_TIME:
        raise CertificateError("no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
