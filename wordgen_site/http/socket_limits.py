"""Limits on the WebSockets of one user, and on what a client may send over one of them.

Daphne puts every message into a queue without a limit, and autobahn answers every ping. Here a
token bucket counts all frames: messages, parts of messages, pings. A socket that exceeds it, or
whose consumer is too far behind, is closed.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any
from urllib.parse import unquote

from channels.security.websocket import WebsocketDenier
from django.utils.encoding import escape_uri_path

from wordgen_site.http.connection_limit import connections_of_a_user

logger = logging.getLogger(__name__)

TOO_MANY = 4429  # close code, after HTTP's 429
# The pages send a few messages a minute.
FRAMES_PER_SECOND = 20.0
FRAMES_AT_ONCE = 100.0
# A longer frame counts for several.
BYTES_PER_FRAME = 64 * 1024
WAITING_MESSAGES = 100


class TokenBucket:
    def __init__(self, rate: float, capacity: float) -> None:
        """rate: Tokens that come back each second."""
        self._rate = rate
        self._capacity = capacity
        self._tokens = capacity
        self._at = time.monotonic()

    def take(self, count: float) -> bool:
        now = time.monotonic()
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._rate)
        self._at = now
        self._tokens -= count
        return self._tokens >= 0


class LimitPerUser:
    """An ASGI application that refuses a logged-in user's sockets beyond a number.

    Otherwise one user could take all connections of the server. The consumers close the socket of
    somebody who is not logged in. Counted in this process alone.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self._denier = WebsocketDenier()
        self._open: Counter[int] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        user = scope["user"].pk
        if user is None:
            await self._application(scope, receive, send)
            return
        if self._open[user] >= connections_of_a_user():
            logger.warning("too many sockets user=%s open=%s", user, self._open[user])
            await self._denier(scope, receive, send)
            return
        self._open[user] += 1
        try:
            await self._application(scope, receive, send)
        finally:
            self._open[user] -= 1


# --- the members of daphne's WebSocketProtocol that `daphne_patches.py` replaces ------------------


def limiting_frames(begin: Any) -> Any:
    def on_frame_begin(self: Any) -> None:
        bucket = self.__dict__.setdefault(
            "frame_bucket", TokenBucket(FRAMES_PER_SECOND, FRAMES_AT_ONCE)
        )
        if not bucket.take(1 + self.current_frame.length / BYTES_PER_FRAME):
            _close(self, "too many frames")
            return
        begin(self)

    return on_frame_begin


def limiting_messages(receive: Any) -> Any:
    def on_message(self: Any, payload: bytes, is_binary: bool) -> None:
        if self.application_queue.qsize() >= WAITING_MESSAGES:
            _close(self, "too many waiting messages")
            return
        receive(self, payload, is_binary)

    return on_message


def dropping_late_messages(send: Any) -> Any:
    """Wrap `serverSend`: the application answers what it read before the socket was closed.

    Daphne forgets the connection later than autobahn closes it, and autobahn raises in between.
    """

    def server_send(self: Any, content: str | bytes, binary: bool = False) -> None:
        if self.state not in (self.STATE_CLOSING, self.STATE_CLOSED):
            send(self, content, binary)

    return server_send


def _close(protocol: Any, reason: str) -> None:
    if protocol.muted:
        return
    path = escape_uri_path(unquote(protocol.path.decode()))
    logger.warning("socket closed path=%s reason=%r", path, reason)
    protocol.sendClose(code=TOO_MANY, reason=reason)
    protocol.application_queue.put_nowait({"type": "websocket.disconnect", "code": TOO_MANY})
    protocol.muted = True  # daphne passes nothing more to the application
    # Without waiting for the client's own close: what it has sent already would be parsed first.
    # A client that reads nothing would never get the rest.
    protocol.dropConnection(abort=protocol.flow_control.is_full)
