"""The text automaton: it accepts the right texts and prefixes, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vocab.definition import Definition
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Units, orthography_for, why_unwritable
from vocab.words.vocabulary import Vocabulary

SPANISH = ["hola", "como", "comer", "el", "la", "casa", "es", "grande", "María", "qué", "a"]


def vocabulary(words: list[str], tag: str = "es", n: int | None = None, **style: str) -> Vocabulary:
    chosen = style_of(**style)
    characters = not orthography_for(tag).spaced and chosen.units is Units.CHARACTERS
    lexicon = Lexicon(words, tag, characters=characters)
    return Vocabulary("test", lexicon, n or len(words), chosen)


def accepts(words: Vocabulary, text: str) -> bool:
    """True if `text` may end here."""
    state = words.automaton.read(text)
    return state is not None and words.automaton.can_end(state)


@pytest.mark.parametrize(
    "text",
    [
        "Hola",
        "hola",
        "Hola, María.",
        "hola 3 casa",
        "hola 3.5 casa",
        "La casa es grande.",
        "¿Qué? ¡Hola!",
        "«La casa», es grande.",
        '"¿Qué?"',
        "La casa (la grande) es a...",
        "Hola\n\nLa casa",
        "Hola.\nLa casa?!",
        "— Hola\n—¿Qué?",
        "la casa — la grande – es",
        "casa—grande",
        "Hola…",
    ],
)
def test_ordinary_writing_is_accepted(text: str) -> None:
    words = vocabulary(SPANISH)
    assert accepts(words, text)
    assert words.checker.report(text).out_of_list == ()


@pytest.mark.parametrize(
    "text",
    [
        "com",  # part of a word
        "casas",  # a word and a further letter
        "lacasa",  # two words run together
        "maría",  # an entry with capitals keeps them
        "hOLA",
        "HOLA",  # all capitals are an option
        "la Casa",  # a capital inside a sentence
        " hola",  # white space first
        "la  casa",
        "hola\n\n\nla",
        "hola..",
        "hola.....",
        "hola!!!!!",
        "hola—la—casa",
        "hola ,la",
        "«hola",  # not closed
        "hola»",  # not opened
        "«hola)",
        "((hola))",
        "¿Qué.",
        "hola /la",
        "hola\tla",
        "hola 3. 5x",
        "hola,",  # a comma cannot end a text
        "",
    ],
)
def test_other_writing_is_not(text: str) -> None:
    assert not accepts(vocabulary(SPANISH), text)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["New York", "new", "is"], "New York is new.", True),
        (["New York", "is"], "New is", False),
        (["sin embargo"], "Sin embargo", True),
        (["sin embargo"], "Sin", False),
        (["don't", "go"], "Don’t go", True),
        (["don't", "go"], "Don t go", False),
        (["C++", "Sr.", "go"], "Go C++. Sr. go C++...", True),
        (["'tis", "go"], "'Tis go", True),
        (["ice", "ice-cream"], "Ice-cream", True),
        (["ice", "cream"], "ice-cream", False),
        (["dog", "'s"], "Dog’s", True),
        (["dog", "n't", "did"], "Didn't dog", True),
    ],
)
def test_entries_with_marks_and_spaces(words: list[str], text: str, expected: bool) -> None:
    listed = vocabulary(words, "en")
    assert accepts(listed, text) is expected
    assert (listed.checker.report(text).out_of_list == ()) is expected


def test_the_end_is_refused_inside_a_word() -> None:
    """The prototype let the model stop after `hol`."""
    automaton = vocabulary(["hola", "ho"]).automaton
    ends = {}
    for length in range(1, 5):
        state = automaton.read("hola"[:length])
        assert state is not None
        ends["hola"[:length]] = (automaton.is_whole(state), automaton.can_end(state))
    assert ends == {
        "h": (False, False),
        "ho": (True, True),
        "hol": (False, False),
        "hola": (True, True),
    }


def test_a_pair_left_open_is_whole_but_no_end() -> None:
    automaton = vocabulary(SPANISH).automaton
    state = automaton.read("«Hola, la casa")
    assert state is not None
    assert automaton.is_whole(state)
    assert not automaton.can_end(state)


def test_next_characters_are_exactly_what_step_accepts() -> None:
    automaton = vocabulary(SPANISH).automaton
    alphabet = {character for word in SPANISH for character in word + word.upper()}
    alphabet |= automaton.surroundings.all_marks | set("\tx_")
    facts = automaton.surroundings.orthography
    declared = "".join(facts.beginnings | facts.endings)
    alphabet |= set(declared + declared.upper())
    pending, seen = [automaton.start], {automaton.start}
    while pending and len(seen) < 3_000:
        state = pending.pop(0)
        accepted = set()
        alphabet |= automaton.next_characters(state)
        for character in alphabet:
            following = automaton.step(state, character)
            if following is not None:
                accepted.add(character)
                if following not in seen:
                    seen.add(following)
                    pending.append(following)
        assert automaton.next_characters(state) == accepted
        assert accepted or automaton.can_end(state), "a state must lead somewhere"
    assert len(seen) > 100


@pytest.mark.parametrize(
    ("language", "words", "style", "alphabet"),
    [
        ("es", ["a", "ab", "ba b"], {}, "abA .,?\n-—5"),
        ("es", ["a", "ab"], {"case": "free", "numbers": "none"}, "abAB ¿?.“”\n…"),
        ("fr", ["l'", "a", "il"], {}, "laiL'’ !«»\u00a0."),
        ("en", ["a", "'s", "a-b"], {"hyphens": "pairs"}, "abs'’- .A1"),
        ("en", ["a", "b"], {"punctuation": "markdown"}, "ab*# -1.\nA"),
        ("de", ["a", "b"], {"numbers": "all"}, 'abA-, 1.%"'),
        ("tr", ["i", "'de"], {"punctuation": "minimal"}, "iİI'de .,5\n"),
        ("zh", ["一", "二"], {}, "一二。，「」…5\n "),
        ("zh", ["一", "a恤", "卡b", "5a", "a b"], {}, "一卡abAB5。「」 -"),
        ("zh", ["一", "ab", "a", "8"], {"numbers": "all", "case": "free"}, "一aAbB8§$ .—kmK%"),
        ("ja", ["の", "ab", "aの"], {"units": "words", "numbers": "all"}, "のabA5.。「km "),
        ("th", ["กิน", "เกา", "ab"], {"numbers": "digits"}, "กนิเาabA5 .(-"),
        ("th", ["กี่", "a'b"], {"hyphens": "pairs", "numbers": "digits"}, "กี่a'’bA5 .-"),
        ("en", ["a", "'s"], {"numbers": "all", "brackets": "parts"}, "as(.) !'9"),
        ("en", ["a"], {"numbers": "all"}, "§$US5 °C.x"),
        ("de", ["a", "i", "1"], {"brackets": "parts"}, "a(in)-/ .,1"),
        ("de", ["a", "i", "in"], {}, "a(in)-/:* .,1"),
        ("it", ["l'", "a"], {}, "la'«»(.)…"),
        ("pl", ["a", "A"], {"numbers": "all"}, "aA-.… (5,"),
        ("ar", ["و", "ا"], {}, "وا-‒ .«»،(5"),
        ("ar", ["و", "a"], {"hyphens": "pairs", "numbers": "all"}, "وaA- .5”“:'‘’"),
        ("ar", ["و", "a"], {"punctuation": "markdown"}, "وa* -.…(!)"),
        ("en", ["a", "b"], {"numbers": "all"}, "ab× 5-.(—"),
        ("pl", ["a"], {}, "aA-–.!? …\n"),
        ("pl", ["a"], {"numbers": "all"}, "a- .(,)5\n"),
        ("es", ["a"], {}, "a—-?¿!.: "),
        ("fr", ["a"], {}, "a—?!»« .\u00a0"),
        ("th", ["a"], {"units": "words"}, "a-?!. ("),
        ("hi", ["का", "अतः"], {"numbers": "all"}, "काअतः:-– “”5"),
        ("hi", ["क"], {"numbers": "all"}, "क-'/।₹+5. "),
        ("hi", ["क", "डॉ"], {}, "क/(। ,—:डॉ॰"),
        ("en", ["a", "ab"], {"case": "emphasis"}, "abAB. -"),
        ("ru", ["вы", "а"], {}, "выВЫа ."),
        ("tr", ["i", "'a", "1"], {"brackets": "parts"}, "iİ(lar)'1 "),
        ("tr", ["i", "'a"], {}, "iİa'’\"(.”“ "),
        ("tr", ["ı", "'a"], {"case": "free"}, "ıIaA'‘’«»)["),
        ("tr", ["i", "'a"], {"punctuation": "markdown", "numbers": "all"}, "ia*' %5-."),
        ("nl", ["'t", "is", "'s i"], {}, "'’tTiIs -—:"),
        ("ko", ["가", "집", "B"], {"numbers": "all"}, "가집B5 “”(.%"),
        ("ko", ["가", "집", "B", "1"], {"punctuation": "minimal"}, "가집B51 .,"),
        ("ko", ["가", "b"], {"punctuation": "markdown", "case": "free"}, "가bB5*() ~"),
        ("am", ["በ", "ን", "ቤ"], {"numbers": "all"}, "በንቤ5$ «»።፡"),
        ("zu", ["i", "iZ", "a"], {"hyphens": "pairs"}, "iIZaA-5 .“"),
        ("haw", ["ʻa", "a"], {}, "ʻaA. “"),
        ("km", ["ក"], {}, "ក។៖ ?«»(5"),
        ("my", ["က", "၏"], {"numbers": "all"}, "က၏။၊ ၅5(-"),
        ("nl", ["'t", "a"], {"hyphens": "pairs", "brackets": "parts"}, "'taA -,(s)"),
        ("en", ["a", "org"], {"numbers": "all"}, "½5−– .%kg°C"),
        ("ru", ["а"], {"numbers": "all"}, "½5 −-гмл."),
        ("ja", ["の"], {"numbers": "all"}, "½5の ℃km−"),
        ("en", ["a", "'s"], {"punctuation": "exercise"}, "aAb_ )=.'s"),
        ("en", ["a"], {"punctuation": "exercise", "numbers": "none"}, "aA☐😊 .*…)1"),
        ("en", ["a", "o"], {"punctuation": "exercise", "hyphens": "pairs"}, "ao@.rg- *5"),
        ("de", ["a", "ab"], {"punctuation": "exercise"}, "aA@.de-_ :,"),
        ("fr", ["a", "l'"], {"punctuation": "exercise"}, "al'_ :→☐.\u00a0"),
        ("el", ["α"], {"punctuation": "exercise"}, "αΑ). ·:_!"),
        ("es", ["a"], {"punctuation": "exercise"}, "a😊_—-.¿? "),
        ("ja", ["の", "a"], {"punctuation": "exercise", "numbers": "all"}, "のa①_ \u3000（）5*"),
        ("zh", ["一"], {"punctuation": "exercise"}, "一1.)（ ☐😊→。"),
        ("ko", ["가", "b"], {"punctuation": "exercise"}, "가b_*😊(a) ."),
        ("tr", ["i", "'a"], {"punctuation": "exercise"}, "ia'_*😊@. "),
        ("pl", ["a"], {}, "aA): .\n"),
        ("en", ["a"], {"numbers": "none"}, "a)1. A\n"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) == 2 else "",
)
def test_every_text_is_accepted_by_automaton_and_definition_alike(
    language: str, words: list[str], style: dict[str, Any], alphabet: str
) -> None:
    """Compare texts of any length over an alphabet with one character of each kind.

    The test visits each pair of states once, because both continue from it in the same way.
    """
    automaton = vocabulary(words, language, **style).automaton
    definition = Definition(words, language, style_of(**style))
    pending = [("", automaton.start, definition.start)]
    seen = {(automaton.start, definition.start)}
    while pending:
        before, state, readings = pending.pop(0)
        for character in alphabet:
            text = before + character
            following = automaton.step(state, character)
            after = definition.follow(readings, character)
            assert (following is not None) == bool(after), repr(text)
            if following is None:
                continue
            assert automaton.is_whole(following) == definition.may_be_cut(after), repr(text)
            assert automaton.can_end(following) == definition.is_over(after), repr(text)
            if (following, after) not in seen:
                seen.add((following, after))
                pending.append((text, following, after))
    assert len(seen) > 20


@settings(max_examples=300)
def passes_what_is_written(listed: Vocabulary, data: st.DataObject, most: int) -> None:
    """Write a text of at most this many characters, and check it after each whole piece."""
    automaton = listed.automaton
    state, text = automaton.start, ""
    for _ in range(data.draw(st.integers(1, most))):
        choices = sorted(automaton.next_characters(state))
        character = data.draw(st.sampled_from(choices))
        following = automaton.step(state, character)
        assert following is not None
        state, text = following, text + character
        if automaton.is_whole(state):
            assert listed.checker.report(text).out_of_list == (), text


@given(st.data())
def test_what_the_automaton_writes_the_checker_passes(data: st.DataObject) -> None:
    words = data.draw(
        st.lists(
            st.text(alphabet="abñé'", min_size=1, max_size=4).filter(
                lambda word: why_unwritable(word, orthography_for("es")) is None
            ),
            min_size=1,
            max_size=8,
            unique=True,
        )
    )
    listed = vocabulary(words)
    passes_what_is_written(listed, data, 40)


ATTACHING = {
    "ko": vocabulary(["가", "에서", "집", "KBS", "제", "5"], "ko", numbers="all"),
    "te": vocabulary(["లో", "ను", "ఇల్లు", "TV"], "te", numbers="all", punctuation="markdown"),
    "am": vocabulary(["በ", "ን", "ቤት", "ዓ.ም", "TV"], "am", numbers="all"),
    "zu": vocabulary(["i", "ngo", "isiZulu", "SABC", "na"], "zu", hyphens="pairs"),
    "haw": vocabulary(["ʻae", "maikaʻi"], "haw"),
    "my": vocabulary(["သူ၏", "၍", "စာ"], "my"),
}


@pytest.mark.parametrize("language", ATTACHING)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_checker_passes_what_attaches_to_words_and_numbers(
    language: str, data: st.DataObject
) -> None:
    passes_what_is_written(ATTACHING[language], data, 30)


CACHED = vocabulary(SPANISH)  # shared by the examples, so that most steps are cached
BITS = [
    "hola",
    " la",
    "casa",
    " casa",
    " grande",
    "com",
    "o",
    ".",
    ", ",
    " «",
    "»",
    "\n",
    "x",
    "  ",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=8), st.integers(1, 7))
def test_step_text_agrees_with_single_steps(bits: list[str], size: int) -> None:
    text = "".join(bits)
    automaton, one_by_one = CACHED.automaton, vocabulary(SPANISH).automaton
    state = automaton.start
    for start in range(0, len(text), size):
        piece = text[start : start + size]
        found, whole = automaton.step_text(state, piece)
        upto = [one_by_one.read(text[: start + count]) for count in range(1, len(piece) + 1)]
        assert found == upto[-1]
        if found is None:
            return
        expected = [
            count
            for count, each in enumerate(upto, start=1)
            if each is not None and one_by_one.is_whole(each)
        ]
        assert list(whole) == expected
        state = found


def test_step_text_without_characters_stays_in_the_state() -> None:
    assert CACHED.automaton.step_text(CACHED.automaton.start, "") == (CACHED.automaton.start, ())
