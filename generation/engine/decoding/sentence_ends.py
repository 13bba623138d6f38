"""Where the model itself would end a sentence, near the limit of a reply.

A constraint can end a sentence in time, but only the model knows where an end makes sense. Near the
limit, a run asks for each token what the model without a list gives to a sentence end in its place.
`processors/held_sentence.py` ends a reply that reaches its limit in the last such place.
"""

from __future__ import annotations

from generation.constraint.session import ConstraintSession, State
from generation.constraint.tokenizer.token_bytes import TokenTable
from generation.engine.model.logits import RowLogits

# Number of last tokens of a reply in which an end is looked for: about two sentences.
HELD_TOKENS = 32
# A sentence may end where the model gives at least this probability to a sentence end.
MIN_SHARE = 0.05


class SentenceEnds:
    """Of one request.

    max_tokens, min_tokens: See Sampling.
    """

    def __init__(
        self,
        session: ConstraintSession,
        table: TokenTable,
        *,
        max_tokens: int,
        min_tokens: int = 0,
    ) -> None:
        self._session = session
        self._table = table
        self.max_tokens = max_tokens
        # A sentence needs a word before its end.
        self._first = max(1, min_tokens - 1, max_tokens - HELD_TOKENS)

    def is_near(self, produced: int) -> bool:
        """True if the reply may end after this number of tokens if it reaches its limit."""
        return produced >= self._first

    def is_mark(self, token: int) -> bool:
        marks = self._table.marks
        return token < len(marks) and bool(marks[token])

    def can_end(self, state: State, produced: int) -> bool:
        """True if a sentence can end here, whatever the model gives to its end."""
        return self.is_near(produced) and len(self._session.sentence_ends(state)) > 0

    def find(self, state: State, produced: int, row: RowLogits) -> int | None:
        """Return the token with which the model would end the sentence here; None if it would not.

        produced: Number of tokens of the reply so far.
        row: The scores of all tokens, before penalties.
        """
        if not self.is_near(produced):
            return None
        ends = self._session.sentence_ends(state)
        if len(ends) == 0:
            return None
        at, _ = row.locate(self._table.with_white_space(ends))
        share = (row.values[at].logsumexp(-1) - row.normalizer()).exp()
        return int(ends[row.gather(ends).argmax()]) if share >= MIN_SHARE else None
