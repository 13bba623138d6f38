"""Log-probabilities of a prompt are those of one pass of transformers over the whole prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
import torch

from generation.engine.contract import (
    Completion,
    GenerationCancelled,
    GenerationRequest,
    InvalidRequest,
    Sampling,
    TokenLogprob,
)
from generation.engine.decoding.run import SampledToken
from generation.engine.handle import Handle
from generation.engine.local import LocalDecoder, make_run
from generation.engine.model import runner
from generation.engine.scripted import ScriptedDecoder
from generation.engine.stats.counters import Counters
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from tests.generation.engine.test_decoding import prompt, session
from tests.generation.engine.tiny import RecordingGroup
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

TOP = 3
NOTHING = Sampling(max_tokens=0, logprobs=TOP, prompt_logprobs=TOP)
SPANISH = Vocabulary("test", Lexicon(["la", "casa", "es"], "es"), 3)
LONG = "hola, la casa es grande y el niño come; "


@cache
def transformers_scores(ids: tuple[int, ...], architecture: str) -> torch.Tensor:
    """Return the [tokens, vocabulary] log-probabilities after each token."""
    with torch.inference_mode():
        logits: torch.Tensor = tiny.model(0, architecture)(torch.tensor([ids])).logits[0]
        return logits.double().log_softmax(-1)


def check(tokens: Sequence[SampledToken], ids: Sequence[int], architecture: str = "llama") -> None:
    """Compare with transformers. tokens: From the second one on."""
    scores = transformers_scores(tuple(ids), architecture)
    assert [each.token for each in tokens] == list(ids[1:])
    for each, row in zip(tokens, scores, strict=False):
        assert each.logprob == pytest.approx(float(row[each.token]), abs=1e-4)
        assert len(each.top) == TOP
        assert [value for _, value in each.top] == pytest.approx(
            row.topk(TOP).values.tolist(), abs=1e-4
        )
        for token, value in each.top:
            assert value == pytest.approx(float(row[token]), abs=1e-4)
            assert value >= each.logprob or token == each.token or each.logprob >= each.top[-1][1]


def scored(text: str, sampling: Sampling = NOTHING) -> RecordingGroup:
    return tiny.group(prompt(text), sampling, prompt_logprobs=TOP)


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
@pytest.mark.parametrize("chunk", [1, 7, 256])
def test_they_are_those_of_transformers(architecture: str, chunk: int) -> None:
    group = scored(LONG)
    tiny.decode(tiny.rows(0, architecture), group, chunk=chunk)
    check(group.prompt_tokens, group.context, architecture)


def test_they_are_the_same_on_the_code_paths_of_a_gpu() -> None:
    group = scored(LONG, replace(NOTHING, max_tokens=3))
    tiny.decode(tiny.as_on_a_gpu(), group, chunk=16)
    check(group.prompt_tokens, group.context)


@pytest.mark.parametrize("restricted", [False, True])
def test_prompts_of_one_pass_and_replies_beside_them_do_not_change_each_other(
    restricted: bool,
) -> None:
    words = session() if restricted else None
    greedy = Sampling(max_tokens=12, temperature=0.0)
    texts = ["hola la casa", "una casa", "el perro come y", "la", LONG * 2]
    alone = [tiny.decode(tiny.rows(), tiny.group(prompt(each), greedy, words))[0] for each in texts]
    groups = [
        group
        for each in texts
        for group in (
            tiny.group(prompt(each), greedy, words),
            tiny.group(prompt(each), greedy, words, prompt_logprobs=TOP),
            tiny.group(prompt(each), NOTHING, words, prompt_logprobs=TOP),
        )
    ]
    found = tiny.decode(tiny.rows(), *groups, chunk=64)
    for index, ids in enumerate(alone):
        plain, echoed, silent = found[3 * index : 3 * index + 3]
        assert (plain, echoed, silent) == (ids, ids, [])
    for each in groups:
        if each.prompt_logprobs is not None:  # the model's own, also under the list
            check(each.prompt_tokens, each.context)


def test_a_pass_has_a_bounded_number_of_logits(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny.rows()
    monkeypatch.setattr(runner, "MAX_LOGITS", 5 * len(tiny.tokenizer()))
    sizes: list[int] = []
    compute = model._compute

    def counted(*given: object, **named: object) -> torch.Tensor:
        logits: torch.Tensor = compute(*given, **named)  # type: ignore[arg-type]
        sizes.append(logits.shape[0] * logits.shape[1])
        return logits

    monkeypatch.setattr(model, "_compute", counted)
    groups = [scored(LONG), scored("la casa"), scored("la")]
    tiny.decode(model, *groups)
    assert 3 <= max(sizes) <= 5
    for each in groups:
        check(each.prompt_tokens, each.context)


def test_others_write_between_the_parts_of_a_prompt() -> None:
    together = tiny.batch(tiny.rows(), chunk=8)
    writer = tiny.group(prompt("la"), Sampling(max_tokens=200, min_tokens=200, temperature=0.0))
    together.join(writer)
    together.step()
    group = scored(LONG * 3)
    together.join(group)
    between = []
    while not group.ended:
        before = len(group.prompt_tokens), len(writer.tokens)
        together.step()
        assert len(group.prompt_tokens) - before[0] <= 8
        between.append(len(writer.tokens) - before[1])
    assert between.count(0) <= between.count(1) + 1
    check(group.prompt_tokens, group.context)


def test_a_known_beginning_is_computed_again_and_prompts_leave_the_prefix_cache_alone() -> None:
    made = decoder()
    chat = GenerationRequest(messages=(), prompt=LONG * 3, sampling=Sampling(max_tokens=2))
    answer(made, chat)
    assert answer(made, chat).cached_tokens > 0
    kept = made.batch._prefill.prefixes.tokens
    assert kept > 0
    completion = answer(made, replace(chat, prompt=LONG * 4, sampling=NOTHING))
    assert completion.cached_tokens == 0
    assert made.batch._prefill.prefixes.tokens == kept
    check_completion(completion, LONG * 4)


def test_a_prompt_that_was_interrupted_is_scored_from_its_start() -> None:
    model = tiny.rows()
    for steps in (1, 2, 4):
        together = tiny.batch(model, chunk=16, max_rows=4)
        group = tiny.group(prompt(LONG * 8), NOTHING, urgent=False, prompt_logprobs=TOP)
        together.join(group)
        for _ in range(steps):
            together.step()
        assert 0 < len(group.prompt_tokens) < len(group.context) - 1
        together._prefill.withdraw(group)
        together._prefill.queue(group)
        while together.busy:
            together.step()
        check(group.prompt_tokens, group.context)


# --- requests ------------------------------------------------------------------------------------


def answer(decoder: LocalDecoder, request: GenerationRequest) -> Completion:
    return decoder.decode(request, lambda text, logprobs=(): None, lambda: False)


def check_completion(completion: Completion, text: str) -> None:
    found = completion.prompt_logprobs
    assert found is not None
    assert (found[0].logprob, found[0].top) == (None, ())
    assert b"".join(each.data for each in found).decode() == text
    assert completion.prompt_tokens == len(found)
    tokens = [
        SampledToken(
            each.token_id,
            each.logprob or 0.0,
            tuple((top.token_id, top.logprob or 0.0) for top in each.top),
        )
        for each in found
    ]
    check(tokens[1:], [each.token_id for each in found])


def decoder() -> LocalDecoder:
    return LocalDecoder(tiny.loaded(), max_input_tokens=400, truncate=True)


@pytest.mark.parametrize("max_tokens", [0, 1, 6])
@pytest.mark.parametrize("words", [None, SPANISH])
@pytest.mark.parametrize("text", ["<|start|>la casa<|end|>", "h", LONG])
def test_a_reply_comes_after_them(max_tokens: int, words: Vocabulary | None, text: str) -> None:
    sampling = replace(NOTHING, max_tokens=max_tokens, temperature=0.0)
    handle = Handle()
    made = decoder()
    request = GenerationRequest(messages=(), prompt=text, sampling=sampling, vocabulary=words)
    assert made.admit(made.prepare(request, handle))
    while not handle.done:
        made.step()
    completion = handle.result()
    check_completion(completion, text)
    first, _, _ = handle.after(0)
    assert first is not None
    assert first.prompt_logprobs == completion.prompt_logprobs
    assert (first.text, first.logprobs) == (completion.text, completion.logprobs)
    assert completion.completion_tokens <= max_tokens
    assert completion.logprobs is not None
    # Also those without text: half a word, half a character, the end of the reply.
    assert len(completion.logprobs) == completion.completion_tokens
    plain = replace(request, sampling=replace(sampling, prompt_logprobs=None))
    assert answer(decoder(), plain).text == completion.text


def test_the_token_that_ends_a_reply_is_reported_too() -> None:
    ended = 0
    for seed in range(12):
        sampling = replace(NOTHING, max_tokens=40, temperature=1.5, seed=seed, top_k=0)
        request = GenerationRequest(
            messages=(), prompt="la casa", sampling=sampling, vocabulary=SPANISH
        )
        completion = answer(decoder(), request)
        assert completion.logprobs is not None
        assert len(completion.logprobs) == completion.completion_tokens
        if completion.finish_reason == "stop":
            ended += 1
            assert completion.logprobs[-1].data == b"<|end|>"
    assert ended >= 2


def test_a_request_that_is_cancelled_ends_between_two_parts() -> None:
    made = decoder()
    made._limits = replace(made._limits, prefill_chunk=16)
    made.use(Counters())
    handle = Handle()
    request = GenerationRequest(messages=(), prompt=LONG * 4, sampling=NOTHING)
    group = made.prepare(request, handle)
    assert made.admit(group)
    made.step()
    handle.cancel()
    made.step()
    assert not made.busy
    assert len(group.prompt_tokens) == 16
    with pytest.raises(GenerationCancelled):
        handle.result()


def test_what_cannot_score_a_prompt_refuses_it_by_name() -> None:
    request = GenerationRequest(messages=(), prompt="la casa", sampling=NOTHING)
    others = (
        TransformersDecoder(tiny.loaded(), max_input_tokens=400, truncate=True),
        ScriptedDecoder(),
    )
    for each in others:
        with pytest.raises(InvalidRequest, match="Leave out echo or logprobs") as refused:
            each.decode(request, lambda text, logprobs=(): None, lambda: False)
        assert refused.value.param == "echo"
        silent = replace(request, sampling=Sampling(max_tokens=0))
        completion = each.decode(silent, lambda text, logprobs=(): None, lambda: False)
        assert (completion.text, completion.completion_tokens) == ("", 0)
        assert (completion.finish_reason, completion.prompt_tokens > 0) == ("length", True)


@pytest.mark.parametrize("beams", [1, 3])
def test_no_token_is_written_where_none_may_be(beams: int) -> None:
    sampling = Sampling(max_tokens=0, num_beams=beams)
    for words in (None, SPANISH):
        request = GenerationRequest(
            messages=(), prompt="la casa", sampling=sampling, vocabulary=words
        )
        completion = answer(decoder(), request)
        assert (completion.text, completion.completion_tokens) == ("", 0)
        assert (completion.finish_reason, completion.prompt_logprobs) == ("length", None)


def test_a_run_without_tokens_is_made_for_each_kind_of_decoding() -> None:
    given = decoder()._input_processor.prepare(
        GenerationRequest(messages=(), prompt="la", sampling=Sampling(max_tokens=0, num_beams=2))
    )
    assert make_run(given).max_rows == 1


def test_the_name_of_a_control_token_stands_among_the_likeliest() -> None:
    request = GenerationRequest(
        messages=(), prompt="la casa", sampling=replace(NOTHING, prompt_logprobs=400, logprobs=0)
    )
    found = answer(decoder(), request).prompt_logprobs
    assert found is not None
    names = {top.token_id: top.data for top in found[1].top}
    for name in tiny.SPECIAL:
        assert names[tiny.tokenizer().convert_tokens_to_ids(name)] == name.encode()
    assert isinstance(found[1], TokenLogprob)
