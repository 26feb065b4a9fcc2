"""Files by https: certificates, redirects, whole files and parts of them, answers of any kind; nginx as a real server."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lbsh.remote.errors import RemoteError
from lbsh.remote.https import MOST_REDIRECTS
from lbsh.remote.limits import USUAL
from lbsh.remote.storage import fetch, put
from lbsh.remote.urls import parse_url
from tests.certificates import Certificates, make_certificates
from tests.limits import LONGEST
from tests.remote.web_server import Answering, nginx

LIMITS = USUAL._replace(connect=LONGEST, silence=LONGEST, total=LONGEST)
LINE = "service WEB 192.0.2.1 tcp port 80\n"
NGINX = shutil.which("nginx", path="/usr/sbin:/sbin:/usr/bin:/usr/local/sbin")

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="not installed: openssl")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def known_authority(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    for one in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(one, raising=False)


def answer(status: str, body: str | bytes = b"", *fields: str) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *fields]
    return "".join([f"{line}\r\n" for line in lines]).encode() + b"\r\n" + content


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(RemoteError) as caught:
        act()
    assert str(caught.value).isprintable()
    return str(caught.value)


def refusal_of_get(server: Answering, path: str = "/site.lb") -> str:
    return refusal(lambda: fetch(parse_url(f"https://127.0.0.1:{server.port}{path}"), LIMITS))


def refusal_of_put(server: Answering, text: str = LINE) -> str:
    return refusal(lambda: put(parse_url(f"https://127.0.0.1:{server.port}/site.lb"), text, LIMITS))


def test_file_is_fetched_and_nothing_of_the_user_is_sent(certificates: Certificates) -> None:
    with Answering(certificates.good, answer("200 OK", LINE)) as server:
        url = parse_url(f"https://127.0.0.1:{server.port}/a%20b.lb?ref=main")
        got = fetch(url, LIMITS)
        assert got.source().text == LINE
        assert got.source().name == f"https://127.0.0.1:{server.port}/a%20b.lb?…"
        assert server.requests == [
            b"GET /a%%20b.lb?ref=main HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: lbsh\r\n"
            b"Accept-Encoding: identity\r\nConnection: close\r\n\r\n" % server.port
        ]


def test_file_in_chunks_is_fetched(certificates: Certificates) -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nserv\r\n3\r\nice\r\n0\r\n\r\n"
    with Answering(certificates.good, chunks) as server:
        assert fetch(parse_url(f"https://127.0.0.1:{server.port}/x"), LIMITS).content == b"service"


CERTIFICATES = [
    ("expired", "the certificate of 127.0.0.1 has expired"),
    ("other_name", "the certificate of 127.0.0.1 is for another host"),
    ("own", "the certificate of 127.0.0.1 is signed by nobody but itself"),
]


@pytest.mark.parametrize(("kind", "words"), CERTIFICATES)
def test_certificate_that_proves_nothing_is_refused_in_words(certificates: Certificates, kind: str, words: str) -> None:
    with Answering(getattr(certificates, kind)) as server:
        assert words in refusal_of_get(server)
        assert words in refusal_of_put(server)
        assert server.requests == []


def test_unknown_authority_is_said(certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with Answering(certificates.good) as server:
        assert "is signed by an authority that is not known here" in refusal_of_get(server)


def test_server_without_tls_is_said(certificates: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak() -> None:
            client, _ = listening.accept()
            with client:
                client.recv(1 << 16)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=speak, daemon=True)
        thread.start()
        url = parse_url(f"https://127.0.0.1:{listening.getsockname()[1]}/x")
        assert "no connection by TLS" in refusal(lambda: fetch(url, LIMITS))
        thread.join(LONGEST)


PARTS = {
    "a part of what was announced": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nservice",
        "the connection ended before the file did",
    ),
    "a part of a chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nservice",
        "the connection ended before the file did",
    ),
    "no last chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nservice\r\n",
        "the connection ended before the file did",
    ),
    "no length": (b"HTTP/1.1 200 OK\r\n\r\nservice", "half a file would look like a whole one"),
    "no end of the head": (b"HTTP/1.1 200 OK\r\nContent-Le", "half a file would look like a whole one"),
    "nothing": (b"", "the server closed the connection without an answer"),
    "no HTTP": (b"220 ready \x1b[31m\r\n", "the server's answer is no HTTP: 220 ready \ufffd[31m"),
    "compressed": (answer("200 OK", b"\x1f\x8b", "Content-Encoding: gzip"), "compressed"),
    "another status": (answer("206 Partial Content", b"serv"), "the server answers 206 Partial Content"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "the server answers 204 No Content"),
    "too long a line": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", "the server's answer is no HTTP"),
    "too many fields": (b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 1000 + b"\r\n", "the server's answer is no HTTP"),
}


@pytest.mark.parametrize("part", PARTS)
def test_half_a_file_is_none(certificates: Certificates, part: str) -> None:
    content, words = PARTS[part]
    with Answering(certificates.good, content) as server:
        assert words in refusal_of_get(server)


def test_too_large_a_file_is_not_read(certificates: Certificates) -> None:
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 2000
    with Answering(certificates.good, answer("200 OK", b"x" * 1_000_001), endless) as server:
        url = parse_url(f"https://127.0.0.1:{server.port}/x")
        for _ in range(2):
            words = refusal(lambda: fetch(url, LIMITS._replace(size=1_000_000)))
            assert "it is larger than" in words


def test_server_that_gives_a_byte_now_and_then_is_not_waited_for(certificates: Certificates) -> None:
    """Each byte comes in time, and the whole does not."""
    is_over = threading.Event()

    class Dripping(Answering):
        def _serve(self) -> None:
            client, _ = self._listening.accept()
            with client, suppress(OSError), self._context.wrap_socket(client, server_side=True) as opened:
                opened.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not is_over.wait(0.05):
                    opened.sendall(b"x")

    with Dripping(certificates.good) as server:
        url = parse_url(f"https://127.0.0.1:{server.port}/x")
        words = refusal(lambda: fetch(url, LIMITS._replace(total=1)))
        is_over.set()
    assert "no answer in time" in words


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(status, b"", f"Location: {to}")


def test_redirects_lead_to_the_file(certificates: Certificates) -> None:
    with Answering(certificates.good, answer("200 OK", LINE)) as other:
        target = f"https://127.0.0.1:{other.port}/x?signature=1"
        with Answering(
            certificates.good, redirect("/a/../b#part"), redirect(target, "308 Permanent Redirect")
        ) as server:
            assert fetch(parse_url(f"https://127.0.0.1:{server.port}/a/x"), LIMITS).content == LINE.encode()
            assert [one.split(b" ")[1] for one in server.requests] == [b"/a/x", b"/b"]
            assert other.requests[0].startswith(b"GET /x?signature=1 ")


ELSEWHERE = {
    "http://127.0.0.1/x": "files are not fetched by `http`",
    "tftp://127.0.0.1/x": "which is not https",
    "sftp://127.0.0.1/x": "which is not https",
    "file:///etc/passwd": "",
    "https://ops:s3cret@127.0.0.1/x": "no password",
    "//-oProxyCommand=id/x": "is no name of a host",
    "https://127.0.0.1/": "names a folder",
    "https://[::1": "",
    "/a\x1b[31m": "",
}


@pytest.mark.parametrize("to", ELSEWHERE)
def test_redirect_to_anything_else_is_refused(certificates: Certificates, to: str) -> None:
    with Answering(certificates.good, redirect(to)) as server:
        words = refusal_of_get(server)
        assert "the server leads to" in words
        assert ELSEWHERE[to] in words
        assert "s3cret" not in words


def test_redirect_without_a_place_is_said(certificates: Certificates) -> None:
    with Answering(certificates.good, answer("301 Moved Permanently")) as server:
        assert "without saying where" in refusal_of_get(server)


def test_redirects_without_end_are_not_followed(certificates: Certificates) -> None:
    with Answering(certificates.good, *[redirect("/x")] * (MOST_REDIRECTS + 1)) as server:
        assert "leads from one place to the next" in refusal_of_get(server)
        assert len(server.requests) == MOST_REDIRECTS + 1


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "204 No Content"])
def test_file_is_stored(certificates: Certificates, status: str) -> None:
    with Answering(certificates.good, answer(status)) as server:
        put(parse_url(f"https://127.0.0.1:{server.port}/site.lb"), "# ä\n", LIMITS)
        (request,) = server.requests
        assert request.startswith(b"PUT /site.lb HTTP/1.1\r\n")
        assert request.endswith(b"\r\nContent-Length: 5\r\n\r\n# \xc3\xa4\n")


def test_file_is_not_stored_elsewhere(certificates: Certificates) -> None:
    with Answering(certificates.good, redirect("https://example.net/y", "307 Temporary Redirect")) as server:
        assert "the server leads to `https://example.net/y`" in refusal_of_put(server)
        assert len(server.requests) == 1


STATUSES = {
    "401 Unauthorized": "asks for a login, and none is sent (401 Unauthorized)",
    "403 Forbidden": "allows no access",
    "404 Not Found": "no such file",
    "405 Method Not Allowed": "does not take files",
    "507 Insufficient Storage": "the disk of the server is full",
    "418 tea \x1b[31m": "the server answers 418 tea \ufffd[31m",
    "202 Accepted": "the server answers 202 Accepted",
}


@pytest.mark.parametrize("status", STATUSES)
def test_status_is_put_into_words(certificates: Certificates, status: str) -> None:
    with Answering(certificates.good, answer(status), answer(status)) as server:
        assert STATUSES[status] in refusal_of_get(server)
        assert STATUSES[status] in refusal_of_put(server)


def test_proxy_of_the_environment_is_not_used_and_is_said(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with Answering(certificates.good, answer("200 OK", LINE)) as server:
        assert fetch(parse_url(f"https://127.0.0.1:{server.port}/x"), LIMITS).content == LINE.encode()
        gone = server.port
    words = refusal(lambda: fetch(parse_url(f"https://127.0.0.1:{gone}/x"), LIMITS))
    assert "connection refused (the environment names a proxy in `https_proxy`, and none is used)" in words


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[tuple[int, Path]]:
    if NGINX is None:
        pytest.skip("not installed: nginx-light")
    folder = tmp_path_factory.mktemp("web")
    with nginx(NGINX, folder, certificates.good) as port:
        yield port, folder / "files"


def test_nginx_serves_and_takes_files(web: tuple[int, Path]) -> None:
    port, files = web
    url = parse_url(f"https://127.0.0.1:{port}/kept/site.lb")
    put(url, LINE, LIMITS)
    assert (files / "kept" / "site.lb").read_text() == LINE
    put(url, LINE * 2, LIMITS)
    assert fetch(url, LIMITS).content == (LINE * 2).encode()


def test_nginx_refuses(web: tuple[int, Path]) -> None:
    port, files = web
    here = f"https://127.0.0.1:{port}"
    assert "the server has no such file (404 Not Found)" in refusal(lambda: fetch(parse_url(f"{here}/none"), LIMITS))
    assert "does not take files there" in refusal(lambda: put(parse_url(f"{here}/site.lb"), LINE, LIMITS))
    large = "# filler\n" * 1_000_000
    assert "finds it too large" in refusal(lambda: put(parse_url(f"{here}/kept/large"), large, LIMITS))
    assert not (files / "kept" / "large").exists()
    assert "files are not fetched by `http`" in refusal(lambda: fetch(parse_url(f"{here}/away/x"), LIMITS))
    assert "names a folder" in refusal(lambda: fetch(parse_url(f"{here}/old/x"), LIMITS))
