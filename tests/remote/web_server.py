"""A server for https whose answers are written down byte by byte, and nginx with files of its own."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.limits import LONGEST


class Answering:
    """Answers each request with the next of its answers, and ends the connection without a word of TLS."""

    def __init__(self, certificate: Path, *answers: bytes) -> None:
        self.requests: list[bytes] = []
        self._answers = list(answers)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Answering:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(LONGEST)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            client.settimeout(LONGEST)
            with client, suppress(OSError), self._context.wrap_socket(client, server_side=True) as opened:
                self.requests.append(_request(opened))
                opened.sendall(self._answers.pop(0))


def _request(opened: ssl.SSLSocket) -> bytes:
    """A request with its body."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = opened.recv(1 << 16)
        if not part:
            return got
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
    while len(body) < length:
        body += opened.recv(1 << 16)
    return head + b"\r\n\r\n" + body


@contextmanager
def nginx(program: str, folder: Path, certificate: Path) -> Iterator[int]:
    """Runs nginx on a socket that it inherits; yields its port. It serves `folder`/files, and takes files below `/kept/`."""
    (folder / "files" / "kept").mkdir(parents=True)
    folder.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        (folder / "nginx.conf").write_text(f"""
daemon off;
{"user root;" if os.geteuid() == 0 else ""}
pid {folder}/pid;
error_log {folder}/log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 1m;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    root {folder}/files;
    location /kept/ {{ dav_methods PUT; }}
    location /old/ {{ return 301 /; }}
    location /away/ {{ return 302 http://127.0.0.1/site.lb; }}
  }}
}}
""")
        environment = {**os.environ, "NGINX": f"{listening.fileno()};"}
        command = [program, "-e", "stderr", "-c", str(folder / "nginx.conf")]
        running = subprocess.Popen(command, pass_fds=[listening.fileno()], env=environment)
    try:
        yield port  # the socket is nginx's alone: if that ends, a connection is refused
    finally:
        running.terminate()
        running.wait(LONGEST)
