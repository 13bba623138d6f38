"""Ways of writing a reply that change the prompt, or that need several requests."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from generation.chat.phases import Draft, PhasedRequest, phases_of
from generation.chat.tell_model import tell
from generation.engine.contract import Completion, GenerationRequest, Message
from vocab.instructions.purpose import Purpose
from vocab.instructions.shipped import SHIPPED
from vocab.words.checker.word_checker import WordChecker

# Yields requests, each of which is sent its completion. The last one is the reply.
Steps = Generator[GenerationRequest, Completion, None]
Conversation = Callable[[GenerationRequest, WordChecker], Steps]

TEXTS = SHIPPED["en"]
ROUNDS = 5
REPLACE = "Write the text again, but replace these words by simpler ones: {words}."


def _told(request: GenerationRequest) -> GenerationRequest:
    return replace(request, messages=tell(request.messages, TEXTS[Purpose.RANKED]))


def told(request: GenerationRequest, checker: WordChecker) -> Steps:
    """`vocab_tell_model`."""
    yield _told(request)


def drafted(request: GenerationRequest, checker: WordChecker) -> Steps:
    """`vocab_draft`."""
    draft = Draft(request.sampling.max_tokens, TEXTS[Purpose.REWRITE])
    phases = phases_of(PhasedRequest.of(request, draft=draft))
    written = yield next(phases).request
    yield phases.send(written).request


def told_and_drafted(request: GenerationRequest, checker: WordChecker) -> Steps:
    yield from drafted(_told(request), checker)


def rewritten(request: GenerationRequest, checker: WordChecker) -> Steps:
    """What is done without a constraint: ask for simple words, and then again for other words than
    those that are not on the list.
    """
    asked = _told(replace(request, vocabulary=None))
    for _ in range(1 + ROUNDS):
        reply = yield asked
        off = checker.report(reply.text).out_of_list
        if not off:
            return
        turns = (
            Message("assistant", reply.text),
            Message("user", REPLACE.format(words=", ".join(dict.fromkeys(off)))),
        )
        asked = replace(asked, messages=(*_told(request).messages, *turns))
