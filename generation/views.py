"""POST /v1/chat/completions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.engine.handle import Handle
from generation.engines import get_engine
from generation.openai.completions import KEEP_ALIVE, Answer, event
from generation.openai.errors import ApiError, as_api_error
from generation.openai.serializers import ChatSerializer
from generation.requests import chat_request, check_model, pin_wordlist

# A stream's headers go out when its first text is there, so that a failure before it can still be
# an HTTP status; but no later than this, so that proxies see life while the request is queued.
FIRST_TEXT_SECONDS = 15
KEEP_ALIVE_SECONDS = 15


class ChatCompletionsView(APIView):
    """A sync view: the wait happens in the request's own thread, a stream on the event loop."""

    def post(self, request: Request) -> HttpResponseBase:
        serializer = ChatSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        check_model(fields.get("model"))
        wordlist = pin_wordlist(fields)
        engine_request = chat_request(fields, wordlist, fields["messages"])
        answer = Answer(model=settings.SERVED_MODEL_NAME, wordlist=wordlist)
        # Nothing below needs the database, and a generation can take minutes.
        connection.close_if_unusable_or_obsolete()

        handle = get_engine().submit(engine_request)
        request._request.on_disconnect.add(handle.cancel)  # type: ignore[attr-defined]
        if not fields["stream"]:
            return Response(answer.body(_wait(handle)))
        handle.wait_for_text(FIRST_TEXT_SECONDS)
        include_usage = fields.get("stream_options", {}).get("include_usage", False)
        return StreamingHttpResponse(
            stream_chunks(handle, answer, include_usage=include_usage),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )


def _wait(handle: Handle) -> Any:
    try:
        return handle.result(settings.REQUEST_TIMEOUT)
    except TimeoutError as error:
        handle.cancel()
        raise ApiError(
            504,
            f"The request took longer than {settings.REQUEST_TIMEOUT} seconds.",
            kind="server_error",
            code="timeout",
        ) from error


async def stream_chunks(
    handle: Handle, answer: Answer, *, include_usage: bool
) -> AsyncIterator[str]:
    """Yield the events of a stream. A client that leaves closes this generator, and that cancels
    the handle; a failure after the first text becomes an error event.
    """
    extra = {"usage": None} if include_usage else {}
    yield answer.role_chunk(extra)
    try:
        # Closed here and now: left to the garbage collector, the engine would go on until then.
        async with aclosing(handle.stream(idle_after=KEEP_ALIVE_SECONDS)) as texts:
            async for text in texts:
                yield KEEP_ALIVE if text is None else answer.delta_chunk(text, extra)
    except Exception as error:
        yield event(as_api_error(error).body)
        return
    for chunk in answer.last_chunks(handle.result(), include_usage=include_usage):
        yield chunk
