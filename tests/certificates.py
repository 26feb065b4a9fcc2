"""Certificates for tests, made by the program `openssl`: an authority, and what it has signed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple


class Certificates(NamedTuple):
    """Files in PEM: the authority's certificate, and servers' certificates with their keys, each of another kind."""

    authority: Path
    good: Path
    expired: Path
    other_name: Path
    """Of another name and another address."""
    own: Path
    """Signed by nobody else."""


NAME = "www.example.net"


def make_certificates(folder: Path) -> Certificates:
    """Makes them in a folder, for `NAME` and 127.0.0.1."""
    authority, key = folder / "ca.pem", folder / "ca.key"
    _openssl(
        folder, "req", "-x509", *_KEY, "-keyout", key, "-out", authority, "-subj", "/CN=an authority", "-days", "9"
    )
    return Certificates(
        authority,
        _signed(folder, "good", NAME, "127.0.0.1", days=5),
        _signed(folder, "expired", NAME, "127.0.0.1", days=-1),
        _signed(folder, "other", "www.example.org", "192.0.2.1", days=5),
        _own(folder),
    )


_KEY = ("-newkey", "rsa:2048", "-nodes")


def _signed(folder: Path, stem: str, name: str, address: str, days: int) -> Path:
    whole, request, key, extensions = (folder / f"{stem}.{ending}" for ending in ("pem", "csr", "key", "ext"))
    extensions.write_text(f"subjectAltName = DNS:{name}, IP:{address}\n")
    _openssl(folder, "req", "-new", *_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    signing = ("-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial", "-extfile", extensions)
    certificate = _openssl(folder, "x509", "-req", "-in", request, *signing, "-days", str(days))
    whole.write_bytes(key.read_bytes() + certificate)  # in the order that postfix asks for
    return whole


def _own(folder: Path) -> Path:
    whole, key = folder / "own.pem", folder / "own.key"
    certificate = _openssl(folder, "req", "-x509", *_KEY, "-keyout", key, "-subj", f"/CN={NAME}", "-days", "5")
    whole.write_bytes(key.read_bytes() + certificate)  # in the order that postfix asks for
    return whole


def _openssl(folder: Path, *words: str | Path) -> bytes:
    return subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True).stdout
