"""The type of an orthography pack: the facts about one language's writing, as data.

`vocab.words.surroundings` turns these facts into an automaton, `vocab.words.word_forms` into
spellings. The packs themselves are in `languages/`, and `packs.py` is their registry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from babel import Locale, UnknownLocaleError

# Two shapes of one character. ʼ (U+02BC) is read as the same character.
TYPEWRITER = "'"
TYPOGRAPHIC = "’"
APOSTROPHES = (TYPEWRITER, TYPOGRAPHIC)

NO_BREAK_SPACE = "\u00a0"
NARROW_NO_BREAK_SPACE = "\u202f"
CURRENCIES = frozenset("$€£¥₹₺₽¢")
ASCII_DIGITS = "0123456789"
# Maximum number of digits in a row: as many as an ISBN has.
MAX_DIGITS = 13
# Numbers of one character, which may also stand right behind digits (1½).
FRACTIONS = frozenset("½⅓⅔¼¾⅕⅛")
# Dashes that also stand for a minus sign, before a number and after a space.
MINUSES = frozenset("-–−")
# The pauses of minimal punctuation.
COMMAS = frozenset(",、،，፣၊")

Strings = frozenset[str]

# Numbering systems with marks of their own, by CLDR's names.
_DIGITS = {"arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹"}


def words(text: str) -> Strings:
    """Return the words of a text that separates them by white space."""
    return frozenset(text.split())


# Every language has these after a number, directly or after a space.
UNITS = words("°C °F ℃ ℉ m km cm mm kg g mg l ml cl dl h min s W kW V GB MB TB")
# And these only directly: the .x of windows 3.x.
_AFTER_NUMBERS = words(".x ms Hz kHz MHz GHz kB KB Mb Kb pt px")
# Every language tells the dollars of countries apart like this.
DOLLARS = words("US$ A$ C$ NZ$ HK$ NT$ S$")


@dataclass(frozen=True, kw_only=True)
class Orthography:
    """The marks and the attached words of one language. Sets are closed: no other run is possible.

    language: BCP-47 tag.
    spaced: Spaces separate words. If False, one word follows the other directly.

    sentence_ends: Runs of marks that end a sentence.
    pauses: Commas, colons, and runs that begin with one of these (:-). A full stop may be one if it
        is no sentence end, also where an ellipsis is (Armenian).
    pairs: Opening mark -> closing mark. A mark may close itself.
    closing_variants: Closing mark -> another mark that writers use instead (” for the “ of „ “).
    inner_spaced: Opening marks with a space on their inner side (« oui »).
    spaced_marks: Marks that a space may precede (oui !).
    spaced_dashes: Dashes between two words with a space on both sides.
    tight_dashes: Dashes between two words without spaces.
    dialogue_dashes: Dashes at the start of a line.
    raya: Dashes that may touch the next word after a space, and the last word before punctuation
        (—Hola —dijo María—.).

    proclitics: Words that may also stand directly before an opening mark or a number (Arabic و
        before «, Amharic በ2016).
    particles: Words that also attach to a closing mark, to a number and to a word in Latin letters
        (Korean “가자”라고, 20%를, KBS가).
    words_after_numbers: A word may follow a number directly, and a particle that word (3시간에).
    prefixes: Words that attach to the next word by an apostrophe, written here without it (`l` for
        l'homme).
    hyphen_prefixes: Words that attach to the next word by a hyphen, written here without it (`într`
        for într-o).
    number_prefixes: Words that attach to a number by one of `prefix_hyphens` (Indonesian ke-20),
        written here without it.
    prefix_hyphens: The hyphens behind a prefix.
    bound: Prefixes, of all kinds, that are never words by themselves.
    elides_before: Letters without accents. A word behind a prefix begins with one of these (l'eau,
        l'homme); empty if it may be any word.
    vowel_names: Letters whose names begin with a vowel. An abbreviation that begins with one also
        follows a prefix (l'FBI).
    brackets_after_words: A bracket may open directly after a word (유엔(UN)은).
    suffixes: Text that attaches to the end of any word -> the entry that it counts as (`'s` ->
        `'s`, `-il` -> `il`).
    suffix_marks: Every entry that begins with one of these marks is a suffix (Hungarian -e).
    apostrophe_suffixes: Every entry that begins with an apostrophe is a suffix. It also attaches to
        numbers and to closing marks (Squid (Kalamar)'ın), and without its apostrophe to closing
        quotation marks (“Sefiller”i).
    name_endings: What a name may end in besides, beginning with its apostrophe if it has one: the
        possessives of languages whose other nouns are listed with their endings.
    suspended_hyphens: A word may end in a hyphen before a space (Vor- und Nachteile).
    reduplicated: A word may be said twice with a hyphen between (Indonesian anak-anak). These are
        the endings that only the second part has: "" for none, nya for teman-temannya, which counts
        as temannya.
    stress_marks: Marks that may stand behind the first or last vowel of any word (Armenian որտե՞ղ).
    stressed: The vowels that have them, in lower case. A mark may also stand behind the first
        letter of such a vowel.
    inner_marks: Marks that words of this language have before small letters, and words of other
        languages have not (EU:n, צה"ל).
    respelt: Letter of entries -> mark that is also written for it (दु:ख for दुःख).
    contractions: Word -> the entries that it consists of, in each way that lists divide it.
    parts: Entries that are only parts of contractions and never words.
    abbreviations: Words that may take one of abbreviation_signs.

    capitals: Words with a capital in every sentence, in this spelling (I, Monday). An entry
        `monday` counts as `Monday`.
    polite: Words of address that may have a capital anywhere (Вы, Lei). Their entries are in lower
        case.
    homographs: Such words that are also other words without a capital (May, may). An entry `may`
        allows both.
    capital_anywhere: A lower-case entry may have a capital inside a sentence (lists have German
        nouns in either case).
    inner_capitals: At a sentence start, a word with a small first letter and a capital inside takes
        a capital (isiZulu, IsiZulu).
    capital_after_apostrophe: At a sentence start, a word with an apostrophe leaves the capital to
        the next word ('t Is).
    final_sigma: σ at the end of a word is written ς.
    bare_capitals: Words in capitals lose their accents.

    beginnings: Parts of words in brackets before a listed word, with the brackets: (un)able.
    endings: Parts of words in brackets after a listed word, and similar endings: dog(s),
        Freund:innen. Beginnings and endings need not be entries. They stand only in replies
        with `Brackets.PARTS`.

    digits: The digits of numbers.
    ordinals: Text that attaches to a number (5th, 5km, 3.x).
    dotted_ordinals: A number with a full stop (13.) may be an ordinal number.
    signs: Text before a number, with or without a space (§ 5).
    units: Text after a number, with or without a space (20 °C). Ordinals, signs and units need not
        be entries.
    label_letters: Letters that count the items of an exercise: a) dog.
    max_open_pairs: Maximum number of pairs open at the same time.
    """

    language: str
    spaced: bool = True

    sentence_ends: Strings = frozenset(
        {".", "!", "?", "…", "...", "?!", "!?", "...?", "...!", "…?", "…!", "?...", "!..."}
        | {"!!", "!!!", "??", "???", "....", "?…", "!…"}
        | {"?!!", "?!?", "??!", "!?!", "!??", "!!?", "...?!", "...!?", "...??", "...!!"}
        | {"....?", "....!", "…?!", "…!?", "…??", "…!!"}
    )
    pauses: Strings = frozenset(",;:")
    pairs: Mapping[str, str] = field(
        default_factory=lambda: {'"': '"', "“": "”", "‘": "’", "«": "»", "(": ")", "[": "]"}
    )
    closing_variants: Mapping[str, str] = field(default_factory=dict)
    inner_spaced: Strings = frozenset()
    spaced_marks: Strings = frozenset()
    spaced_dashes: Strings = frozenset(
        {"–", "—", "-", "--", "---", "&", "/", "+", "×", "÷", "−", "=", "→"}
    )
    tight_dashes: Strings = frozenset({"—", "–", "/", "×"})
    dialogue_dashes: Strings = frozenset()
    raya: Strings = frozenset()

    proclitics: Strings = frozenset()
    particles: Strings = frozenset()
    words_after_numbers: bool = False
    brackets_after_words: bool = False
    prefixes: Strings = frozenset()
    hyphen_prefixes: Strings = frozenset()
    number_prefixes: Strings = frozenset()
    prefix_hyphens: Strings = frozenset("-")
    bound: Strings = frozenset()
    elides_before: Strings = frozenset()
    vowel_names: Strings = frozenset("FHLMNRSX")
    suffixes: Mapping[str, str] = field(default_factory=dict)
    suffix_marks: Strings = frozenset()
    apostrophe_suffixes: bool = False
    name_endings: Strings = frozenset()
    suspended_hyphens: bool = False
    reduplicated: Strings = frozenset()
    stress_marks: Strings = frozenset()
    stressed: Strings = frozenset()
    inner_marks: Strings = frozenset()
    respelt: Mapping[str, str] = field(default_factory=dict)
    contractions: Mapping[str, Sequence[tuple[str, ...]]] = field(default_factory=dict)
    parts: Strings = frozenset()
    abbreviations: Strings = frozenset()
    abbreviation_signs: Strings = frozenset({"."})
    beginnings: Strings = frozenset()
    endings: Strings = frozenset()

    capitals: Strings = frozenset()
    homographs: Strings = frozenset()
    polite: Strings = frozenset()
    capital_anywhere: bool = False
    inner_capitals: bool = False
    capital_after_apostrophe: bool = False
    final_sigma: bool = False
    bare_capitals: bool = False

    digits: str = ASCII_DIGITS
    ordinals: Strings = _AFTER_NUMBERS
    dotted_ordinals: bool = False
    signs: Strings = words("§ §§ №") | DOLLARS | CURRENCIES | {"~", "≈", "±"}
    units: Strings = UNITS
    label_letters: str = "abcdefghijABCDEFGHIJ"
    max_open_pairs: int = 2

    @cached_property
    def capital_of(self) -> Mapping[str, str]:
        """Map words of `capitals`, `homographs` and `polite` in lower case to their spelling."""
        return {word.lower(): word for word in self.capitals | self.homographs | self.polite}

    @cached_property
    def all_suffix_marks(self) -> Strings:
        """The marks that begin every suffix among the entries."""
        return self.suffix_marks | ({TYPEWRITER} if self.apostrophe_suffixes else set())

    @cached_property
    def stressed_vowel(self) -> re.Pattern[str]:
        """A vowel that may have one of `stress_marks`, the longest first."""
        vowels = sorted(self.stressed, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, vowels)), re.IGNORECASE)

    @cached_property
    def hyphenated(self) -> Strings:
        """Prefixes as many lists have them, with their hyphen."""
        hyphens = self.prefix_hyphens
        return frozenset(prefix + hyphen for prefix in self.before_hyphens for hyphen in hyphens)

    @cached_property
    def before_hyphens(self) -> Strings:
        """The prefixes before a hyphen."""
        return self.hyphen_prefixes | self.number_prefixes

    @cached_property
    def special_entries(self) -> Strings:
        """Entries, some in lower case, that are not words alone: parts of words, abbreviations."""
        prefixes = self.prefixes | self.bound | self.before_hyphens
        parts = self.suffixes.keys() | self.particles | self.proclitics | self.parts
        return frozenset(prefixes | parts | self.abbreviations)

    @cached_property
    def has_plain_words(self) -> bool:
        """True if an entry of letters that is not special has no other spelling than its own."""
        return not (self.final_sigma or self.particles or self.derives_forms)

    @cached_property
    def derives_forms(self) -> bool:
        """True if words have further spellings: anak-anak, որտե՞ղ."""
        return bool(self.reduplicated or self.stress_marks)

    @cached_property
    def number_separators(self) -> Strings:
        """Marks between the digits of a number: CLDR's decimal and grouping marks, and a colon."""
        marks = {":", "."}
        for symbols in self._number_symbols():
            marks |= {symbols["decimal"], symbols["group"]}
        return frozenset(marks) - {NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE, " "}

    @cached_property
    def number_signs(self) -> Strings:
        """Marks directly before a number."""
        signs = CURRENCIES | frozenset("+−'’")
        pattern = _locale(self.language).percent_formats[None].pattern
        return signs | {"%"} if pattern.startswith("%") else signs  # Turkish: %20

    @cached_property
    def number_ends(self) -> Strings:
        """Marks after a number, directly or after a space."""
        percent = {
            mark
            for symbols in self._number_symbols()
            for mark in symbols["percentSign"]
            if unicodedata.category(mark) != "Cf"  # a direction mark
        }
        return CURRENCIES | frozenset("%‰°") | percent

    def _number_symbols(self) -> list[Mapping[str, str]]:
        """CLDR's symbols of the numbering systems whose digits are `digits`."""
        known = _locale(self.language).number_symbols
        systems = ["latn", *(name for name, digits in _DIGITS.items() if digits in self.digits)]
        return [known[name] for name in systems if "decimal" in known.get(name, {})]

    def within(self, alphabet: Set[str]) -> Orthography:
        """Return this orthography without marks that have characters outside `alphabet`."""

        def writable(marks: Strings) -> Strings:
            return frozenset(mark for mark in marks if alphabet >= set(mark))

        return replace(
            self,
            sentence_ends=writable(self.sentence_ends),
            pauses=writable(self.pauses),
            pairs={a: b for a, b in self.pairs.items() if {a, b} <= alphabet},
            closing_variants={a: b for a, b in self.closing_variants.items() if b in alphabet},
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
    raise AssertionError("babel has no data for English")
