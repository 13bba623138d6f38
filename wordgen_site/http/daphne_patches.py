"""Changes to daphne's classes. `apply` makes all of them, once, before the server starts.

- `Server.create_application`: Daphne spools the body of a request to disk, and then puts all of it
  into a queue for the application, in memory. The patched queue holds positions in the file; the
  bytes are read when the application asks for them (`with_deferred_bodies`).
- `Server.handle_reply`: Daphne accepts everything that the application sends, and keeps what the
  client has not fetched yet in memory. The patched method returns when the connection has room
  again, which Twisted tells to a registered producer.
- `WebRequest.handle_exception`: If an application fails in the middle of a response, daphne fails
  too, in its clean-up loop, and the client waits for the rest. The patched method closes the
  connection.
- `WebRequest.basic_error`: Daphne refuses a path or a header that it cannot decode with an HTML
  page. The patched method sends the API's JSON error and a request id.
- `WebRequest._parsePOSTFormSubmission`: Twisted parses forms before daphne sees the request. Nobody
  uses the result, and it takes ten times the size of an upload in memory. Django parses forms
  itself, from the file on disk. The patched attribute is always False, which turns this off.

All of them depend on daphne's internals, so `apply` refuses a version that was not tested.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import metadata
from typing import IO, Any

from daphne.http_protocol import WebRequest
from daphne.server import Server
from django.core.exceptions import ImproperlyConfigured

from generation.openai.error_responses import plain_error
from wordgen_site.http.middleware import REQUEST_ID

# After an upgrade: compare the patched methods with daphne's new ones, run the tests in
# tests/process and tests/conformance, and change the version here and in pyproject.toml.
TESTED_VERSIONS = ("4.2.3",)

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
    Server.create_application = _deferring_bodies(Server.create_application)
    Server.handle_reply = _waiting_for_room(Server.handle_reply)
    WebRequest.handle_exception = _closing_on_failure(WebRequest.handle_exception)
    WebRequest.basic_error = basic_error
    WebRequest._parsePOSTFormSubmission = property(lambda self: False, lambda self, value: None)


# --- requests ------------------------------------------------------------------------------------


class DeferredBodies:
    """The application's message queue, with read functions in place of the request's bytes."""

    def __init__(self, queue: asyncio.Queue[Message], content: IO[bytes]) -> None:
        self._queue = queue
        self._content = content
        self._end = 0

    def put_nowait(self, message: Message) -> None:
        if body := message.get("body"):
            message = {**message, "body": partial(self._read, self._end, len(body))}
            self._end += len(body)
        self._queue.put_nowait(message)

    def _read(self, position: int, size: int) -> bytes | None:
        """None if the client has left, because its file is closed then."""
        if self._content.closed:
            return None
        self._content.seek(position)
        return self._content.read(size)


def _deferring_bodies(create: Any) -> Any:
    def create_application(self: Server, protocol: Any, scope: Message) -> Any:
        queue = create(self, protocol, scope)
        if queue is None or not isinstance(protocol, WebRequest):
            return queue
        return DeferredBodies(queue, protocol.content)

    return create_application


def with_deferred_bodies(application: Application) -> Application:
    """Let the application receive the bytes that DeferredBodies reads for it."""

    async def wrapped(scope: Message, receive: Receive, send: Any) -> None:
        async def receive_body() -> Message:
            message = await receive()
            body = message.get("body")
            if not callable(body):
                return message
            content = body()
            return {"type": "http.disconnect"} if content is None else {**message, "body": content}

        await application(scope, receive_body, send)

    return wrapped


# --- responses -----------------------------------------------------------------------------------


class FlowControl:
    """A push producer for Twisted, which pauses it while the connection's buffer is full."""

    def __init__(self) -> None:
        self._has_room = asyncio.Event()
        self._has_room.set()

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
        if not isinstance(protocol, WebRequest) or message["type"] != "http.response.body":
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
    self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
    content = json.dumps(error.body).encode()
    self.handle_reply({"type": "http.response.body", "body": content})
