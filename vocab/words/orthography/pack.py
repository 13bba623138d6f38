"""What surrounds the words of a language, as data: an orthography pack.

A pack holds facts only. `vocab.words.surroundings` turns them into an automaton,
`vocab.words.word_forms` into spellings; `packs.py` says which there are, and the modules that it
imports have them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from babel import Locale, UnknownLocaleError

# One letter, two shapes; ʼ (U+02BC) is read as it too.
TYPEWRITER = "'"
TYPOGRAPHIC = "’"
APOSTROPHES = (TYPEWRITER, TYPOGRAPHIC)

NO_BREAK_SPACE = "\u00a0"
NARROW_NO_BREAK_SPACE = "\u202f"
CURRENCIES = frozenset("$€£¥₹₺₽¢")
ASCII_DIGITS = "0123456789"

Strings = frozenset[str]


# CLDR's names of other numbering systems whose marks differ.
_DIGITS = {"arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹"}


def words(text: str) -> Strings:
    return frozenset(text.split())


# Of every language: windows 3.x, and signs of units, which may follow a number directly.
_AFTER_NUMBERS = words(
    ".x m km cm mm kg g mg l ml h min s ms Hz kHz MHz GHz W kW V kB KB MB GB TB Mb Kb pt px"
)


@dataclass(frozen=True, kw_only=True)
class Orthography:
    """The marks and the attached words of a language. Every run that is not here is impossible.

    language: its BCP-47 tag. spaced: words are separated by spaces; where they are not, one word
    follows the other directly.

    sentence_ends: the closed set of runs that end a sentence. pauses: commas, colons, and runs
    that go on from one (:-). pairs: what
    opens a pair -> what closes it; a mark can be its own partner. inner_spaced: opening marks with
    a space on their inside (« oui »). spaced_marks: marks before which a space may stand (oui !).
    spaced_dashes: between two words with a space on both sides; tight_dashes: without;
    dialogue_dashes: at the start of a line. raya: of these a dash after a space may join the next
    word and a dash before punctuation the last one (—Hola —dijo María—.).

    proclitics: words that may also stand right before an opening mark (Arabic و before «).
    prefixes: words that lose their end before another and attach by an apostrophe, without it
    (`l` for l'homme); bound: those of them that are never words by themselves. suffixes: what
    attaches to the end of any word -> the entry it counts as (`'s` -> `'s`, `-il` -> `il`).
    apostrophe_suffixes: every entry that begins with an apostrophe attaches like that, also to
    numbers and to closing marks (Squid (Kalamar)'ın), and to closing quotation marks without its
    apostrophe, too (“Sefiller”i).
    suspended_hyphens: a word may end in a hyphen before a space (Vor- und Nachteile).
    respelt: a letter of entries -> the mark that is also written for it (दु:ख for दुःख).
    contractions: a word -> the entries it is made of. parts: entries that are no words by
    themselves, only parts of contractions. abbreviations: words that take a dot, or
    another of abbreviation_signs.

    capital_anywhere: a lower-case entry may have a capital in mid-sentence (German nouns are
    listed either way). capital_after_apostrophe: a word with an apostrophe leaves the capital of
    a sentence to the next ('t Is). final_sigma: σ at the end of a word is written ς.
    bare_capitals: words in capitals lose their accents.

    beginnings, endings: what of a word may stand in brackets before and after a listed word, the
    brackets included, and other endings of that kind: (un)able, dog(s), Freund:innen. A closed
    list: they need not be entries.

    digits: the digits of its numbers. max_digits: how many may stand in a row, fifteen at most.
    ordinals: what attaches to a number (5th, 5km, 3.x).
    dotted_ordinals: a number with a full stop (13.) may be one of a series. signs: before a number,
    units: after one, with a space between or none (§ 5, 20 °C). None of these need be entries.
    max_open_pairs: how many pairs may be open at once.
    """

    language: str
    spaced: bool = True

    sentence_ends: Strings = frozenset(
        {".", "!", "?", "…", "...", "?!", "!?", "...?", "...!", "…?", "…!", "?...", "!..."}
        | {"!!", "!!!", "??", "???", "...."}
        | {"?!!", "?!?", "??!", "!?!", "!??", "!!?", "...?!", "...!?", "...??", "...!!"}
        | {"....?", "....!", "…?!", "…!?", "…??", "…!!"}
    )
    pauses: Strings = frozenset(",;:")
    pairs: Mapping[str, str] = field(
        default_factory=lambda: {'"': '"', "“": "”", "‘": "’", "«": "»", "(": ")", "[": "]"}
    )
    inner_spaced: Strings = frozenset()
    spaced_marks: Strings = frozenset()
    spaced_dashes: Strings = frozenset({"–", "—", "-", "--", "---", "&", "/", "+", "×"})
    tight_dashes: Strings = frozenset({"—", "–", "/", "×"})
    dialogue_dashes: Strings = frozenset()
    raya: Strings = frozenset()

    proclitics: Strings = frozenset()
    prefixes: Strings = frozenset()
    bound: Strings = frozenset()
    suffixes: Mapping[str, str] = field(default_factory=dict)
    apostrophe_suffixes: bool = False
    suspended_hyphens: bool = False
    respelt: Mapping[str, str] = field(default_factory=dict)
    contractions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Strings = frozenset()
    abbreviations: Strings = frozenset()
    abbreviation_signs: Strings = frozenset({"."})
    beginnings: Strings = frozenset()
    endings: Strings = frozenset()

    capital_anywhere: bool = False
    capital_after_apostrophe: bool = False
    final_sigma: bool = False
    bare_capitals: bool = False

    digits: str = ASCII_DIGITS
    max_digits: int = 9
    ordinals: Strings = _AFTER_NUMBERS
    dotted_ordinals: bool = False
    signs: Strings = frozenset({"§", "§§", "№"})
    units: Strings = frozenset({"°C", "°F"})
    max_open_pairs: int = 2

    @cached_property
    def number_separators(self) -> Strings:
        """Marks between the digits of one number: CLDR's decimal and grouping marks, and the
        colon of a time of day.
        """
        marks = {":", "."}
        for symbols in self._number_symbols():
            marks |= {symbols["decimal"], symbols["group"]}
        return frozenset(marks) - {NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE, " "}

    @cached_property
    def number_signs(self) -> Strings:
        """Marks right before a number."""
        signs = CURRENCIES | frozenset("+'’")
        pattern = _locale(self.language).percent_formats[None].pattern
        return signs | {"%"} if pattern.startswith("%") else signs  # Turkish: %20

    @cached_property
    def number_ends(self) -> Strings:
        """Marks right after a number, or after a space behind it."""
        percent = {
            mark
            for symbols in self._number_symbols()
            for mark in symbols["percentSign"]
            if unicodedata.category(mark) != "Cf"  # a mark of direction
        }
        return CURRENCIES | frozenset("%‰°") | percent

    def _number_symbols(self) -> list[Mapping[str, str]]:
        """CLDR's symbols of the numbering systems whose digits are `digits`."""
        known = _locale(self.language).number_symbols
        systems = ["latn", *(name for name, digits in _DIGITS.items() if digits in self.digits)]
        return [known[name] for name in systems if "decimal" in known.get(name, {})]

    def within(self, alphabet: Set[str]) -> Orthography:
        """The same orthography without the marks that `alphabet` lacks."""

        def writable(marks: Strings) -> Strings:
            return frozenset(mark for mark in marks if alphabet >= set(mark))

        return replace(
            self,
            sentence_ends=writable(self.sentence_ends),
            pauses=writable(self.pauses),
            pairs={a: b for a, b in self.pairs.items() if {a, b} <= alphabet},
            spaced_marks=writable(self.spaced_marks),
            spaced_dashes=writable(self.spaced_dashes),
            tight_dashes=writable(self.tight_dashes),
            dialogue_dashes=writable(self.dialogue_dashes),
            raya=writable(self.raya),
            digits="".join(digit for digit in self.digits if digit in alphabet),
        )


def _locale(language: str) -> Locale:
    for tag in (language, language.split("-")[0], "en"):
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    raise AssertionError("babel has no English")
