"""The last tokens of a reply that nears its limit, until it is clear that they belong to it.

A reply that reaches its limit ends in the last place where the model itself would have ended a
sentence (`decoding/sentence_ends.py`). The tokens after that place are left out.
"""

from __future__ import annotations

from generation.constraint.finish import MIN_SENTENCE_TOKENS
from generation.engine.decoding.run import SampledToken
from generation.engine.decoding.sentence_ends import SentenceEnds


class HeldSentence:
    """Of one reply. ends: None if nothing is to be held.

    tokens: The tokens that are held.
    """

    def __init__(self, ends: SentenceEnds | None) -> None:
        self._ends = ends
        self._count = 0  # of all tokens
        self._found = False  # a place where a sentence may end
        self._end: SampledToken | None = None  # the mark to write there, if it is not written yet
        self.tokens: list[SampledToken] = []

    def push(self, sampled: SampledToken) -> list[SampledToken]:
        """Take the next token, and return the tokens that certainly belong to the reply."""
        near = self._ends is not None and self._ends.is_near(self._count)
        self._count += 1
        self.tokens.append(sampled)
        if not near or sampled.ends_sentence:
            self._found, self._end = near, None
            return self.release()
        if sampled.end is None:
            return []
        self._found, self._end = True, sampled.end
        final, self.tokens = self.tokens[:-1], self.tokens[-1:]
        return final

    def release(self) -> list[SampledToken]:
        """Return the held tokens, which belong to the reply."""
        tokens, self.tokens = self.tokens, []
        return tokens

    def stopped_by_limit(self) -> bool:
        """True if a stop token comes because no sentence may begin with so few tokens left, right
        after a sentence end that the model itself would not have written.
        """
        if self._ends is None or not self._found or not self.tokens:
            return False
        left = self._ends.max_tokens - self._count
        return left < MIN_SENTENCE_TOKENS and self._ends.is_mark(self.tokens[-1].token)

    def cut(self) -> list[SampledToken]:
        """Return the last tokens of a reply that has reached its limit.

        If there was no place where the model would end a sentence, they are all that are held.
        """
        if not self._found:
            return self.release()
        self.tokens = []
        return [] if self._end is None else [self._end]
