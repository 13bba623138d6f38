"""HTTP over a plain socket, for requests that no client library sends."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class RawResponse:
    status: int
    head: str
    body: bytes


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    assert address.hostname is not None
    return socket.create_connection((address.hostname, address.port or 80), WAIT_SECONDS)


def head_bytes(url: str, request_line: str, headers: dict[str, str]) -> bytes:
    lines = [f"{request_line} HTTP/1.1", f"Host: {urlsplit(url).netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin1")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def send_until_refused(connection: socket.socket, pieces: Iterable[bytes]) -> int:
    """Send pieces until the server answers or closes. Returns how many bytes it took."""
    sent = 0
    connection.setblocking(False)
    deadline = time.monotonic() + WAIT_SECONDS
    try:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                assert time.monotonic() < deadline
                try:
                    if connection.recv(1, socket.MSG_PEEK) is not None:
                        return sent
                except BlockingIOError:
                    pass
                try:
                    count = connection.send(rest)
                except BlockingIOError:
                    continue
                sent += count
                rest = rest[count:]
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        connection.settimeout(WAIT_SECONDS)
    return sent


def read_response(connection: socket.socket) -> RawResponse:
    """Read one response with a Content-Length, or until the server closes."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    text = head.decode("latin1")
    length = next(
        (
            int(line.partition(":")[2])
            for line in text.splitlines()
            if line.lower().startswith("content-length:")
        ),
        None,
    )
    while length is None or len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return RawResponse(int(text.split(" ", 2)[1]), text, body)
