"""Which of several replies are the best ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from generation.engine.contract import Completion

# A shorter sentence may well be said twice.
MIN_WORDS = 4

_SENTENCE_END = re.compile(r"[.!?…。！？\n]+")
_WORD = re.compile(r"\w+")


def best_replies(replies: Sequence[Completion], n: int) -> list[Completion]:
    """Return the `n` best replies, best first.

    A reply that says a sentence twice comes after those that do not. Among these, the weight
    decides. The first one has the tokens of the replies that are left out.
    """
    ranked = sorted(
        replies, key=lambda each: (has_sentence_twice(each.text), -(each.weight or 0.0))
    )
    best, rest = ranked[:n], ranked[n:]
    discarded = sum(each.completion_tokens for each in rest)
    return [replace(best[0], discarded_tokens=discarded), *best[1:]]


def has_sentence_twice(text: str) -> bool:
    """True for two sentences of the same words, whatever their capitals and marks."""
    sentences = [tuple(_WORD.findall(each.lower())) for each in _SENTENCE_END.split(text)]
    long = [each for each in sentences if len(each) >= MIN_WORDS]
    return len(set(long)) < len(long)
