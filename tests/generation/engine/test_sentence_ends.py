"""A reply that reaches its limit ends where the model itself would have ended a sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch

from generation.engine.contract import Completion, GenerationRequest, Message, Sampling
from generation.engine.decoding.backtracking import BacktrackingRun
from generation.engine.decoding.sentence_ends import HELD_TOKENS
from generation.engine.handle import Handle
from generation.engine.local import LocalDecoder
from tests.generation.engine import tiny
from tests.generation.engine.test_backtracking import chinese_writer, listed, unlisted
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Numbers, Punctuation, Style
from vocab.words.vocabulary import Vocabulary

WORDS = ["the", "dog", "sees", "house", "and", "cat", "late", "she", "said", "go", "it"]
# Only commas and sentence ends, so that a sentence ends with its mark.
STYLE = Style(numbers=Numbers.NONE, punctuation=Punctuation.MINIMAL)
ENGLISH = Vocabulary("test", Lexicon(WORDS, "en"), len(WORDS), STYLE)
MARKS = ".!?…"
TOKENS = 48
# What the random model gives to a sentence end in some places.
SHARE = 0.012


def model() -> Any:
    """A random model that is sure about full stops: it gives them nearly nothing or much."""
    made = tiny.model(initializer_range=0.2)
    with torch.no_grad():
        made.lm_head.weight[tiny.tokenizer().encode(".")] *= 3
    return made


@cache
def decoder(kind: str) -> LocalDecoder:
    """kind: "rows", or "gpu" for the code paths of a GPU."""
    loaded = replace(tiny.loaded(), model=model())
    made = LocalDecoder(loaded, max_input_tokens=200, truncate=True)
    if kind == "gpu":
        tiny.use_gpu_paths(made._model)
    return made


def ask(kind: str, **sampling: Any) -> tuple[Any, Completion]:
    """Return the run and the completion."""
    run, _, completion = answer(decoder(kind), request(**sampling))
    return run, completion


def answer(engine: LocalDecoder, asked: GenerationRequest) -> tuple[Any, list[int], Completion]:
    """Return the run, the tokens that it has returned, and the completion."""
    handle = Handle()
    job = engine.prepare(asked, handle)
    written: list[int] = []
    step = job.run.step

    def recording(scores: Any) -> Any:
        tokens = step(scores)
        written.extend(each.token for each in tokens)
        return tokens

    job.run.step = recording  # type: ignore[method-assign]
    assert engine.admit(job)
    while not handle.done:
        engine.step()
    return job.run, written, handle.result()


def request(**sampling: Any) -> GenerationRequest:
    options: dict[str, Any] = {"max_tokens": TOKENS, "temperature": 1.0, "top_k": 0, **sampling}
    # So that replies reach their limit. A bias does not count as the model's own opinion.
    unlikely = [*tiny.loaded().stop_ids, *sentence_end_ids()]
    options["logit_bias"] = dict.fromkeys(unlikely, -50.0)
    return GenerationRequest(
        messages=(Message("user", "the dog"),), sampling=Sampling(**options), vocabulary=ENGLISH
    )


@cache
def sentence_end_ids() -> list[int]:
    decode = tiny.tokenizer().decode
    return [each for each in range(len(tiny.tokenizer())) if decode([each]).rstrip() in {*MARKS}]


plain_model = cache(model)


@cache
def shares(ids: tuple[int, ...]) -> list[float]:
    """For each token, the probability that the plain model gives to a sentence end after it."""
    with torch.inference_mode():
        logits = plain_model()(torch.tensor([ids])).logits[0]
    found: list[float] = logits.softmax(-1)[:, sentence_end_ids()].sum(-1).tolist()
    return found


def expected_text(prompt: list[int], ids: list[int]) -> str | None:
    """The text up to the last place where a sentence may end, without its mark; None if there is
    no such place.
    """
    after = shares((*prompt, *ids))[len(prompt) - 1 :]
    for place in range(len(ids) - 1, len(ids) - 1 - HELD_TOKENS, -1):
        text = tiny.tokenizer().decode(ids[:place])
        words = re.findall(r"\w+\Z", text)
        if after[place] >= SHARE and words and words[0].lower() in WORDS:
            return str(text)
    return None


@pytest.mark.parametrize("kind", ["rows", "gpu"])
def test_a_reply_ends_in_the_last_place_where_the_model_would_end_a_sentence(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.engine.decoding.sentence_ends.MIN_SHARE", SHARE)
    left_out = cut = 0
    for seed in range(16):
        run, completion = ask(kind, seed=seed, unit="words" if seed % 4 else "tokens")
        if len(run.ids) < TOKENS or run.ids[-1] in tiny.loaded().stop_ids:
            continue
        expected = expected_text(run.context()[:-TOKENS], run.ids)
        written = tiny.tokenizer().decode(run.ids)
        assert completion.finish_reason == "length"
        assert completion.completion_tokens == TOKENS
        if expected is None:
            assert completion.text == written
        else:
            assert completion.text[:-1] == expected
            assert completion.text[-1] in MARKS
        cut += 1
        left_out += len(completion.text) < len(written)
    assert 1 < left_out < cut


@pytest.mark.parametrize(
    "options",
    [
        {"particles": 3},
        {"num_beams": 3, "temperature": 0.0},
        {"num_beams": 3},
        {"num_beams": 4, "num_beam_groups": 2, "temperature": 0.0, "diversity_penalty": 0.5},
    ],
    ids=["particles", "beams", "sampled beams", "groups"],
)
def test_replies_of_several_rows_end_in_such_a_place_too(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.engine.decoding.sentence_ends.MIN_SHARE", SHARE)
    left_out = cut = 0
    for seed in range(12):
        asked = request(**{**options, "seed": seed})
        # Greedy beams do not depend on the seed.
        asked = replace(asked, messages=(Message("user", f"the {WORDS[seed % len(WORDS)]}"),))
        prompt = decoder("rows")._input_processor.prepare(asked).prompt
        _, ids, completion = answer(decoder("rows"), asked)
        if len(ids) < TOKENS or ids[-1] in tiny.loaded().stop_ids:
            continue
        expected = expected_text(prompt, ids)
        written = tiny.tokenizer().decode(ids)
        assert completion.finish_reason == "length"
        if expected is None:
            assert completion.text == written
        else:
            assert completion.text[:-1] == expected
            assert completion.text[-1] in MARKS
        cut += expected is not None
        left_out += len(completion.text) < len(written)
    assert cut > 1
    assert left_out > 0


def test_replies_that_take_words_back_end_in_such_a_place_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The random model gives every token about the same probability."""
    share = 3e-4
    monkeypatch.setattr("generation.engine.decoding.sentence_ends.MIN_SHARE", share)
    engine, words = chinese_writer(), listed("zh")
    tokenizer, model = engine._loaded.tokenizer, engine._loaded.model
    texts = tokenizer.batch_decode([[each] for each in range(len(tokenizer))])
    ends = [id_ for id_, text in enumerate(texts) if re.fullmatch(r"(?:[。！？]|…{1,2})\s*", text)]
    left_out = cut = 0
    for seed in range(4):
        options = {"max_tokens": 30, "temperature": 1.0, "top_k": 0, "seed": seed}
        unlikely = dict.fromkeys([*engine._loaded.stop_ids, *ends], -50.0)
        asked = GenerationRequest(
            messages=(Message("user", "hola"),),
            sampling=Sampling(**options, logit_bias=unlikely),  # type: ignore[arg-type]
            vocabulary=words,
        )
        run, ids, completion = answer(engine, asked)
        assert isinstance(run, BacktrackingRun)
        prompt = engine._input_processor.prepare(asked).prompt
        with torch.inference_mode():
            logits = model(torch.tensor([[*prompt, *ids]])).logits[0]
        after = logits.softmax(-1)[:, ends].sum(-1).tolist()[len(prompt) - 1 :]
        places = [
            at
            for at in range(1, len(ids))
            if after[at] >= share
            and re.search(r"\w\Z", tokenizer.decode(ids[:at]))
            and unlisted(tokenizer.decode(ids[:at]), words) == []
        ]
        if completion.finish_reason == "length" and places:
            assert completion.text.rstrip("。！？…") == tokenizer.decode(ids[: places[-1]])
            assert completion.text[-1] in "。！？…"
            cut += 1
            left_out += len(completion.text) < len(tokenizer.decode(ids))
    assert cut > 1
    assert left_out > 0


def test_a_stop_string_ends_the_reply_also_in_tokens_that_are_held() -> None:
    held = 0
    for seed in range(8):
        run, _ = ask("rows", seed=seed, unit="tokens")
        stop = tiny.tokenizer().decode(run.ids, skip_special_tokens=True)[-16:-8]
        _, completion = ask("rows", seed=seed, unit="tokens", stop=(stop,))
        written = tiny.tokenizer().decode(run.ids)
        assert completion.finish_reason == "stop"
        before = written.partition(stop)[0]
        assert before.startswith(completion.text)
        assert not re.search(r"\w\W", before[len(completion.text) :])  # at most a part of a word
        held += completion.completion_tokens > TOKENS - HELD_TOKENS
    assert held > 1


@pytest.mark.parametrize("options", [{"min_tokens": TOKENS}, {"prompt_logprobs": 0, "logprobs": 0}])
def test_nothing_is_left_out_where_all_tokens_are_asked_for(options: dict[str, Any]) -> None:
    for seed in range(6):
        run, completion = ask("rows", seed=seed, **options)
        assert tiny.tokenizer().decode(run.ids, skip_special_tokens=True) == completion.text


def test_all_ways_of_ending_a_sentence_are_found() -> None:
    """The oracle looks at the text alone: it ends with a word before the mark, and not after it."""
    factory = decoder("rows")._input_processor
    session = factory.prepare(request()).session
    assert session is not None
    marks, wrong = 0, 0
    for seed in range(3):
        state = session.start
        run, _ = ask("rows", seed=seed, unit="tokens")
        for at, token in enumerate(run.ids[:-1]):
            text = tiny.tokenizer().decode(run.ids[:at])
            found = {tiny.tokenizer().decode([each]) for each in session.sentence_ends(state)}
            whole = re.search(r"(\w+)\Z", text)
            may_end = whole is not None and whole[1].lower() in WORDS
            assert found <= {*MARKS, "..."}
            assert {".", "!", "?"} <= found if may_end else not found
            marks, wrong = marks + may_end, wrong + (not may_end)
            state = session.advance(state, token)
    assert min(marks, wrong) > 5
