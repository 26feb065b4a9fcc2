"""Files by https: GET and PUT of `http.client`, over TLS that checks the certificate as the system is set up for it.

A redirect leads to another URL of https, by the same strict grammar, and not for ever; for PUT it is not followed. Nothing
that identifies the user is sent. A file counts as whole when the server has said how long it is, or where it ends.
No proxy is used, whatever the environment says of one.
"""

from __future__ import annotations

import os
import ssl
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import NamedTuple
from urllib.parse import urljoin

from lbsh.remote import https_words
from lbsh.remote.deadlines import Deadline, Timed, connect
from lbsh.remote.errors import RemoteError, TransferError, reason_of, said
from lbsh.remote.limits import Limits
from lbsh.remote.schemes import Scheme
from lbsh.remote.urls import Url, parse_url

MOST_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_STORED = frozenset({200, 201, 204})
_PART = 1 << 16
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class _Answer(NamedTuple):
    """A response: what of it is looked at."""

    status: int
    phrase: str
    location: str | None
    content: bytes


def fetch(url: Url, limits: Limits) -> bytes:
    """The content of a file. Raises `TransferError`."""
    deadline = Deadline(limits)
    here = url
    for _ in range(MOST_REDIRECTS + 1):
        answer = _ask(here, "GET", b"", limits, deadline)
        if answer.status == 200:
            return answer.content
        if answer.status not in _REDIRECTS:
            raise TransferError(https_words.status_reason(answer.status, answer.phrase))
        here = _redirected(here, answer.location)
    raise TransferError(f"the server leads from one place to the next, more than {MOST_REDIRECTS} times")


def put(url: Url, content: bytes, limits: Limits) -> None:
    """Stores a file. Raises `TransferError`."""
    answer = _ask(url, "PUT", content, limits, Deadline(limits))
    if answer.status in _REDIRECTS:
        target = _redirected(url, answer.location)
        raise TransferError(f"the server leads to `{target}`: say that yourself, if it is right")
    if answer.status not in _STORED:
        raise TransferError(https_words.status_reason(answer.status, answer.phrase))


def _redirected(url: Url, location: str | None) -> Url:
    """The URL to which a response leads. Raises `TransferError`."""
    if location is None:
        raise TransferError("the server leads elsewhere without saying where")
    base = f"https://{url.place}{url.encoded_path}{url.query}"
    try:
        target = parse_url(urljoin(base, location.partition("#")[0]))
    except (RemoteError, ValueError) as error:
        raise TransferError(f"the server leads to a place that is not taken: {said(str(error))}") from error
    if target.scheme is not Scheme.HTTPS:
        raise TransferError(f"the server leads to `{target}`, which is not https")
    return target


def _ask(url: Url, method: str, content: bytes, limits: Limits, deadline: Deadline) -> _Answer:
    try:
        with closing(_connect(url, limits, deadline)) as opened:
            return _converse(opened, url, method, content, limits)
    except ssl.SSLError as error:
        raise TransferError(https_words.tls_reason(error, url.host)) from error
    except IncompleteRead as error:
        raise TransferError("the connection ended before the file did") from error
    except RemoteDisconnected as error:
        raise TransferError("the server closed the connection without an answer") from error
    except HTTPException as error:
        raise TransferError(f"the server's answer is no HTTP: {said(str(error) or type(error).__name__)}") from error
    except OSError as error:
        raise TransferError(f"{reason_of(error)}{_about_proxies()}") from error


def _connect(url: Url, limits: Limits, deadline: Deadline) -> Timed:
    """A connection whose other end has proved to be the host. Raises `OSError`."""
    opened = connect(url.host, url.port, limits, deadline)
    try:
        opened.settimeout(deadline.left(limits.connect))
        return Timed(_context().wrap_socket(opened, server_hostname=url.host), limits, deadline)
    except BaseException:
        opened.close()
        raise


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _converse(opened: Timed, url: Url, method: str, content: bytes, limits: Limits) -> _Answer:
    connection = HTTPConnection(url.host, url.port)
    connection.sock = opened
    connection.putrequest(method, f"{url.encoded_path}{url.query}", skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", url.place)
    connection.putheader("User-Agent", "lbsh")
    connection.putheader("Accept-Encoding", "identity")
    connection.putheader("Connection", "close")
    if method == "PUT":
        connection.putheader("Content-Type", "text/plain; charset=utf-8")
        connection.putheader("Content-Length", str(len(content)))
    with suppress(
        BrokenPipeError, ConnectionResetError
    ):  # a server may refuse a file, and close, before all of it came
        connection.endheaders(content or None)
    response = connection.getresponse()
    is_wanted = method == "GET" and response.status == 200
    body = _body(response, limits) if is_wanted else b""
    return _Answer(response.status, response.reason, response.getheader("Location"), body)


def _body(response: HTTPResponse, limits: Limits) -> bytes:
    """The file in a response, if it is a whole one. Raises `TransferError` and `IncompleteRead`."""
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise TransferError("the server sends it compressed, which nobody asked for")
    if response.length is None and not response.chunked:
        raise TransferError("the server does not say how long it is, so half a file would look like a whole one")
    if response.length is not None and response.length > limits.size:
        raise TransferError(limits.too_large)
    parts, length = [], 0
    while part := response.read(_PART):
        parts.append(part)
        length += len(part)
        if length > limits.size:
            raise TransferError(limits.too_large)
    if response.length:  # what is left of the announced length; `read` of a part does not complain
        raise TransferError("the connection ended before the file did")
    return b"".join(parts)


def _about_proxies() -> str:
    """A word on a proxy that the environment names, since that may be why there is no connection."""
    named = [one for one in _PROXIES if os.environ.get(one)]
    return f" (the environment names a proxy in `{named[0]}`, and none is used)" if named else ""
