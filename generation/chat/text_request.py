"""Turn validated fields of /v1/completions into the engine requests of its prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generation.chat.chat_request import chat_request
from generation.engine.contract import GenerationRequest
from vocab.pinned_wordlist import PinnedWordlist


def text_requests(
    fields: Mapping[str, Any], wordlist: PinnedWordlist | None, *, owner: int
) -> list[GenerationRequest]:
    """Return a request for each prompt. owner: Primary key of the user who sent them."""
    # A number here; a chat has a flag and a number.
    top = fields.get("logprobs")
    parameters = {
        **fields,
        "logprobs": top is not None,
        "top_logprobs": top,
        "prompt_logprobs": top if fields["echo"] else None,
    }
    shared = chat_request(parameters, wordlist, (), owner=owner)
    return [replace(shared, prompt=prompt) for prompt in fields["prompt"]]
