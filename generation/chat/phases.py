"""The phases of a reply for which the engine gets several requests, one after the other.

A draft is written with any words and is not shown. Then the model says it again with the words of
the list, with the draft in its prompt: a small model says something simply more easily than it
thinks of something that can be said simply.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from generation.engine.contract import Completion, GenerationRequest, Message, Sampling

SEED_BITS = 63
# The template's markers of the added turns, and the tokens by which a text that is encoded again
# may differ from those that the model wrote.
SPARE_TOKENS = 128


@dataclass(frozen=True, slots=True)
class Draft:
    """max_tokens: Of the draft. rewrite: The request to say it again, in the list's language."""

    max_tokens: int
    rewrite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasedRequest(GenerationRequest):
    """A request for a reply. The engine gets those that `phases_of` yields."""

    draft: Draft

    @classmethod
    def of(cls, request: GenerationRequest, draft: Draft) -> PhasedRequest:
        return cls(**_values(request), draft=draft)


def _values(request: GenerationRequest) -> dict[str, Any]:
    return {each.name: getattr(request, each.name) for each in fields(GenerationRequest)}


class Kind(StrEnum):
    DRAFT = "draft"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Phase:
    kind: Kind
    request: GenerationRequest


def phases_of(request: PhasedRequest) -> Generator[Phase, Completion, None]:
    """Yield the phases in their order, the reply last. Send it the completion of each other one."""
    final = GenerationRequest(**_values(request))
    if final.sampling.seed is None:  # the seed of the reply must also give the same draft
        seed = secrets.randbits(SEED_BITS)
        final = replace(final, sampling=replace(final.sampling, seed=seed))
    written = yield Phase(Kind.DRAFT, _draft(final, request.draft))
    yield Phase(Kind.REPLY, _with_draft(final, written.text.strip(), request.draft.rewrite))


def merged(earlier: Sequence[tuple[Kind, Completion]], reply: Completion) -> Completion:
    """Return the completion of all phases: the text of the reply, and the tokens of all.

    The prompt is that of the first phase, because the others contain it again.
    """
    first = earlier[0][1] if earlier else reply
    every = [*(completion for _, completion in earlier), reply]
    return replace(
        reply,
        prompt_tokens=first.prompt_tokens,
        cached_tokens=first.cached_tokens,
        completion_tokens=sum(each.completion_tokens for each in every),
        draft_tokens=sum(each.completion_tokens for kind, each in earlier if kind is Kind.DRAFT),
        prompt_truncated=any(each.prompt_truncated for each in every),
        seconds=sum(each.seconds for each in every),
    )


def _draft(final: GenerationRequest, draft: Draft) -> GenerationRequest:
    """Return the request for a draft: drawn as the reply is, with any words."""
    sampling = final.sampling
    return replace(
        final,
        vocabulary=None,
        reserve=draft.max_tokens + SPARE_TOKENS,
        sampling=Sampling(
            max_tokens=draft.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            min_p=sampling.min_p,
            repetition_penalty=sampling.repetition_penalty,
            presence_penalty=sampling.presence_penalty,
            frequency_penalty=sampling.frequency_penalty,
            seed=sampling.seed,
        ),
    )


def _with_draft(final: GenerationRequest, text: str, rewrite: str) -> GenerationRequest:
    if not text:
        return final
    added = (Message("assistant", text), Message("user", rewrite))
    return replace(final, messages=(*final.messages, *added))
