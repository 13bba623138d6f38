"""The reply to one request for text, whole or as server-sent events.

The endpoints differ in the fields of their requests and in the bodies that they return. Limits,
disconnects, time-outs and streaming are the same, and are here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, closing
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from generation.api.db_connection import close_idle_connection
from generation.api.reply_log import ReplyLog
from generation.auth.authentication import caller
from generation.chat.chat_call import ChatCall
from generation.chat.per_key_limit import hold_places
from generation.engine.contract import Completion, GenerationRequest, Piece
from generation.openai.completions import KEEP_ALIVE, truncation_header
from generation.openai.errors import ApiError, as_api_error
from vocab.pinned_wordlist import PinnedWordlist


class ReplyFormat(Protocol):
    """Writes one reply in the format of its endpoint.

    Except for `body`, each method returns server-sent events. They are called in the order of the
    stream, `error_events` at any point.
    """

    def body(self, *choices: Completion) -> dict[str, Any]: ...

    def first_events(self, n: int) -> Iterator[str]: ...

    def delta_chunk(self, index: int, piece: Piece) -> str: ...

    def finish_chunk(self, index: int, choice: Completion) -> str: ...

    def last_events(self, choices: Sequence[Completion]) -> Iterator[str]: ...

    def error_events(self, error: ApiError) -> Iterator[str]: ...


def reply(
    request: Request,
    engine_request: GenerationRequest | Sequence[GenerationRequest],
    reply_format: ReplyFormat,
    *,
    wordlist: PinnedWordlist | None,
    n: int,
    best_of: int | None = None,
    stream: bool,
) -> HttpResponseBase:
    """Generate `n` choices, of each request if there are several, and return the response.

    wordlist: The list of the replies, for the log.
    best_of: Number of replies to write for them; `n` by default.
    Raises ApiError (429 for the limits of key and user, 504), and EngineError.
    """
    user, key = caller(request)
    log = ReplyLog(request, wordlist)
    # Generation can take minutes and does not need the database.
    close_idle_connection()

    requests = [engine_request] if isinstance(engine_request, GenerationRequest) else engine_request
    call = ChatCall.submit_several(
        requests,
        n,
        best_of=best_of,
        release=hold_places((best_of or n) * len(requests), user=user.pk, key=key.pk),
        timeout=settings.REQUEST_TIMEOUT,
    )
    request._request.on_disconnect.add(call.close)  # type: ignore[attr-defined]
    if not stream:
        with closing(call):
            choices = call.results()
            log.write(choices)
            body = reply_format.body(*choices)
            return Response(body, headers=truncation_header(call.prompt_truncated))
    # The headers wait for the first text, so that an earlier failure can still be an HTTP
    # status. They wait for at most STREAM_KEEP_ALIVE seconds, so that proxies do not time out
    # while the request is queued.
    try:
        call.wait_for_text(settings.STREAM_KEEP_ALIVE)
    except BaseException:
        call.close()
        raise
    return StreamingHttpResponse(
        EventStream(call, reply_format, log),
        content_type="text/event-stream",
        headers={
            "Cache-Control": "no-cache",
            "X-Accel-Buffering": "no",
            **truncation_header(call.prompt_truncated),
        },
    )


class EventStream:
    """The server-sent events of one reply.

    A failure after the headers becomes an error event. The call is closed when the iteration ends
    and when Django closes the response, for example because the client has left.
    """

    def __init__(self, call: ChatCall, reply_format: ReplyFormat, log: ReplyLog) -> None:
        self._call = call
        self._format = reply_format
        self._log = log

    def close(self) -> None:
        """Django calls this in every case, also if the client leaves before the first event."""
        self._call.close()

    async def __aiter__(self) -> AsyncIterator[str]:
        try:
            async with aclosing(self._events()) as events:
                async for text in events:
                    yield text
        except Exception as error:
            for text in self._format.error_events(as_api_error(error)):
                yield text
        finally:
            self._call.close()

    async def _events(self) -> AsyncGenerator[str, None]:
        n = self._call.n
        for text in self._format.first_events(n):
            yield text
        completions: dict[int, Completion] = {}
        # aclosing: without it the engine would go on until the garbage collector runs.
        async with aclosing(self._call.events(idle_after=settings.STREAM_KEEP_ALIVE)) as events:
            async for item in events:
                match item:
                    case None:
                        yield KEEP_ALIVE
                    case index, Piece() as piece:
                        yield self._format.delta_chunk(index, piece)
                    case index, completion:
                        completions[index] = completion
                        # In a thread: the report can need the database and some time.
                        yield await sync_to_async(self._format.finish_chunk)(index, completion)
        choices = [completions[index] for index in range(n)]
        self._log.write(choices)
        for text in self._format.last_events(choices):
            yield text
