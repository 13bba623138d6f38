"""Facts that hold for every orthography pack, compared with CLDR where it has them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import chain, pairwise

import pytest
from babel import Locale

from tests.vocab.styles import style_of
from vocab.words.orthography import PACKS, Orthography, Style, orthography_for, why_unwritable
from vocab.words.orthography.pack import APOSTROPHES, CURRENCIES, TYPEWRITER
from vocab.words.surroundings import START, BoundaryState, Surroundings
from vocab.words.word_forms import FORM_CLASSES, FormClass, LetterCase, Role

# Marks of sentence ends: full stops, ellipses, question and exclamation marks, the danda.
ENDING = set(".!?…;؟。！？।॥۔።፡፧។៕။։:")
ELLIPSES = ("...", "…", "……")
LETTERS_OF_CURRENCIES = {"Rp", "RM"}
HYPHENS = {"-", "‐", "‑"}
# Question marks and full stops of languages whose own marks are not ? and .
ASKS = {"el": ";", "ar": "؟", "fa": "؟", "ur": "؟", "zh": "？", "ja": "？", "hy": "։"}
STOPS = {
    **{"bn": "।", "hi": "।", "ne": "।", "ur": "۔"},
    **{"zh": "。", "ja": "。", "km": "។", "my": "။", "am": "።", "hy": "։"},
}

each_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())


def marks(pack: Orthography) -> set[str]:
    """Return every character that the pack writes around words."""
    runs = chain(
        pack.sentence_ends, pack.pauses, pack.pairs, pack.pairs.values(),
        pack.closing_variants.values(), pack.spaced_dashes,
        pack.tight_dashes, pack.dialogue_dashes, pack.inner_spaced, pack.spaced_marks,
        pack.number_separators, pack.number_signs, pack.number_ends,
    )  # fmt: skip
    return set(chain.from_iterable(runs))


@each_pack
def test_no_mark_is_a_letter_a_digit_or_white(pack: Orthography) -> None:
    for mark in marks(pack):
        assert unicodedata.category(mark)[0] in "PS", repr(mark)


@each_pack
def test_everything_is_composed_and_visible(pack: Orthography) -> None:
    """Texts are NFC, so no text could contain a mark or a word that is not."""
    texts = chain(
        marks(pack), pack.digits, pack.prefixes, pack.hyphen_prefixes, pack.number_prefixes,
        pack.suffixes, pack.suffixes.values(),
        pack.contractions, chain(*chain(*pack.contractions.values())), pack.parts, pack.capitals,
        pack.homographs,
        pack.abbreviations, pack.ordinals, pack.beginnings, pack.endings, pack.signs, pack.units,
        pack.proclitics, pack.particles,
    )  # fmt: skip
    for text in texts:
        assert unicodedata.is_normalized("NFC", text), ascii(text)
        assert text.isprintable(), ascii(text)


@each_pack
def test_sentence_ends_are_runs_of_ending_marks(pack: Orthography) -> None:
    for run in pack.sentence_ends:
        assert set(run) <= ENDING, run
        assert len(run) <= 5, run


@each_pack
def test_a_pause_is_a_mark_or_goes_on_from_one_and_ends_nothing(pack: Orthography) -> None:
    for pause in pack.pauses:
        assert len(pause) == 1 or (pause[:-1] in pack.pauses and pause[-1] in pack.raya), pause
    assert not pack.pauses & pack.sentence_ends
    assert set("".join(pack.pauses)) & set("".join(pack.sentence_ends)) <= {"."}, "of an ellipsis"
    assert not pack.pauses & {*pack.pairs, *pack.pairs.values()}


@each_pack
def test_a_pair_is_two_single_marks(pack: Orthography) -> None:
    for opening, closing in pack.pairs.items():
        assert len(opening) == len(closing) == 1
        if opening in "¿¡":
            assert closing in pack.sentence_ends
        else:
            assert not {opening, closing} & (pack.pauses | set("".join(pack.sentence_ends)))
    assert not set(pack.pairs) & set("".join(pack.spaced_dashes | pack.tight_dashes))


@each_pack
def test_a_variant_closes_pairs_and_opens_none(pack: Orthography) -> None:
    closings = set(pack.pairs.values())
    for closing, variant in pack.closing_variants.items():
        assert len(variant) == 1
        assert closing in closings
        assert variant not in pack.pairs
        assert variant not in pack.pauses | set("".join(pack.sentence_ends))


@each_pack
def test_both_marks_of_a_directed_pair_are_mirror_images(pack: Orthography) -> None:
    """Only brackets and angles: curly quotation marks differ from language to language."""
    for opening, closing in pack.pairs.items():
        if unicodedata.mirrored(opening):
            assert unicodedata.mirrored(closing), (opening, closing)
            assert opening != closing or opening == "»", "which Finnish writes on both sides"


@each_pack
def test_spaced_marks_are_marks_of_the_pack(pack: Orthography) -> None:
    closing = set(pack.pairs.values())
    assert pack.inner_spaced <= set(pack.pairs)
    assert pack.spaced_marks <= pack.sentence_ends | pack.pauses | closing
    assert {pack.pairs[mark] for mark in pack.inner_spaced} <= pack.spaced_marks


@each_pack
def test_dashes_are_dashes(pack: Orthography) -> None:
    for dash in pack.spaced_dashes | pack.tight_dashes | pack.dialogue_dashes:
        assert 1 <= len(dash) <= 3
        assert len(dash) == 1 or dash in pack.pauses or set(dash) <= set("-—―"), (
            "only a typewriter's are longer"
        )
    assert all(dash in "—–-" or dash == "--" for dash in pack.dialogue_dashes)
    # Entries and `vocab_hyphens` decide about a single hyphen between two words.
    assert not pack.tight_dashes & HYPHENS
    if pack.raya:
        assert "—" in pack.raya
        assert pack.raya <= pack.spaced_dashes
        assert pack.raya <= pack.tight_dashes | {"-"}
        assert "—" in pack.dialogue_dashes
    assert not pack.raya & HYPHENS or not pack.suspended_hyphens, "one meaning of a word's last"


@each_pack
def test_prefixes_are_stems_without_their_apostrophe(pack: Orthography) -> None:
    assert pack.bound <= pack.prefixes | pack.hyphen_prefixes | pack.number_prefixes
    for prefix in pack.prefixes | pack.hyphen_prefixes | pack.number_prefixes:
        assert prefix.isalpha()
        assert prefix == prefix.lower()


@each_pack
def test_proclitics_are_words(pack: Orthography) -> None:
    assert not pack.proclitics & pack.prefixes
    for word in pack.proclitics:
        assert why_unwritable(word, pack) is None, word
        assert word.isalpha()
        assert word == word.upper(), "of a script without capitals"


@each_pack
def test_particles_are_words(pack: Orthography) -> None:
    assert not pack.particles & (pack.prefixes | pack.hyphen_prefixes)
    assert not pack.particles or not (pack.suffixes or pack.apostrophe_suffixes)
    assert not pack.words_after_numbers or pack.particles
    for word in pack.particles:
        assert why_unwritable(word, pack) is None, word
        assert word == word.upper(), "of a script without capitals"


@each_pack
def test_suffixes_attach_by_a_mark_and_count_as_entries(pack: Orthography) -> None:
    for suffix, entry in pack.suffixes.items():
        assert suffix[0] == TYPEWRITER or suffix[0] in HYPHENS, suffix
        assert why_unwritable(entry, pack) is None, entry
        assert suffix + entry == (suffix + entry).lower()
        assert APOSTROPHES[1] not in suffix + entry


@each_pack
def test_contractions_are_made_of_other_words(pack: Orthography) -> None:
    ways = [(word, parts) for word, each in pack.contractions.items() for parts in each]
    for contraction, entries in ways:
        assert why_unwritable(contraction, pack) is None
        assert len(entries) == 2
        assert contraction not in entries
        assert all(why_unwritable(entry, pack) is None for entry in entries)
    assert pack.parts <= {part for _, parts in ways for part in parts}


@each_pack
def test_abbreviations_are_lower_case_entries_without_their_last_full_stop(
    pack: Orthography,
) -> None:
    for word in pack.abbreviations:
        assert why_unwritable(word, pack) is None, word
        assert not word.endswith("."), word
        assert word == word.lower()


def _is_letters(text: str) -> bool:
    """Also true for vowel signs."""
    return bool(text) and all(unicodedata.category(character)[0] in "LM" for character in text)


@each_pack
def test_words_with_a_capital_of_their_own_have_one(pack: Orthography) -> None:
    assert not pack.capitals & pack.homographs
    for word in pack.capitals | pack.homographs:
        assert why_unwritable(word, pack) is None, word
        assert word.lstrip("ʻ")[0].isupper(), word
        assert pack.capital_of[word.lower()] == word


@each_pack
def test_ordinals_follow_digits(pack: Orthography) -> None:
    for ordinal in pack.ordinals:
        if ordinal[0] == "h" and ordinal[1:].isdecimal():  # 19h30
            continue
        assert not any(character.isdecimal() for character in ordinal)
        assert _is_letters(ordinal[-1]) or ordinal[-1] in "-–—+", ordinal


@each_pack
def test_what_counts_as_listed_shows_by_its_marks(pack: Orthography) -> None:
    """Otherwise part of a word could be taken for a word."""
    for beginning in pack.beginnings:
        assert (beginning[0], beginning[-1]) == ("(", ")")
        assert beginning[1:-1].isalpha()
    for ending in pack.endings:
        assert ending[0] in "(/:*", ending
        assert ending.count("(") == ending.count(")") == (ending[0] == "("), ending
        assert _is_letters(ending.lstrip("(/:*-").replace(")", "")), ending
    for unit in pack.units:  # stands behind a number only
        assert len(unit) <= 5, unit
    for sign in pack.signs:
        assert not sign.isalpha() or sign[-1] in "º" or sign in LETTERS_OF_CURRENCIES, sign
        assert not any(character.isdecimal() or character.isspace() for character in sign)


@each_pack
def test_digits_are_whole_sets_of_ten_in_order(pack: Orthography) -> None:
    values = [unicodedata.decimal(digit) for digit in pack.digits]
    assert values == list(range(10)) * (len(values) // 10)
    assert pack.digits.startswith("0123456789")


@each_pack
def test_the_fewest_marks_that_prose_needs(pack: Orthography) -> None:
    assert pack.pauses
    assert pack.pairs
    assert pack.sentence_ends & set(ELLIPSES)
    asks, stops = ASKS.get(pack.language, "?"), STOPS.get(pack.language, ".")
    assert pack.sentence_ends >= {asks, stops}


# --- the automaton of each pack ------------------------------------------------------------------

STYLES = (
    style_of(numbers="all", hyphens="pairs", brackets="parts"),
    style_of(numbers="all", punctuation="markdown"),
    style_of(numbers="none", punctuation="minimal"),
)
each_style = pytest.mark.parametrize("style", STYLES, ids=lambda style: style.punctuation)


class Graph:
    """Every reachable state. A second open pair would add no new kind of state."""

    def __init__(self, pack: Orthography, style: Style) -> None:
        surroundings = Surroundings(replace(pack, max_open_pairs=1), style)
        classes = [FormClass(role, LetterCase.PLAIN, "") for role in Role]
        classes += [each for each in FORM_CLASSES if each.apostrophe or each.elides]
        self.marks: dict[BoundaryState, dict[str, BoundaryState]] = {}
        self.words: dict[BoundaryState, set[BoundaryState]] = {}
        pending = [START]
        while pending:
            at = pending.pop()
            if at in self.marks:
                continue
            self.marks[at] = surroundings.marks(at)
            self.words[at] = {
                surroundings.after_word(at, each)
                for each in classes
                if surroundings.admits(at, each)
            }
            pending += [*self.marks[at].values(), *self.words[at]]
        self.ends = {at for at in self.marks if surroundings.can_end(at)}


@dataclass(frozen=True)
class Faults:
    """endless: A run of marks that leads back to where it begins. stuck: States without an end."""

    endless: str
    stuck: frozenset[BoundaryState]


@cache
def faults_of(language: str, style: Style) -> Faults:
    """Keep what is wrong, and not the graph: all graphs together take a gigabyte."""
    graph = Graph(PACKS[language], style)
    return Faults(endless_run(graph), frozenset(stuck_states(graph)))


def endless_run(graph: Graph) -> str:
    following = {
        at: {after for mark, after in marks.items() if not mark.isnumeric()}
        for at, marks in graph.marks.items()
    }
    cycle: list[BoundaryState] = []
    try:
        TopologicalSorter(following).prepare()
    except CycleError as error:
        cycle = error.args[1][::-1]
    return "".join(
        next(mark for mark, state in graph.marks[at].items() if state == after)
        for at, after in pairwise(cycle)
    )


def stuck_states(graph: Graph) -> set[BoundaryState]:
    before: dict[BoundaryState, set[BoundaryState]] = {at: set() for at in graph.marks}
    for at, marks in graph.marks.items():
        for after in (*marks.values(), *graph.words[at]):
            before[after].add(at)
    good, pending = set(graph.ends), list(graph.ends)
    while pending:
        for at in before[pending.pop()] - good:
            good.add(at)
            pending.append(at)
    return set(graph.marks) - good


@pytest.mark.parametrize("language", PACKS)
@each_style
def test_no_run_of_marks_is_endless(language: str, style: Style) -> None:
    """A model could repeat such marks until it reaches its token limit."""
    assert faults_of(language, style).endless == ""


@pytest.mark.parametrize("language", PACKS)
@each_style
def test_every_state_leads_to_an_end(language: str, style: Style) -> None:
    assert faults_of(language, style).stuck == set()


# --- comparison with CLDR ------------------------------------------------------------------------


@each_pack
def test_number_separators_are_those_of_the_locale(pack: Orthography) -> None:
    symbols = Locale.parse(pack.language).number_symbols["latn"]
    for name in ("decimal", "group"):
        mark = symbols[name]
        assert mark in pack.number_separators or mark.isspace(), (name, mark)


@pytest.mark.parametrize(("language", "system"), [("ar", "arab"), ("hi", "deva")])
def test_separators_of_a_languages_own_digits(language: str, system: str) -> None:
    pack, symbols = PACKS[language], Locale.parse(language).number_symbols.get(system)
    assert len(pack.digits) > 10
    if symbols and "decimal" in symbols:
        assert pack.number_separators >= {symbols["decimal"], symbols["group"]}


@each_pack
def test_the_percent_sign_stands_where_the_locale_has_it(pack: Orthography) -> None:
    pattern = Locale.parse(pack.language).percent_formats[None].pattern
    marks_there = pack.number_signs if pattern.startswith("%") else pack.number_ends
    assert "%" in marks_there


@each_pack
def test_the_currencies_may_stand_on_both_sides(pack: Orthography) -> None:
    assert pack.number_signs & pack.number_ends >= CURRENCIES


def test_a_region_and_an_unknown_language_have_a_pack() -> None:
    assert orthography_for("pt-BR").suffixes == PACKS["pt"].suffixes
    assert orthography_for("es_419").pairs == PACKS["es"].pairs
    assert orthography_for("gn").spaced
    assert orthography_for("gn").language == "gn"
