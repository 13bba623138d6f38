"""The spellings of a list's entries, grouped into classes.

A class decides where a spelling may stand: it says whether the spelling is a word or attaches to
one, whether it has a capital, and which apostrophe it has. All spellings of a class may stand in
the same positions, so each class is one trie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from vocab.words import entry_spellings
from vocab.words.casing import capitalised, takes_capital, upper
from vocab.words.orthography import exercise_marks
from vocab.words.orthography.pack import APOSTROPHES, TYPEWRITER, TYPOGRAPHIC, Orthography
from vocab.words.orthography.scripts import is_unspaced
from vocab.words.unspaced_units import units_of


class Role(IntEnum):
    WORD = 0
    STEM = 1  # l of l'homme: an apostrophe and a word must follow
    SUFFIX = 2  # 's of dog's: follows a word without a space
    ORDINAL = 3  # th of 5th: follows a number
    BEGINNING = 4  # (un) of (un)able: a word must follow
    ENDING = 5  # (s) of dog(s): follows a word
    SIGN = 6  # § of § 5: a number must follow, with or without a space
    UNIT = 7  # °C of 5 °C: follows a number, with or without a space
    QUOTED = 8  # i of “Sefiller”i, 가 of KBS가: follows a closing mark or what takes a particle
    PROCLITIC = 9  # و of و«هذا»: an opening mark or a number must follow
    NUMERAL = 10  # 1: an entry with digits and no letters, which takes no parts in brackets
    RUN = 11  # OK in 卡拉OK, KBS in KBS가: a word in letters of another script
    HYPHEN_STEM = 12  # într of într-o: a hyphen and a word must follow
    NUMBER_PREFIX = 13  # ke- of ke-20: a number must follow
    GAP = 14  # ___: a piece
    LETTER_LABEL = 15  # a): a piece must follow, in languages with spaces after a space
    NUMBER_LABEL = 16  # 1)
    BULLET = 17  # ☐
    DOMAIN = 18  # .org of anna@school.org


# Roles of spellings that are words by themselves.
WORDS = frozenset({Role.WORD, Role.NUMERAL, Role.RUN})
BESIDE_NUMBERS = frozenset({Role.ORDINAL, Role.SIGN, Role.UNIT})
LABELS = frozenset({Role.LETTER_LABEL, Role.NUMBER_LABEL, Role.BULLET})
IN_EXERCISES = LABELS | {Role.GAP, Role.DOMAIN}
# Spellings of these roles have only one letter case.
_IN_ONE_CASE = IN_EXERCISES | {Role.SIGN, Role.UNIT, Role.PROCLITIC}
_WITHOUT_APOSTROPHES = IN_EXERCISES | {
    Role.BEGINNING,
    Role.ENDING,
    Role.SIGN,
    Role.UNIT,
    Role.QUOTED,
    Role.PROCLITIC,
    Role.HYPHEN_STEM,
    Role.NUMBER_PREFIX,
}


class LetterCase(IntEnum):
    PLAIN = 0  # as in the entry
    TITLE = 1  # a lower-case entry with a capital
    UPPER = 2  # all capitals, if that differs from the other two


class FormClass(NamedTuple):
    """apostrophe: The apostrophe that the spellings contain, or "" if they contain none.

    elides: True for words that may follow a prefix, where a language has prefixes that do not stand
        before every word: eau of l'eau.
    appended: True for the spellings of entries that a lexicon adds to another one (`Lexicon.base`).
        They may stand where the same class of the other one may.
    """

    role: Role
    case: LetterCase
    apostrophe: str
    elides: bool = False
    appended: bool = False


FORM_CLASSES = tuple(
    FormClass(role, case, apostrophe, elides)
    for role in Role
    for case in LetterCase
    for apostrophe in ("", *APOSTROPHES)
    for elides in ((False, True) if role is Role.WORD else (False,))
    if not (case and role in _IN_ONE_CASE)
    if not (apostrophe and role in _WITHOUT_APOSTROPHES)
)
Forms = dict[str, int]


class FormTable:
    """Every spelling of `entries` with the rank of its best entry, by class.

    entries: In rank order, the best first.
    characters: True if the words are the units of the entries (`unspaced_units.py`), each with the
        rank of the first entry that contains it.
    first_rank: The rank of the first entry. Above 1, other entries come before these, and the
        spellings that need no entry are left out, because those entries have them.
    """

    def __init__(
        self,
        entries: Sequence[str],
        orthography: Orthography,
        *,
        characters: bool = False,
        first_rank: int = 1,
    ) -> None:
        self._orthography = orthography
        # By role, and by whether the spellings contain an apostrophe and may follow a prefix.
        self._plain: dict[tuple[Role, bool, bool], Forms] = {
            (role, has_one, elides): {}
            for role in Role
            for has_one in (False, True)
            for elides in (False, True)
        }
        if characters:
            letters, runs = units_of(map(entry_spellings.straight, entries), first_rank)
            self._plain[Role.WORD, False, False] = letters
            for run, rank in runs.items():
                self._plain[Role.RUN, TYPEWRITER in run, False][run] = rank
            for role, text, rank in _declared_forms(orthography) if first_rank == 1 else ():
                self._plain[role, TYPEWRITER in text, False][text] = rank
            return
        has_elision = bool(orthography.elides_before)
        for role, text, rank in _plain_forms(entries, orthography, first_rank):
            elides = (
                has_elision
                and role is Role.WORD
                and entry_spellings.takes_elision(text, orthography)
            )
            forms = self._plain[role, TYPEWRITER in text, elides]
            known = forms.get(text)
            if known is None or rank < known:
                forms[text] = rank

    def forms(self, form_class: FormClass) -> Forms:
        """Map the spellings of a class to their ranks. Not cached: the result is large."""
        role, case, apostrophe, elides = form_class[:4]
        plain = self._plain[role, bool(apostrophe), elides]
        if case is LetterCase.PLAIN and apostrophe != TYPOGRAPHIC:
            return plain.copy()
        forms: Forms = {}
        for text, rank in plain.items():
            for form in self._in_case(text, case):
                if apostrophe == TYPOGRAPHIC:
                    form = form.replace(TYPEWRITER, TYPOGRAPHIC)
                if rank < forms.get(form, rank + 1):
                    forms[form] = rank
        return forms

    def _in_case(self, text: str, case: LetterCase) -> tuple[str, ...]:
        if case is LetterCase.PLAIN:
            return (text,)
        language = self._orthography.language
        inner = self._orthography.inner_capitals and text[0].islower()
        title = capitalised(text, language) if inner or takes_capital(text) else text
        if case is LetterCase.TITLE:
            return (title,) if title != text else ()
        capitals = [upper(text, language)]
        if "ß" in text and capitals[0] != text:  # Georgian texts have no capitals
            capitals.append(upper(text.replace("ß", "ẞ"), language))
        return tuple(form for form in capitals if form not in (text, title))


def _plain_forms(
    entries: Sequence[str], orthography: Orthography, first_rank: int
) -> Iterator[tuple[Role, str, int]]:
    ranks: Forms = {}
    for rank, entry in enumerate(entries, start=first_rank):
        if not entry:
            raise ValueError(f"entry {rank} is empty")
        for word in entry_spellings.with_capitals(entry_spellings.straight(entry), orthography):
            ranks.setdefault(word, rank)
    for text, rank in ranks.items():
        for role, form, _ in _forms_of_entry(text, rank, orthography):
            yield role, form, rank
            for each in entry_spellings.respelt(form, orthography) if orthography.respelt else ():
                yield role, each, rank
    for form, ways in orthography.contractions.items():
        for parts in ways:
            if all(part in ranks for part in parts):
                yield Role.WORD, form, max(ranks[part] for part in parts)
    for suffix, entry in orthography.suffixes.items():
        if entry in ranks and suffix not in ranks:
            yield Role.SUFFIX, suffix, ranks[entry]
    if first_rank == 1:
        yield from _declared_forms(orthography)


def _declared_forms(orthography: Orthography) -> Iterator[tuple[Role, str, int]]:
    """Yield the spellings that need no entry."""
    for role, declared in (
        (Role.ORDINAL, orthography.ordinals),
        (Role.BEGINNING, orthography.beginnings),
        (Role.ENDING, orthography.endings),
        (Role.SIGN, orthography.signs),
        (Role.UNIT, orthography.units),
        (Role.GAP, exercise_marks.GAPS),
        (Role.LETTER_LABEL, exercise_marks.letter_labels(orthography)),
        (Role.NUMBER_LABEL, exercise_marks.number_labels(orthography)),
        (Role.BULLET, exercise_marks.bullets(orthography)),
        (Role.DOMAIN, exercise_marks.DOMAINS),
    ):
        for text in declared:
            yield role, text, 1


def _forms_of_entry(
    text: str, rank: int, orthography: Orthography
) -> Iterator[tuple[Role, str, int]]:
    lower = text.lower()
    facts = orthography.special_entries
    is_plain = text.isalpha() and text not in facts and lower not in facts
    if is_plain and orthography.has_plain_words and (orthography.spaced or is_unspaced(text[0])):
        yield Role.WORD, text, rank  # most entries, so nothing else is looked at
        return
    stem = text.removesuffix(TYPEWRITER)  # compared in lower case: M. is Monsieur
    is_hyphenated = text in orthography.hyphenated
    if is_hyphenated or text in orthography.before_hyphens:
        yield from _prefixes(text[:-1] if is_hyphenated else text, rank, orthography)
    if stem in orthography.prefixes and (stem != text or stem in orthography.bound):
        yield Role.STEM, stem, rank
        return
    if is_hyphenated or text in orthography.bound:
        return
    if text in orthography.suffixes or text[0] in orthography.all_suffix_marks:
        yield Role.SUFFIX, text, rank
        if orthography.apostrophe_suffixes and text.rfind(TYPEWRITER) == 0:
            yield Role.QUOTED, text[1:], rank
        return
    if lower in orthography.parts:
        return
    if orthography.final_sigma:
        text = entry_spellings.with_final_sigma(text)
    if not orthography.spaced and not any(map(is_unspaced, text)):
        yield Role.RUN, text, rank
        return
    if text in orthography.particles:
        yield Role.QUOTED, text, rank
    is_numeral = not text.isalpha() and entry_spellings.is_numeral(text)
    if orthography.particles and text[-1].isascii() and text[-1].isalnum() and not is_numeral:
        yield Role.RUN, text, rank
        return
    yield Role.NUMERAL if is_numeral else Role.WORD, text, rank
    if orthography.derives_forms:
        for derived in entry_spellings.derived_forms(text, orthography):
            yield Role.WORD, derived, rank
    if text in orthography.proclitics:
        yield Role.PROCLITIC, text, rank
    if lower in orthography.abbreviations:
        for sign in orthography.abbreviation_signs:
            yield Role.WORD, text + sign, rank


def _prefixes(prefix: str, rank: int, orthography: Orthography) -> Iterator[tuple[Role, str, int]]:
    if prefix in orthography.hyphen_prefixes:
        yield Role.HYPHEN_STEM, prefix, rank
    if prefix in orthography.number_prefixes:
        for hyphen in orthography.prefix_hyphens:
            yield Role.NUMBER_PREFIX, prefix + hyphen, rank


def attaches(entries: Sequence[str], orthography: Orthography) -> bool:
    """True if one of the entries can give a spelling to other entries: part of a contraction (`de`
    of `del`), or what the spelling of a suffix depends on.
    """
    parts = {part for ways in orthography.contractions.values() for way in ways for part in way}
    parts.update(orthography.suffixes, orthography.suffixes.values())
    return not parts.isdisjoint(map(entry_spellings.straight, entries))


def spellings(entry: str, orthography: Orthography) -> Mapping[str, FormClass]:
    """Return every spelling of one entry as a word, a stem or a suffix."""
    table = FormTable([entry], orthography)
    return {
        form: form_class
        for form_class in FORM_CLASSES
        if form_class.role in WORDS | {Role.STEM, Role.HYPHEN_STEM, Role.NUMBER_PREFIX, Role.SUFFIX}
        for form in table.forms(form_class)
    }
