"""An independent definition of the language of docs/language.md, as a grammar: the tests' oracle.

Each method of `_Grammar` is a rule of that page and yields its alternatives. To read a text, the
definition keeps every possible continuation (`Rest`: the rest of a literal, and the rule after it)
and removes one character after the other. It shares the facts of the orthography packs with
vocab.words but no code, not even the casing.

It is slower than the automaton, but fast enough to test every token of a tokenizer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vocab.words.orthography import Orthography, Style, orthography_for
from vocab.words.orthography.exercise_marks import (
    DOMAINS,
    EMOJI,
    GAPS,
    bullets,
    letter_labels,
    number_labels,
)
from vocab.words.orthography.pack import FRACTIONS, MAX_DIGITS
from vocab.words.orthography.scripts import (
    FOLLOWING_VOWELS,
    LEADING_VOWELS,
    STACKING_SIGNS,
    is_unspaced,
)

MINUSES = "-–−"
NO_BREAK_SPACES = ("\u00a0", "\u202f")
ELLIPSES = ("……", "....", "...", "…")  # the longest first
FULL_STOPS = (".", "。", "।", "॥", "۔", "።", "។", "៕", "။", "։")
COMMAS = frozenset(",،、，፣၊")
BRACKETS = {"(": ")", "[": "]"}
NOT_INTERRUPTING = frozenset("/&+×:=÷−→←·＝＋")
EMPHASES = ("*", "**")


class Rule(NamedTuple):
    """A rule of the grammar with its arguments.

    speller: The kind of the unfinished word, a key of `spellings`; "" outside of words.
    spelt: The characters of that word so far.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    speller: str = ""
    spelt: str = ""


class Rest(NamedTuple):
    """One possible continuation of a text.

    literal: Characters that must come next.
    then: The rule after the literal; None if the text may end.
    open_: The marks that close the open pairs, the innermost last.
    apostrophe: The apostrophe that this text uses; "" before the first one.
    ellipsis_before: True if an ellipsis came after the last word, number or line break.
    """

    literal: str
    then: Rule | None
    open_: tuple[str, ...] = ()
    apostrophe: str = ""
    ellipsis_before: bool = False


Readings = frozenset[Rest]


class Definition:
    """The texts of `words` in a language and a style.

    words: The entries that the request allows. With `units=characters`, in a language without
        spaces, the characters of these entries are the words.
    alphabet: Characters that texts may have; None means all.
    """

    def __init__(
        self,
        words: Iterable[str],
        language: str,
        style: Style | None = None,
        alphabet: Collection[str] | None = None,
    ) -> None:
        self.style = style or Style()
        self.orthography = orthography_for(language)
        self.spellings = spellings(words, self.orthography, self.style)
        if alphabet is not None:
            letters = set(alphabet)
            self.orthography = self.orthography.within(letters)
            self.spellings = {
                speller: {form for form in forms if letters >= set(form)}
                for speller, forms in self.spellings.items()
            }
        self._grammar = _Grammar(self.orthography, self.style, self.spellings)
        self._next_letters = {
            speller: _next_letters(forms) for speller, forms in self.spellings.items()
        }
        self.start: Readings = frozenset({Rest("", Rule("text"))})
        self._ahead: dict[Rest, _Ahead] = {}
        self._known: dict[str, Readings] = {"": self.start}

    def is_start(self, text: str) -> bool:
        """True if a text of the language begins with `text`."""
        return bool(self.read(text))

    def is_text(self, text: str) -> bool:
        """True if `text` is a complete text of the language."""
        return self.is_over(self.read(text))

    def is_whole(self, text: str) -> bool:
        """True if no word or run of marks is incomplete. Pairs may be open, a comma may be last."""
        return self.may_be_cut(self.read(text))

    def next_characters(self, text: str) -> set[str]:
        return self.characters(self.read(text))

    # --- readings: the set of possible continuations

    def read(self, text: str, readings: Readings | None = None) -> Readings:
        """Return every continuation after `text`; an empty set if no text begins with it."""
        if readings is None:
            known = self._known.get(text)
            if known is None:
                before = self.read(text[:-1])
                known = self._known[text] = self.follow(before, text[-1])
            return known
        for character in text:
            readings = self.follow(readings, character)
        return readings

    def follow(self, readings: Readings, character: str) -> Readings:
        found: set[Rest] = set()
        for rest in readings:
            ahead = self._look(rest)
            found.update(ahead.marks.get(character, ()))
            found.update(ahead.letters.get(character, ()))
        return frozenset(found)

    def after_mark(self, readings: Readings, mark: str) -> Readings:
        """Like `follow`, for a `mark` that is not a character of a word."""
        found: set[Rest] = set()
        for rest in readings:
            found.update(self._look(rest).marks.get(mark, ()))
        return frozenset(found)

    def words_at(self, readings: Readings) -> dict[str, Readings]:
        """Map each kind of `spellings` that may begin here to the continuations after its words."""
        found: dict[str, set[Rest]] = {}
        for rest in readings:
            for speller, over in self._look(rest).words:
                found.setdefault(speller, set()).add(over)
        return {speller: frozenset(overs) for speller, overs in found.items()}

    def marks(self, readings: Readings) -> set[str]:
        """Return the characters outside of words that may follow."""
        return {mark for rest in readings for mark in self._look(rest).marks}

    def characters(self, readings: Readings) -> set[str]:
        letters = {letter for rest in readings for letter in self._look(rest).letters}
        return letters | self.marks(readings)

    def may_be_cut(self, readings: Readings) -> bool:
        return any(self._look(rest).whole for rest in readings)

    def is_over(self, readings: Readings) -> bool:
        return any(self._look(rest).over for rest in readings)

    def _look(self, rest: Rest) -> _Ahead:
        known = self._ahead.get(rest)
        if known is None:
            known = self._ahead[rest] = self._compute(rest)
        return known

    def _compute(self, rest: Rest) -> _Ahead:
        rule = rest.then
        if rest.literal:
            after = frozenset({rest._replace(literal=rest.literal[1:])})
            return _Ahead(marks={rest.literal[0]: after})
        if rule is None or rule.name == "cut":
            return _Ahead(over=rule is None, whole=rule is not None)
        if rule.speller:
            over = rest._replace(then=rule._replace(speller="", spelt=""))
            letters = self._next_letters[rule.speller].get(rule.spelt, ())
            spelt = {
                letter: frozenset({rest._replace(then=rule._replace(spelt=rule.spelt + letter))})
                for letter in letters
            }
            if not rule.spelt:
                return _Ahead(letters=spelt, words=((rule.speller, over),))
            whole = rule.spelt in self.spellings[rule.speller]
            return _union([_Ahead(letters=spelt), *([self._look(over)] if whole else [])])
        return _union([self._look(each) for each in self._grammar.apply(rest)])


class _Ahead(NamedTuple):
    """The successors of a `Rest`.

    marks: Character outside of words -> continuations after it.
    letters: Character of a word -> continuations after it.
    words: The kinds of words that may begin, with the continuation after the word.
    over: True if the text may end here.
    whole: True if the text may be cut here.
    """

    marks: Mapping[str, Readings] = {}
    letters: Mapping[str, Readings] = {}
    words: tuple[tuple[str, Rest], ...] = ()
    over: bool = False
    whole: bool = False


def _union(aheads: Sequence[_Ahead]) -> _Ahead:
    marks: dict[str, Readings] = {}
    letters: dict[str, Readings] = {}
    for ahead in aheads:
        for found, more in ((marks, ahead.marks), (letters, ahead.letters)):
            for character, readings in more.items():
                found[character] = found.get(character, frozenset()) | readings
    return _Ahead(
        marks,
        letters,
        tuple(dict.fromkeys(word for ahead in aheads for word in ahead.words)),
        any(ahead.over for ahead in aheads),
        any(ahead.whole for ahead in aheads),
    )


class _Grammar:
    """The rules. Each takes a `Rest` for its open pairs and apostrophe, and yields alternatives."""

    def __init__(
        self, orthography: Orthography, style: Style, spellers: Mapping[str, set[str]]
    ) -> None:
        minimal = style.punctuation == "minimal"
        self.markdown = style.punctuation == "markdown"
        self.exercise = style.punctuation == "exercise"
        self.facts = orthography
        self.numbers = style.numbers
        self.case = style.case
        self.hyphens = style.hyphens == "pairs" and not minimal
        self.suspends = orthography.suspended_hyphens and not minimal
        self.spellers = {name for name, forms in spellers.items() if forms}
        none: frozenset[str] = frozenset()
        self.pairs = {a: b for a, b in orthography.pairs.items() if not minimal or a in "¿¡"}
        self.variants = orthography.closing_variants
        ends = orthography.sentence_ends
        self.ends = frozenset(end for end in ends if len(end) == 1) if minimal else ends
        self.ellipses = self.ends & set(ELLIPSES)
        self.full_stops = {*FULL_STOPS, *(self.ends & {":"})}
        calls = {end for end in self.ends if not set(end) & {*self.full_stops, "…"}}
        self.remarks = self.ellipses | calls
        pauses = {pause for pause in orthography.pauses if len(pause) == 1}
        self.mentions = {*pauses, *(self.full_stops & self.ends), *"+-%°$€£¥₹₺₽¢"}
        self.pauses = orthography.pauses & COMMAS if minimal else orthography.pauses
        self.spaced_dashes = none if minimal else orthography.spaced_dashes
        self.tight_dashes = none if minimal else orthography.tight_dashes
        self.dialogue_dashes = none if minimal else orthography.dialogue_dashes
        self.rayas = none if minimal else orthography.raya
        if self.exercise:
            self.spaced_dashes |= {"·", "←"} | ({":"} - orthography.spaced_marks)
            self.tight_dashes |= {"=", "+", "−", "÷", "→", "←"}
        # Thai has spaces between phrases.
        self.spaces = orthography.spaced or bool(orthography.spaced_dashes) or self.exercise
        if minimal:
            self.labels = []
        else:
            self.labels = ["number_label"] if self.numbers != "none" else []
            if orthography.spaced or style.units == "characters":
                self.labels.append("letter_label")
        self.all_labels = [*self.labels, "bullet"] if self.exercise else []

    def apply(self, rest: Rest) -> Iterator[Rest]:
        assert rest.then is not None
        rule: Callable[..., Iterator[Rest]] = getattr(self, rest.then.name)
        return rule(rest, *rest.then.arguments)

    # --- texts and lines

    def text(self, at: Rest) -> Iterator[Rest]:
        yield go(at, "", "line")

    def line(self, at: Rest) -> Iterator[Rest]:
        yield go(at, "", "first_piece")
        for dash in self.dialogue_dashes:
            for space in ("", " ", *(NO_BREAK_SPACES if self.facts.spaced_marks else ())):
                yield go(at, dash + space, "first_piece")
                yield from self._utterances(at, dash + space)
        for role in self.all_labels or self.labels:
            yield from self._spell(at, role, ("plain",), "label_space")
        if self.markdown and not at.open_:
            for marker in ("- ", "* ", *("#" * level + " " for level in range(1, 7))):
                yield go(at, marker, "first_piece")
            if "." in self.facts.sentence_ends:
                yield go(at, "", "list_number", 0)

    def label_space(self, at: Rest) -> Iterator[Rest]:
        """a) dog, and where there are no spaces between words also a）犬"""
        yield go(at, " ", "first_piece")
        if not self.facts.spaced:
            yield go(at, "", "first_piece")

    def list_number(self, at: Rest, digits: int) -> Iterator[Rest]:
        if digits < 3:
            for digit in self.facts.digits:
                yield go(at, digit, "list_number", digits + 1)
        if digits:
            yield go(at, ". ", "first_piece")

    def first_piece(self, at: Rest) -> Iterator[Rest]:
        yield go(at, "", "piece", True)
        yield from self._ellipses(at)

    def piece(
        self,
        at: Rest,
        starts: bool,
        tied: bool | str = False,
        signs: bool = True,
        closes: bool = False,
        spaced: bool = False,
        opened: str = "",
    ) -> Iterator[Rest]:
        """A word, a number, or an opening mark and a piece.

        starts: A sentence starts here.
        tied: A dash joined this piece to the word before.
        signs: Signs that may also end a number may begin one here.
        closes: A mark that may close a pair here cannot open one.
        spaced: A space comes before this piece, and another piece before the space.
        opened: The opening mark directly before this piece, or "".
        """
        yield go(at, "", "word", starts, tied)
        yield go(at, "", "number", signs, opened != "'" or self.numbers != "all")  # '98 is a year
        yield go(at, "", "gap", tied)
        if opened and self.numbers == "all":
            for minus in MINUSES:
                yield go(at, minus, "digits", 1, 0)
        yield from self._openings(at, starts, closes, spaced, opened)

    def gap(self, at: Rest, tied: bool | str) -> Iterator[Rest]:
        if self.exercise:
            roles = ("suffix", "ending")
            run = not self.facts.spaced
            yield from self._spell(at, "gap", ("plain",), "after_word", tied, 0, False, roles, run)

    def _openings(
        self,
        at: Rest,
        starts: bool,
        closes: bool = False,
        spaced: bool = False,
        opened: str = "",
    ) -> Iterator[Rest]:
        if len(at.open_) == self.facts.max_open_pairs:
            return
        for mark, closing in self.pairs.items():
            again = closing in at.open_ and (opened or mark not in BRACKETS)
            if again or (closes and mark in self._closing_marks(at)):
                continue
            inside = at._replace(open_=(*at.open_, closing))
            spaced_bracket = spaced and mark in BRACKETS
            inner_spaces = (" ", *NO_BREAK_SPACES) if mark in self.facts.inner_spaced else ()
            for space in ("", *inner_spaces):
                before = mark + space
                yield go(inside, before, "piece", True, False, True, False, False, mark)
                yield from self._ellipses(inside, before=before, again=spaced_bracket)
            if mark in BRACKETS:
                yield from self._bracketed_remarks(at, mark, spaced)
        if self.markdown and not set(EMPHASES) & set(at.open_):
            for emphasis in EMPHASES:
                inside = at._replace(open_=(*at.open_, emphasis))
                yield go(inside, emphasis, "piece", starts, False, True, False, False, emphasis)
                yield from self._ellipses(inside, before=emphasis)

    def _bracketed_remarks(self, at: Rest, mark: str, spaced: bool) -> Iterator[Rest]:
        """(...), (!) and (,) after a piece and a space.

        Without a piece before it, or after another ellipsis, only (...), and a piece must follow.
        """
        closing, inside = BRACKETS[mark], at._replace(ellipsis_before=True)
        if spaced and not at.ellipsis_before:
            for remark in self.remarks | self.mentions:
                starts = remark in self.ellipses
                yield go(inside, mark + remark + closing, "after", "closing", starts)
        elif spaced or not at.ellipsis_before:
            for ellipsis in self.ellipses:
                yield go(inside, mark + ellipsis + closing, "leading_ellipsis")
                if not at.ellipsis_before and not at.open_:  # (...) - Tak.
                    yield go(inside, mark + ellipsis + closing, "after_utterance")

    def leading_ellipsis(self, at: Rest) -> Iterator[Rest]:
        """After an ellipsis that a piece must follow."""
        yield go(at, "", "piece", True)
        if self.spaces:
            yield go(at, " ", "piece", True)

    def _utterances(self, at: Rest, before: str) -> Iterator[Rest]:
        """Marks that are a whole utterance: - ... - Tak? - !"""
        if not at.ellipsis_before and not at.open_:
            for remark in self.remarks:
                yield go(at._replace(ellipsis_before=True), before + remark, "utterance")

    def utterance(self, at: Rest) -> Iterator[Rest]:
        yield at._replace(literal="", then=Rule("cut"))
        yield at._replace(literal="", then=None)
        for newline in ("\n", "\n\n"):
            # This keeps ellipsis_before, so that lines cannot go on without words.
            yield go(at, newline, "line")
        yield go(at, "", "after_utterance")

    def after_utterance(self, at: Rest) -> Iterator[Rest]:
        yield from self._spaces(at, True, "pause")

    def _ellipses(self, at: Rest, before: str = "", again: bool = False) -> Iterator[Rest]:
        """Ellipses that a piece must follow.

        again: Another ellipsis may have come after the last word.
        """
        if again or not at.ellipsis_before:
            for ellipsis in self.ellipses:
                yield go(at._replace(ellipsis_before=True), before + ellipsis, "leading_ellipsis")

    # --- words

    def after_beginning(self, at: Rest) -> Iterator[Rest]:
        """(un)able"""
        yield from self._spell(at, "word", self._any_case(), "after_word", True, 0)
        yield from self._spell(at, "prefix", self._any_case(), "elision")
        yield from self._spell(at, "hyphenated", self._any_case(), "after_hyphenated")

    def word(
        self, at: Rest, starts: bool, tied: bool | str, elided: bool = False, joined: bool = False
    ) -> Iterator[Rest]:
        """joined: A hyphen joined this word to the text before it."""
        cases = self._cases(starts)
        yield from self._spell(at, "numeral", cases, "after_word", tied, 0, False, ("suffix",))
        yield from self._spell(at, "run", cases, "after_word", tied, 0, False, (), True)
        yield from self._spell(at, "foreign", cases, "after_word", tied, 0, False, ("particle",))
        yield from self.unspaced_word(at, starts, tied, "elided" if elided else "word")
        if not joined:
            yield from self._spell(at, "opener", cases, "after_beginning")
            yield from self._spell(at, "proclitic", ("plain",), "proclitic")
        if elided:  # l'8 and l'«amico»
            yield go(at, "", "number")
            for opening in self._openings(at, False):
                if opening.literal[0] != "'":
                    yield opening
        else:
            yield from self._spell(at, "prefix", cases, "elision")
            yield from self._spell(at, "hyphenated", cases, "after_hyphenated")
            if self.numbers != "none" and not joined:  # ke-20
                yield from self._spell(at, "counting", cases, "digits", 1, 0)

    def after_hyphenated(self, at: Rest) -> Iterator[Rest]:
        """într-o"""
        yield go(at, "-", "word", False, False, True)

    def unspaced_word(
        self, at: Rest, starts: bool, tied: bool | str, role: str = "word"
    ) -> Iterator[Rest]:
        """A word that may follow letters of another script directly."""
        for each in self._spell(at, role, self._cases(starts), "after_word", tied, 0):
            assert each.then is not None
            if starts and self.facts.capital_after_apostrophe and each.then.speller[-1] in "'’":
                arguments = (*each.then.arguments, True)  # 't Is
                each = each._replace(then=each.then._replace(arguments=arguments))
            yield each

    def proclitic(self, at: Rest) -> Iterator[Rest]:
        """و«هذا» and በ2016"""
        yield go(at, "", "number")
        for opening in self._openings(at, False):
            if opening.literal[0] != "'":
                yield opening

    def elision(self, at: Rest) -> Iterator[Rest]:
        for apostrophe in "'’":
            if at.apostrophe in ("", apostrophe):
                yield go(at._replace(apostrophe=apostrophe), apostrophe, "word", False, False, True)

    def after_word(
        self,
        at: Rest,
        tied: bool | str,
        suffixes: int,
        starts: bool = False,
        roles: tuple[str, ...] = ("suffix", "ending"),
        run: bool = False,
    ) -> Iterator[Rest]:
        """starts: The next word still starts the sentence. roles: What may attach to the word.

        run: The word is a run of letters or digits in a language without spaces.
        """
        if suffixes < 2:
            for role in roles:
                arguments = (tied, suffixes + 1, False, roles)
                yield from self._spell(at, role, self._any_case(), "after_word", *arguments)
        if tied == "address":
            yield from self._spell(at, "domain", ("plain",), "after_word", True, 0)
        if self.exercise and self.facts.spaced and not tied:
            yield go(at, "@", "word", False, "address", False, True)
        if self.hyphens and not tied:
            yield go(at, "-", "word", False, True, False, True)
        if self.suspends and not tied:
            yield from self._suspended(at)
        yield go(at, "", "after", "run" if run else "word", starts, tied)

    def _suspended(self, at: Rest) -> Iterator[Rest]:
        """Vor- und Nachteile, Software-, Vor-"""
        for each in self._spaces(at, False, "word"):
            yield each._replace(literal="-" + each.literal)
        for comma in self.pauses & COMMAS:
            yield go(at, "-" + comma, "after", "pause")
        if "/" in self.tight_dashes:  # Ein-/Ausgabe
            yield go(at, "-/", "piece", False, "slash")
        for bracket in BRACKETS.values():  # (Stand-)Leitung
            if at.open_[-1:] == (bracket,):
                closed = at._replace(open_=at.open_[:-1])
                yield go(closed, f"-{bracket}", "word", False, True, False, True)

    def _any_case(self) -> tuple[str, ...]:
        if self.case == "free":
            return ("plain", "title", "upper")
        return ("plain", "upper") if self.case == "emphasis" else ("plain",)

    def _cases(self, starts: bool) -> tuple[str, ...]:
        if self.case in ("sentence", "emphasis") and (starts or self.facts.capital_anywhere):
            return (*self._any_case(), "title")
        return self._any_case()

    def _spell(
        self, at: Rest, role: str, cases: Iterable[str], then: str, *arguments: Any
    ) -> Iterator[Rest]:
        for case in cases:
            for apostrophe in ("", "'", "’"):
                speller = f"{role} {case} {apostrophe}"
                if speller not in self.spellers:
                    continue
                if apostrophe and at.apostrophe not in ("", apostrophe):
                    continue
                used = apostrophe or at.apostrophe
                yield Rest("", Rule(then, arguments, speller), at.open_, used)

    # --- numbers

    def number(self, at: Rest, signs: bool = True, digits: bool = True) -> Iterator[Rest]:
        """digits: The number may begin with a digit."""
        if self.numbers == "none":
            return
        if digits:
            yield go(at, "", "digits", 1, 0)
        if self.numbers == "all":
            for sign in self.facts.number_signs - set(at.open_):
                if signs or sign not in self.facts.number_ends:
                    yield go(at, sign, "digits", 1, 0)
            yield from self._spell(at, "sign", ("plain",), "after_sign")

    def after_sign(self, at: Rest) -> Iterator[Rest]:
        """§5, § 5"""
        for space in ("", " ", *NO_BREAK_SPACES):
            yield go(at, space, "digits", 1, 0)

    def digits(self, at: Rest, groups: int, digits: int) -> Iterator[Rest]:
        """groups: Number of groups of digits so far. digits: Number of digits in the last one."""
        at = at._replace(ellipsis_before=False)
        if digits < MAX_DIGITS:
            for digit in self.facts.digits:
                yield go(at, digit, "digits", groups, digits + 1)
        if self.numbers == "all" and (digits or groups == 1) and digits < 14:  # 1½ and ½
            for fraction in FRACTIONS:
                yield go(at, fraction, "digits", 5, 14)
        if not digits:
            return
        separators = ["-"]
        if self.numbers == "all":
            separators += [*self.facts.number_separators, *NO_BREAK_SPACES]
            for end in self.facts.number_ends:
                for space in ("", *([" "] if self.spaces else []), *NO_BREAK_SPACES):
                    yield go(at, space + end, "number_over")
            yield from self._spell(at, "ordinal", ("plain",), "number_over")
            for unit in self._spell(at, "unit", ("plain",), "number_over"):
                for space in ("", *([" "] if self.spaces else []), *NO_BREAK_SPACES):
                    yield unit._replace(literal=space)
        if self.facts.dotted_ordinals and "." in self.ends:  # am 13., 14. und 15.
            for pause in self.pauses:
                yield go(at, "." + pause, "after", "pause", pause[0] == ":")
        if groups < 5:
            for separator in separators:
                yield go(at, separator, "digits", groups + 1, 0)
        if self.facts.words_after_numbers:  # 3시간에
            role, roles = "word", ("particle",)
            yield from self._spell(at, role, self._any_case(), "after_word", False, 0, False, roles)
        yield go(at, "", "number_over", self.numbers == "all")

    def number_over(self, at: Rest, digits_last: bool = False) -> Iterator[Rest]:
        """digits_last: A sign after a space still belongs to this number."""
        yield go(at, "-", "word", False, True, False, True)  # 5-year, 100%-ig
        if self.suspends:
            yield from self._suspended(at)
        if self.facts.apostrophe_suffixes:
            yield from self._spell(at, "suffix", self._any_case(), "after_word", False, 1)
        yield from self._particles(at)
        yield go(at, "", "after", "number", False, False, digits_last)

    def _particles(self, at: Rest) -> Iterator[Rest]:
        """The 가 of KBS가 behind a number or a closing mark."""
        role, roles = "particle", ("particle",)
        yield from self._spell(at, role, self._any_case(), "after_word", False, 1, False, roles)

    # --- after a piece

    def after(
        self,
        at: Rest,
        last: str,
        starts: bool = False,
        tied: bool | str = False,
        digits_last: bool = False,
        run: str = "",
    ) -> Iterator[Rest]:
        """The text after a piece.

        last: "word", "run" (see `after_word`), "number", "pause", "end" or "closing".
        starts: The next word starts a sentence, also after further marks.
        tied: For a word: a dash joined it to the word before.
        run: For a sentence end: its marks.
        """
        yield at._replace(literal="", then=Rule("cut"))
        if last != "pause" and not at.open_:
            yield at._replace(literal="", then=None)
        yield from self._pauses_and_ends(at, last, run)
        yield from self._closings(at, last, starts)
        for spaced in self._spaces(at, starts, last, signs=not digits_last):
            yield spaced
            if self.exercise and not self.facts.spaced:
                yield spaced._replace(literal="\u3000" + spaced.literal[1:])
        yield from self._spaced_marks(at, last, starts, run)
        yield from self._newlines(at)
        if last != "pause":
            yield from self._emoji(at)
        if self.exercise and last in ("word", "run", "number"):
            yield go(at, "*", "after", "closing")
        if last != "pause" and not tied:
            for dash in self.tight_dashes:
                tie = "slash" if dash == "/" else "dash"
                fresh, closes = starts and last not in ("word", "run"), dash not in NOT_INTERRUPTING
                yield go(at, dash, "piece", fresh, tie, True, closes)
                if dash not in NOT_INTERRUPTING:  # "But I—"
                    yield from self._closings(at, "end", True, before=dash)
            for raya in self.rayas:
                yield go(at, raya, "after_raya")
                if raya == "-":  # कहा-“हाँ”
                    for opening in self._openings(at, False):
                        yield opening._replace(literal=raya + opening.literal)
                        if opening.literal == "'" and self.numbers == "all":  # कहा-'98
                            yield go(at, "-'", "digits", 1, 0)
        if tied == "slash" and "/" in self.tight_dashes:  # का/की/के
            yield go(at, "/", "piece", False, "dash")
        if self.suspends and last == "closing":  # "Best of"-Liste
            yield go(at, "-", "word", False, True, False, True)
        if self.facts.brackets_after_words and last in ("word", "number", "closing"):
            for opening in self._openings(at, False):
                if opening.literal[0] in BRACKETS:
                    yield opening
        if not self.facts.spaced:
            yield go(at, "", "piece_at_once", starts, last)
        if run in ELLIPSES:
            yield go(at, "", "piece", True, False, True, True)

    def _emoji(self, at: Rest, before: str = "") -> Iterator[Rest]:
        if self.exercise and not at.ellipsis_before:
            for emoji in EMOJI:
                shown = at._replace(ellipsis_before=True)
                yield go(shown, before + emoji, "after", "closing", True)

    def piece_at_once(self, at: Rest, starts: bool, last: str) -> Iterator[Rest]:
        """Two pieces without a space between them. Runs and numbers never touch each other."""
        for each in self.piece(at, starts):
            name = each.then.name if each.then else ""
            if name == "word" and last in ("run", "number"):
                yield go(at, "", "unspaced_word", starts, False)
            elif name not in ("number", "gap") or last not in ("run", "number"):
                yield each

    def after_raya(self, at: Rest) -> Iterator[Rest]:
        """—dijo María—. and —dijo María— y"""
        yield from self._pauses_and_ends(at, "word", final=True)
        yield from self._spaces(at, True, "word")

    def _newlines(self, at: Rest) -> Iterator[Rest]:
        if not set(EMPHASES) & set(at.open_):
            for newline in ("\n", "\n\n"):
                yield go(at._replace(ellipsis_before=False), newline, "line")

    def _pauses_and_ends(
        self, at: Rest, last: str, run: str = "", final: bool = False
    ) -> Iterator[Rest]:
        """final: No tight dash may follow."""
        if last == "pause":
            return
        if run not in self.full_stops:
            for pause in self.pauses:
                yield go(at, pause, "after", "pause", pause[0] == ":")
        if last == "end":
            return
        for end in self.ends:
            open_ = self._open_after_end(at.open_, end)
            ellipsis = end.startswith(ELLIPSES)
            if open_ is not None and not (at.ellipsis_before and ellipsis):
                ended = at._replace(open_=open_, ellipsis_before=at.ellipsis_before or ellipsis)
                yield go(ended, end, "after", "end", True, final, False, end)

    def _open_after_end(self, open_: tuple[str, ...], end: str) -> tuple[str, ...] | None:
        """¿Y...? and ¡¿Qué?!: after ¿ or ¡ a run is an ellipsis or contains the closing mark."""
        ellipsis = next((each for each in ELLIPSES if end.startswith(each)), "")
        marks = end[len(ellipsis) :]
        for index, mark in enumerate(marks):
            if open_[-1:] in (("?",), ("!",)) and open_[-1] not in marks[index:]:
                return None
            if open_[-1:] == (mark,):
                open_ = open_[:-1]
        return open_

    def _closings(self, at: Rest, last: str, starts: bool, before: str = "") -> Iterator[Rest]:
        """before: The dash of an interruption."""
        for mark in self._closing_marks(at):
            closed = at._replace(open_=at.open_[:-1])
            stays = starts and last in ("end", "closing")
            yield go(closed, before + mark, "after_closing", mark, stays)

    def _closing_marks(self, at: Rest) -> list[str]:
        """The marks that may close the innermost pair here, without ? and !."""
        closing = at.open_[-1] if at.open_ else ""
        if closing in ("", "?", "!"):
            return []
        return [closing, *([self.variants[closing]] if closing in self.variants else [])]

    def after_closing(self, at: Rest, mark: str, starts: bool) -> Iterator[Rest]:
        """Turkish “Sefiller”i, "Sefiller"'i, (Kalamar)'ı; Korean “가자”라고"""
        yield from self._particles(at)
        if self.facts.apostrophe_suffixes:
            roles = {"suffix", "quoted"}
            if mark in "'’":
                roles.remove("suffix")
            if mark in (*BRACKETS.values(), *EMPHASES):
                roles.remove("quoted")
            for role in roles:
                yield from self._spell(at, role, self._any_case(), "after_word", False, 1)
        yield go(at, "", "after", "closing", starts)

    def _spaces(self, at: Rest, starts: bool, last: str, signs: bool = True) -> Iterator[Rest]:
        """last: As in `after`. signs: As in `piece`."""
        if not self.spaces:
            return
        yield go(at, " ", "piece", starts, False, signs, False, True)
        yield from self._emoji(at, " ")
        for role in self.all_labels:
            for label in self._spell(at, role, ("plain",), "label_space"):
                yield label._replace(literal=" ")
        if at.ellipsis_before:
            yield from self._ellipses(at, before=" ", again=True)
        else:  # as directly after a word: and ...?
            for end in self._pauses_and_ends(at, "word"):
                assert end.then is not None
                if end.literal.startswith(ELLIPSES) and end.then.arguments[0] == "end":
                    yield end._replace(literal=" " + end.literal)
        if self.numbers == "all":
            for minus in MINUSES:
                yield go(at, f" {minus}", "digits", 1, 0)
        for dash in self.spaced_dashes:
            yield go(at, f" {dash} ", "piece", starts, False, True, False, True)
            yield from self._ellipses(at, before=f" {dash} ", again=True)
            yield from self._utterances(at, f" {dash} ")
            if dash[0] not in NOT_INTERRUPTING and last != "pause":
                for comma in self.pauses & COMMAS:
                    yield go(at, f" {dash}{comma}", "after", "pause")
                yield from self._closings(at, "end", True, before=f" {dash}")
        for dash in self.rayas | (self.dialogue_dashes if starts else set()):
            yield go(at, f" {dash}", "piece", starts, False, True, last != "pause")
        if self.suspends:  # Vorteile und -nachteile
            yield go(at, " -", "word", starts, False)

    def _spaced_marks(self, at: Rest, last: str, starts: bool, run: str) -> Iterator[Rest]:
        marks = self.facts.spaced_marks
        dots = run in ELLIPSES  # « Tu viens… ? »
        ends = self._pauses_and_ends(at, "word" if dots else last) if last != "end" or dots else ()
        for each in (*ends, *self._closings(at, "end", starts)):
            if each.literal[0] in marks:
                for space in (" ", *NO_BREAK_SPACES):
                    yield each._replace(literal=space + each.literal)


def go(at: Rest, literal: str, then: str, *arguments: Any) -> Rest:
    return at._replace(literal=literal, then=Rule(then, arguments))


# --- spellings -----------------------------------------------------------------------------------


def spellings(
    words: Iterable[str], orthography: Orthography, style: Style | None = None
) -> dict[str, set[str]]:
    """Map "role case apostrophe" to the spellings of that kind.

    Roles: word, elided (a word that may follow a prefix), foreign, numeral, run, prefix,
        hyphenated, counting, proclitic, suffix, quoted, particle, ordinal, sign, unit, opener,
        ending, gap, letter_label, number_label, bullet, domain.
    Cases: plain, title, upper.
    """
    straight = {word.replace("’", "'").replace("ʼ", "'") for word in words}
    optional = orthography.homographs | orthography.polite
    straight |= {word for word in optional if word.lower() in straight}
    for capital in orthography.capitals:
        straight = {
            " ".join(capital if part == capital.lower() else part for part in word.split(" "))
            for word in straight
        }
    found: dict[str, set[str]] = {}
    roles = set(_roles(straight, orthography, style or Style()))
    if orthography.prefixes | orthography.hyphen_prefixes:
        roles |= {
            ("elided", text)
            for role, text in roles
            if role == "word" and _may_be_elided_before(text, orthography)
        }
    for letter, mark in orthography.respelt.items():
        roles |= {(role, text.replace(letter, mark)) for role, text in roles}
    for role, text in roles:
        by_case = {"plain": {text}, "title": {title_case(text, orthography)} - {text}}
        by_case["upper"] = upper_cases(text, orthography) - {text} - by_case["title"]
        for case, forms in by_case.items():
            for form in forms:
                for apostrophe in "'’" if "'" in form else [""]:
                    kind = f"{role} {case} {apostrophe}"
                    found.setdefault(kind, set()).add(form.replace("'", apostrophe or "'"))
    return found


def word_forms(word: str, language: str, cases: Collection[str] = ("plain", "title")) -> set[str]:
    """The spellings of one entry that is a word by itself, in these cases."""
    kinds = spellings([word], orthography_for(language))
    return {
        form
        for kind, forms in kinds.items()
        if kind.split(" ")[0] in ("word", "numeral") and kind.split(" ")[1] in cases
        for form in forms
    }


def _roles(words: set[str], facts: Orthography, style: Style) -> Iterator[tuple[str, str]]:
    if not facts.spaced and style.units == "characters":
        for word in words:
            yield from _unspaced_roles(word)
        yield from _declared(facts, style)
        return
    for word in words:
        bare = word.removesuffix("'")
        hyphens = (*facts.prefix_hyphens,)
        unjoined = word[:-1] if word.endswith(hyphens) else word
        if unjoined in facts.hyphen_prefixes:
            yield "hyphenated", unjoined
        if unjoined in facts.number_prefixes:
            yield from (("counting", unjoined + hyphen) for hyphen in hyphens)
        if bare in facts.prefixes and (bare != word or bare in facts.bound):
            yield "prefix", bare
        elif word in facts.bound or (
            unjoined != word and unjoined in facts.hyphen_prefixes | facts.number_prefixes
        ):
            continue
        elif (
            word in facts.suffixes
            or word[0] in facts.suffix_marks
            or (facts.apostrophe_suffixes and word[0] == "'")
        ):
            yield "suffix", word
            if facts.apostrophe_suffixes and "'" not in word[1:]:
                yield "quoted", word[1:]
        elif word.lower() not in facts.parts:
            if not facts.spaced and not any(map(is_unspaced, word)):
                yield "run", word
                continue
            if facts.final_sigma:
                word = " ".join(w[:-1] + "ς" if w[-1:] == "σ" else w for w in word.split(" "))
            if word in facts.particles:
                yield "particle", word
            kinds = {unicodedata.category(character)[0] for character in word}
            if "N" in kinds and "L" not in kinds:
                yield "numeral", word
            elif facts.particles and re.search("[0-9A-Za-z]$", word):
                yield "foreign", word
                continue
            else:
                yield "word", word
            for ending in facts.reduplicated if word.isalpha() else ():
                if re.fullmatch(rf"...+{ending}", word):
                    yield "word", f"{word[: len(word) - len(ending)]}-{word}"
            for mark in facts.stress_marks:
                yield from (("word", each) for each in _with_stress(word, mark, facts.stressed))
            if word in facts.proclitics and style.punctuation != "minimal":
                yield "proclitic", word
            if word.lower() in facts.abbreviations:
                for sign in facts.abbreviation_signs:
                    yield "word", word + sign
    for contraction, ways in facts.contractions.items():
        if any(words.issuperset(parts) for parts in ways):
            yield "word", contraction
    for suffix, entry in facts.suffixes.items():
        if entry in words:
            yield "suffix", suffix
    yield from _declared(facts, style)


def _declared(facts: Orthography, style: Style) -> Iterator[tuple[str, str]]:
    """The spellings that need no entry."""
    in_parts = style.brackets == "parts" and style.punctuation != "minimal"
    declared = {
        "ordinal": facts.ordinals,
        "sign": facts.signs,
        "unit": facts.units,
        "gap": GAPS,
        "letter_label": letter_labels(facts),
        "number_label": number_labels(facts),
        "bullet": bullets(facts),
        "domain": DOMAINS,
        "opener": facts.beginnings if in_parts else (),
        "ending": facts.endings if in_parts else (),
    }
    for role, texts in declared.items():
        for text in texts:
            yield role, text


def _unspaced_roles(word: str) -> Iterator[tuple[str, str]]:
    """The parts of an entry that `units=characters` allows: letters with their marks, and runs."""
    for run in re.findall("[^\0]+", "".join("\0" if is_unspaced(each) else each for each in word)):
        ends = [index for index, each in enumerate(run) if each.isalnum()]
        if ends:
            begin, end = ends[0], ends[-1] + 1
            begin -= begin > 0 and run[begin - 1] == "'"
            rest = run[end:].lstrip("".join(filter(unicodedata.combining, set(run))))
            signs = len(rest) - len(rest.lstrip("'.+#॰"))
            yield "run", run[begin : len(run) - len(rest) + signs]
    rest = word
    while rest:
        size = 0
        while rest[size : size + 1] and rest[size] in LEADING_VOWELS:
            size += 1
        begun = size
        while rest[size : size + 1] and is_unspaced(rest[size]):
            mark = unicodedata.category(rest[size])[0] == "M" or rest[size] in FOLLOWING_VOWELS
            starts = size == begun or rest[size - 1] in STACKING_SIGNS
            if rest[size] in LEADING_VOWELS or (size == begun and mark) or not (mark or starts):
                break
            size += 1
        if size > begun:
            yield "word", rest[:size]
        rest = rest[max(size, 1) :]


def _may_be_elided_before(word: str, facts: Orthography) -> bool:
    """l'eau, l'homme, l'été; l'FBI and l'X, but not l'Xavier"""
    vowels = facts.elides_before
    letter = unicodedata.normalize("NFD", word)[0]
    letters = {letter, letter.lower()}
    spoken = letter in facts.vowel_names and not (len(word) > 1 and word[1].islower())
    return not vowels or bool(letters & vowels) or spoken


def _with_stress(word: str, mark: str, vowels: Collection[str]) -> set[str]:
    """Return the word with the mark behind its first and its last vowel, of one or two letters."""
    syllables: list[tuple[int, ...]] = []
    at = 0
    while at < len(word):
        if word[at : at + 2].lower() in vowels:
            syllables.append((at + 1, at + 2))
            at += 1
        elif word[at].lower() in vowels:
            syllables.append((at + 1,))
        at += 1
    places = {*syllables[0], *syllables[-1]} if syllables else set()
    return {word[:place] + mark + word[place:] for place in places}


def title_case(word: str, facts: Orthography) -> str:
    """Return the word with a capital first letter, unchanged if its first part has a capital."""
    first_part = word[0]
    for character in word[1:]:
        if character in " '-":
            break
        first_part += character
    shown = word[0] if facts.inner_capitals else first_part  # isiZulu
    if any(character.lower() != character for character in shown):
        return word
    begin = 0
    if facts.capital_after_apostrophe and word[0] == "'":  # 's Avonds
        begin = (word + " ").index(" ")
    at = next((index for index, c in enumerate(word) if _has_capitals(c) and index >= begin), None)
    if at is None or not word[at].isalpha():
        return word
    language = facts.language.split("-")[0]
    if language == "hy" and word[at] == "և":
        return word[:at] + "Եվ" + word[at + 1 :]
    first = word[at : at + 2] if language == "nl" and word[at : at + 2] == "ij" else word[at]
    if language in ("tr", "az") and first == "i":
        capital = "İ"
    else:
        capital = first.upper() if len(first) == 2 else first.title()
        if len(capital) != len(first):  # ß
            return word
    return unicodedata.normalize("NFC", word[:at] + capital + word[at + len(first) :])


def _has_capitals(character: str) -> bool:
    """False for marks, and for the Hawaiian letter before a capital: ʻAe."""
    return character.isalnum() and character != "\N{MODIFIER LETTER TURNED COMMA}"


def upper_cases(word: str, facts: Orthography) -> set[str]:
    """Return the word in capitals; two spellings for a German ß."""
    found = set()
    for text in (word, word.replace("ß", "ẞ")):
        if facts.language.split("-")[0] in ("tr", "az"):
            text = "".join({"i": "İ", "ı": "I"}.get(character, character) for character in text)
        if facts.language.split("-")[0] == "hy":
            text = "եվ".join(text.split("և"))
        text = text if facts.language.split("-")[0] == "ka" else text.upper()
        if facts.language.split("-")[0] == "el":
            # Capitals have no tonos. Where it separated two vowels they have a dialytika: ΡΟΛΟΪ.
            for vowel, bare in zip("ΆΈΌΎ", "ΑΕΟΥ", strict=True):
                text = text.replace(vowel + "Ι", bare + "Ϊ").replace(vowel + "Υ", bare + "Ϋ")
            parts = unicodedata.normalize("NFD", text)
            text = "".join(part for part in parts if part != "\N{COMBINING ACUTE ACCENT}")
        found.add(unicodedata.normalize("NFC", text))
    return found


def _next_letters(forms: Iterable[str]) -> dict[str, set[str]]:
    """Map each prefix of a spelling to the characters that may follow it."""
    found: dict[str, set[str]] = {}
    for form in forms:
        for size in range(len(form)):
            found.setdefault(form[:size], set()).add(form[size])
    return found
