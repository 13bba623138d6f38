"""Random replies under limits of their words, judged by the counter of the finished text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pytest

from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton, TokenByteTrie
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.lengths.count import WordCount, WordCounter
from generation.constraint.lengths.groups import GroupingSession
from generation.constraint.lengths.session import LengthSession
from tests.generation.constraint.test_token_automaton import (
    LANGUAGES_AND_STYLES,
    LISTS,
    STOP,
    TABLE,
    lexicon_of,
)
from tests.generation.engine import tiny
from vocab.words.checker.lengths import TextLengths, lengths_of
from vocab.words.orthography import Style, orthography_for
from vocab.words.text_limits import TextLimits, WordRange, can_count_words
from vocab.words.vocabulary import Vocabulary

MAX_TOKENS = 1_000
LIMITS = [
    TextLimits(WordRange(6, 14), WordRange(0, 5)),
    TextLimits(WordRange(12, 40), WordRange(2, 4)),
    TextLimits(WordRange(0, 3)),
    TextLimits(WordRange(10, 12), WordRange(3)),
]


def vocabulary_of(language: str, style: Style) -> Vocabulary:
    return Vocabulary("test", lexicon_of(language, style), len(LISTS[language]), style)


@lru_cache(maxsize=2)
def constraint_of(vocabulary: Vocabulary, *, spelling: bool) -> GroupingSession:
    if spelling or not vocabulary.spaced:
        return SpellingAutomaton(vocabulary.automaton, TABLE, TokenByteTrie(TABLE), [STOP])
    paths = WordPaths(vocabulary.lexicon, TABLE, tiny.loaded().encode)
    return TokenAutomaton(paths, vocabulary.n_words, [STOP], style=vocabulary.style)


def session_of(vocabulary: Vocabulary, limits: TextLimits, *, spelling: bool) -> LengthSession:
    inner = constraint_of(vocabulary, spelling=spelling)
    orthography = vocabulary.lexicon.orthography
    counter = WordCounter(orthography, vocabulary.words)
    return LengthSession(inner, TABLE, counter, limits)


def written(session: LengthSession, chance: random.Random, cut: int | None = None) -> str:
    """Return a random reply that ended by itself. cut: Return it after this number of tokens."""
    state = session.start
    tokens: list[int] = []
    for _ in range(cut or MAX_TOKENS):
        allowed = session.allowed(state)
        assert len(np.unique(allowed)) == len(allowed)
        # A stop comes as often as any other token, however many words there are.
        if STOP in allowed and chance.random() < 0.5:
            return TABLE.text(tokens).decode()
        going_on = allowed[allowed != STOP]
        if len(going_on) == 0:
            return TABLE.text(tokens).decode()
        marks = [token for token in going_on.tolist() if token in MARKS]
        pool = marks if marks and chance.random() < 0.3 else going_on.tolist()
        token = chance.choice(pool)
        state = session.advance(state, token)
        tokens.append(token)
    assert cut is not None
    return TABLE.text(tokens).decode(errors="ignore")


MARKS = set(TABLE.letterless.tolist())


def lengths(text: str, vocabulary: Vocabulary) -> TextLengths:
    return lengths_of(text, vocabulary.lexicon.orthography, vocabulary.checker.lists)


@pytest.mark.parametrize(
    ("language", "style", "spelling"),
    [
        *((*each.values, False) for each in LANGUAGES_AND_STYLES),
        *((language, Style(), True) for language in ("en", "ar", "hi", "zh")),
    ],
)
def test_replies_keep_to_their_limits(language: str, style: Style, spelling: bool) -> None:
    if not can_count_words(orthography_for(language)):
        return
    vocabulary = vocabulary_of(language, style)
    chance = random.Random(f"{language}{style.key}")
    for limits in LIMITS:
        session = session_of(vocabulary, limits, spelling=spelling)
        for _ in range(1 if spelling else 2):
            text = written(session, chance)
            found = lengths(text, vocabulary)
            assert found.words in limits.reply, (text, found, limits)
            # The most words of the reply go before the fewest words of its last sentence.
            *others, last = found.sentences
            assert all(each in limits.sentence for each in others), (text, found, limits)
            assert last <= (limits.sentence.most or last), (text, found, limits)


@pytest.mark.parametrize(("language", "style"), LANGUAGES_AND_STYLES)
def test_both_counters_agree_on_every_text(language: str, style: Style) -> None:
    vocabulary = vocabulary_of(language, style)
    free = session_of(vocabulary, TextLimits(), spelling=False)
    counter = WordCounter(vocabulary.lexicon.orthography, vocabulary.words)
    chance = random.Random(f"{language}{style.key}")
    for _ in range(4):
        text = written(free, chance, cut=60)
        found = lengths(text, vocabulary)
        count, sentences = WordCount(), []
        for at, byte in enumerate(text.encode() + b"\n"):
            after = counter.after(count, bytes([byte]))
            if after.sentence < count.sentence or (
                after.sentence == count.sentence and after.reply > count.reply
            ):
                sentences.append(count.sentence)
            count = after
            assert at >= 0
        assert (count.reply, tuple(sentences)) == (found.words, found.sentences), text


@pytest.mark.parametrize(
    ("language", "entries", "text", "expected"),
    [
        ("en", ["dog", "Mr."], "The dog, it's 3.5 km. Mr. Dog — a well-known dog — ran!", [5, 6]),
        ("en", ["dog"], "“Why?” he said. Wait... and go.\nA dog", [1, 2, 3, 2]),
        ("en", ["dog"], "1. A dog.\n2. A cat (and a dog).", [3, 6]),
        ("fr", ["l'"], "L'homme dit\u202f: «\u00a0Va\u00a0!\u00a0» Il va.", [3, 2]),
        ("es", ["sr."], "¿Qué come el sr. López? ¡Hola!", [5, 1]),
        ("de", ["z.b."], "Es geht, z.b. so.", [4]),
        ("zh", ["我"], "我有3.5个T恤。我去！\n好", [7, 2, 1]),
        ("ja", ["猫"], "「猫です。」と言う。", [3, 3]),
    ],
)
def test_lengths_of_texts_counted_by_hand(
    language: str, entries: Sequence[str], text: str, expected: Sequence[int]
) -> None:
    listed = {*entries}
    found = lengths_of(
        text, orthography_for(language), lambda word: word.lower() in listed or word in listed
    )
    assert list(found.sentences) == list(expected)
    assert found.words == sum(expected)


def test_no_length_within_the_limits_is_lost() -> None:
    vocabulary = Vocabulary("test", lexicon_of("en", Style()), len(LISTS["en"]))
    session = session_of(vocabulary, TextLimits(WordRange(2, 4)), spelling=False)
    chance = random.Random(1)
    seen = {lengths(written(session, chance), vocabulary).words for _ in range(80)}
    assert seen == {2, 3, 4}
