"""DRY ("don't repeat yourself"): a penalty for tokens that would go on with a repetition.

As in text-generation-webui and llama.cpp, over the tokens of the reply: if its last n tokens stand
earlier in it too, the token that followed there loses `multiplier * base ** (n - allowed_length)`,
where n is at least `allowed_length`. A repetition does not go across a sequence breaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from generation.engine.contract import Sampling

# Longer repetitions count as this long. The penalty is larger than all differences of scores then.
MAX_LENGTH = 64


class RepetitionPenalty:
    """Of one reply.

    bytes_of: Token id -> its text.
    """

    def __init__(self, sampling: Sampling, bytes_of: Mapping[int, bytes]) -> None:
        self._sampling = sampling
        self._bytes_of = bytes_of
        self._breakers = [each.encode() for each in sampling.dry_sequence_breakers]
        self._longest = max(map(len, self._breakers), default=0)
        self._tokens: list[int] = []
        self._breaks: list[bool] = []  # for each token, whether it has or completes a breaker
        self._tail = b""  # the last bytes, in which a breaker may have begun

    def count(self, token: int) -> None:
        """Take the next token of the reply."""
        text = self._tail + self._bytes_of.get(token, b"")
        begun = len(self._tail)
        ends = (text.rfind(each) + len(each) for each in self._breakers if each in text)
        self._tokens.append(token)
        self._breaks.append(any(end > begun for end in ends))
        self._tail = text[len(text) - self._longest + 1 :] if self._longest > 1 else b""

    def copy(self) -> RepetitionPenalty:
        """Return a copy for a reply that forks."""
        twin = copy(self)
        twin._tokens, twin._breaks = self._tokens.copy(), self._breaks.copy()
        return twin

    def penalties(self) -> dict[int, float]:
        """Return what to subtract from the scores of tokens."""
        sampling = self._sampling
        lengths: dict[int, int] = {}
        last = len(self._tokens) - 1
        window = sampling.dry_penalty_last_n
        first = 0 if window < 0 else max(last + 1 - window, 0)
        for at in range(first, last):
            following = self._tokens[at + 1]
            if self._tokens[at] != self._tokens[last] or self._breaks[at + 1]:
                continue
            length = self._length(at, last, first)
            lengths[following] = max(length, lengths.get(following, 0))
        allowed = sampling.dry_allowed_length
        return {
            token: sampling.dry_multiplier * sampling.dry_base ** (length - allowed)
            for token, length in lengths.items()
            if length >= allowed
        }

    def _length(self, at: int, last: int, first: int) -> int:
        """Return how many tokens up to `at` are the same as those up to `last`."""
        length = 0
        while (
            at - length >= first
            and self._tokens[at - length] == self._tokens[last - length]
            and not self._breaks[last - length]
            and length < MAX_LENGTH
        ):
            length += 1
        return length
