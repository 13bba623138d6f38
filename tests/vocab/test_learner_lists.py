"""The lists for learners, and the tables of concepts that they are made from."""

from pathlib import Path

import pytest

from vocab.words.frequency import LANGUAGES
from vocab.words.frequency.concepts import (
    ConceptTableError,
    concept_words,
    concepts,
    learner_languages,
)

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
