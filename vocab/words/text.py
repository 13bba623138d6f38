"""The language of a wordlist: which texts are made of its words, character by character.

`TextAutomaton` puts a lexicon and an orthography together. A text is words, each in a spelling
its case permits, with one separator between two of them:

    text      = unit (separator unit)*
    unit      = opening* word (pause | sentence end | closing)*
    separator = " " | "\\n" | "\\n\\n" | " - " (a spaced dash) | "—" (a tight one)

The first character is never white, runs of punctuation come from a closed set, pairs are
balanced, and nothing can loop. A space or an apostrophe may continue an entry (`New York`,
`don't`) or follow a shorter one, so a state is a set of configurations, one per reading.

Knows neither tokens nor models. States are hashable and independent of the text that led there.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from vocab.words.lexicon import ROOT, Lexicon
from vocab.words.orthography import Orthography


class After(IntEnum):
    """What the last character was, where no word is under way."""

    START = 0
    WORD = 1
    PAUSE = 2
    SENTENCE_END = 3
    CLOSING = 4
    OPENING = 5
    SPACE = 6
    LINE = 7  # one newline
    PARAGRAPH = 8  # a blank line
    DASH_SPACED = 9  # needs its second space
    DASH_TIGHT = 10
    DASH_DIALOGUE = 11


class Configuration(NamedTuple):
    """One reading of the text so far.

    node: the lexicon node of the word under way, ROOT if none is.
    after: what came last; meaningless while a word is under way (then WORD).
    run: the run of sentence-ending marks so far.
    closers: the marks that will close what is open, the innermost last.
    """

    node: int
    after: After
    run: str
    closers: str


State = frozenset[Configuration]

_UNIT_STARTS = frozenset(
    {
        After.START,
        After.OPENING,
        After.SPACE,
        After.LINE,
        After.PARAGRAPH,
        After.DASH_TIGHT,
        After.DASH_DIALOGUE,
    }
)
_LINE_STARTS = frozenset({After.START, After.LINE, After.PARAGRAPH})
_WHOLE = frozenset({After.WORD, After.PAUSE, After.SENTENCE_END, After.CLOSING})


class TextAutomaton:
    """All texts made of the first `max_rank` entries of `lexicon`. Immutable, shared by threads.

    `max_rank` is clamped to the size of the lexicon.
    """

    unit_starts = _UNIT_STARTS

    def __init__(self, lexicon: Lexicon, orthography: Orthography, max_rank: int) -> None:
        self.lexicon = lexicon
        self.orthography = orthography
        self.max_rank = min(max_rank, len(lexicon))
        self.start: State = frozenset({Configuration(ROOT, After.START, "", "")})
        self._runs = {
            run[:length] for run in orthography.sentence_ends for length in range(1, len(run) + 1)
        }
        orthography_marks = {" ", "\n", *orthography.pairs, *orthography.pairs.values()}
        orthography_marks |= orthography.pauses | orthography.dialogue_dashes
        orthography_marks |= orthography.spaced_dashes | orthography.tight_dashes
        self.all_marks = frozenset(orthography_marks.union(*orthography.sentence_ends))
        self._first_letters = lexicon.next_characters(ROOT, self.max_rank)
        # Few: they depend on marks, never on words.
        self._marks_at: dict[Configuration, dict[str, Configuration]] = {}

    # --- the automaton ---------------------------------------------------------------------------

    def step(self, state: State, character: str) -> State | None:
        """Return the state after `character`, or None if no text goes on that way."""
        following: set[Configuration] = set()
        for configuration in state:
            following.update(self._step(configuration, character))
        return frozenset(following) or None

    def read(self, text: str, state: State | None = None) -> State | None:
        """Return the state after `text`, or None if it is not the start of any text."""
        current = self.start if state is None else state
        for character in text:
            following = self.step(current, character)
            if following is None:
                return None
            current = following
        return current

    def next_characters(self, state: State) -> set[str]:
        """Return the characters that `step` accepts."""
        found: set[str] = set()
        for configuration in state:
            if configuration.node == ROOT:
                if configuration.after in _UNIT_STARTS:
                    found.update(self._first_letters)
            else:
                found.update(self.lexicon.next_characters(configuration.node, self.max_rank))
            for boundary in self._at_boundary(configuration):
                found.update(self.marks(boundary))
        return found

    def is_whole(self, state: State) -> bool:
        """True where the text is whole words: no word is half written and no mark is left over.

        Pairs may still be open. A text that has to be cut is cut at such a place.
        """
        return any(
            boundary.after in _WHOLE and self._run_is_whole(boundary)
            for configuration in state
            for boundary in self._at_boundary(configuration)
        )

    def can_end(self, state: State) -> bool:
        """True where the author may stop: whole words, pairs closed, no pause pending."""
        return any(
            boundary.after in _WHOLE
            and boundary.after is not After.PAUSE
            and not boundary.closers
            and self._run_is_whole(boundary)
            for configuration in state
            for boundary in self._at_boundary(configuration)
        )

    # --- one configuration -----------------------------------------------------------------------

    def _at_boundary(self, configuration: Configuration) -> tuple[Configuration, ...]:
        """The configuration as it stands between words: itself, or the finished word's end."""
        if configuration.node == ROOT:
            return (configuration,)
        if self.lexicon.ends_word(configuration.node, self.max_rank):
            return (Configuration(ROOT, After.WORD, "", configuration.closers),)
        return ()

    def _step(self, configuration: Configuration, character: str) -> list[Configuration]:
        found = []
        if configuration.node != ROOT or configuration.after in _UNIT_STARTS:
            node = self.lexicon.step(configuration.node, character.encode(), self.max_rank)
            if node is not None:
                found.append(Configuration(node, After.WORD, "", configuration.closers))
        for boundary in self._at_boundary(configuration):
            following = self.marks(boundary).get(character)
            if following is not None:
                found.append(following)
        return found

    def _run_is_whole(self, boundary: Configuration) -> bool:
        return not boundary.run or boundary.run in self.orthography.sentence_ends

    def marks(self, at: Configuration) -> dict[str, Configuration]:
        """Map each character that is no part of a word and may come here to what it leads to."""
        known = self._marks_at.get(at)
        if known is not None:
            return known
        marks: dict[str, Configuration] = {}
        if at.after in _UNIT_STARTS:
            self._add_openings(at, marks)
        if at.after is After.SPACE:
            for dash in self.orthography.spaced_dashes:
                marks[dash] = Configuration(ROOT, After.DASH_SPACED, "", at.closers)
        elif at.after is After.LINE:
            marks["\n"] = Configuration(ROOT, After.PARAGRAPH, "", at.closers)
        elif at.after in (After.DASH_SPACED, After.DASH_DIALOGUE):
            marks[" "] = Configuration(ROOT, After.DASH_TIGHT, "", at.closers)
        if at.after in _LINE_STARTS:
            for dash in self.orthography.dialogue_dashes:
                marks[dash] = Configuration(ROOT, After.DASH_DIALOGUE, "", at.closers)
        if at.after in _WHOLE:
            self._add_after_unit(at, marks)
        self._marks_at[at] = marks
        return marks

    def _add_openings(self, at: Configuration, marks: dict[str, Configuration]) -> None:
        if len(at.closers) >= self.orthography.max_open_pairs:
            return
        for opening, closing in self.orthography.pairs.items():
            if closing not in at.closers:
                marks[opening] = Configuration(ROOT, After.OPENING, "", at.closers + closing)

    def _add_after_unit(self, at: Configuration, marks: dict[str, Configuration]) -> None:
        closers = at.closers
        if at.after in (After.WORD, After.CLOSING):
            for pause in self.orthography.pauses:
                marks[pause] = Configuration(ROOT, After.PAUSE, "", closers)
        if at.after is not After.PAUSE:
            for run in self._runs:
                if run[:-1] == at.run:
                    marks[run[-1]] = self._sentence_end(run, closers)
        if not self._run_is_whole(at):
            return
        marks[" "] = Configuration(ROOT, After.SPACE, "", closers)
        marks["\n"] = Configuration(ROOT, After.LINE, "", closers)
        if at.after is not After.PAUSE:
            for dash in self.orthography.tight_dashes:
                marks[dash] = Configuration(ROOT, After.DASH_TIGHT, "", closers)
        if closers and closers[-1] not in self._runs:
            marks[closers[-1]] = Configuration(ROOT, After.CLOSING, "", closers[:-1])

    def _sentence_end(self, run: str, closers: str) -> Configuration:
        # In ¿...? and ¡...! the mark that ends the sentence also closes the pair.
        if closers.endswith(run[-1]):
            closers = closers[:-1]
        return Configuration(ROOT, After.SENTENCE_END, run, closers)
