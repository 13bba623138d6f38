"""Changes to daphne's classes. `apply` makes all of them, once, before the server starts.

- `WebRequest.gotLength`, `handleContentChunk`, `requestReceived` and `connectionLost`: Twisted
  stores any body before anybody checks it. The patched methods check it while it arrives, and they
  drop the header `Daphne-Root-Path` (`body_intake.py`).
- `Server.create_application`: Daphne puts the whole body into a queue for the application, in
  memory, before another request gets a turn. The patched queue holds the file, and the bytes are
  read when the application asks for them (`with_deferred_bodies`). A body that came in chunks gets
  a `Content-Length`, without which Django and REST framework take it for empty.
- `Server.handle_reply`: Daphne accepts everything that the application sends, and keeps what the
  client has not fetched yet in memory. The patched method returns when the connection has room
  again, which Twisted tells to a registered producer.
- `WebSocketProtocol.connectionMade`: This registers such a producer for a WebSocket.
- `WebRequest.handle_exception`: If an application fails in the middle of a response, daphne fails
  too, in its clean-up loop, and the client waits for the rest. The patched method closes the
  connection.
- `WebRequest.basic_error`: Daphne refuses a path or a header that it cannot decode with an HTML
  page. The patched method sends the API's JSON error and a request id.
- `WebRequest._parsePOSTFormSubmission`: Twisted parses forms before daphne sees the request. Nobody
  uses the result, and it takes ten times the size of an upload in memory. Django parses forms
  itself, from the file on disk. The patched attribute is always False, which turns this off.
- `WebSocketProtocol.onFrameBegin` and `onMessage`: Daphne accepts any number of frames. The patched
  methods close a socket that sends too many (`socket_limits.py`).
- `WebSocketProtocol.serverSend`: Autobahn raises if the application answers on a socket that was
  closed a moment before. The patched method drops the answer.
- `HTTPFactory.buildProtocol`: Twisted accepts connections until no file can be opened any more. The
  patched method makes room earlier (`connection_limit.py`).
- `HTTPChannel.lineLengthExceeded`, `_respondToBadRequestAndDisconnect` and `rawDataReceived`:
  Twisted sends no error for a long head, and keeps any number of early requests
  (`request_heads.py`).
- `Server.kill_all_applications`: At the end of the process, daphne cuts every reply. The patched
  method finishes them first (`graceful_stop.py`). Daphne also fails if a connection has no complete
  request, and then cancels nothing. The patched method leaves such connections out.

All of them depend on daphne's internals, so `apply` refuses a version that was not tested.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import Awaitable, Callable
from importlib import metadata
from typing import IO, Any

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.core.exceptions import ImproperlyConfigured
from twisted.internet.defer import Deferred
from twisted.web.http import HTTPChannel

from generation.openai.error_responses import plain_error
from wordgen_site.http import (
    body_intake,
    connection_limit,
    graceful_stop,
    request_heads,
    socket_limits,
)
from wordgen_site.http.cross_origin import cors_headers
from wordgen_site.http.middleware import REQUEST_ID

# After an upgrade: compare the patched methods with daphne's new ones, run the tests in
# tests/process and tests/conformance, and change the version here and in pyproject.toml.
TESTED_VERSIONS = ("4.2.3",)

PIECE_BYTES = 64 * 1024

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Message, Receive, Any], Awaitable[None]]


def apply() -> None:
    """Patch daphne's classes. The application must be wrapped with `with_deferred_bodies`.

    Raises ImproperlyConfigured if the installed daphne is not one of TESTED_VERSIONS.
    """
    installed = metadata.version("daphne")
    if installed not in TESTED_VERSIONS:
        raise ImproperlyConfigured(
            f"daphne {installed} is installed, but the patches in {__file__} were only tested with"
            f" daphne {', '.join(TESTED_VERSIONS)}. Install that version, or follow the steps at"
            " TESTED_VERSIONS in that file."
        )
    WebRequest.gotLength = body_intake.got_length
    WebRequest.handleContentChunk = body_intake.handle_content_chunk
    WebRequest.requestReceived = body_intake.checking_the_end(WebRequest.requestReceived)
    WebRequest.connectionLost = body_intake.ending_with_the_connection(WebRequest.connectionLost)
    WebSocketProtocol.connectionMade = _with_flow_control(WebSocketProtocol.connectionMade)
    WebSocketProtocol.onFrameBegin = socket_limits.limiting_frames(WebSocketProtocol.onFrameBegin)
    WebSocketProtocol.onMessage = socket_limits.limiting_messages(WebSocketProtocol.onMessage)
    WebSocketProtocol.serverSend = socket_limits.dropping_late_messages(
        WebSocketProtocol.serverSend
    )
    HTTPFactory.buildProtocol = connection_limit.limiting_connections(HTTPFactory.buildProtocol)
    channel: Any = HTTPChannel
    channel.lineLengthExceeded = request_heads.refuse_long_line
    channel._respondToBadRequestAndDisconnect = request_heads.refusing_long_heads(
        channel._respondToBadRequestAndDisconnect
    )
    channel.rawDataReceived = request_heads.pausing_early_requests(channel.rawDataReceived)
    Server.kill_all_applications = _after_replies(Server.kill_all_applications)
    Server.create_application = _deferring_bodies(Server.create_application)
    Server.handle_reply = _waiting_for_room(Server.handle_reply)
    WebRequest.handle_exception = _closing_on_failure(WebRequest.handle_exception)
    WebRequest.basic_error = basic_error
    WebRequest._parsePOSTFormSubmission = property(lambda self: False, lambda self, value: None)


# --- requests ------------------------------------------------------------------------------------


class SpooledBody:
    """The stored body of a request. Daphne reads nothing from it; the application reads pieces."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.size = content.seek(0, os.SEEK_END)
        self._position = 0

    @property
    def closed(self) -> bool:
        return self._content.closed

    @property
    def is_at_end(self) -> bool:
        return self._position >= self.size

    def read(self, size: int) -> bytes:
        return b""

    def next_piece(self) -> bytes | None:
        """Return the next piece; None if the client has left, because the file is closed then."""
        if self._content.closed:
            return None
        self._content.seek(self._position)
        piece = self._content.read(PIECE_BYTES)
        self._position += len(piece)
        return piece

    def close(self) -> None:
        self._content.close()


class DeferredBodies:
    """The application's message queue, with the SpooledBody in place of the request's bytes."""

    def __init__(self, queue: asyncio.Queue[Message], body: SpooledBody) -> None:
        self._queue = queue
        self._body = body

    def put_nowait(self, message: Message) -> None:
        if message["type"] == "http.request":
            message = {**message, "body": self._body}
        self._queue.put_nowait(message)


def _deferring_bodies(create: Any) -> Any:
    def create_application(self: Server, protocol: Any, scope: Message) -> Any:
        if not isinstance(protocol, WebRequest):
            return create(self, protocol, scope)
        body = SpooledBody(protocol.content)
        queue = create(self, protocol, with_content_length(scope, body.size))
        if queue is None:
            return None
        protocol.content = body
        return DeferredBodies(queue, body)

    return create_application


def with_content_length(scope: Message, size: int) -> Message:
    """Replace the header `Transfer-Encoding` by the length that is known now."""
    headers = [header for header in scope["headers"] if header[0] != b"transfer-encoding"]
    if len(headers) == len(scope["headers"]):
        return scope
    headers = [header for header in headers if header[0] != b"content-length"]
    return {**scope, "headers": [*headers, (b"content-length", str(size).encode())]}


def with_deferred_bodies(application: Application) -> Application:
    """Let the application receive the pieces of a SpooledBody, one each time it asks."""

    async def wrapped(scope: Message, receive: Receive, send: Any) -> None:
        body: SpooledBody | None = None

        async def receive_body() -> Message:
            nonlocal body
            if body is None or body.is_at_end:
                message = await receive()
                if not isinstance(message.get("body"), SpooledBody):
                    return message
                body = message["body"]
            else:
                await asyncio.sleep(0)  # other requests get a turn between two pieces
            piece = body.next_piece()
            if piece is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece, "more_body": not body.is_at_end}

        await application(scope, receive_body, send)

    return wrapped


# --- responses -----------------------------------------------------------------------------------


class FlowControl:
    """A push producer for Twisted, which pauses it while the connection's buffer is full."""

    def __init__(self) -> None:
        self._has_room = asyncio.Event()
        self._has_room.set()

    @property
    def is_full(self) -> bool:
        return not self._has_room.is_set()

    async def wait(self) -> None:
        await self._has_room.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        self._has_room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._has_room.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The client has left. From now on daphne drops what the application sends."""
        self._has_room.set()


def _waiting_for_room(send: Any) -> Any:
    async def handle_reply(self: Server, protocol: Any, message: Message) -> None:
        if isinstance(protocol, WebSocketProtocol):
            await send(self, protocol, message)
            await protocol.flow_control.wait()
            return
        if message["type"] != "http.response.body":
            await send(self, protocol, message)
            return
        more = message.get("more_body", False)
        if more and protocol.producer is None and protocol.channel is not None:
            protocol.registerProducer(FlowControl(), True)
        if not more and protocol.producer is not None and protocol.channel is not None:
            protocol.unregisterProducer()
        await send(self, protocol, message)
        if protocol.producer is not None:
            await protocol.producer.wait()

    return handle_reply


def _with_flow_control(connect: Any) -> Any:
    def connection_made(self: Any) -> None:
        self.flow_control = FlowControl()
        # The channel of the request that opened the socket still hears from the transport. Where
        # daphne itself encrypts, it does not, and nothing waits.
        if (channel := getattr(self.transport, "producer", None)) is not None:
            channel.registerProducer(self.flow_control, True)
        connect(self)

    return connection_made


def _after_replies(kill: Any) -> Any:
    async def finish_and_kill(self: Server) -> None:
        await graceful_stop.finish_replies(self)
        self.connections = {
            protocol: details
            for protocol, details in self.connections.items()
            if "application_instance" in details
        }
        await kill(self).asFuture(asyncio.get_running_loop())

    def kill_all_applications(self: Server) -> Any:
        return Deferred.fromFuture(asyncio.ensure_future(finish_and_kill(self)))

    return kill_all_applications


def _closing_on_failure(answer: Any) -> Any:
    def handle_exception(self: WebRequest, exception: BaseException) -> None:
        if not self._response_started:
            answer(self, exception)
        elif self.channel is not None:
            self.channel.forceAbortClient()

    return handle_exception


def basic_error(self: WebRequest, status: int, status_text: bytes, body: str) -> None:
    """body: Daphne's error message."""
    error = plain_error(status)
    error.message = f"{body.removesuffix('.')}."
    headers = [
        (b"Content-Type", b"application/json"),
        (REQUEST_ID.encode(), uuid.uuid4().hex.encode()),
    ]
    head = self.intake.head
    headers += [
        (name.encode(), value.encode())
        for name, value in cors_headers(head.path, head.origin).items()
    ]
    self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
    content = json.dumps(error.body).encode()
    self.handle_reply({"type": "http.response.body", "body": content})
