"""GET /v1/models and /v1/models/ID: the served model and its aliases."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.aliases.binding import Binding
from generation.aliases.resolver import aliases_of, bound_of, models_of
from generation.auth.authentication import caller
from generation.engine.contract import ModelUnavailable
from generation.engine.loading.config_file import context_of
from generation.serving.embedded_model import prepared_source
from generation.serving.engine_provider import engine_serving

MODELS_CREATED = 1_767_225_600  # a constant, because clients only sort by it


class ModelsView(APIView):
    read_scope = None

    def get(self, request: Request) -> Response:
        """List what the key may name: for a key that is bound to an alias, this alias alone."""
        key = caller(request)[1]
        bindings: list[Binding | None] = [alias.binding for alias in aliases_of(key)]
        if key.alias is None:
            bindings.insert(0, bound_of(key))  # the served model
        return Response({"object": "list", "data": [model_body(each) for each in bindings]})


class ModelView(APIView):
    read_scope = None

    def get(self, request: Request, model_id: str) -> Response:
        return Response(model_body(models_of(caller(request)[1]).resolve(model_id)))


def model_body(binding: Binding | None) -> dict[str, Any]:
    """Return OpenAI's fields and more, without loading the model.

    binding: What an alias binds, or what the API key binds if it may name the served model; None
        for the served model without a list.
    `root` and `parent` are those of vLLM, whose LoRA adapters have a base model as aliases have.
    `decoding` is None, and `notes` is empty, until this process has loaded the model.
    """
    serving = engine_serving()
    served: str = settings.SERVED_MODEL_NAME
    alias = binding.alias if binding else None
    body = {
        "id": alias or served,
        "object": "model",
        "created": MODELS_CREATED,
        "owned_by": "wordgen",
        "root": served,
        "parent": served if alias else None,
        "max_model_len": max_model_len(),
        "decoding": serving.decoding if serving else None,
        "notes": list(serving.notes) if serving else [],
    }
    if binding is None:
        return body
    wordlist = {
        "slug": binding.slug,
        "revision": binding.revision,
        "n_words": binding.n_words,
        "allow_override": binding.allow_override,
    }
    return {**body, "wordlist": wordlist, "default_parameters": binding.defaults}


def max_model_len() -> int:
    """Return the maximum tokens of a prompt and its reply together.

    The settings limit it, and the model's context length where it is known.
    """
    serving = engine_serving()
    context = serving.context if serving else _context_on_disk()
    allowed = settings.MAX_INPUT_TOKENS + max(settings.ALLOWED_MAX_NEW_TOKENS)
    return min(allowed, settings.ENGINE_CACHE_TOKENS, context or allowed)


def _context_on_disk() -> int | None:
    try:
        return _context_of(prepared_source())
    except ModelUnavailable:
        return None


@lru_cache(maxsize=1)
def _context_of(source: str) -> int | None:
    return context_of(source)
