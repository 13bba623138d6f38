"""POST /v1/chat/completions."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from generation.aliases.resolver import models_of, resolve_request
from generation.api.reply import reply
from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.chat.chat_request import prepare_chat
from generation.openai.completions import Answer
from generation.openai.serializers import ChatSerializer


class ChatCompletionsView(APIView):
    """A sync view: it waits in the request's own thread; a stream is sent from the event loop."""

    read_scope = write_scope = Scope.CHAT

    def post(self, request: Request) -> HttpResponseBase:
        user, key = caller(request)
        resolved = resolve_request(ChatSerializer(), request.data, models_of(key))
        fields = resolved.fields
        wordlist, engine_request = prepare_chat(
            fields, owner=user.pk, list_chosen_by=resolved.list_chosen_by(user)
        )
        answer = Answer(
            model=resolved.model,
            wordlist=wordlist,
            include_usage=fields.get("stream_options", {}).get("include_usage", False),
        )
        return reply(
            request,
            engine_request,
            answer,
            wordlist=wordlist,
            n=fields["n"],
            best_of=fields.get("best_of"),
            stream=fields["stream"],
        )
