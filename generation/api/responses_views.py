"""POST /v1/responses, and GET and DELETE of /v1/responses/ID. Nothing is stored."""

from __future__ import annotations

from typing import NoReturn

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.aliases.resolver import models_of, resolve_request
from generation.api.reply import reply
from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.chat.chat_request import prepare_chat
from generation.engine.contract import EngineError
from generation.openai.errors import ApiError, as_api_error
from generation.openai.responses.answer import ResponseAnswer, about_input
from generation.openai.responses.serializers import ResponsesSerializer


class ResponsesView(APIView):
    """A sync view: it waits in the request's own thread; a stream is sent from the event loop."""

    read_scope = write_scope = Scope.CHAT

    def post(self, request: Request) -> HttpResponseBase:
        user, key = caller(request)
        resolved = resolve_request(ResponsesSerializer(), request.data, models_of(key))
        fields = resolved.fields
        wordlist, engine_request = prepare_chat(
            fields, owner=user.pk, list_chosen_by=resolved.list_chosen_by(user)
        )
        answer = ResponseAnswer(model=resolved.model, wordlist=wordlist, fields=fields)
        return reply(
            request, engine_request, answer, wordlist=wordlist, n=1, stream=fields["stream"]
        )

    def handle_exception(self, error: Exception) -> Response:
        if isinstance(error, EngineError):
            error = about_input(as_api_error(error))
        return super().handle_exception(error)


class StoredResponseView(APIView):
    """No response is stored, so there is none to return or to delete."""

    read_scope = write_scope = Scope.CHAT

    def get(self, request: Request, response_id: str) -> NoReturn:
        raise _not_stored(response_id)

    def delete(self, request: Request, response_id: str) -> NoReturn:
        raise _not_stored(response_id)


def _not_stored(response_id: str) -> ApiError:
    return ApiError(
        404,
        f"The response {response_id!r} does not exist: this server stores no responses.",
        param="response_id",
    )
