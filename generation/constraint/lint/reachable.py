"""The tokens that some text of a list can have.

They are a few thousand of a vocabulary of many tens of thousands, which is why the output head can
be restricted to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from generation.constraint.canonical.mark_tokens import Boundary, MarkTokens
from generation.constraint.canonical.word_paths import NO_PREFIX
from generation.constraint.session import TokenIds
from vocab.words.surroundings import START, After, BoundaryState, Surroundings
from vocab.words.word_forms import FORM_CLASSES, FormClass

States = frozenset[BoundaryState]


def mark_tokens(marks: MarkTokens, states: States) -> TokenIds:
    """Return the ids, sorted, of the tokens of marks that some text can have, with any words.

    states: See `reachable_states`.
    """
    scanner = _MarkScanner(marks, states)
    found = [token_id for token_id, encoded in marks.tokens() if scanner.accepts(encoded)]
    return np.asarray(sorted(found), np.int64)


def word_prefixes(marks: MarkTokens, states: States) -> frozenset[tuple[str, FormClass]]:
    """Return each prefix (nothing, a space, a joined mark) and class that words may have."""
    surroundings = marks.surroundings
    # Prefix -> the classes that no state has admitted yet.
    missing: defaultdict[str, set[FormClass]] = defaultdict(lambda: set(_classes(surroundings)))
    found: set[tuple[str, FormClass]] = set()
    for at in states:
        starts = [] if at.after is After.SPACE else [(NO_PREFIX, at)]
        starts += [
            (mark, following)
            for mark, following in surroundings.marks(at).items()
            if marks.is_fused(at, mark, following)
        ]
        for prefix, start in starts:
            admitted = {each for each in missing[prefix] if surroundings.admits(start, each)}
            missing[prefix] -= admitted
            found.update((prefix, each) for each in admitted)
    return frozenset(found)


def reachable_states(surroundings: Surroundings) -> States:
    """Return every state between words that some text reaches, with any words.

    States with an apostrophe are left out, because they allow less than the same state without.
    """
    classes = _classes(surroundings)
    pending = [START]
    seen = set(pending)
    while pending:
        at = pending.pop()
        following = _next_states(surroundings, at, classes)
        reached = {_without_apostrophe(after) for after in following}
        pending += reached - seen
        seen |= reached
    return frozenset(seen)


def _classes(surroundings: Surroundings) -> list[FormClass]:
    """Return the classes of words that some text in this style has."""
    return [each for each in FORM_CLASSES if surroundings.admits_somewhere(each)]


def _next_states(
    surroundings: Surroundings, at: BoundaryState, classes: Sequence[FormClass]
) -> Iterator[BoundaryState]:
    yield from surroundings.marks(at).values()
    for form_class in classes:
        if surroundings.admits(at, form_class):
            yield surroundings.after_word(at, form_class)


class _MarkScanner:
    """Scans tokens of marks from all states at once.

    States are numbers here: there are tens of thousands, and most differ only in their open pairs.
    """

    def __init__(self, marks: MarkTokens, states: States) -> None:
        self._marks = marks
        self._states = list(states)
        numbers = {at: number for number, at in enumerate(self._states)}
        self._after_mark: defaultdict[str, dict[int, BoundaryState]] = defaultdict(dict)
        for number, at in enumerate(self._states):
            for mark, following in marks.surroundings.marks(at).items():
                self._after_mark[mark][number] = following
        # Mark -> [states]: the state after it, -1 where it may not come.
        self._moves: dict[str, npt.NDArray[np.int64]] = {}
        for mark, after in self._after_mark.items():
            move = self._moves[mark] = np.full(len(self._states), -1, np.int64)
            for number, following in after.items():
                move[number] = numbers[_without_apostrophe(following)]
        self._reached = {"": np.arange(len(self._states))}

    def accepts(self, encoded: bytes) -> bool:
        try:
            text = encoded.decode()
        except UnicodeDecodeError:
            return True  # part of a character, which belongs to some mark
        last, after = text[-1], self._after_mark[text[-1]]
        return any(
            self._may_stand(self._states[number], last, after[number], encoded)
            for number in self._reach(text[:-1]).tolist()
            if number in after
        )

    def _may_stand(
        self, at: BoundaryState, mark: str, after: BoundaryState, encoded: bytes
    ) -> bool:
        fused = self._marks.is_fused(at, mark, after)
        return self._marks.may_stand(Boundary(after, fused=fused), encoded)

    def _reach(self, text: str) -> npt.NDArray[np.int64]:
        """Return the numbers of the states after `text`. Cached, because tokens share prefixes."""
        known = self._reached.get(text)
        if known is None:
            is_reached = np.zeros(len(self._states) + 1, np.bool_)  # the last one is for -1
            if text[-1] in self._moves:
                is_reached[self._moves[text[-1]][self._reach(text[:-1])]] = True
            known = self._reached[text] = np.flatnonzero(is_reached[:-1])
        return known


def _without_apostrophe(at: BoundaryState) -> BoundaryState:
    return at._replace(apostrophe="")
