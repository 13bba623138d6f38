"""A constraint whose texts have none of some words and phrases (`vocab_ban`).

The list has the words of a phrase, so only the words before it tell whether the last one is
allowed. A state carries the words that may begin a phrase and the word being written. A word that
would complete a phrase may still be begun if another word begins in the same way, so a token is
left out only if nothing else can follow: no state is a dead end.

For languages with spaces. White space, hyphens, and `*` for emphasis separate the words of a
phrase; any other mark between them ends it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from generation.constraint.segmented import decoded
from generation.constraint.session import (
    Constraint,
    ConstraintSession,
    DeadEnd,
    Place,
    RowParts,
    State,
    TokenIds,
    WordSession,
)
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.casing import lower
from vocab.words.entry_spellings import straight
from vocab.words.surroundings import START, BoundaryState

Phrase = tuple[str, ...]
# With fewer tokens left, no word is begun that begins like the end of a phrase: the reply might be
# cut there. The longest words have fewer tokens.
MARGIN = 16
# Maximum number of rows and of verdicts in the caches, which are cleared when they are full.
MAX_KNOWN = 20_000
# A token with the end of one word and the beginning of the next.
_SPANS_WORDS = re.compile(rb"[A-Za-z\x80-\xff]\s+[A-Za-z\x80-\xff]")
_JOINT = "'"
_GAPS = "*-"


class PhraseState(NamedTuple):
    """words: The last words, if only white space has followed them. word: Those letters of the next
    one that are there. joint: An apostrophe after them. partial: The first bytes of an
    incomplete character.
    """

    inner: State
    words: Phrase = ()
    word: str = ""
    joint: str = ""
    partial: bytes = b""


class BannedPhrases:
    """A Constraint around another one.

    phrases: Words in lower case, as `fold` gives them. stops: The tokens that end a reply.
    """

    def __init__(
        self,
        inner: Constraint,
        table: TokenTable,
        phrases: Sequence[Phrase],
        language: str,
        stops: Sequence[int],
    ) -> None:
        self._inner = inner
        self._table = table
        self._phrases = [tuple(map(fold, phrase)) for phrase in phrases]
        self._kept_words = max(map(len, self._phrases)) - 1
        self._language = language
        self._stops = frozenset(stops)
        self._spans_words = any(map(_SPANS_WORDS.search, table.bytes_of.values()))
        self._rows: dict[tuple[PhraseState, int | None], TokenIds] = {}
        self._alive: dict[PhraseState, bool] = {}

    @property
    def is_full(self) -> bool:
        return self._inner.is_full

    @property
    def state_count(self) -> int:
        return self._inner.state_count

    @property
    def nbytes(self) -> int:
        return self._inner.nbytes + sum(row.nbytes for row in list(self._rows.values()))

    @property
    def rows_made(self) -> int:
        return self._inner.rows_made

    def session(self) -> PhraseSession:
        inner = self._inner.session()
        kind = PhraseWordSession if isinstance(inner, WordSession) else PhraseSession
        return kind(self, inner)

    # --- one state -------------------------------------------------------------------------------

    def after(self, state: PhraseState, inner: State, token_id: int) -> PhraseState | None:
        """Return the state after a token; None if the token completes a banned phrase."""
        text, partial = decoded(state.partial + self._table.bytes_of.get(token_id, b""))
        words, word, joint = state.words, state.word, state.joint
        for character in map(straight, text):
            if character.isalnum() or unicodedata.category(character)[0] == "M":
                word, joint = word + joint + fold(lower(character, self._language)), ""
            elif character == _JOINT and word and not joint:
                joint = character
            else:
                words = (*words, word) if word else words
                if word and self.ends_phrase(words):
                    return None
                gap = not joint and (character.isspace() or character in _GAPS)
                words = words[len(words) - self._kept_words :] if gap and self._kept_words else ()
                word = joint = ""
        return PhraseState(inner, words, word, joint, partial)

    def ends_phrase(self, words: Phrase) -> bool:
        return any(words[-len(phrase) :] == phrase for phrase in self._phrases)

    def is_watched(self, state: PhraseState) -> bool:
        """True if the next token may complete a phrase, or leave no other way on."""
        return (
            self._spans_words
            or self._may_complete(state)
            or any(
                phrase[-2:-1] == (state.word,) and _ends_with(state.words, phrase[:-2])
                for phrase in self._phrases
            )
        )

    def _may_complete(self, state: PhraseState) -> bool:
        written = state.word + state.joint
        return any(
            # A joint may also be a mark behind the word.
            (phrase[-1].startswith(written) or (state.joint and phrase[-1] == state.word))
            and _ends_with(state.words, phrase[:-1])
            for phrase in self._phrases
        )

    def is_allowed(
        self, session: ConstraintSession, state: PhraseState, token_id: int, *, strict: bool = False
    ) -> bool:
        """Return whether a token that the inner constraint allows is allowed here too.

        strict: Leave out the tokens after which only some words avoid a phrase.
        """
        verdict = self._verdict(state, token_id)
        if isinstance(verdict, bool):
            return verdict
        if strict and verdict.word:
            return False
        inner = session.advance(state.inner, token_id)
        return self._is_alive(session, verdict._replace(inner=inner))

    def _verdict(self, state: PhraseState, token_id: int) -> bool | PhraseState:
        """Return whether a token is allowed; the state after it, without `inner`, if that depends
        on what may follow.
        """
        if token_id in self._stops:
            return not (state.word and self.ends_phrase((*state.words, state.word)))
        after = self.after(state, None, token_id)
        if after is None:
            return False
        return after if self._may_complete(after) else True

    def _is_alive(self, session: ConstraintSession, state: PhraseState) -> bool:
        known = self._alive.get(state)
        if known is None:
            ids = session.allowed(state.inner).tolist()
            # Nearly always one token is allowed whatever follows it, so this seldom goes deeper.
            known = any(self._verdict(state, token) is True for token in ids) or any(
                self.is_allowed(session, state, token) for token in ids
            )
            if len(self._alive) >= MAX_KNOWN:
                self._alive.clear()
            self._alive[state] = known
        return known

    def allowed(
        self, session: ConstraintSession, state: PhraseState, remaining: int | None
    ) -> TokenIds:
        if not self.is_watched(state):
            return session.allowed(state.inner, remaining)
        near = remaining if remaining is not None and remaining <= MARGIN else None
        known = self._rows.get((state, near))
        if known is not None:
            return known
        row = self._filtered(session, state, session.allowed(state.inner, near), near is not None)
        if not len(row):  # every word that would end in time completes a phrase
            row = self._filtered(session, state, session.allowed(state.inner), False)
        if not len(row):
            raise DeadEnd
        if len(self._rows) >= MAX_KNOWN:
            self._rows.clear()
        self._rows[state, near] = row
        return row

    def _filtered(
        self, session: ConstraintSession, state: PhraseState, ids: TokenIds, strict: bool
    ) -> TokenIds:
        kept = [self.is_allowed(session, state, int(token), strict=strict) for token in ids]
        if strict and not any(kept):
            kept = [self.is_allowed(session, state, int(token)) for token in ids]
        row: TokenIds = ids[np.array(kept, bool)]
        return row


class PhraseSession:
    """A ConstraintSession."""

    def __init__(self, banned: BannedPhrases, inner: ConstraintSession) -> None:
        self._banned = banned
        self._inner = inner
        self.start: State = self.start_at(START)

    def start_at(self, at: BoundaryState) -> State:
        return PhraseState(self._inner.start_at(at))

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        assert isinstance(state, PhraseState)  # noqa: S101
        return self._banned.allowed(self._inner, state, remaining)

    def parts(self, state: State, remaining: int | None = None) -> RowParts | None:
        assert isinstance(state, PhraseState)  # noqa: S101
        if self._banned.is_watched(state):
            return (self.allowed(state, remaining),)
        return self._inner.parts(state.inner, remaining)

    def advance(self, state: State, token_id: int) -> State:
        assert isinstance(state, PhraseState)  # noqa: S101
        after = self._banned.after(state, self._inner.advance(state.inner, token_id), token_id)
        if after is None:
            raise DeadEnd
        return after

    def sentence_ends(self, state: State) -> TokenIds:
        assert isinstance(state, PhraseState)  # noqa: S101
        ends = self._inner.sentence_ends(state.inner)
        if not self._banned.is_watched(state):
            return ends
        kept = [self._banned.is_allowed(self._inner, state, int(token)) for token in ends]
        left: TokenIds = ends[np.array(kept, bool)]
        return left

    @property
    def reachable(self) -> TokenIds | None:
        return self._inner.reachable


class PhraseWordSession(PhraseSession):
    """A WordSession."""

    def place(self, state: State) -> Place:
        assert isinstance(state, PhraseState)  # noqa: S101
        assert isinstance(self._inner, WordSession)  # noqa: S101
        place = self._inner.place(state.inner)
        whole = (*state.words, state.word)
        if place is Place.MAY_END and self._banned.ends_phrase(whole):
            return Place.INSIDE
        return place


def fold(word: str) -> str:
    """Return a word in lower case with the same sigma everywhere."""
    return word.replace("ς", "σ")


def _ends_with(words: Phrase, last: Phrase) -> bool:
    return not last or words[-len(last) :] == last
