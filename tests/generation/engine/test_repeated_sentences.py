"""No reply under a list says a sentence twice, in any kind of run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from generation.engine.contract import GenerationRequest, Message, Sampling
from generation.engine.decoding.backtracking import BacktrackingRun
from generation.engine.decoding.beam_search import BeamSearchRun
from generation.engine.decoding.particles import ParticleRun
from generation.engine.decoding.repeated_sentences import RepeatedSentences, SentenceTokens
from generation.engine.decoding.run import DecodingRun
from generation.engine.decoding.single import SingleSequenceRun
from generation.engine.decoding.word_sampling import WordSamplingRun
from generation.engine.handle import Handle
from generation.engine.local import LocalDecoder
from generation.engine.model.logits import RowLogits
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from tests.generation.engine.test_backtracking import chinese_writer, listed
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

WORDS = ["the", "dog", "sees", "house", "and", "cat", "late", "she", "said", "go", "it"]
ENGLISH = Vocabulary("test", Lexicon(WORDS, "en"), len(WORDS), style_of(numbers="digits"))
MAX_TOKENS = 120
# Kind of run -> its class, and the fields of `Sampling`.
RUNS: dict[str, tuple[type, dict[str, Any]]] = {
    "greedy": (SingleSequenceRun, {"temperature": 0.0}),
    "tokens": (SingleSequenceRun, {"unit": "tokens"}),
    "words": (WordSamplingRun, {"unit": "words"}),
    "particles": (ParticleRun, {"particles": 4}),
    "beams": (BeamSearchRun, {"num_beams": 3, "temperature": 0.0}),
    "sampled beams": (BeamSearchRun, {"num_beams": 3}),
    "groups": (
        BeamSearchRun,
        {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0, "temperature": 0.0},
    ),
}
EVERY_RUN = pytest.mark.parametrize("kind", RUNS)


class LoopingModel:
    """Writes a sentence again and again, unless that is forbidden. Otherwise it likes listed words.

    first: Its tokens. stop: It ends the reply where the sentence has come twice.
    """

    def __init__(self, decoder: LocalDecoder, first: str, after: str, likes: Sequence[str]) -> None:
        self._tokenizer = decoder._loaded.tokenizer
        self._width = decoder._loaded.vocabulary_size
        self._stop = decoder._loaded.stop_ids[0]
        self._first, self._after = self.encode(first), self.encode(after)
        self._likes = sorted({token for text in likes for token in self.encode(text)})

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))

    def logits(self, reply: tuple[int, ...], *, stops: bool) -> npt.NDArray[np.float32]:
        random = np.random.default_rng([3, *reply])
        scores = random.normal(0, 1, self._width).astype(np.float32)
        scores[self._likes] += 6
        scores[self._wanted(reply, stops=stops)] += 20
        return scores

    def _wanted(self, reply: tuple[int, ...], *, stops: bool) -> int:
        """The next token of the sentence, as far as the end of the reply has it."""
        if len(reply) < len(self._first) and reply == self._first[: len(reply)]:
            return self._first[len(reply)]
        for size in range(len(self._after) - 1, 0, -1):
            if reply[-size:] == self._after[:size]:
                last = size == len(self._after) - 1
                return self._stop if last and stops else self._after[size]
        return self._after[0]


@cache
def decoder() -> LocalDecoder:
    return LocalDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)


@cache
def model(end: str) -> LoopingModel:
    """end: The mark with which it ends its sentence; "stop" for the end of the reply."""
    mark = "." if end == "stop" else end
    space = "" if mark == "\n" else " "
    sentence = f"the dog sees the cat{mark}"
    likes = [*(f" {word}" for word in WORDS), *".,"]
    return LoopingModel(decoder(), sentence, space + sentence, likes)


def request(words: Vocabulary, **sampling: Any) -> GenerationRequest:
    options: dict[str, Any] = {"max_tokens": MAX_TOKENS, "temperature": 0.7, "seed": 1, **sampling}
    return GenerationRequest(
        messages=(Message("user", "hola"),), sampling=Sampling(**options), vocabulary=words
    )


def run_of(by: LocalDecoder, words: Vocabulary, **sampling: Any) -> DecodingRun:
    return by.prepare(request(words, **sampling), Handle()).run


def write(run: DecodingRun, by: LoopingModel, *, stops: bool = False) -> list[int]:
    """Return the tokens of the reply. The prompt is a token of its own in the rows."""
    prompt = -1
    run.rows[0].feed = [prompt]
    texts: list[tuple[int, ...]] = [(prompt,)]
    reply: list[int] = []
    for _ in range(4 * MAX_TOKENS):
        scores = [RowLogits(by.logits(text[1:], stops=stops), None) for text in texts]
        reply += [each.token for each in run.step(scores)]
        if run.done:
            return reply
        before = texts
        texts = []
        for row, parent in zip(run.rows, run.parents(), strict=True):
            kept = before[parent][: len(before[parent]) - row.forget]
            fed = [prompt, *row.feed[1:]] if not kept else row.feed
            texts.append((*kept, *fed))
            row.forget = 0
    raise AssertionError("the reply does not end")


def sentences(text: str) -> list[str]:
    """The oracle: the words of each sentence that has at least three."""
    found = [re.findall(r"[\w']+", each.lower()) for each in re.split(r"[.!?…\n]", text)]
    return [" ".join(words) for words in found if len(words) >= 3]


def has_twice(text: str) -> bool:
    return len(set(sentences(text))) < len(sentences(text))


def text_of(ids: Sequence[int]) -> str:
    """The reply without a last sentence that its limit has ended."""
    text: str = tiny.tokenizer().decode(ids, skip_special_tokens=True)
    stopped = ids[-1] in tiny.loaded().stop_ids
    return text if stopped else re.sub(r"[^.!?…\n]*[.!?…\n]*\Z", "", text)


@EVERY_RUN
@pytest.mark.parametrize("end", [".", "\n", "stop"])
def test_no_sentence_comes_twice(kind: str, end: str) -> None:
    of_class, sampling = RUNS[kind]
    run = run_of(decoder(), ENGLISH, **sampling)
    assert isinstance(run, of_class)
    # The first sentence ends with a mark: there is one to repeat.
    text = text_of(write(run, model(end), stops=end == "stop"))
    assert sentences(text)[0] == "the dog sees the cat"
    assert len(sentences(text)) > 1
    assert not has_twice(text)


@EVERY_RUN
def test_a_request_may_ask_for_sentences_that_come_twice(kind: str) -> None:
    _, sampling = RUNS[kind]
    run = run_of(decoder(), ENGLISH, **sampling, repeat_sentences=True)
    assert text_of(write(run, model("."))).count("the dog sees the cat.") > 5


@EVERY_RUN
def test_a_reply_ends_in_time_even_if_its_last_sentence_comes_twice(kind: str) -> None:
    of_class, sampling = RUNS[kind]
    size = len(model(".").encode("the dog sees the cat. the dog sees the cat."))
    run = run_of(decoder(), ENGLISH, **sampling, max_tokens=size)
    text = tiny.tokenizer().decode(write(run, model(".")), skip_special_tokens=True)
    assert sentences(text)[0] == "the dog sees the cat"
    # Beams find another end in time.
    assert has_twice(text) == (of_class is not BeamSearchRun)
    assert text[-1] in ".!?…"


@pytest.mark.parametrize("repeats", [False, True])
@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_words_without_spaces(repeats: bool, temperature: float) -> None:
    by = chinese_writer()
    sentence = "我们喜欢中国人。"
    looping = LoopingModel(by, sentence, sentence, ["我们", "喜欢", "中国", "人", "。", "，", "不"])
    sampling = {"temperature": temperature, "repeat_sentences": repeats, "max_tokens": 60}
    run = run_of(by, listed("zh"), **sampling)
    assert isinstance(run, BacktrackingRun)
    text: str = by._loaded.tokenizer.decode(write(run, looping), skip_special_tokens=True)
    *found, _ = [re.sub(r"\W", "", each) for each in re.split(r"[。！？…\n]", text)]
    long = [each for each in found if len(each) >= 6]
    assert long[0] == "我们喜欢中国人"
    assert (len(set(long)) < len(long)) == repeats


def test_a_reply_is_not_ended_where_the_end_would_repeat_a_sentence() -> None:
    sentence = "the dog sees the cat"
    prepared = decoder()._input_processor.prepare(request(ENGLISH, max_tokens=30))
    by = model(".")
    for before, expected in (("she said it. ", "."), (f"{sentence}. ", None)):
        ids = by.encode(f"{before}{sentence}")
        state = prepared.start
        assert prepared.session is not None
        for token in ids:
            state = prepared.session.advance(state, token)
        row = RowLogits(by.logits(ids, stops=False), None)
        found = prepared.sentence_end(state, len(ids), row, prepared.penalties(ids))
        assert (None if found is None else tiny.tokenizer().decode([found])) == expected


@pytest.mark.parametrize("kind", ["rows", "generate"])
@pytest.mark.parametrize(("beams", "seed", "spread"), [(1, 3, 0.1), (2, 7, 0.2)])
def test_replies_of_a_real_model(kind: str, beams: int, seed: int, spread: float) -> None:
    """A random model that likes full stops repeats itself if it may."""
    made = tiny.model(seed, initializer_range=spread)
    with torch.no_grad():
        made.lm_head.weight[tiny.tokenizer().encode(".")] *= 2.5
    cls = LocalDecoder if kind == "rows" else TransformersDecoder
    by = cls(replace(tiny.loaded(), model=made), max_input_tokens=200, truncate=True)
    twice = []
    for repeats in (False, True):
        asked = request(
            ENGLISH,
            temperature=0.0,
            num_beams=beams,
            repeat_sentences=repeats,
            min_tokens=MAX_TOKENS,
        )
        twice.append(has_twice(by.decode(asked, lambda *_: None, lambda: False).text))
    assert twice == [False, True]


@pytest.mark.parametrize(
    ("said", "after", "refuses"),
    [
        ("she said it. ", "She said it", True),
        ("she said: it! ", '"she said it', True),
        ("she said it. ", "she said", False),
        ("she said it. ", "she said it late", False),
        ("go it. ", "go it", False),
        ("the cat, the dog\n", "the cat the dog", True),
        ("she said it", ", she said it", False),
    ],
)
def test_what_counts_as_the_same_sentence(said: str, after: str, refuses: bool) -> None:
    """Capitals and marks do not, and a short sentence may come twice."""
    tokens = SentenceTokens(tiny.loaded().table, ".!?…")
    stop = np.array(tiny.loaded().stop_ids)
    found = RepeatedSentences(tokens, stop)
    for token in tiny.tokenizer().encode(said + after):
        found = found.after(token)
    expected = {
        token
        for token in range(len(tiny.tokenizer()))
        if re.match(r"\W*[.!?…\n]", tiny.tokenizer().decode([token]))
    } | set(stop.tolist())
    expected.add(tiny.tokenizer().encode("…")[0])  # its first byte is a token
    assert set(found.completing().tolist()) == (expected if refuses else set())


def test_a_token_may_end_a_word_and_its_sentence() -> None:
    class Table:
        bytes_of = {0: b"go", 1: b" it", 2: b" late. ", 3: b" la", 4: b"te.", 5: b"te", 6: b"st."}

    tokens = SentenceTokens(Table(), ".")  # type: ignore[arg-type]
    found = RepeatedSentences(tokens)
    for token in (0, 1, 2, 0, 1):
        found = found.after(token)
    assert found.completing().tolist() == [2]
    assert found.after(3).completing().tolist() == [4]
