"""Numbers of words of replies, in every kind of run."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from generation.constraint.lengths.session import NEAR_SENTENCE
from generation.engine.contract import GenerationRequest, InvalidRequest, Message, Sampling
from generation.engine.local import LocalDecoder
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from vocab.words.checker.lengths import TextLengths, lengths_of
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Numbers, Punctuation, Style, Units
from vocab.words.request_words import FirstWords, RequestWords, VocabularySource
from vocab.words.text_limits import TextLimits, WordRange
from vocab.words.vocabulary import Vocabulary

WORDS = ["the", "dog", "sees", "house", "and", "cat", "late", "she", "said", "go", "it"]
ENGLISH = Vocabulary("test", Lexicon(WORDS, "en"), len(WORDS), Style(numbers=Numbers.NONE))
# Without quotation marks and brackets, in which a sentence cannot end.
MINIMAL = Vocabulary(
    "minimal",
    Lexicon(WORDS, "en"),
    len(WORDS),
    Style(numbers=Numbers.NONE, punctuation=Punctuation.MINIMAL),
)
CHINESE = ["我", "你好", "猫", "吃", "鱼", "好", "的", "人"]
LIMITS = TextLimits(WordRange(20, 30), WordRange(3, 6))
RUNS: dict[str, dict[str, Any]] = {
    "greedy": {"temperature": 0.0},
    "tokens": {"unit": "tokens"},
    "words": {"unit": "words"},
    "particles": {"particles": 3},
    "beams": {"num_beams": 3, "temperature": 0.0},
    "sampled beams": {"num_beams": 3},
}


def vocabulary(language: str, units: Units) -> Vocabulary:
    if language == "en":
        return ENGLISH
    lexicon = Lexicon(CHINESE, "zh", characters=units is Units.CHARACTERS)
    return Vocabulary("zh", lexicon, len(CHINESE), Style(numbers=Numbers.NONE, units=units))


@cache
def decoder(kind: str = "rows") -> LocalDecoder | TransformersDecoder:
    if kind == "generate":
        return TransformersDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)
    made = LocalDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)
    if kind == "gpu":
        tiny.use_gpu_paths(made._model)
    return made


def written(
    kind: str, words: Vocabulary, limits: TextLimits | None, **sampling: Any
) -> tuple[str, TextLengths]:
    request = GenerationRequest(
        messages=(Message("user", "the dog"),),
        sampling=Sampling(**{"max_tokens": 300, "temperature": 1.0, **sampling}),
        vocabulary=words,
        limits=limits,
    )
    pieces: list[str] = []
    done = decoder(kind).decode(
        request, lambda text, logprobs=(): pieces.append(text), lambda: False
    )
    assert "".join(pieces) == done.text
    assert done.finish_reason == "stop"
    return done.text, lengths_of(done.text, words.lexicon.orthography, words.checker.lists)


def assert_within(text: str, found: TextLengths, limits: TextLimits) -> None:
    assert found.words in limits.reply, (text, found)
    *others, last = found.sentences
    assert all(each in limits.sentence for each in others), (text, found)
    assert last <= (limits.sentence.most or last), (text, found)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("kind", ["rows", "gpu", "generate"])
def test_every_kind_of_run_keeps_to_the_numbers_of_words(kind: str, run: str) -> None:
    if kind == "generate" and ("words" in run or run == "particles"):
        return  # it refuses them
    for seed in range(2):
        text, found = written(kind, ENGLISH, LIMITS, seed=seed, **RUNS[run])
        assert ENGLISH.checker.report(text).out_of_list == ()
        assert_within(text, found, LIMITS)


@pytest.mark.parametrize("units", Units)
@pytest.mark.parametrize("beams", [1, 3])
def test_chinese_replies_are_counted_in_characters(units: Units, beams: int) -> None:
    limits = TextLimits(WordRange(0, 12), WordRange(0, 5))
    for seed in range(3):
        words = vocabulary("zh", units)
        text, found = written("rows", words, limits, seed=seed, num_beams=beams)
        assert found.words > 0
        assert_within(text, found, limits)


def test_a_stop_string_ends_a_reply_before_its_fewest_words() -> None:
    limits = TextLimits(WordRange(20, 30))
    _, found = written("rows", ENGLISH, limits, seed=1, stop=("e",), unit="tokens")
    assert found.words < 20


def test_without_limits_a_reply_does_not_change() -> None:
    """The wrapper is there only when it is asked for, and no limits leave out no token."""
    for run in ("greedy", "words", "particles", "beams"):
        options = {**RUNS[run], "max_tokens": 60, "seed": 3}
        texts = []
        for limits in (None, TextLimits()):
            request = GenerationRequest(
                messages=(Message("user", "the dog"),),
                sampling=Sampling(**options),
                vocabulary=ENGLISH,
                limits=limits,
            )
            texts.append(
                decoder().decode(request, lambda text, logprobs=(): None, lambda: False).text
            )
        assert texts[0] == texts[1]


@pytest.mark.parametrize("run", ["tokens", "words"])
def test_near_its_limit_a_sentence_ends_where_the_model_would_end_it(
    run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = TextLimits(WordRange(30, 60), WordRange(0, 12))
    late = {}  # sentences with more words than up to the place where their ends begin to count
    for share in (0.0, 2.0):  # the model would end them everywhere, or nowhere
        monkeypatch.setattr("generation.engine.decoding.length_ends.MIN_SHARE", share)
        found = [written("rows", MINIMAL, limits, seed=seed, **RUNS[run])[1] for seed in range(2)]
        late[share] = sum(words > 12 - NEAR_SENTENCE for each in found for words in each.sentences)
    assert late[0.0] < late[2.0]


def test_another_constraint_engine_refuses_lengths() -> None:
    engine = LocalDecoder(
        tiny.loaded(), max_input_tokens=200, truncate=True, constraint_engine="lmfe"
    )
    request = GenerationRequest(
        messages=(Message("user", "the dog"),),
        sampling=Sampling(max_tokens=20),
        vocabulary=ENGLISH,
        limits=LIMITS,
    )
    with pytest.raises(InvalidRequest, match="vocab_reply_words"):
        engine.decode(request, lambda text, logprobs=(): None, lambda: False)


def test_a_banned_phrase_beside_lengths_is_refused() -> None:
    words = RequestWords(banned=("the dog",))
    source = VocabularySource(
        first=FirstWords(reference="en@1", digest="test", n_words=len(WORDS)), words=words
    )
    banned = Vocabulary("banned", Lexicon(WORDS, "en"), len(WORDS), source=source)
    request = GenerationRequest(
        messages=(Message("user", "the dog"),),
        sampling=Sampling(max_tokens=20),
        vocabulary=banned,
        limits=LIMITS,
    )
    with pytest.raises(InvalidRequest, match="phrases of several words"):
        decoder().decode(request, lambda text, logprobs=(): None, lambda: False)
