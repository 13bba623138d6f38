"""Letters that are invisible or easily confused: joiners, vowel signs, look-alikes."""

from __future__ import annotations

from pathlib import Path

import pytest

from vocab.words.lexicon import Lexicon
from vocab.words.parse import parse
from vocab.words.vocabulary import Vocabulary

WORDLISTS = Path(__file__).resolve().parents[2] / "wordlists"
ZWNJ, ZWJ, TATWEEL = "\u200c", "\u200d", "\u0640"
LOOK_ALIKES = str.maketrans(
    {
        **dict(zip("aceopxyjis", "асеорхујіѕ", strict=True)),  # Latin -> Cyrillic
        **dict(zip("асеорху", "aceopxy", strict=True)),  # and back
        **dict(zip("οινχρ", "oivxp", strict=True)),  # Greek -> Latin
        "ي": "ی", "ك": "ک", "ه": "ہ",  # Arabic -> Persian and Urdu
    }
)  # fmt: skip


def vocabulary(language: str, *words: str) -> Vocabulary:
    return Vocabulary("test", Lexicon(words, language), len(words))


def is_written(words: Vocabulary, text: str) -> bool:
    state = words.automaton.read(text)
    written = state is not None and words.automaton.can_end(state)
    assert written is (words.checker.report(text).out_of_list == ()), text
    return written


@pytest.mark.parametrize(
    ("language", "word", "joiner"),
    [("fa", f"می{ZWNJ}خواهم", ZWNJ), ("hi", f"क्{ZWJ}ष", ZWJ), ("ml", f"ന്{ZWJ}", ZWJ)],
)
def test_a_joiner_belongs_to_its_word(language: str, word: str, joiner: str) -> None:
    words = vocabulary(language, word, "کتاب" if language == "fa" else "अब")
    if word.endswith(joiner):
        assert parse(word.encode() + b"\nx\n").words == ["x"], "nothing would be joined"
        return
    assert parse(word.encode()).words == [word]
    assert is_written(words, word)
    assert not is_written(words, word.replace(joiner, ""))
    before, _, after = word.partition(joiner)
    for broken in (before + joiner, joiner + after, before + joiner + joiner + after):
        assert not is_written(words, broken)


def test_a_bare_joiner_is_no_entry() -> None:
    parsed = parse(f"{ZWNJ}\n{ZWJ}\n{ZWNJ}کتاب\nکتاب\n".encode())
    assert parsed.words == ["کتاب"]
    assert [issue.line for issue in parsed.rejected] == [1, 2, 3]


def test_tatweel_is_taken_off_entries_and_never_written() -> None:
    parsed = parse(f"كـ{TATWEEL}لب\nه{TATWEEL}\n".encode())
    assert parsed.words == ["كلب", f"ه{TATWEEL}"]
    assert [(issue.line, "tatweel" in issue.reason) for issue in parsed.changed] == [(1, True)]
    words = vocabulary("ar", "كلب", "قطة")
    assert is_written(words, "كلب قطة")
    for text in (f"ك{TATWEEL}لب", f"كلب{TATWEEL}", f"كلب {TATWEEL} قطة"):
        assert not is_written(words, text)


def test_vowel_signs_are_written_as_the_entry_has_them() -> None:
    bare, pointed = vocabulary("ar", "كلب"), vocabulary("ar", "كَلْب")
    assert is_written(bare, "كلب")
    assert not is_written(bare, "كَلب")
    assert is_written(pointed, "كَلْب")
    assert not is_written(pointed, "كلب")


@pytest.mark.parametrize(
    "language", ["ar", "de", "el", "en", "es", "fr", "it", "nl", "pl", "pt", "ru"]
)
def test_a_letter_of_another_script_that_looks_alike_is_another_letter(language: str) -> None:
    lines = (WORDLISTS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if not line.startswith("#")][:2_000]
    words = vocabulary(language, *entries)
    tried = 0
    for word in entries[::20]:
        false = word.translate(LOOK_ALIKES)
        if false != word and "'" not in word and false not in entries:
            assert not is_written(words, false)
            tried += 1
    assert tried > 20
