"""The lists for learners, and the tables of concepts that they are made from."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.vocab.frequencies import frequencies
from vocab.lint.report import lint
from vocab.management.commands.build_learner_list import SIZE, build, rendered
from vocab.words.frequency import LANGUAGES, tables_for
from vocab.words.frequency.concepts import (
    FOLDER,
    Concept,
    ConceptTableError,
    ConceptWords,
    concept_words,
    concepts,
    learner_languages,
)
from vocab.words.frequency.corpus_segments import word_cutter
from vocab.words.frequency.learner_order import learner_list, pieces
from vocab.words.lexicon import Lexicon
from vocab.words.segmenting.segmenters import SegmenterMissing
from vocab.words.vocabulary import Vocabulary

WORDLISTS = FOLDER.parent
A1_WORDS = Path(__file__).parent / "a1_words"
# Remarks for a person. What else `lint` finds cannot be written or is a mistake.
ALLOWED_FINDINGS = {"casing", "inflections", "names", "order"}
STORIES = {
    "de": "Meine Großmutter ist in der Küche. Sie hat eine Banane und einen Apfel. Der Junge ist "
    "hungrig und isst die Banane. Die Großmutter lacht. Gestern war sie auf dem Markt.",
    "en": "My grandmother is in the kitchen. She has a yellow banana. The boy is hungry. "
    "He eats the banana, and his grandmother is happy. Yesterday they went to the market.",
    "es": "Mi abuela está en la cocina. Hoy compró un plátano en el mercado. El plátano es "
    "amarillo. El niño tiene hambre y come el plátano. La abuela ríe.",
    "fr": "Ma grand-mère est dans la cuisine. Elle a acheté une banane au marché. La banane est "
    "jaune. Le garçon a faim, et il mange la banane. La grand-mère rit.",
    "it": "Mia nonna è in cucina. Ha comprato una banana al mercato. La banana è gialla. Il "
    "bambino ha fame e mangia la banana. La nonna ride.",
    "pt": "Minha avó está na cozinha. Hoje comprou uma banana no mercado. O menino tem fome e come "
    "a banana. A avó ri.",
}
# The dictionary lacks these.
RIGHT_WORDS = {"siede", "sedette"}
CONCEPTS = "dog\t1\tanimals\tnoun\tdog\ngo\t2\ttravel\tverb\tgo\n"
every_table = pytest.mark.parametrize("language", learner_languages())


def test_the_tables_are_of_languages_that_have_a_frequency_list() -> None:
    assert {"en", "es"} <= set(learner_languages()) <= set(LANGUAGES)


def test_the_concepts_cover_the_topics_of_a_beginner() -> None:
    every = concepts()
    assert len(every) > 900
    first = [each for each in every if each.level == 1]
    assert 500 < len(first) < 700
    assert {"family", "food", "school", "weather", "feelings", "town"} <= {
        each.topic for each in first
    }


@every_table
def test_every_concept_has_a_word(language: str) -> None:
    table = concept_words(language)
    assert list(table) == [each.id for each in concepts()]
    assert all(each.words for each in table.values())


@every_table
def test_the_table_has_other_forms_for_most_verbs(language: str) -> None:
    """Texts need them. Chinese words have no forms."""
    table = concept_words(language)
    verbs = [table[each.id] for each in concepts() if each.part_of_speech == "verb"]
    with_forms = sum(bool(each.forms) for each in verbs)
    assert with_forms > (0 if language == "zh" else 0.7 * len(verbs))


def written(folder: Path, text: str) -> Path:
    (folder / "concepts.tsv").write_text(CONCEPTS, encoding="utf-8")
    (folder / "xx.tsv").write_text(text, encoding="utf-8")
    return folder


def test_a_table_is_read_in_the_order_of_the_concepts(tmp_path: Path) -> None:
    folder = written(tmp_path, "# a comment\ngo\tir, irse\tva, fue\n\ndog\tperro\n")
    assert learner_languages(folder) == ("xx",)
    table = concept_words("xx", folder)
    assert [(key, each.words, each.forms) for key, each in table.items()] == [
        ("dog", ("perro",), ()),
        ("go", ("ir", "irse"), ("va", "fue")),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dog\tperro\n", "xx.tsv has no line for 1 of 2 concepts: go"),
        ("dog\tperro\ncat\tgato\n", "xx.tsv, line 2: there is no concept 'cat'"),
        ("dog\tperro\ndog\tcan\n", "xx.tsv, line 2: the concept 'dog' is there already"),
        ("dog\t\tperros\n", "xx.tsv, line 1: the concept 'dog' has no word"),
        ("dog\n", "xx.tsv, line 1: it must have an id, words and perhaps other forms"),
        ("dog\ta\tb\tc\n", "xx.tsv, line 1: it must have an id, words and perhaps other forms"),
        ("dog\tperro\tperros, perro\n", "xx.tsv, line 1: a word of 'dog' is there twice"),
        ("dog\tperro,can\n", "xx.tsv, line 1: 'perro,can': between two words is a comma"),
        ("dog\tperro, \n", "xx.tsv, line 1: '': between two words is a comma"),
        ("dog\tcan\u0303on\n", "is not in Unicode NFC"),
        ("dog\tbuen perro?\n", "xx.tsv, line 1: 'perro?' can never be written: "),
    ],
)
def test_a_table_with_an_error_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConceptTableError) as error:
        concept_words("xx", written(tmp_path, text))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dog\t1\tanimals\tnoun\n", "line 1: it must have id, level, topic, part of speech"),
        ("dog\t3\tanimals\tnoun\tdog\n", "line 1: the level is '3', not 1 or 2"),
        (CONCEPTS + CONCEPTS, "line 3: the id 'dog' is there already"),
    ],
)
def test_an_error_in_the_concepts_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "concepts.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(ConceptTableError) as error:
        concepts(tmp_path)
    assert message in str(error.value)


@cache
def read(language: str) -> tuple[dict[str, str], list[str]]:
    lines = (WORDLISTS / f"{language}-learner.txt").read_text(encoding="utf-8").splitlines()
    header = dict(line[2:].split(": ", 1) for line in lines if line.startswith("#"))
    return header, [line for line in lines if not line.startswith("#")]


def test_every_table_has_its_list_and_every_list_its_table() -> None:
    lists = {path.stem.removesuffix("-learner") for path in WORDLISTS.glob("*-learner.txt")}
    assert lists == set(learner_languages())
    assert lists <= {path.stem for path in A1_WORDS.glob("*.txt")}


@every_table
def test_header_describes_the_entries(language: str) -> None:
    header, words = read(language)
    assert header["title"] == f"{tables_for(language).name} for learners"
    assert header["language"] == language
    assert header["entries"] == str(len(words)) == str(SIZE)
    assert header["licence"] == "CC BY-SA 4.0, see NOTICE"
    assert header["sha256"] == hashlib.sha256("\n".join(words).encode()).hexdigest()


@every_table
def test_no_entry_is_there_twice(language: str) -> None:
    """Two entries that differ by a capital are two words of the table, or a German noun."""
    words = read(language)[1]
    assert len(set(words)) == len(words)
    table = concept_words(language)
    taught = {each for row in table.values() for each in (*row.words, *row.forms)}
    taught |= {part for each in taught for part in each.split()}
    if language != "de":
        listed = set(words)
        pairs = {each for each in words if each != each.lower() and each.lower() in listed}
        assert {each for each in pairs if each not in taught} == set()


@every_table
def test_a_beginners_words_are_among_the_first_1500(language: str) -> None:
    """The words were written down from what textbooks teach, before the table."""
    expected = (A1_WORDS / f"{language}.txt").read_text(encoding="utf-8").split()
    assert len(set(expected)) >= 55
    first = set(read(language)[1][:1_500])
    absent = [word for word in expected if any(each not in first for each in cut(word, language))]
    assert len(absent) <= 0.05 * len(expected), absent


@every_table
def test_level_1_is_among_the_first_1050_and_level_2_among_the_first_1600(language: str) -> None:
    words = read(language)[1]
    table = concept_words(language)
    for level, count in ((1, 1_050), (2, 1_600)):
        first = set(words[:count])
        usual = {table[each.id].words[0] for each in concepts() if each.level == level}
        absent = {each for each in usual if any(part not in first for part in cut(each, language))}
        assert absent == set()


@every_table
def test_nothing_is_found_that_would_have_to_be_mended(language: str) -> None:
    report = lint(read(language)[1], language)
    found = {
        each.kind: wrong
        for each in report.findings
        if (wrong := [str(change) for change in each.changes if str(change) not in RIGHT_WORDS])
    }
    assert {kind: changes for kind, changes in found.items() if kind not in ALLOWED_FINDINGS} == {}


@pytest.mark.parametrize("language", sorted(STORIES))
def test_1000_words_tell_a_story_of_a_banana_and_a_grandmother(language: str) -> None:
    words = read(language)[1][:1_000]
    vocabulary = Vocabulary("learner", Lexicon(words, language), len(words))
    assert vocabulary.checker.report(STORIES[language]).out_of_list == ()


@every_table
def test_file_is_what_the_command_makes(language: str) -> None:
    try:
        made = build(language, frequencies(language))
    except SegmenterMissing as error:
        pytest.skip(str(error))
    listed = read(language)[1]
    assert sorted(set(made.words) - set(listed))[:10] == []
    assert list(made.words) == listed
    text = (WORDLISTS / f"{language}-learner.txt").read_text(encoding="utf-8")
    assert text == rendered(made, language)


@cache
def cut(phrase: str, language: str) -> tuple[str, ...]:
    """Return the entries of a phrase. Skips the test without the segmenter of the language."""
    try:
        return pieces(phrase, tables_for(language), word_cutter(language))
    except SegmenterMissing as error:
        pytest.skip(str(error))


def made_of(
    rows: Sequence[tuple[int, str, tuple[str, ...], tuple[str, ...]]],
    common: Sequence[str],
    frequency: Mapping[str, float],
    language: str = "en",
) -> tuple[str, ...]:
    table = [
        (Concept(str(number), level, "topic", kind, "meaning"), ConceptWords(words, forms))
        for number, (level, kind, words, forms) in enumerate(rows)
    ]
    return learner_list(table, common, frequency, tables_for(language)).words


def test_common_words_come_first_then_level_1_with_its_first_forms() -> None:
    rows: list[tuple[int, str, tuple[str, ...], tuple[str, ...]]] = [
        (1, "adjective", ("yellow",), ("yellower", "yellowest")),
        (2, "noun", ("goat",), ("goats",)),
        (1, "noun", ("banana",), ("bananas",)),
        (1, "verb", ("eat",), ("eats", "ate", "eaten")),
    ]
    frequency = {"eat": 9.0, "ate": 5.0, "banana": 3.0, "eats": 2.0, "goat": 99.0, "eaten": 50.0}
    common = [f"the{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200)] + ["government"]
    words = made_of(rows, common, frequency)
    assert words[:200] == tuple(common[:200])
    assert words[200:] == (
        *("eat", "ate", "banana", "eats", "yellow", "yellower"),
        *("goat", "eaten", "yellowest", "bananas", "goats"),
        "government",
    )


def test_words_of_level_2_and_forms_take_turns_three_to_one() -> None:
    rows = [
        (1, "noun", ("dog", "hound"), ("dogs", "puppy")),
        *((2, "noun", (word,), (f"{word}s",)) for word in ("goat", "hen", "cow")),
    ]
    assert made_of(rows, [], {"goat": 3, "hound": 2, "hen": 1, "puppy": 1}) == (
        *("dog", "goat", "hound", "hen", "puppy", "cow", "dogs", "goats", "hens", "cows"),
    )


def test_the_spelling_of_the_table_wins() -> None:
    rows = [(1, "noun", ("Zeit",), ()), (1, "verb", ("leben",), ()), (1, "noun", ("Leben",), ())]
    common = ["zeit", "leben", "Leben", "weg", "Weg"]
    assert made_of(rows, common, {}, "de") == ("leben", "Leben", "weg", "Weg", "Zeit")
    spanish = made_of([(1, "noun", ("este",), ())], ["Este", "dios", "Dios"], {}, "es")
    assert spanish == ("dios", "este")


def test_a_word_with_ё_ranks_as_often_as_texts_have_it_without() -> None:
    rows = [(1, "adjective", (word,), ()) for word in ("синий", "жёлтый", "розовый")]
    frequency = {"желтый": 3.0, "синий": 2.0, "розовый": 1.0}
    assert made_of(rows, [], frequency, "ru") == ("жёлтый", "синий", "розовый")


def test_a_phrase_becomes_its_words_and_a_name_stays_whole() -> None:
    rows = [(1, "phrase", ("s'il vous plaît",), ()), (1, "noun", ("Nouvel An",), ("New York",))]
    frequency = {"vous": 3, "plaît": 2, "s'": 4, "il": 1}
    assert made_of(rows, [], frequency, "fr") == (
        *("s'", "vous", "plaît", "il", "Nouvel An", "New York"),
    )
