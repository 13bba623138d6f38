"""The phases of a reply for which the engine gets several requests, one after the other.

A thought is written with any words up to its end, and the list binds the answer after it.

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


@dataclass(frozen=True, slots=True)
class Thought:
    """max_tokens: Of the thought. shown: Whether the reader gets it, before the reply."""

    max_tokens: int
    shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasedRequest(GenerationRequest):
    """A request for a reply. The engine gets those that `phases_of` yields."""

    draft: Draft | None = None
    thinks: Thought | None = None

    @classmethod
    def of(
        cls,
        request: GenerationRequest,
        *,
        draft: Draft | None = None,
        thought: Thought | None = None,
    ) -> PhasedRequest:
        return cls(**_values(request), draft=draft, thinks=thought)


def _values(request: GenerationRequest) -> dict[str, Any]:
    return {each.name: getattr(request, each.name) for each in fields(GenerationRequest)}


class Kind(StrEnum):
    THOUGHT = "thought"
    DRAFT = "draft"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Phase:
    """shown: Whether the reader gets its text: the thought as reasoning, or the reply."""

    kind: Kind
    request: GenerationRequest
    shown: bool = False


def phases_of(request: PhasedRequest) -> Generator[Phase, Completion, None]:
    """Yield the phases in their order, the reply last. Send it the completion of each other one.

    A draft is written after the thought, and the reply after the draft without another thought.
    """
    final = answer = GenerationRequest(**_values(request))
    if final.sampling.seed is None:  # the seed of the reply must also give the same draft
        seed = secrets.randbits(SEED_BITS)
        final = answer = replace(final, sampling=replace(final.sampling, seed=seed))
    if request.thinks is not None:
        asked = replace(_free(final, request.thinks.max_tokens), thinking="open")
        thought = yield Phase(Kind.THOUGHT, asked, request.thinks.shown)
        answer = replace(
            _grown(final, request.thinks.max_tokens), thinking="done", thought=thought.text.strip()
        )
    if request.draft is not None:
        draft = yield Phase(Kind.DRAFT, _free(answer, request.draft.max_tokens))
        answer = _with_draft(final, draft.text.strip(), request.draft)
    yield Phase(Kind.REPLY, answer, shown=True)


def merged(earlier: Sequence[tuple[Phase, Completion]], reply: Completion) -> Completion:
    """Return the completion of all phases: the text of the reply, and the tokens of all.

    The prompt is that of the first phase, because the others contain it again.
    """
    first = earlier[0][1] if earlier else reply
    every = [*(completion for _, completion in earlier), reply]
    thoughts = [(phase, each) for phase, each in earlier if phase.kind is Kind.THOUGHT]
    return replace(
        reply,
        prompt_tokens=first.prompt_tokens,
        cached_tokens=first.cached_tokens,
        completion_tokens=sum(each.completion_tokens for each in every),
        draft_tokens=sum(
            each.completion_tokens for phase, each in earlier if phase.kind is Kind.DRAFT
        ),
        reasoning_tokens=sum(each.completion_tokens for _, each in thoughts),
        reasoning=next((each.text for phase, each in thoughts if phase.shown), None),
        prompt_truncated=any(each.prompt_truncated for each in every),
        seconds=sum(each.seconds for each in every),
    )


def _free(request: GenerationRequest, max_tokens: int) -> GenerationRequest:
    """Return the request for a text with any words, drawn as the reply is."""
    sampling = request.sampling
    return replace(
        request,
        vocabulary=None,
        reserve=request.reserve + sampling.max_tokens + SPARE_TOKENS,
        sampling=Sampling(
            max_tokens=max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            min_p=sampling.min_p,
            repetition_penalty=sampling.repetition_penalty,
            presence_penalty=sampling.presence_penalty,
            frequency_penalty=sampling.frequency_penalty,
            dry_multiplier=sampling.dry_multiplier,
            dry_base=sampling.dry_base,
            dry_allowed_length=sampling.dry_allowed_length,
            dry_penalty_last_n=sampling.dry_penalty_last_n,
            dry_sequence_breakers=sampling.dry_sequence_breakers,
            seed=sampling.seed,
        ),
    )


def _grown(request: GenerationRequest, tokens: int) -> GenerationRequest:
    """Let the prompt be longer than the engine's limit by what another phase has written."""
    return replace(request, added=request.added + tokens + SPARE_TOKENS)


def _with_draft(final: GenerationRequest, text: str, draft: Draft) -> GenerationRequest:
    if not text:
        return final
    added = (Message("assistant", text), Message("user", draft.rewrite))
    return replace(_grown(final, draft.max_tokens), messages=(*final.messages, *added))
