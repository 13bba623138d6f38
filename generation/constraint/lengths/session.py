"""A constraint that also keeps a reply and its sentences to a number of words.

It wraps the constraint of a wordlist, and only of requests that ask for a length. The state
carries the count of words. A token is left out if the words that are left after it do not reach a
sentence's end, or if it ends a sentence or the reply too early. The list goes first: where nothing
else is left, a limit is broken and no unlisted word is written.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from generation.constraint.lengths.count import WordCount, WordCounter
from generation.constraint.lengths.groups import ANY_LETTER, GroupingSession, TokenGroup
from generation.constraint.session import (
    NO_IDS,
    DeadEnd,
    Place,
    RowParts,
    State,
    TokenIds,
    WordSession,
)
from generation.constraint.token_ids import concatenated, union
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.surroundings import START, BoundaryState
from vocab.words.text_limits import TextLimits

# With fewer words left than this no new sentence begins.
MIN_SENTENCE_WORDS = 4
# With this few words left of a sentence or of the reply, it ends where the model would end it.
NEAR_SENTENCE = 3
NEAR_REPLY = 8


class LengthState(NamedTuple):
    inner: State
    words: WordCount


class LengthSession:
    """A WordSession."""

    def __init__(
        self,
        inner: GroupingSession,
        table: TokenTable,
        counter: WordCounter,
        limits: TextLimits,
    ) -> None:
        self.inner = inner
        self.limits = limits
        self._bytes_of = table.bytes_of
        self._counter = counter
        # The tokens of the last state, which a run asks for more than once.
        self._known_state: State = None
        self._known_kept: TokenIds = NO_IDS
        self.start = self.start_at(START)

    def start_at(self, at: BoundaryState) -> State:
        return LengthState(self.inner.start_at(at), WordCount())

    def advance(self, state: State, token_id: int) -> State:
        assert isinstance(state, LengthState)  # noqa: S101
        return LengthState(
            self.inner.advance(state.inner, token_id),
            self._counter.after(state.words, self._bytes_of.get(token_id, b"")),
        )

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        return concatenated(self.parts(state, remaining))

    def parts(self, state: State, remaining: int | None = None) -> RowParts:
        assert isinstance(state, LengthState)  # noqa: S101
        parts = self.inner.parts(state.inner, remaining)
        if parts is None:
            parts = (self.inner.allowed(state.inner, remaining),)
        if self._is_free(state.words):
            return parts
        if state != self._known_state:
            self._known_state, self._known_kept = state, self._kept(state)
        # The tokens that end in time may be fewer than those that a limit of tokens leaves.
        found = tuple(part for each in parts if len(part := each[np.isin(each, self._known_kept)]))
        return found or parts

    def sentence_ends(self, state: State) -> TokenIds:
        assert isinstance(state, LengthState)  # noqa: S101
        ends = self.inner.sentence_ends(state.inner)
        if len(ends) == 0 or state.words.reply < self.limits.reply.least:
            return NO_IDS
        after = [self._counter.after(state.words, self._bytes_of[end]) for end in ends.tolist()]
        ends = ends[[self._counter.ends_sentence(each) for each in after]]  # not an ellipsis
        try:
            return ends[np.isin(ends, self.allowed(state))]
        except DeadEnd:
            return NO_IDS

    def place(self, state: State) -> Place:
        assert isinstance(state, LengthState)  # noqa: S101
        assert isinstance(self.inner, WordSession)  # noqa: S101
        return self.inner.place(state.inner)

    @property
    def reachable(self) -> TokenIds | None:
        return self.inner.reachable

    def is_near_limit(self, state: State) -> bool:
        """True if the sentence should end soon, because few words are left."""
        assert isinstance(state, LengthState)  # noqa: S101
        limits, words = self.limits, state.words
        return any(
            limit.most is not None and limit.most - used <= near
            for limit, used, near in (
                (limits.sentence, words.sentence, NEAR_SENTENCE),
                (limits.reply, words.reply, NEAR_REPLY),
            )
        )

    # --- the limits ------------------------------------------------------------------------------

    def _is_free(self, count: WordCount) -> bool:
        """True if no token can break a limit."""
        limits, reach = self.limits, self.inner.most_words + MIN_SENTENCE_WORDS
        for limit, used in ((limits.sentence, count.sentence), (limits.reply, count.reply)):
            if used < limit.least or (limit.most is not None and limit.most - used <= reach):
                return False
        return True

    def _kept(self, state: LengthState) -> TokenIds:
        groups, count = list(self.inner.groups(state.inner)), state.words
        in_time = [each for each in groups if self._in_time(count, each)]
        enough = [each for each in in_time if self._has_enough(count, each)]
        # An open pair of ¿ or ¡ may need a sentence of its own before the text can end.
        timely = [each for each in enough if not self._begins_too_late(count, each)]
        kept = timely or enough or in_time
        return union([each.ids for each in kept]) if kept else NO_IDS

    def _in_time(self, count: WordCount, group: TokenGroup) -> bool:
        """True if the words that are left after a token reach a sentence's end."""
        if group.text is None:
            return True
        after = self._after(count, group.text)
        used = ((self.limits.sentence, after.sentence), (self.limits.reply, after.reply))
        return all(
            limit.most is None or words + group.needed <= limit.most for limit, words in used
        )

    def _has_enough(self, count: WordCount, group: TokenGroup) -> bool:
        """False if a token ends the sentence or the reply before its fewest words."""
        least = self.limits.sentence.least
        if group.text is None:
            enough = count.sentence == 0 or count.sentence >= least
            return enough and count.reply >= self.limits.reply.least
        after = self._after(count, group.text)
        begins = _begins_sentence(count, after)
        if not begins and not self._counter.ends_sentence(after):
            return True
        ended = count.sentence if begins else after.sentence
        return ended == 0 or ended >= least

    def _begins_too_late(self, count: WordCount, group: TokenGroup) -> bool:
        """True if few words are left, and the reply could end instead of another sentence."""
        reply = self.limits.reply
        if reply.most is None or group.text is None or count.sentence == 0:
            return False
        few = reply.most - count.reply < max(MIN_SENTENCE_WORDS, self.limits.sentence.least)
        if not few or count.reply < reply.least:
            return False
        after = self._after(count, group.text)
        if group.needed and self._counter.ends_sentence(after):
            return True
        return after.reply > count.reply and _begins_sentence(count, after)

    def _after(self, count: WordCount, text: bytes) -> WordCount:
        if text == ANY_LETTER:  # it stands for the rest of an incomplete letter too
            count = count._replace(partial=b"")
        return self._counter.after(count, text)


def _begins_sentence(count: WordCount, after: WordCount) -> bool:
    """True if a sentence with words ended before the last character between these counts."""
    return after.sentence != count.sentence + after.reply - count.reply
