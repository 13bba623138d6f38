"""How many everyday sentences a list of their words can write, by default and in the best style."""

from __future__ import annotations

import pytest

from tests.vocab.everyday_sentences import LANGUAGES, SETS, findings, sentences, why_not
from vocab.words.orthography import PACKS, Case, Punctuation, Style

BEST = Style(punctuation=Punctuation.EXERCISE, case=Case.EMPHASIS)
# The least shares, as measured.
LEAST = {
    ("shown", Style()): 0.57,
    ("shown", BEST): 0.99,
    ("held_out", Style()): 0.58,
    ("held_out", BEST): 0.94,
}


@pytest.mark.parametrize(("which", "style"), LEAST)
def test_the_share_of_everyday_sentences_does_not_fall(which: str, style: Style) -> None:
    texts = [(text, language) for language in LANGUAGES for text in sentences(which, language)]
    written = sum(why_not(text, language, style) is None for text, language in texts)
    assert written / len(texts) >= LEAST[which, style]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_finds_nothing_in_what_the_mask_writes(language: str) -> None:
    for which in SETS:
        for style in (Style(), BEST):
            for text in sentences(which, language):
                if why_not(text, language, style) is None:
                    assert findings(text, language, style) == (), text


def test_every_language_has_enough_sentences() -> None:
    assert set(LANGUAGES) <= set(PACKS)
    assert len(LANGUAGES) == 16
    for which, least in (("shown", 20), ("held_out", 12)):
        assert all(len(set(sentences(which, language))) >= least for language in LANGUAGES), which
