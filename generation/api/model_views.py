"""GET /v1/models and /v1/models/ID: the one model that this server serves."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.chat.chat_request import check_model
from generation.engine.contract import ModelUnavailable
from generation.engine.loading.config_file import context_of
from generation.serving.embedded_model import prepared_source
from generation.serving.engine_provider import engine_serving

MODELS_CREATED = 1_767_225_600  # a constant, because clients only sort by it


class ModelsView(APIView):
    def get(self, request: Request) -> Response:
        return Response({"object": "list", "data": [model_body()]})


class ModelView(APIView):
    def get(self, request: Request, model_id: str) -> Response:
        check_model(model_id)
        return Response(model_body())


def model_body() -> dict[str, Any]:
    """Return OpenAI's fields, `max_model_len`, `decoding` and `notes`, without loading the model.

    `decoding` is None, and `notes` is empty, until this process has loaded the model.
    """
    serving = engine_serving()
    return {
        "id": settings.SERVED_MODEL_NAME,
        "object": "model",
        "created": MODELS_CREATED,
        "owned_by": "wordgen",
        "max_model_len": max_model_len(),
        "decoding": serving.decoding if serving else None,
        "notes": list(serving.notes) if serving else [],
    }


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
