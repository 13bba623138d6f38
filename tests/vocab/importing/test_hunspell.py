from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.vocab.importing.files import read, words_of
from vocab.importing.convert import convert
from vocab.importing.proposal import Options, Take
from vocab.importing.readers.hunspell.affixes import MAX_FORMS, read_affixes
from vocab.importing.sniff import sniff
from vocab.words.parse import Limits, WordlistError

FOLDER = Path("/usr/share/hunspell")
AFF = """SET ISO8859-1
NEEDAFFIX X
FORBIDDENWORD !
PFX R Y 1
PFX R 0 re .
SFX S Y 3
SFX S y ies [^aeiou]y
SFX S 0 s [aeiou]y
SFX S 0 s [^y]
SFX D N 1
SFX D e ed/S e
""".encode("latin-1")
DIC = "6\nbaby/S\nboy/S\nuse/SDR\nniño/S\nfoo/X!\nbare/XS\n".encode("latin-1")


def test_stems_without_the_rules() -> None:
    proposal, conversion = read(DIC, "a.dic", "es")
    assert proposal.sentence == "a hunspell dictionary, stems only"
    assert conversion.words == ["baby", "boy", "use", "niño", "foo", "bare"]
    assert conversion.ranked is False


def test_forms_by_the_rules_in_the_encoding_that_they_name() -> None:
    proposal, conversion = read(DIC, "a.dic", "es", affixes=AFF)
    assert proposal.encoding == "iso8859-1"
    expected = "baby babies boy boys use uses reuses used useds reuse niño niños bares"
    assert " ".join(conversion.words) == expected
    assert [(issue.line, issue.text) for issue in conversion.refused] == [(6, "foo")]
    stems = words_of(DIC, "a.dic", "es", affixes=AFF, take=Take.HEADWORDS)
    assert stems == ["baby", "boy", "use", "niño", "bare"]


def test_a_dictionary_with_more_forms_than_a_list_can_have() -> None:
    small = Limits(max_entries=9)
    proposal = sniff(DIC, "a.dic", Options(language="es", affixes=AFF), small)
    result = convert(DIC, proposal, small)
    assert result.words == ["baby", "boy", "use", "niño", "bare"]
    assert result.doubts == [
        "with their forms the words are more than the 9 entries that a list can have: only the"
        " headwords were taken"
    ]
    stems = replace(proposal, take=Take.HEADWORDS)
    assert convert(DIC, stems, small).words == result.words
    assert convert(DIC, stems, small).doubts == []
    for take in (Take.ALL, Take.HEADWORDS):
        with pytest.raises(WordlistError, match="more than 4 entries, which is the limit"):
            convert(DIC, replace(proposal, take=take), Limits(max_entries=4))


@pytest.mark.parametrize(
    ("head", "word"),
    [
        ("FLAG long\nSFX Aa Y 1\nSFX Aa 0 s .\n", "dog/AaBb"),
        ("FLAG num\nSFX 12 Y 1\nSFX 12 0 s .\n", "dog/7,12"),
        ("FLAG UTF-8\nSFX é Y 1\nSFX é 0 s .\n", "dog/é"),
        ("AF 1\nAF S\nSFX S Y 1\nSFX S 0 s .\n", "dog/1"),
    ],
)
def test_flags_are_written_in_several_ways(head: str, word: str) -> None:
    affixes = ("SET UTF-8\n" + head).encode()
    assert words_of(f"1\n{word}\n", "a.dic", "en", affixes=affixes) == ["dog", "dogs"]


def test_the_forms_of_a_word_are_bounded() -> None:
    rules = "".join(f"SFX S 0 {'a' * (number % 50)}{number}x/S .\n" for number in range(2000))
    affixes = read_affixes(f"SET UTF-8\nSFX S Y 2000\n{rules}".encode())
    assert len(affixes.words_of("dog", "S")) == MAX_FORMS + 1


def test_a_file_of_words_with_flags_is_recognised_by_its_content() -> None:
    assert read("Jimmy/M\nJinan/M\nhouse/SM\n", language="en")[0].format == "hunspell"
    assert read("ir/irse\nel/la\n")[0].format == "plain"


@pytest.mark.parametrize("name", ["fr", "it_IT", "pl_PL", "pt_BR", "ru_RU", "tr_TR"])
def test_the_forms_of_a_real_dictionary_are_words_of_hunspell(name: str) -> None:
    hunspell = pytest.importorskip("hunspell")
    if not (FOLDER / f"{name}.dic").is_file():
        pytest.skip(f"needs Debian's hunspell dictionary {name}")
    lines = (FOLDER / f"{name}.dic").read_bytes().split(b"\n")[1:]
    sample = b"200\n" + b"\n".join(lines[:: len(lines) // 200])
    affixes = (FOLDER / f"{name}.aff").read_bytes()
    words = words_of(sample, "a.dic", name[:2], affixes=affixes)
    checker = hunspell.Hunspell(name, hunspell_data_dir=str(FOLDER))
    assert len(words) > 400
    assert [word for word in words if not checker.spell(word)] == []


def test_a_word_with_too_many_forms_says_that_some_are_left_out() -> None:
    rules = "".join(f"SFX S 0 {'abcdefghij'[n // 100]}{n}x .\n" for n in range(MAX_FORMS + 9))
    affixes = f"SET UTF-8\nSFX S Y {MAX_FORMS + 9}\n{rules}".encode()
    limits = Limits(max_entries=2 * MAX_FORMS)
    proposal = sniff(b"2\ndog/S\ncat\n", "a.dic", Options(language="en", affixes=affixes), limits)
    keep = replace(proposal, cleaning=frozenset())
    result = convert(b"2\ndog/S\ncat\n", keep, limits)
    assert len(result.words) == MAX_FORMS + 1
    assert [(issue.line, issue.text, issue.reason) for issue in result.refused] == [
        (2, "dog", "it has more than 500 forms, and the others are left out")
    ]


def test_a_number_after_the_count_is_no_word() -> None:
    proposal, conversion = read("2\t1\ncasa\nperro/S\n", "a.dic", "es")
    assert proposal.format == "hunspell"
    assert conversion.words == ["casa", "perro"]
    assert conversion.refused == []


def test_words_are_written_as_the_dictionary_says() -> None:
    """Dutch dictionaries have ĳ as one letter, and OCONV tells what people write."""
    affixes = "SET UTF-8\nOCONV 1\nOCONV ĳ ij\nSFX S Y 1\nSFX S 0 en .\n".encode()
    dictionary = "2\nlĳst/S\nrĳk\n"
    assert words_of(dictionary, "a.dic", "nl", affixes=affixes) == ["lijst", "lijsten", "rijk"]
    stems = words_of(dictionary, "a.dic", "nl", affixes=affixes, take=Take.HEADWORDS)
    assert stems == ["lijst", "rijk"]


def test_forms_that_are_only_parts_of_compounds_are_left_out() -> None:
    rules = "PFX K Y 1\nPFX K 0 be/o .\nSFX S Y 1\nSFX S 0 s/Z .\nSFX Z Y 1\nSFX Z 0 x/o .\n"
    affixes = f"SET UTF-8\nONLYINCOMPOUND o\n{rules}".encode()
    assert words_of("1\ndog/SK\n", "a.dic", "en", affixes=affixes) == ["dog", "dogs"]
