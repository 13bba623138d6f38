"""POST /tokenize and /detokenize, also under /v1. They use the tokenizer without the model."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.aliases.resolver import bind, models_of
from generation.api.model_views import max_model_len
from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.chat.chat_request import pin_for_chat, told_messages
from generation.engine.loading.tokenizer import UnknownToken
from generation.openai.errors import ApiError
from generation.openai.fields.strict_serializer import wrong
from generation.openai.fields.thinking_fields import thinks
from generation.openai.tokenize_serializers import DetokenizeSerializer, TokenizeSerializer
from generation.serving.model_tokenizer import message_ids, model_tokenizer


class TokenizeView(APIView):
    read_scope = write_scope = Scope.CHAT

    def post(self, request: Request) -> Response:
        serializer = TokenizeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        user, key = caller(request)
        models = models_of(key)
        binding = models.resolve(fields.get("model"))
        tokenizer = model_tokenizer()
        if "messages" in fields:
            resolved = bind(fields, binding, models, fields)
            chat = {"vocab_tell_model": None, **resolved.fields}
            wordlist = pin_for_chat(chat, resolved.list_chosen_by(user))
            if wordlist is None and chat["vocab_tell_model"]:
                raise wrong("vocab_tell_model", "It needs vocab_lang.")
            messages = told_messages(wordlist, fields["messages"])
            ids = message_ids(
                messages, begin_answer=fields["add_generation_prompt"], thinks=thinks(fields)
            )
        else:
            special = fields.get("add_special_tokens", True)
            (ids,) = tokenizer.encode([fields["prompt"]], special=special)
        return Response(
            {
                "count": len(ids),
                "max_model_len": max_model_len(),
                "tokens": ids,
                "token_strs": tokenizer.names(ids) if fields["return_token_strs"] else None,
            }
        )


class DetokenizeView(APIView):
    read_scope = write_scope = Scope.CHAT

    def post(self, request: Request) -> Response:
        serializer = DetokenizeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        models_of(caller(request)[1]).resolve(fields.get("model"))
        try:
            text = model_tokenizer().decode(fields["tokens"])
        except UnknownToken as error:
            where = f"tokens[{error.position}]"
            raise ApiError(
                400,
                f"{where}: the tokenizer has no token {fields['tokens'][error.position]}.",
                param=where,
                code="invalid_value",
            ) from None
        return Response({"prompt": text})
