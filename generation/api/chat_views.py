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
from generation.chat.chat_call import ChatCall
from generation.chat.chat_request import chat_request, check_model, pin_wordlist
from generation.chat.per_key_limit import hold_places
from generation.engine.contract import Completion, Piece
from generation.openai.completions import DONE, KEEP_ALIVE, Answer, event
from generation.openai.errors import as_api_error
from generation.openai.serializers import ChatSerializer


class ChatCompletionsView(APIView):
    """A sync view: it waits in the request's own thread; a stream is sent from the event loop."""

    def post(self, request: Request) -> HttpResponseBase:
        serializer = ChatSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        check_model(fields.get("model"))
        wordlist = pin_wordlist(fields)
        user, key = caller(request)
        engine_request = chat_request(fields, wordlist, fields["messages"], owner=user.pk)
        answer = Answer(
            model=settings.SERVED_MODEL_NAME,
            wordlist=wordlist,
            include_usage=fields.get("stream_options", {}).get("include_usage", False),
        )
        # Generation can take minutes and does not need the database.
        close_idle_connection()

        call = ChatCall.submit(
            engine_request,
            fields["n"],
            release=hold_places(fields["n"], user=user.pk, key=key.pk),
            timeout=settings.REQUEST_TIMEOUT,
        )
        request._request.on_disconnect.add(call.close)  # type: ignore[attr-defined]
        if not fields["stream"]:
            with closing(call):
                return Response(answer.body(*call.results()))
        # The headers wait for the first text, so that an earlier failure can still be an HTTP
        # status. They wait for at most STREAM_KEEP_ALIVE seconds, so that proxies do not time out
        # while the request is queued.
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
    """The server-sent events of one answer.

    A failure after the headers becomes an error event. The call is closed when the iteration ends
    and when Django closes the response, for example because the client has left.
    """

    def __init__(self, call: ChatCall, answer: Answer) -> None:
        self._call = call
        self._answer = answer

    def close(self) -> None:
        """Django calls this in every case, also if the client leaves before the first event."""
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
        # aclosing: without it the engine would go on until the garbage collector runs.
        async with aclosing(self._call.events(idle_after=settings.STREAM_KEEP_ALIVE)) as events:
            async for item in events:
                match item:
                    case None:
                        yield KEEP_ALIVE
                    case index, Piece() as piece:
                        yield answer.delta_chunk(index, piece)
                    case index, completion:
                        completions[index] = completion
                        # In a thread: the report can need the database and some time.
                        yield await sync_to_async(answer.finish_chunk)(index, completion)
        for text in answer.last_events([completions[index] for index in choices]):
            yield text
