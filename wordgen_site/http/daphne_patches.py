"""Keep what is on its way out of daphne's memory, and let a response break off.

Daphne spools a request's body to disk, and then reads all of it into a queue for the application:
here the queue is told where the bytes are, and they are read when the application asks. Of a
response it takes whatever is sent, and keeps what the client has not yet fetched: here `send`
returns when the connection has room again, which Twisted tells to whoever registers as a producer.

An application that fails in the middle of a response made daphne fail too, in the loop that
cleans up, while the client waited for the rest: here the connection is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import IO, Any

from daphne.http_protocol import WebRequest
from daphne.server import Server

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Message, Receive, Any], Awaitable[None]]


def improve() -> None:
    """Change daphne's classes. The application must be wrapped with `reading_late`."""
    Server.create_application = _with_late_bodies(Server.create_application)
    Server.handle_reply = _waiting(Server.handle_reply)
    WebRequest.handle_exception = _breaking_off(WebRequest.handle_exception)


# --- requests ------------------------------------------------------------------------------------


class LateBodies:
    """A queue of messages for the application, with readers in place of the bodies."""

    def __init__(self, queue: asyncio.Queue[Message], content: IO[bytes]) -> None:
        self._queue = queue
        self._content = content
        self._end = 0

    def put_nowait(self, message: Message) -> None:
        if body := message.get("body"):
            message = {**message, "body": partial(self._read, self._end, len(body))}
            self._end += len(body)
        self._queue.put_nowait(message)

    def _read(self, place: int, size: int) -> bytes | None:
        """None if the client has left, and its body with it."""
        if self._content.closed:
            return None
        self._content.seek(place)
        return self._content.read(size)


def _with_late_bodies(create: Any) -> Any:
    def create_application(self: Server, protocol: Any, scope: Message) -> Any:
        queue = create(self, protocol, scope)
        if queue is None or not isinstance(protocol, WebRequest):
            return queue
        return LateBodies(queue, protocol.content)

    return create_application


def reading_late(application: Application) -> Application:
    async def read(scope: Message, receive: Receive, send: Any) -> None:
        async def receive_body() -> Message:
            message = await receive()
            body = message.get("body")
            if not callable(body):
                return message
            content = body()
            return {"type": "http.disconnect"} if content is None else {**message, "body": content}

        await application(scope, receive_body, send)

    return read


# --- responses -----------------------------------------------------------------------------------


class Valve:
    """Twisted's push producer, as far as a connection needs it."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    async def wait(self) -> None:
        await self._open.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        self._open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._open.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The client is gone: daphne drops what is sent from now on."""
        self._open.set()


def _waiting(send: Any) -> Any:
    async def handle_reply(self: Server, protocol: Any, message: Message) -> None:
        if not isinstance(protocol, WebRequest) or message["type"] != "http.response.body":
            await send(self, protocol, message)
            return
        more = message.get("more_body", False)
        if more and protocol.producer is None and protocol.channel is not None:
            protocol.registerProducer(Valve(), True)
        if not more and protocol.producer is not None and protocol.channel is not None:
            protocol.unregisterProducer()
        await send(self, protocol, message)
        if protocol.producer is not None:
            await protocol.producer.wait()

    return handle_reply


def _breaking_off(answer: Any) -> Any:
    def handle_exception(self: WebRequest, exception: BaseException) -> None:
        if not self._response_started:
            answer(self, exception)
        elif self.channel is not None:
            self.channel.forceAbortClient()

    return handle_exception
