"""The ways of choosing tokens that are compared: a name and the options of the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.quality.conversations import (
    Conversation,
    drafted,
    rewritten,
    told,
    told_and_drafted,
)


@dataclass(frozen=True)
class Way:
    """sampling, request: Fields of `Sampling` and of `GenerationRequest` that differ from USUAL.

    listed: False for text without a list.
    best_of: Number of replies to a prompt, of which the best is judged.
    conversation: The requests for a reply, for models with a chat template; None for one request.
    """

    name: str
    sampling: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    listed: bool = True
    best_of: int = 1
    conversation: Conversation | None = None


TEMPERATURE = 0.7
USUAL: Mapping[str, Any] = {"temperature": TEMPERATURE, "top_k": 0}
FREE = Way("free", listed=False)
WAYS = (
    FREE,
    Way("tokens", {"unit": "tokens"}),
    Way("words", {"unit": "words"}),
    Way("particles4", {"particles": 4}),
    Way("particles8", {"particles": 8}),
    Way("best_of4", {"unit": "tokens", "weighs": True}, best_of=4),
    Way("beams4", {"num_beams": 4, "temperature": 0.0}),
    Way("greedy", {"temperature": 0.0}),
    Way("greedy dry", {"temperature": 0.0, "dry_multiplier": 0.8}),
    Way("tell", {"unit": "tokens"}, conversation=told),
    Way("tell words", {"unit": "words"}, conversation=told),
    Way("draft", {"unit": "tokens"}, conversation=drafted),
    Way("tell draft words", {"unit": "words"}, conversation=told_and_drafted),
    # The replies have any words, and are compared with the list.
    Way("rewrite", conversation=rewritten),
)
