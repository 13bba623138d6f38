"""Which tokens can be chosen at all: at some place of some text of a list.

A few thousand of a vocabulary of many tens of thousands, which is what makes an output head that
computes nothing else worth while.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from generation.constraint.canonical.mark_tokens import Boundary, MarkTokens
from generation.constraint.canonical.word_paths import BARE
from generation.constraint.session import TokenIds
from vocab.words.surroundings import START, After, BoundaryState, Surroundings
from vocab.words.word_forms import FORM_CLASSES, FormClass

Places = frozenset[BoundaryState]


def mark_tokens(marks: MarkTokens, everywhere: Places) -> TokenIds:
    """Return the ids, sorted, of the tokens made of marks that some text has, whatever its words.

    everywhere: see `places`.
    """
    reading = _Reading(marks, everywhere)
    found = [token_id for token_id, encoded in marks.tokens() if reading.accepts(encoded)]
    return np.asarray(sorted(found), np.int64)


def word_contexts(marks: MarkTokens, everywhere: Places) -> frozenset[tuple[str, FormClass]]:
    """Return after what words of which class may begin: nothing, a space, a joined mark."""
    surroundings = marks.surroundings
    found: set[tuple[str, FormClass]] = set()
    for at in everywhere:
        here = [] if at.after is After.SPACE else [(BARE, at)]
        here += [
            (mark, following)
            for mark, following in surroundings.marks(at).items()
            if marks.is_fused(at, mark, following)
        ]
        for context, start in here:
            found.update(
                (context, form_class)
                for form_class in FORM_CLASSES
                if surroundings.admits(start, form_class)
            )
    return frozenset(found)


def places(surroundings: Surroundings) -> Places:
    """Every place between words that a text can come to, whatever words it has.

    Which apostrophe is in use is left out: it only ever takes something away.
    """
    pending = [START]
    seen = set(pending)
    while pending:
        at = pending.pop()
        reached = {_plain(after) for after in _next_places(surroundings, at)}
        pending += reached - seen
        seen |= reached
    return frozenset(seen)


def _next_places(surroundings: Surroundings, at: BoundaryState) -> Iterator[BoundaryState]:
    yield from surroundings.marks(at).values()
    for form_class in FORM_CLASSES:
        if surroundings.admits(at, form_class):
            yield surroundings.after_word(at, form_class)


class _Reading:
    """Reads marks from all places at once. Places are numbers here: there are tens of thousands,
    most of which differ in what is open only.
    """

    def __init__(self, marks: MarkTokens, everywhere: Places) -> None:
        self._marks = marks
        self._places = list(everywhere)
        numbers = {at: number for number, at in enumerate(self._places)}
        self._after: defaultdict[str, dict[int, BoundaryState]] = defaultdict(dict)
        for number, at in enumerate(self._places):
            for mark, following in marks.surroundings.marks(at).items():
                self._after[mark][number] = following
        # Mark -> [places]: the place behind it, -1 if it may not come there.
        self._moves: dict[str, npt.NDArray[np.int64]] = {}
        for mark, after in self._after.items():
            move = self._moves[mark] = np.full(len(self._places), -1, np.int64)
            for number, following in after.items():
                move[number] = numbers[_plain(following)]
        self._reached = {"": np.arange(len(self._places))}

    def accepts(self, encoded: bytes) -> bool:
        try:
            text = encoded.decode()
        except UnicodeDecodeError:
            return True  # part of a mark: MarkTokens has only those whose bytes are of some mark
        last, after = text[-1], self._after[text[-1]]
        return any(
            self._may_stand(self._places[number], last, after[number], encoded)
            for number in self._reach(text[:-1]).tolist()
            if number in after
        )

    def _may_stand(
        self, at: BoundaryState, mark: str, after: BoundaryState, encoded: bytes
    ) -> bool:
        fused = self._marks.is_fused(at, mark, after)
        return self._marks.may_stand(Boundary(after, fused=fused), encoded)

    def _reach(self, text: str) -> npt.NDArray[np.int64]:
        """The places behind `text`. Tokens begin alike, so each beginning is read once."""
        known = self._reached.get(text)
        if known is None:
            here = np.zeros(len(self._places) + 1, np.bool_)  # the last one for those that end
            if text[-1] in self._moves:
                here[self._moves[text[-1]][self._reach(text[:-1])]] = True
            known = self._reached[text] = np.flatnonzero(here[:-1])
        return known


def _plain(at: BoundaryState) -> BoundaryState:
    return at._replace(apostrophe="")
