"""Which tokens can be chosen at all: at some place of some text of a list.

A few thousand of a vocabulary of many tens of thousands, which is what makes an output head that
computes nothing else worth while.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from generation.constraint.contract import TokenIds
from generation.constraint.marks import Boundary, MarkTokens
from generation.constraint.paths import BARE
from vocab.words.forms import FORM_CLASSES, FormClass
from vocab.words.surroundings import START, After, Around, Surroundings

Places = frozenset[Around]
Moves = defaultdict[str, dict[Around, Around]]


def mark_tokens(marks: MarkTokens) -> TokenIds:
    """Return the ids, sorted, of the tokens made of marks that some text has, whatever its words.

    Follows every token from all places at once, which is quick because few places take its first
    mark and fewer its second.
    """
    surroundings = marks.surroundings
    moves: Moves = defaultdict(dict)
    for at in places(surroundings):
        for mark, following in surroundings.marks(at).items():
            moves[mark][at] = following
    found = [
        token_id for token_id, encoded in marks.tokens() if _can_be_read(encoded, moves, marks)
    ]
    return np.asarray(sorted(found), np.int64)


def word_contexts(marks: MarkTokens) -> frozenset[tuple[str, FormClass]]:
    """Return after what words of which class may begin: nothing, a space, a joined mark."""
    surroundings = marks.surroundings
    found: set[tuple[str, FormClass]] = set()
    for at in places(surroundings):
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


def _next_places(surroundings: Surroundings, at: Around) -> Iterator[Around]:
    yield from surroundings.marks(at).values()
    for form_class in FORM_CLASSES:
        if surroundings.admits(at, form_class):
            yield surroundings.after_word(at, form_class)


def _can_be_read(encoded: bytes, moves: Moves, marks: MarkTokens) -> bool:
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        return True  # part of a mark: MarkTokens has only those whose bytes are of some mark
    steps = list(moves[text[0]].items())
    for mark in text[1:]:
        following = moves[mark]
        reached = {_plain(after) for _, after in steps}
        steps = [(at, following[at]) for at in reached if at in following]
    return any(
        marks.may_stand(Boundary(after, fused=marks.is_fused(at, text[-1], after)), encoded)
        for at, after in steps
    )


def _plain(at: Around) -> Around:
    return at._replace(apostrophe="")
