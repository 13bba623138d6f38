"""Where the model itself would end a sentence, near the most words of it.

The constraint can end a sentence in time, but only the model knows where an end makes sense. So in
the last words before a limit, a sentence ends in the first place where the model gives a sentence
end a fair probability.
"""

from __future__ import annotations

from generation.constraint.lengths.session import LengthSession
from generation.constraint.segmented import SegmentedState
from generation.constraint.session import ConstraintSession, State
from generation.constraint.tokenizer.token_bytes import TokenTable
from generation.engine.decoding.sentence_ends import MIN_SHARE
from generation.engine.model.logits import RowLogits

# Added to the scores of sentence ends. No score of a model is this far above another one.
CERTAIN = 200.0


class LengthEnds:
    """Of one request that limits the words of its reply or sentences."""

    def __init__(
        self, session: ConstraintSession, limited: LengthSession, table: TokenTable
    ) -> None:
        """limited: The part of the session that counts words."""
        self._session = session
        self._limited = limited
        self._table = table

    def apply_(self, state: State, row: RowLogits) -> None:
        """Make the sentence end certain in place, where the limit is near and it makes sense.

        row: Scores of all tokens, before penalties.
        """
        inner = state.inner if isinstance(state, SegmentedState) else state
        if not self._limited.is_near_limit(inner):
            return
        ends = self._session.sentence_ends(state)
        if len(ends) == 0:
            return
        at, _ = row.locate(self._table.with_white_space(ends))
        share = (row.values[at].logsumexp(-1) - row.normalizer()).exp()
        if share >= MIN_SHARE:
            at, _ = row.locate(ends)
            row.values[at] += CERTAIN
