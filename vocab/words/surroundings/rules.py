"""An orthography in a style: which marks there are, and what a place means under them."""

from __future__ import annotations

from collections.abc import Mapping

from vocab.words.orthography import Numbers, Orthography, Punctuation, Style
from vocab.words.orthography.pack import APOSTROPHES, CURRENCIES
from vocab.words.surroundings.states import (
    APOSTROPHE_ENDING,
    BARE_ENDING,
    BRACKETS,
    ELLIPSES,
    EMPHASIS,
    LINE_STARTS,
    PAIR_CLOSED,
    SUSPENDED,
    UNIT_ENDS,
    WORD_STARTS,
    After,
    BoundaryState,
)

FULL_STOPS = frozenset(".。।॥")
COMMAS = frozenset(",、،，")
# Signs that a bracket may hold alone, such as the percent sign (%).
SPOKEN_OF = CURRENCIES | frozenset("+-%°")
_STOPS_AND_DOTS = FULL_STOPS | {"…"}


class Rules:
    """The sets that all parts of the automaton read. Immutable."""

    def __init__(self, orthography: Orthography, style: Style) -> None:
        self.orthography = orthography
        self.style = style
        self.minimal = style.punctuation is Punctuation.MINIMAL
        self.markdown = style.punctuation is Punctuation.MARKDOWN
        self.has_numbers = style.numbers is not Numbers.NONE
        self.all_numbers = style.numbers is Numbers.ALL
        self.sentence_ends = orthography.sentence_ends
        self.pauses = orthography.pauses
        self.pairs = dict(orthography.pairs)
        self.spaced_dashes = orthography.spaced_dashes
        self.tight_dashes = orthography.tight_dashes
        self.dialogue_dashes = orthography.dialogue_dashes
        self.rayas = orthography.raya
        if self.minimal:
            self.sentence_ends = frozenset(end for end in self.sentence_ends if len(end) == 1)
            self.pauses &= COMMAS
            # ¿ and ¡ belong to the question mark, which even the least punctuation has.
            self.pairs = {mark: end for mark, end in self.pairs.items() if mark in "¿¡"}
            self.spaced_dashes = self.tight_dashes = frozenset()
            self.dialogue_dashes = self.rayas = frozenset()
        # Thai has words side by side, and spaces between phrases.
        self.has_spaces = orthography.spaced or bool(orthography.spaced_dashes)
        self.ellipses = ELLIPSES & self.sentence_ends
        # Every start of a sentence end.
        self.runs = frozenset(
            run[:length] for run in self.sentence_ends for length in range(1, len(run) + 1)
        )
        self.undotted_ends = frozenset(
            end for end in self.sentence_ends if not end.startswith(("...", "…"))
        )
        # Where nothing makes a run longer, one stands for all of its kind, and states are fewer.
        self.alike: dict[str, str] = {}
        final = self.sentence_ends - FULL_STOPS - self.ellipses - _shorter(self.runs)
        for kind in (final & self.undotted_ends, final - self.undotted_ends):
            self.alike |= dict.fromkeys(kind, min(kind, default=""))
        self.endings_behind = _endings_behind(self.pairs) if orthography.apostrophe_suffixes else {}
        # What a bracket may hold and nothing else: (...), (!), (?!)
        self.remarks = self.ellipses | {
            end for end in self.sentence_ends if not _STOPS_AND_DOTS & set(end)
        }
        # And single marks that somebody speaks of: a comma (,) or the plus sign (+).
        single = frozenset(pause for pause in self.pauses if len(pause) == 1)
        self.mentions = single | (FULL_STOPS & self.sentence_ends) | SPOKEN_OF

    def word_starts(self, at: BoundaryState) -> bool:
        """True if words may begin at `at`."""
        if at.after is After.DASH:
            return not at.run or at.mark in self.tight_dashes
        if at.after is After.SPACED_DASH:
            if self.orthography.suspended_hyphens and at.mark == "-":
                return True  # Vorteile und -nachteile
            return self._begins_speech(at)
        if at.after in WORD_STARTS:
            return at.run != SUSPENDED
        if at.after in (After.ELLIPSIS, After.SENTENCE_END) and at.mark in self.ellipses:
            return self.is_whole_run(at)
        return not self.orthography.spaced and at.after in UNIT_ENDS and self.is_whole_run(at)

    def starts_piece(self, at: BoundaryState) -> bool:
        """True if what may begin at `at` may also begin with an opening mark or be a number."""
        if at.after is After.SPACED_DASH:
            return self._begins_speech(at)
        return at.after not in (After.ELISION, After.HYPHEN) and self.word_starts(at)

    def _begins_speech(self, at: BoundaryState) -> bool:
        """True behind a dash that joins the next word: —Hola —dijo María. —Sí."""
        if at.mark in self.rayas:
            return True
        return at.fresh and at.mark in self.dialogue_dashes

    def is_whole_run(self, at: BoundaryState) -> bool:
        """False in the middle of a sentence end, such as after two full stops."""
        if at.after is not After.SENTENCE_END:
            return True
        if at.dotted and at.mark in ELLIPSES:
            return False
        if at.closers[-1:] in self.runs and at.mark not in ELLIPSES:
            # ¿Qué. goes nowhere, ¿Y... qué? does; and so does ¡Oh, ¿qué? Nada!
            return PAIR_CLOSED in at.run
        return at.mark in self.sentence_ends

    def is_fresh_after(self, at: BoundaryState) -> bool:
        """True if a sentence that ended at `at` is still the last thing there was."""
        return at.fresh and at.after in (After.SENTENCE_END, After.CLOSING)

    def at_line_start(self, at: BoundaryState) -> bool:
        return at.after in LINE_STARTS


def _endings_behind(pairs: Mapping[str, str]) -> dict[str, str]:
    """Which endings may follow a closing mark: a name in brackets or stars has an apostrophe before
    them, a quotation needs none, and one in single marks cannot have one.
    """
    notes = {EMPHASIS: APOSTROPHE_ENDING}
    for mark in pairs.values():
        with_apostrophe = "" if mark in APOSTROPHES else APOSTROPHE_ENDING
        without = "" if mark in BRACKETS.values() else BARE_ENDING
        notes[mark] = with_apostrophe + without
    return notes


def _shorter(runs: frozenset[str]) -> frozenset[str]:
    """Those that another one goes on from."""
    return frozenset(run[:-1] for run in runs)
