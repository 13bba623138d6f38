"""The client of another process's engine, and a server that dies at a certain byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from generation.engine.contract import (
    EngineRefused,
    EngineStopped,
    GenerationRequest,
    Message,
    ModelUnavailable,
)
from generation.engine.remote.client import RemoteEngine

WAIT = 30.0
REQUEST = GenerationRequest(messages=(Message("user", "hi"),))
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
RECEIPT = b"1\r\n\n\r\n"


@contextmanager
def dying_server(said: bytes) -> Iterator[RemoteEngine]:
    """Reads one request, answers with `said` and closes the connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                received = b""
                while b'"priority"' not in received:
                    received += connection.recv(65536)
                connection.sendall(said)

        server = threading.Thread(target=serve)
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with closing(RemoteEngine(url, "k" * 40, "model")) as engine:
            yield engine
        server.join(WAIT)


def test_without_a_receipt_the_engine_never_had_the_request() -> None:
    with dying_server(b"") as engine, pytest.raises(ModelUnavailable, match="cannot be reached"):
        engine.submit(REQUEST)


@pytest.mark.parametrize("accepted", [b"", RECEIPT], ids=["not accepted yet", "accepted"])
def test_after_the_receipt_the_request_may_be_the_cause(accepted: bytes) -> None:
    with dying_server(HEAD + RECEIPT + accepted) as engine:
        handle = engine.submit(REQUEST)
        with pytest.raises(EngineStopped, match="was lost"):
            handle.result(WAIT)


def test_a_refused_key_is_not_a_missing_model() -> None:
    refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    with dying_server(refusal) as engine, pytest.raises(EngineRefused):
        engine.submit(REQUEST)
