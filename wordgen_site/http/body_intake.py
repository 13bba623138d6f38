"""Accepting or refusing a request's body while it arrives.

Twisted stores a body of any size from any client before the application sees the request.
Here the first `ANONYMOUS_BYTES` are accepted from everybody. Before more is read, the client's
credentials are checked; meanwhile nothing is read from the connection. A body above the limit of
its path is refused, with `Content-Length` before its first byte and otherwise when it exceeds the
limit. `daphne_patches.py` calls the four functions at the end.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from typing import Any
from urllib.parse import unquote

from channels.db import database_sync_to_async

from generation.openai.errors import ApiError
from wordgen_site.http.body_policy import (
    ANONYMOUS_BYTES,
    Head,
    body_limit,
    sender_or_refusal,
    too_large,
    too_many,
)
from wordgen_site.http.connection_limit import connections_of_a_user
from wordgen_site.http.refusal import send_refusal

# After a refusal the rest of the body is read and dropped, because many clients read the response
# only when they have sent everything. After this many bytes or seconds the connection is closed.
DROPPED_BYTES = 64 * 1024 * 1024
DROPPED_SECONDS = 5.0
# The checks have threads of their own: a slow database must not take those of the requests.
CHECKING_THREADS = 4
# A body is kept in memory up to this size, then on disk.
IN_MEMORY_BYTES = 100_000

_executor = ThreadPoolExecutor(CHECKING_THREADS, thread_name_prefix="body-check")
_check = database_sync_to_async(sender_or_refusal, thread_sensitive=False, executor=_executor)
# The allowed bodies that are on their way, by user.
_arriving: Counter[int] = Counter()


class State(Enum):
    ANONYMOUS = auto()  # at most ANONYMOUS_BYTES have arrived
    CHECKING = auto()  # nothing more is read until the credentials are checked
    ALLOWED = auto()
    REFUSED = auto()  # the response is sent; the rest is dropped


class BodyIntake:
    """The body of one request, from its headers to its last byte."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._channel = request.channel
        self.head = head_of(request)
        self._limit = body_limit(self.head.path)
        self._state = State.ANONYMOUS
        self._received = 0
        self._dropped = 0
        self._is_complete = False
        self._wants_continue = False
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._user: int | None = None  # counted in `_arriving`

    def begin(self, length: int | None) -> None:
        """length: From `Content-Length`; None with chunks."""
        if length is None or length <= ANONYMOUS_BYTES:
            return
        # Twisted would tell the client to continue, before the check.
        headers = self._request.requestHeaders
        expected = headers.getRawHeaders(b"expect", [b""])[0]
        headers.removeHeader(b"expect")
        if length > self._limit:
            self._refuse(too_large(self._limit))
        else:
            self._wants_continue = expected.lower() == b"100-continue"
            self._begin_check()

    def accepts(self, size: int) -> bool:
        """Return whether to store the next `size` bytes."""
        if self._state is State.REFUSED:
            self._dropped += size
            if self._dropped > DROPPED_BYTES:
                self._channel.transport.abortConnection()
            return False
        self._received += size
        if self._received > self._limit:
            self._refuse(too_large(self._limit))
            return False
        if self._state is State.ANONYMOUS and self._received > ANONYMOUS_BYTES:
            self._begin_check()
        elif self._state is State.CHECKING:
            # Something else may have resumed the connection, such as an earlier response.
            self._channel._networkProducer.pauseProducing()
        return True

    def end(self) -> bool:
        """Return whether the application gets the request. It checks the credentials itself."""
        self._is_complete = True
        self._uncount()
        if self._state is State.REFUSED:
            self._channel.loseConnection()
            return False
        return True

    @property
    def is_allowed(self) -> bool:
        return self._state is State.ALLOWED

    def lose_connection(self) -> None:
        self._channel = None
        self._uncount()
        if self._closing is not None:
            self._closing.cancel()

    def _begin_check(self) -> None:
        self._state = State.CHECKING
        self._channel._networkProducer.pauseProducing()
        self._task = asyncio.ensure_future(self._finish_check())

    async def _finish_check(self) -> None:
        answer = await _check(self.head)
        channel = self._channel
        if channel is None or self._state is not State.CHECKING:
            return
        error = answer if isinstance(answer, ApiError) else self._count(answer)
        if error is None or self._is_complete:
            self._state = State.ALLOWED
            if self._wants_continue:
                channel._send100Continue()
        else:
            self._refuse(error)
        if not channel._waitingForTransport:
            channel._networkProducer.resumeProducing()

    def _count(self, user: int | None) -> ApiError | None:
        """Count the body for its sender until it has arrived. Return an error if it is too many."""
        if user is None or self._is_complete:
            return None
        if _arriving[user] >= connections_of_a_user():
            return too_many(_arriving[user])
        _arriving[user] += 1
        self._user = user
        return None

    def _uncount(self) -> None:
        if self._user is not None:
            _arriving[self._user] -= 1
            self._user = None

    def _refuse(self, error: ApiError) -> None:
        """Respond at once, without the application, and close the connection afterwards."""
        self._state = State.REFUSED
        self._uncount()
        channel, head = self._channel, self.head
        channel.persistent = 0
        send_refusal(channel, error, method=head.method, path=head.path, origin=head.origin)
        abort = channel.transport.abortConnection
        self._closing = asyncio.get_running_loop().call_later(DROPPED_SECONDS, abort)


def head_of(request: Any) -> Head:
    """request: Daphne's, when its headers have arrived."""
    channel = request.channel
    path, _, query = channel._path.partition(b"?")
    root: str = request.server.root_path

    def value(name: bytes, separator: bytes) -> str:
        return separator.join(request.requestHeaders.getRawHeaders(name, [])).decode("latin1")

    return Head(
        method=channel._command.decode("latin1"),
        path=unquote(path.decode("latin1")).removeprefix(root),
        query=query.decode("latin1"),
        authorization=value(b"authorization", b","),
        cookies=value(b"cookie", b"; "),
        origin=value(b"origin", b","),
    )


# --- the members of daphne's WebRequest that `daphne_patches.py` replaces -------------------------


def got_length(self: Any, length: int | None) -> None:
    """Twisted calls this when all headers have arrived."""
    # Not the client's to say: the prefix is cut off the path that decides who may call what.
    self.requestHeaders.removeHeader(b"daphne-root-path")
    self.content = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
    self.intake = BodyIntake(self)
    self.intake.begin(length)


def handle_content_chunk(self: Any, data: bytes) -> None:
    if self.intake.accepts(len(data)):
        self.content.write(data)


def checking_the_end(receive: Any) -> Any:
    def request_received(self: Any, command: bytes, path: bytes, version: bytes) -> None:
        if self.intake.end():
            receive(self, command, path, version)

    return request_received


def ending_with_the_connection(lose: Any) -> Any:
    def connection_lost(self: Any, reason: Any) -> None:
        if (intake := getattr(self, "intake", None)) is not None:
            intake.lose_connection()
        lose(self, reason)

    return connection_lost
