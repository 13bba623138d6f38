"""POST /v1/chat/completions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, closing
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.api.db_connection import close_idle_connection
from generation.auth.authentication import caller
from generation.chat.chat_call import Call
from generation.chat.chat_request import chat_request, check_model, pin_wordlist
from generation.engine.contract import Completion
from generation.engine.handle import Piece
from generation.openai.completions import DONE, KEEP_ALIVE, Answer, event
from generation.openai.errors import as_api_error
from generation.openai.serializers import ChatSerializer


class ChatCompletionsView(APIView):
    """A sync view: the wait happens in the request's own thread, a stream on the event loop."""

    def post(self, request: Request) -> HttpResponseBase:
        serializer = ChatSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        check_model(fields.get("model"))
        wordlist = pin_wordlist(fields)
        engine_request = chat_request(fields, wordlist, fields["messages"])
        answer = Answer(
            model=settings.SERVED_MODEL_NAME,
            wordlist=wordlist,
            include_usage=fields.get("stream_options", {}).get("include_usage", False),
        )
        # Nothing below needs the database, and a generation can take minutes.
        close_idle_connection()

        call = Call.start(engine_request, fields["n"], key=caller(request)[1].pk)
        request._request.on_disconnect.add(call.close)  # type: ignore[attr-defined]
        if not fields["stream"]:
            with closing(call):
                return Response(answer.body(*call.results()))
        # The headers go out when there is text, so that a failure before it can still be an HTTP
        # status; but no later than STREAM_KEEP_ALIVE, so that proxies see life while it is queued.
        try:
            call.wait_for_text(settings.STREAM_KEEP_ALIVE)
        except BaseException:
            call.close()
            raise
        return StreamingHttpResponse(
            EventStream(call, answer),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )


class EventStream:
    """The events of a stream. A client that leaves closes it, or what iterates over it; a failure
    after the first text becomes an error event.
    """

    def __init__(self, call: Call, answer: Answer) -> None:
        self._call = call
        self._answer = answer

    def close(self) -> None:
        """Called by Django in any case, also if the client has left before the first event."""
        self._call.close()

    async def __aiter__(self) -> AsyncIterator[str]:
        try:
            async with aclosing(self._events()) as events:
                async for text in events:
                    yield text
        except Exception as error:
            yield event(as_api_error(error).body)
            yield DONE
        finally:
            self._call.close()

    async def _events(self) -> AsyncGenerator[str, None]:
        answer, choices = self._answer, range(self._call.n)
        for index in choices:
            yield answer.role_chunk(index)
        completions: dict[int, Completion] = {}
        # Closed here and now: left to the garbage collector, the engine would go on until then.
        async with aclosing(self._call.events(idle_after=settings.STREAM_KEEP_ALIVE)) as events:
            async for each in events:
                match each:
                    case None:
                        yield KEEP_ALIVE
                    case index, Piece() as piece:
                        yield answer.delta_chunk(index, piece)
                    case index, completion:
                        completions[index] = completion
                        # The report may need the database and takes its time.
                        yield await sync_to_async(answer.finish_chunk)(index, completion)
        for last in answer.last_events([completions[index] for index in choices]):
            yield last
