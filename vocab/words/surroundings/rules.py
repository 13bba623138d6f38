"""The marks of an orthography in one style, and questions about a state under these rules."""

from __future__ import annotations

from collections.abc import Mapping

from vocab.words.orthography import (
    Brackets,
    Numbers,
    Orthography,
    Punctuation,
    Style,
    Units,
    exercise_marks,
)
from vocab.words.orthography.pack import APOSTROPHES, COMMAS, CURRENCIES
from vocab.words.surroundings.states import (
    APOSTROPHE_ENDING,
    BARE_ENDING,
    BRACKETS,
    ELLIPSES,
    EMPHASIS,
    LINE_STARTS,
    PAIR_CLOSED,
    RUN_END,
    SUSPENDED,
    UNIT_ENDS,
    WORD_STARTS,
    After,
    BoundaryState,
)

FULL_STOPS = frozenset(".。।॥۔።។៕။։")
# Signs that may be the only content of a bracket, such as the percent sign (%).
MENTIONED_SIGNS = CURRENCIES | frozenset("+-%°")


class Rules:
    """The sets of marks that all parts of the automaton use. Immutable."""

    def __init__(self, orthography: Orthography, style: Style) -> None:
        self.orthography = orthography
        self.style = style
        self.minimal = style.punctuation is Punctuation.MINIMAL
        self.markdown = style.punctuation is Punctuation.MARKDOWN
        self.exercise = style.punctuation is Punctuation.EXERCISE
        self.segmented = style.units is Units.WORDS and not orthography.spaced
        self.parts = style.brackets is Brackets.PARTS and not self.minimal
        self.has_numbers = style.numbers is not Numbers.NONE
        self.all_numbers = style.numbers is Numbers.ALL
        self.sentence_ends = orthography.sentence_ends
        self.pauses = orthography.pauses
        # Armenian has a colon for its full stop.
        self.full_stops = FULL_STOPS | (frozenset(":") & self.sentence_ends)
        self.pairs = dict(orthography.pairs)
        self.spaced_dashes = orthography.spaced_dashes
        self.tight_dashes = orthography.tight_dashes
        self.dialogue_dashes = orthography.dialogue_dashes
        self.rayas = orthography.raya
        if self.exercise:
            self.spaced_dashes = exercise_marks.spaced_operators(orthography)
            self.tight_dashes = exercise_marks.tight_operators(orthography)
        if self.minimal:
            self.sentence_ends = frozenset(end for end in self.sentence_ends if len(end) == 1)
            self.pauses &= COMMAS
            # ¿ and ¡ belong to ? and !, which are part of minimal punctuation.
            self.pairs = {mark: end for mark, end in self.pairs.items() if mark in "¿¡"}
            self.spaced_dashes = self.tight_dashes = frozenset()
            self.dialogue_dashes = self.rayas = frozenset()
        # Thai has no spaces between words, but between phrases.
        self.has_spaces = orthography.spaced or bool(orthography.spaced_dashes) or self.exercise
        self.ellipses = ELLIPSES & self.sentence_ends
        # Every prefix of a sentence end.
        self.runs = frozenset(
            run[:length] for run in self.sentence_ends for length in range(1, len(run) + 1)
        )
        self.ends_without_ellipsis = frozenset(
            end for end in self.sentence_ends if not end.startswith(("...", "…"))
        )
        # Sentence ends that no mark extends are equivalent. One of them represents each kind,
        # which reduces the number of states.
        self.representative: dict[str, str] = {}
        final = self.sentence_ends - self.full_stops - self.ellipses - _beginnings(self.runs)
        for kind in (final & self.ends_without_ellipsis, final - self.ends_without_ellipsis):
            self.representative |= dict.fromkeys(kind, min(kind, default=""))
        if orthography.particles:
            self.endings_behind = dict.fromkeys((*self.pairs.values(), EMPHASIS), BARE_ENDING)
        else:
            apostrophes = orthography.apostrophe_suffixes
            self.endings_behind = _endings_behind(self.pairs) if apostrophes else {}
        # Marks that may be the only content of a bracket: (...), (!), (?!)
        self.remarks = self.ellipses | {
            end for end in self.sentence_ends if not (self.full_stops | {"…"}) & set(end)
        }
        # Single marks that a text mentions in brackets: a comma (,) or the plus sign (+).
        single = frozenset(pause for pause in self.pauses if len(pause) == 1)
        self.mentions = single | (self.full_stops & self.sentence_ends) | MENTIONED_SIGNS

    def word_starts(self, at: BoundaryState) -> bool:
        """True if a word may begin at `at`."""
        if at.after is After.DASH:
            return not at.run or at.mark in self.tight_dashes
        if at.after is After.SPACED_DASH:
            if self.orthography.suspended_hyphens and at.mark == "-":
                return True  # Vorteile und -nachteile
            return self._joins_next_word(at)
        if at.after in WORD_STARTS:
            return at.run != SUSPENDED
        if at.after in (After.ELLIPSIS, After.SENTENCE_END) and at.mark in self.ellipses:
            return self.is_whole_run(at)
        return not self.orthography.spaced and at.after in UNIT_ENDS and self.is_whole_run(at)

    def starts_piece(self, at: BoundaryState) -> bool:
        """True if an opening mark or a number may begin at `at`, as well as a word."""
        if at.after is After.SPACED_DASH:
            return self._joins_next_word(at)
        return at.after not in (After.ELISION, After.HYPHEN) and self.word_starts(at)

    def ends_run(self, at: BoundaryState) -> bool:
        """True directly after a number or a run of letters that another run would continue."""
        return at.after is After.NUMBER or (at.after is After.WORD and RUN_END in at.run)

    def _joins_next_word(self, at: BoundaryState) -> bool:
        """True after a dash that touches the next word: —Hola —dijo María. —Sí."""
        if at.mark in self.rayas:
            return True
        return at.sentence_start and at.mark in self.dialogue_dashes

    def is_whole_run(self, at: BoundaryState) -> bool:
        """False inside an incomplete sentence end, such as after two full stops."""
        if at.after is not After.SENTENCE_END:
            return True
        if at.ellipsis_before and at.mark in ELLIPSES:
            return False
        if at.closers[-1:] in self.runs and at.mark not in ELLIPSES:
            # ¿Qué. is not complete; ¿Y... qué? and ¡Oh, ¿qué? Nada! are.
            return PAIR_CLOSED in at.run
        return at.mark in self.sentence_ends

    def sentence_ended(self, at: BoundaryState) -> bool:
        """True if a sentence ended and only closing marks came after its end."""
        return at.sentence_start and at.after in (After.SENTENCE_END, After.CLOSING)

    def at_line_start(self, at: BoundaryState) -> bool:
        return at.after in LINE_STARTS


def _endings_behind(pairs: Mapping[str, str]) -> dict[str, str]:
    """Map each closing mark to notes that say which suffixes may follow it.

    After a bracket or a star a suffix keeps its apostrophe, after a quotation mark it may drop it,
    and after a single quotation mark it must drop it.
    """
    notes = {EMPHASIS: APOSTROPHE_ENDING}
    for mark in pairs.values():
        with_apostrophe = "" if mark in APOSTROPHES else APOSTROPHE_ENDING
        without = "" if mark in BRACKETS.values() else BARE_ENDING
        notes[mark] = with_apostrophe + without
    return notes


def _beginnings(runs: frozenset[str]) -> frozenset[str]:
    """Return every run without its last mark."""
    return frozenset(run[:-1] for run in runs)
