"""Programs of the laboratory for sessions that open further connections. They end when their standard input does.

sessions.py ftp-server NAME PORT       an FTP server of pyftpdlib that greets with its name and has a file of that name
sessions.py ftp-client ADDRESS active|passive
                                       lists files at each line of its input: the greeting, and for each listing the peer
                                       of its data connection and the files
sessions.py tftp-server NAME PORT      answers each request by TFTP with its name, from a port of its own
sessions.py tftp-client ADDRESS        one request: the address from which the answer came, and the answer
"""

from __future__ import annotations

import contextlib
import ftplib
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

LONGEST_PACKET = 516  # RFC 1350, section 5


def ftp_server(name: str, port: str) -> None:
    from pyftpdlib import authorizers, handlers, servers  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).touch()
        authorizer = authorizers.DummyAuthorizer()
        authorizer.add_anonymous(folder)
        handlers.FTPHandler.authorizer = authorizer
        handlers.FTPHandler.banner = name
        handlers.FTPHandler.permit_foreign_addresses = (
            True  # it compares texts, and the kernel writes IPv6 at full length
        )
        server = servers.FTPServer(("::", int(port)), handlers.FTPHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()


def ftp_client(address: str, mode: str) -> None:
    with ftplib.FTP() as session:
        print(session.connect(address), flush=True)
        session.login()
        session.set_pasv(mode == "passive")
        for _ in sys.stdin:
            with session.transfercmd("NLST") as data:
                files = data.makefile().read().split()
                print(data.getpeername()[0], *files, flush=True)
            session.voidresp()


def tftp_server(name: str, port: str) -> None:
    listener = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    listener.bind(("::", int(port)))
    threading.Thread(target=_answer, args=(listener, name), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


def _answer(listener: socket.socket, name: str) -> None:
    while True:
        _, peer = listener.recvfrom(LONGEST_PACKET)
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as transfer:
            transfer.sendto(b"\0\3\0\1" + name.encode(), peer)  # the first block of data


def tftp_client(address: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as session:
        session.sendto(b"\0\1file\0octet\0", (address, 69))  # a request to read
        with contextlib.suppress(BrokenPipeError):
            data, peer = session.recvfrom(LONGEST_PACKET)
            print(peer[0], data[4:].decode(), flush=True)


PROGRAMS: dict[str, Callable[..., None]] = {
    "ftp-server": ftp_server,
    "ftp-client": ftp_client,
    "tftp-server": tftp_server,
    "tftp-client": tftp_client,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
