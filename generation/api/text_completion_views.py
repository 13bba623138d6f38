"""POST /v1/completions."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from generation.aliases.resolver import models_of, resolve_request
from generation.api.reply import reply
from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.chat.chat_request import pin_wordlist
from generation.chat.text_request import text_requests
from generation.engine.loading.tokenizer import UnknownToken
from generation.openai.errors import ApiError
from generation.openai.text_completions.bodies import TextCompletion
from generation.openai.text_completions.prompt_field import RawPrompt
from generation.openai.text_completions.serializers import TextCompletionSerializer
from generation.serving.model_tokenizer import model_tokenizer


class TextCompletionsView(APIView):
    """A sync view, as that of chat completions."""

    read_scope = write_scope = Scope.CHAT

    def post(self, request: Request) -> HttpResponseBase:
        user, key = caller(request)
        resolved = resolve_request(TextCompletionSerializer(), request.data, models_of(key))
        fields = resolved.fields
        wordlist = pin_wordlist(fields, resolved.list_chosen_by(user))
        answer = TextCompletion(
            model=resolved.model,
            wordlist=wordlist,
            n=fields["n"],
            echo=[text_of(prompt) for prompt in fields["prompt"]] if fields["echo"] else (),
            scored=fields["echo"] and "logprobs" in fields,
            include_usage=fields.get("stream_options", {}).get("include_usage", False),
        )
        requests = text_requests(fields, wordlist, owner=user.pk)
        return reply(
            request,
            requests,
            answer,
            wordlist=wordlist,
            n=fields["n"],
            best_of=fields.get("best_of"),
            stream=fields["stream"],
        )


def text_of(prompt: RawPrompt) -> str:
    """Return the text of a prompt. Raises ApiError (400) for a token id that does not exist."""
    if isinstance(prompt, str):
        return prompt
    try:
        return model_tokenizer().decode(prompt)
    except UnknownToken as error:
        message = f"prompt: the tokenizer has no token {prompt[error.position]}."
        raise ApiError(400, message, param="prompt", code="invalid_value") from None
