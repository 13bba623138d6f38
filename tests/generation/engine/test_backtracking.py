"""Decoding with `units=words`: a reply never has a word off the list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from generation.constraint.factory import ConstraintFactory
from generation.constraint.segmented import SegmentedSession
from generation.engine.contract import (
    Completion,
    GenerationRequest,
    InvalidRequest,
    Message,
    NoContinuation,
    Sampling,
)
from generation.engine.decoding import backtracking
from generation.engine.decoding.backtracking import BacktrackingRun
from generation.engine.loading.model import LoadedModel
from generation.engine.local import LocalDecoder
from generation.engine.model.logits import RowLogits
from generation.engine.model.runner import ModelRunner
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.constraint.real_tokenizers import real_tokenizer
from tests.generation.engine import tiny
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.segmenting.segmenters import segmenter_for
from vocab.words.segmenting.verifier import SegmentVerifier
from vocab.words.vocabulary import Vocabulary

WORDLISTS = Path(__file__).resolve().parents[3] / "wordlists"
THAI = ["ผม", "ไม่", "ชอบ", "กิน", "ข้าว", "ข้าวผัด", "ที่", "ร้าน", "อาหาร", "ใกล้", "บ้าน", "ครับ"]
QWEN_WORDS = 151_936
MAX_TOKENS = 30


@cache
def entries(language: str, count: int = 3_000) -> tuple[str, ...]:
    if language == "th":
        return tuple(THAI)
    lines = (WORDLISTS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))[:count]


def vocabulary(words: Sequence[str], language: str) -> Vocabulary:
    style = style_of(units="words", numbers="none")
    return Vocabulary(f"{language}{len(words)}", Lexicon(words, language), len(words), style)


@cache
def listed(language: str) -> Vocabulary:
    return vocabulary(entries(language), language)


@cache
def decoder() -> LocalDecoder:
    return LocalDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)


@cache
def chinese_writer() -> LocalDecoder:
    """A random model behind a tokenizer that has Chinese and Japanese words."""
    qwen = real_tokenizer("qwen3")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=qwen.backend,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=tiny.CHAT_TEMPLATE,
    )
    stop = tokenizer.eos_token_id
    model = tiny.model(vocab_size=QWEN_WORDS, eos_token_id=stop, pad_token_id=stop)
    loaded = LoadedModel(
        model=model, tokenizer=tokenizer, table=qwen.table, stop_ids=(stop,), context=512
    )
    return LocalDecoder(loaded, max_input_tokens=200, truncate=True)


def ask(
    by: LocalDecoder | TransformersDecoder, words: Vocabulary, **sampling: object
) -> tuple[Completion, list[str]]:
    deltas: list[str] = []
    request = GenerationRequest(
        messages=(Message("user", "hola"),),
        sampling=Sampling(**{"max_tokens": MAX_TOKENS, **sampling}),  # type: ignore[arg-type]
        vocabulary=words,
    )
    return by.decode(request, lambda text, logprobs=(): deltas.append(text), lambda: False), deltas


def unlisted(text: str, words: Vocabulary) -> list[str]:
    """Find words off the list with the segmenter alone: the pieces between
    marks that are no entries, nor make one up together with their neighbours.
    """
    entries, missing = set(words.words), []
    stretch = ""
    for character in text + "\n":
        if character.isalpha() or "\u0e31" <= character <= "\u0e4e":
            stretch += character
            continue
        pieces = segmenter_for(words.language)(stretch) if stretch else ()
        while pieces:
            size = next((n for n in range(len(pieces), 0, -1) if "".join(pieces[:n]) in entries), 0)
            missing += [] if size else [pieces[0]]
            pieces = pieces[size or 1 :]
        stretch = ""
    return missing


# --- no word gets out ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
@pytest.mark.parametrize("beams", [1, 3])
def test_every_word_of_a_reply_is_listed_by_the_segmenter(language: str, beams: int) -> None:
    words, written = listed(language), 0
    for seed in range(4 if beams == 1 else 1):
        completion, deltas = ask(decoder(), words, seed=seed, num_beams=beams)
        assert "".join(deltas) == completion.text
        assert unlisted(completion.text, words) == []
        report = words.checker.report(completion.text)
        assert report.out_of_list == ()
        assert completion.completion_tokens <= MAX_TOKENS
        written += report.words
    assert written > 0


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_nor_by_a_tokenizer_whose_tokens_are_words(language: str) -> None:
    words, written = listed(language), 0
    for seed in range(2):
        completion, deltas = ask(chinese_writer(), words, seed=seed)
        assert "".join(deltas) == completion.text
        assert unlisted(completion.text, words) == []
        written += words.checker.report(completion.text).words
    assert written > 30


def test_the_mask_alone_would_have_let_words_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves that the test before this one can fail."""
    monkeypatch.setattr(SegmentedSession, "is_lost", lambda self, state: False)
    monkeypatch.setattr(SegmentedSession, "can_cut", lambda self, state: True)
    monkeypatch.setattr(
        "generation.engine.processors.detokenizer.Detokenizer._is_listed", lambda *_: True
    )
    words = listed("zh")
    completion, _ = ask(chinese_writer(), words, seed=1)
    assert unlisted(completion.text, words) != []


def test_a_list_of_single_characters_gives_no_longer_words() -> None:
    words = vocabulary([word for word in entries("zh") if len(word) == 1], "zh")
    completion, _ = ask(chinese_writer(), words, seed=3)
    letters = [character for character in completion.text if character.isalpha()]
    assert len(letters) > 10
    assert unlisted(completion.text, words) == []
    assert words.checker.report(completion.text).words == len(letters)


@pytest.mark.parametrize("max_tokens", [1, 2, 3, 5, 8])
def test_a_reply_is_listed_words_wherever_it_is_cut(max_tokens: int) -> None:
    words = listed("zh")
    for seed in range(3):
        completion, _ = ask(decoder(), words, seed=seed, max_tokens=max_tokens)
        assert unlisted(completion.text, words) == []
        assert completion.completion_tokens <= max_tokens


def test_a_stop_string_cuts_before_an_unlisted_word() -> None:
    """The rest of a word before the stop string may be off the list."""
    words = listed("zh")
    whole, _ = ask(chinese_writer(), words, seed=2)
    letters = [at for at, each in enumerate(whole.text) if each.isalpha()]
    for at in letters[1:5]:
        cut, deltas = ask(chinese_writer(), words, seed=2, stop=(whole.text[at],))
        assert whole.text.startswith(cut.text)
        assert whole.text[at] not in cut.text
        assert "".join(deltas) == cut.text
        assert unlisted(cut.text, words) == []
        assert cut.finish_reason == "stop"


# --- how ------------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make runs go back after fewer refused tokens, so that they go back more often."""
    monkeypatch.setattr(backtracking, "MAX_TRIES", 3)


@pytest.mark.usefixtures("impatient")
def test_going_back_leaves_the_cache_as_if_it_had_never_been_ahead() -> None:
    """Greedy: in each place the token is the best one that was not refused, by scores that a
    fresh pass over all that came before gives.
    """
    loaded, went_back = tiny.loaded(), 0
    factory = ConstraintFactory(loaded.table, loaded.encode, loaded.stop_ids)
    words = vocabulary(entries("zh", 300), "zh")
    session = factory.session(words, token_paths="canonical", finish="sentence")
    assert isinstance(session, SegmentedSession)
    prompt = loaded.encode(["hola como estas"])[0]
    for seed in range(8, 16):
        entry = tiny.group(prompt, Sampling(max_tokens=40, temperature=0.0), session)
        run = entry.run
        assert isinstance(run, BacktrackingRun)
        ids = tiny.decode(tiny.rows(seed), entry)[0]
        went_back += run.total_backtracks
        state, model = session.start, tiny.model(seed)
        for at, token in enumerate(ids):
            with torch.inference_mode():
                scores = model(torch.tensor([[*prompt, *ids[:at]]])).logits[0, -1]
            allowed = session.allowed(state, 40 - at)
            allowed = allowed[~np.isin(allowed, list(run.refused(at)))]
            assert scores[token] >= scores[torch.from_numpy(allowed)].max() - 1e-4
            state = session.advance(state, token)
    assert went_back > 0, "or there was nothing to see"


@pytest.mark.usefixtures("impatient")
def test_others_in_the_batch_and_a_shortage_of_memory_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs that go back share passes with others, change slots and are computed again."""
    loaded, most = tiny.loaded(), 100
    factory = ConstraintFactory(loaded.table, loaded.encode, loaded.stop_ids)
    session = factory.session(
        vocabulary(entries("zh", 300), "zh"), token_paths="canonical", finish="sentence"
    )
    forward = ModelRunner.forward

    def bounded(
        self: ModelRunner, cache: Any, tokens: Any, *args: Any, **options: Any
    ) -> list[RowLogits]:
        if len(tokens) > most:
            raise torch.OutOfMemoryError("out of memory (tried to allocate more than there is)")
        return forward(self, cache, tokens, *args, **options)

    monkeypatch.setattr(ModelRunner, "forward", bounded)

    def runs() -> list[tiny.RecordingGroup]:
        prompts = loaded.encode(["hola como estas", "hola como", "la casa", "hola como estas la"])
        return [
            tiny.group(ids, Sampling(max_tokens=24, temperature=1.0, seed=seed), session)
            for seed, ids in enumerate(prompts * 2)
        ]

    alone = [tiny.decode(tiny.rows(2), each)[0] for each in runs()]
    together = runs()
    assert tiny.decode(tiny.rows(2), *together) == alone
    backtracking = [each.run for each in together if isinstance(each.run, BacktrackingRun)]
    assert sum(run.total_backtracks for run in backtracking) > 0
    most = 3
    assert tiny.decode(tiny.rows(2), *runs()) == alone


def test_the_tries_are_bounded_and_the_reply_ends_where_it_was_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backtracking, "MAX_TRIES", 2)
    monkeypatch.setattr(backtracking, "MAX_BACKTRACKS", 1)
    words, cut_short = listed("zh"), 0
    for seed in range(4):
        try:
            completion, deltas = ask(chinese_writer(), words, seed=seed)
        except NoContinuation:  # before anything was good
            continue
        assert unlisted(completion.text, words) == []
        assert "".join(deltas) == completion.text
        if completion.finish_reason == "length" and completion.completion_tokens < MAX_TOKENS:
            cut_short += 1
    assert cut_short > 0


def test_a_list_of_which_no_word_can_be_written_is_an_error_and_not_an_empty_reply() -> None:
    style = style_of(units="words", numbers="none", punctuation="minimal")
    words = Vocabulary("refused", Lexicon(["机"], "zh"), 1, style)
    # A segmenter that makes a word of its own of whatever it is given.
    words.__dict__["segment_verifier"] = SegmentVerifier(words.words, lambda text: (text + "！",))
    with pytest.raises(NoContinuation, match="list"):
        ask(decoder(), words, seed=1)


def test_a_model_that_cannot_take_words_back_refuses() -> None:
    alone = TransformersDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)
    with pytest.raises(InvalidRequest, match="vocab_units"):
        ask(alone, listed("zh"))


def test_particles_are_refused_where_words_are_taken_back() -> None:
    with pytest.raises(InvalidRequest, match="vocab_particles") as error:
        ask(decoder(), listed("zh"), particles=2)
    assert error.value.param == "vocab_particles"


def test_the_weight_of_a_reply_does_not_change_it() -> None:
    for seed in range(3):
        plain, _ = ask(decoder(), listed("zh"), seed=seed)
        weighed, _ = ask(decoder(), listed("zh"), seed=seed, weighs=True)
        assert weighed.text == plain.text
        assert plain.weight is None
        assert weighed.weight is not None
        assert -30 < weighed.weight < 0
