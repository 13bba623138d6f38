"""The automaton between words: which marks may follow, which words may begin, where a text may end.

It depends on an orthography and a style, not on a word list. It has few states, so the successors
of each state are computed once and cached.
"""

from __future__ import annotations

from vocab.words.orthography import Case, Orthography, Style, exercise_marks
from vocab.words.orthography.pack import APOSTROPHES, FRACTIONS, MINUSES
from vocab.words.surroundings import dashes, exercises, numbers, pairs, sentence_ends, spaces
from vocab.words.surroundings.rules import Rules
from vocab.words.surroundings.states import (
    ADDRESS,
    AFTER_BEGINNING,
    APOSTROPHE_ENDING,
    BARE_ENDING,
    EMPHASIS,
    JOINED,
    LINE_STARTS,
    NUMERAL,
    PARTICLE,
    RUN_END,
    SLASH_JOINED,
    SPACED,
    SUFFIX,
    UNIT_ENDS,
    After,
    BoundaryState,
    Marks,
)
from vocab.words.word_forms import (
    BESIDE_NUMBERS,
    IN_EXERCISES,
    LABELS,
    FormClass,
    LetterCase,
    Role,
)

# Suffixes of one word: -lui, then -en. No language here has more.
MAX_SUFFIXES = 2
# Roles that follow a word or a closing mark without a space.
ATTACHED = frozenset({Role.SUFFIX, Role.ENDING, Role.QUOTED})
_STEMS = frozenset({Role.STEM, Role.HYPHEN_STEM, Role.NUMBER_PREFIX})
# Roles that no hyphen joins to the word before.
_NEVER_JOINED = frozenset({Role.BEGINNING, Role.PROCLITIC, Role.NUMBER_PREFIX})
# Roles that contain or touch marks that minimal punctuation does not have.
_BESIDE_MARKS = frozenset({Role.QUOTED, Role.PROCLITIC})
_PARTS = frozenset({Role.BEGINNING, Role.ENDING})


class Surroundings:
    """The automaton of one orthography in one style. Safe to share between threads."""

    def __init__(self, orthography: Orthography, style: Style) -> None:
        self.orthography = orthography
        self.style = style
        self._rules = Rules(orthography, style)
        self._marks: dict[BoundaryState, Marks] = {}
        self._somewhere: dict[FormClass, bool] = {}

    # --- words -----------------------------------------------------------------------------------

    def admits(self, at: BoundaryState, form_class: FormClass) -> bool:
        """True if a spelling of this class may begin at `at`."""
        if not self.admits_somewhere(form_class):
            return False
        role, case, apostrophe = form_class[:3]
        if apostrophe and at.apostrophe not in ("", apostrophe):
            return False
        plain = case is LetterCase.PLAIN or self._has_case(case)
        if role in BESIDE_NUMBERS:
            return numbers.admits(self._rules, at, role)
        if role in ATTACHED:
            return plain and self._takes_suffix(at, role)
        if role in IN_EXERCISES:
            return exercises.admits(self._rules, at, role)
        counts = self.orthography.words_after_numbers and at.after is After.NUMBER
        if counts and role is Role.WORD:  # 3시간
            return plain and bool(at.run)
        if not self.word_starts(at) or (role in _STEMS and at.after is After.ELISION):
            return False
        if role is Role.RUN and self._rules.ends_run(at):
            return False
        if role is Role.NUMERAL and at.after is After.HYPHEN and at.run == AFTER_BEGINNING:
            return False
        if role in _NEVER_JOINED and at.after is After.HYPHEN:
            return False
        elides = form_class.elides or not self.orthography.elides_before
        if role is Role.WORD and at.after is After.ELISION and not elides:
            return False
        pairs_full = len(at.closers) == self.orthography.max_open_pairs
        if role is Role.PROCLITIC and pairs_full and not self._rules.has_numbers:
            return False
        return plain or (case is LetterCase.TITLE and self._takes_capital(at))

    def admits_somewhere(self, form_class: FormClass) -> bool:
        """False if no text in this style has a spelling of this class."""
        known = self._somewhere.get(form_class)
        if known is None:
            known = self._somewhere[form_class] = self._is_in_style(form_class)
        return known

    def _is_in_style(self, form_class: FormClass) -> bool:
        if form_class.role in BESIDE_NUMBERS:
            return self._rules.all_numbers and form_class.case is LetterCase.PLAIN
        if form_class.role in IN_EXERCISES:
            in_style = exercises.is_in_style(self._rules, form_class.role)
            return in_style and form_class.case is LetterCase.PLAIN
        if form_class.role is Role.PROCLITIC and not self.orthography.proclitics:
            return False
        if form_class.role is Role.NUMBER_PREFIX and not self._rules.has_numbers:
            return False
        particles = bool(self.orthography.particles)
        if form_class.role is Role.RUN and self.orthography.spaced and not particles:
            return False
        if form_class.elides and not self.orthography.elides_before:
            return False
        particle = form_class.role is Role.QUOTED and particles
        if form_class.role in _BESIDE_MARKS and self._rules.minimal and not particle:
            return False
        if form_class.role in _PARTS and not self._rules.parts:
            return False
        if form_class.case is LetterCase.TITLE:
            return self.style.case is not Case.LOWER
        return form_class.case is LetterCase.PLAIN or self._has_case(form_class.case)

    def _has_case(self, case: LetterCase) -> bool:
        """True if a word may have this case inside a sentence."""
        capitals = case is LetterCase.UPPER and self.style.case is Case.EMPHASIS
        return capitals or self.style.case is Case.FREE

    def _takes_suffix(self, at: BoundaryState, role: Role) -> bool:
        if at.after is After.NUMBER:
            if role is Role.QUOTED:
                return bool(self.orthography.particles)
            return self.orthography.apostrophe_suffixes and role is Role.SUFFIX
        if at.after is After.CLOSING:
            notes = {Role.SUFFIX: APOSTROPHE_ENDING, Role.QUOTED: BARE_ENDING}
            return role in notes and notes[role] in at.run
        if role is Role.QUOTED and PARTICLE not in at.run:
            return False
        if role is Role.ENDING and NUMERAL in at.run:
            return False
        return at.after is After.WORD and at.run.count(SUFFIX) < MAX_SUFFIXES

    def _takes_capital(self, at: BoundaryState) -> bool:
        starts = (
            at.sentence_start or at.after is After.ELLIPSIS or self.orthography.capital_anywhere
        )
        inside = at.after is After.HYPHEN and at.run == AFTER_BEGINNING
        return starts and not inside and self.style.case is not Case.LOWER

    def word_starts(self, at: BoundaryState) -> bool:
        """True if a word may begin at `at`."""
        return self._rules.word_starts(at)

    def after_word(self, at: BoundaryState, form_class: FormClass) -> BoundaryState:
        """Return the state after a spelling of this class that began at `at`."""
        at = BoundaryState(
            at.after, at.run, at.closers, at.sentence_start, form_class.apostrophe or at.apostrophe
        )
        if at.in_ellipsis:
            at = at._replace(run="")
        if form_class.role is Role.STEM:
            return at.to(After.STEM)
        if form_class.role is Role.HYPHEN_STEM:
            return at.to(After.HYPHEN_STEM)
        if form_class.role is Role.NUMBER_PREFIX:
            return at.to(After.NUMBER_SIGN)
        if form_class.role is Role.PROCLITIC:
            return at.to(After.PROCLITIC)
        if form_class.role is Role.BEGINNING:
            return at.to(After.HYPHEN, AFTER_BEGINNING)
        if form_class.role is Role.SIGN:
            return at.to(After.NUMBER_SIGN, SPACED)
        if form_class.role in (Role.ORDINAL, Role.UNIT):
            return at.to(After.NUMBER)
        if form_class.role in LABELS:
            return exercises.after_label(self._rules, at)
        if form_class.role is Role.DOMAIN:
            return at.to(After.WORD, JOINED)
        if form_class.role in ATTACHED:
            first = PARTICLE if self.orthography.particles else ""
            return at.to(After.WORD, SUFFIX + (at.run if at.after is After.WORD else first))
        keeps = self.orthography.capital_after_apostrophe and bool(form_class.apostrophe)
        tied = at.after is After.HYPHEN or (at.after is After.DASH and at.run)
        note = SLASH_JOINED if at.after is After.DASH and at.run == "/" else ""
        note = JOINED + note if tied else ""
        if at.after is After.HYPHEN and at.run == ADDRESS:
            note += ADDRESS
        if form_class.role is Role.GAP and not self.orthography.spaced:
            note += RUN_END
        if form_class.role is Role.NUMERAL and self._rules.parts:
            note += NUMERAL
        if form_class.role is Role.RUN:
            note += RUN_END if not self.orthography.spaced else PARTICLE
        elif self.orthography.particles and at.after is After.NUMBER:
            note += PARTICLE
        return at.to(After.WORD, note, sentence_start=keeps and at.sentence_start)

    # --- ends ------------------------------------------------------------------------------------

    def is_whole(self, at: BoundaryState) -> bool:
        """True if no word and no run of marks is incomplete. Pairs may be open."""
        if at.after is After.ELLIPSIS:
            return sentence_ends.is_utterance(self._rules, at)
        return at.after in UNIT_ENDS and self._rules.is_whole_run(at)

    def can_end(self, at: BoundaryState) -> bool:
        """True if the text may end: complete words, pairs closed, no comma or colon at the end."""
        return self.is_whole(at) and at.after is not After.PAUSE and not at.closers

    def ends_sentence(self, at: BoundaryState) -> bool:
        return self.can_end(at) and (
            at.after is After.SENTENCE_END or (at.after is After.CLOSING and at.sentence_start)
        )

    # --- marks -----------------------------------------------------------------------------------

    @property
    def all_marks(self) -> frozenset[str]:
        """Every character that a text may have outside its words."""
        rules = self._rules
        marks = {" ", "\n", "-", *spaces.NO_BREAK_SPACES, *APOSTROPHES}
        marks.update(rules.pairs, rules.pairs.values(), *rules.pauses, *rules.sentence_ends)
        if rules.pairs:
            marks.update(self.orthography.closing_variants.values())
        marks.update(*rules.spaced_dashes, *rules.tight_dashes, *rules.dialogue_dashes)
        if "(" in rules.pairs:
            marks |= rules.mentions
        if rules.markdown:
            marks.update(EMPHASIS, "#")
        if rules.has_numbers or rules.markdown:
            marks.update(self.orthography.digits)
        if rules.all_numbers:
            marks |= self.orthography.number_signs | self.orthography.number_ends
            marks |= self.orthography.number_separators | FRACTIONS | MINUSES
        if rules.exercise:
            marks |= exercise_marks.EMOJI | {exercise_marks.FOOTNOTE, exercise_marks.AT}
            marks |= set() if self.orthography.spaced else {exercise_marks.IDEOGRAPHIC_SPACE}
        return frozenset(marks)

    def marks(self, at: BoundaryState) -> Marks:
        """Map each character outside of words that may follow to the state after it."""
        known = self._marks.get(at)
        if known is None:
            known = self._marks[at] = self._starting(at) | self._following(at)
        return known

    def _starting(self, at: BoundaryState) -> Marks:
        """The marks that may come before a word that begins at `at`."""
        rules = self._rules
        marks: Marks = {}
        if rules.starts_piece(at):
            marks |= pairs.openings(rules, at)
            if not rules.ends_run(at):
                marks |= numbers.starts(rules, at, marks)
        marks |= sentence_ends.ellipses(rules, at) | sentence_ends.utterances(rules, at)
        if at.after in LINE_STARTS:
            marks |= spaces.line_starts(rules, at)
        return marks

    def _following(self, at: BoundaryState) -> Marks:
        """The marks that may follow the last mark, word or number."""
        rules = self._rules
        match at.after:
            case After.WORD | After.NUMBER | After.PAUSE | After.SENTENCE_END | After.CLOSING:
                return self._after_unit(at)
            case After.SPACE:
                return (
                    spaces.spaced_marks(rules, at)
                    | dashes.spaced(rules, at)
                    | exercises.emoji(rules, at)
                )
            case After.BEFORE_MARK:
                return spaces.spaced_marks(rules, at)
            case After.DASH:
                return dashes.after_tight(rules, at)
            case After.SPACED_DASH:
                return dashes.after_spaced(rules, at)
            case After.HYPHEN:
                return dashes.after_hyphen(rules, at)
            case After.OPENING:
                return pairs.after_opening(rules, at) | sentence_ends.remarks(rules, at)
            case After.CLOSING_STAR:
                return pairs.after_closing_star(rules, at)
            case After.DIALOGUE:
                return spaces.after_dialogue_dash(rules, at)
            case After.MARKER:
                return exercises.after_marker(at)
            case After.HASHES | After.LIST_NUMBER | After.LIST_MARK:
                return spaces.after_marker(rules, at)
            case After.ELLIPSIS:
                return sentence_ends.after_ellipsis(rules, at)
            case After.ELISION | After.PROCLITIC:
                opened = pairs.after_elision(rules, at)
                return numbers.starts(rules, at, opened) | opened  # l'8 giugno
            case After.NUMBER_SIGN:
                return numbers.after_sign(rules, at)
            case After.BEFORE_START:
                return {" ": at._replace(after=After.SPACED_START)}
            case After.STEM:
                return _apostrophes(at)
            case After.HYPHEN_STEM:
                return {"-": at.to(After.ELISION)}
            case _:
                return {}

    def _after_unit(self, at: BoundaryState) -> Marks:
        rules = self._rules
        marks = sentence_ends.after_unit(rules, at)
        if at.after in (After.PAUSE, After.SENTENCE_END) and at.run[-1:].isdigit():
            # The mark may turn out to separate digits.
            marks |= numbers.next_group(rules, at, at.run[-1])
        if not rules.is_whole_run(at):
            return marks
        marks |= spaces.after_unit(rules, at)
        marks |= dashes.tight(rules, at)
        marks |= pairs.closings(rules, at) | pairs.touching_brackets(rules, at)
        if at.after is After.NUMBER:
            marks |= numbers.after_number(rules, at, marks)
        if rules.exercise:
            marks |= exercises.after_unit(rules, at)
        return marks


def _apostrophes(at: BoundaryState) -> Marks:
    return {
        apostrophe: at.to(After.ELISION)._replace(apostrophe=apostrophe)
        for apostrophe in APOSTROPHES
        if at.apostrophe in ("", apostrophe)
    }
