"""The model's tokenizer, loaded on first use and without the model.

Plain text only needs the tokenizer's file. Messages also need the chat template and therefore
transformers, whose first import takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock

from django.conf import settings

from generation.engine.contract import Message
from generation.engine.cpu.openmp import use_threads
from generation.engine.loading.tokenizer import (
    LoadedTokenizer,
    load_chat_tokenizer,
    load_tokenizer,
)
from generation.engine.processors.chat_template import ChatTemplate
from generation.serving.embedded_model import prepared_source

_lock = Lock()  # one load at a time


def model_tokenizer() -> LoadedTokenizer:
    """Raises ModelUnavailable."""
    with _lock:
        return _plain(prepared_source())


def message_ids(
    messages: Sequence[Message], *, begin_answer: bool, thinks: bool = False
) -> list[int]:
    """Return the prompt that the engine makes of these messages, without truncation.

    thinks: Whether the answer begins with a thought. Nothing is raised if the model has none.
    Raises ModelUnavailable, and InvalidPrompt if the chat template refuses the messages.
    """
    with _lock:
        template = _with_template(prepared_source())
    template.turns.check(messages)
    start = template.thought() if thinks and template.thinking else None
    return template.ids(messages, begin_answer=begin_answer, start=start)


@lru_cache(maxsize=1)
def _plain(source: str) -> LoadedTokenizer:
    return load_tokenizer(
        source, token=settings.HF_TOKEN, trust_remote_code=settings.TRUST_REMOTE_CODE
    )


@lru_cache(maxsize=1)
def _with_template(source: str) -> ChatTemplate:
    use_threads(settings.ENGINE_THREADS)  # transformers imports torch
    return ChatTemplate(
        load_chat_tokenizer(
            source, token=settings.HF_TOKEN, trust_remote_code=settings.TRUST_REMOTE_CODE
        )
    )
