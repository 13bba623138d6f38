"""LocalDecoder: a request in, whole words of the list out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from generation.engine.contract import (
    LOGPROB_FLOOR,
    Completion,
    GenerationCancelled,
    GenerationRequest,
    InvalidPrompt,
    InvalidRequest,
    Message,
    NoContinuation,
    PromptTooLong,
    Sampling,
    TokenLogprob,
)
from generation.engine.handle import Relay
from generation.engine.local import PREFIX_BYTES, Limits, LocalDecoder, make_decoder
from generation.engine.processors.chat_template import ChatTemplate
from generation.engine.processors.detokenizer import Detokenizer
from generation.engine.processors.prompt import build_prompt
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

WORDS = ["hola", "la", "casa", "es", "una", "como", "com", "grande", "perro", "niño", "sin embargo"]


def vocabulary(words: list[str] = WORDS) -> Vocabulary:
    return Vocabulary("test", Lexicon(words, "es"), len(words))


def decoder(**options: object) -> LocalDecoder:
    return LocalDecoder(
        tiny.loaded(),
        **{"max_input_tokens": 200, "truncate": True, **options},  # type: ignore[arg-type]
    )


def ask(
    sampling: Sampling, words: Vocabulary | None, **options: object
) -> tuple[Completion, list[str]]:
    deltas: list[str] = []
    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=sampling, vocabulary=words
    )

    def emit(text: str, logprobs: Sequence[TokenLogprob] = ()) -> None:
        deltas.append(text)

    completion = decoder(**options).decode(request, emit, lambda: False)
    return completion, deltas


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("max_tokens", [1, 2, 3, 5, 8, 40])
def test_a_reply_is_whole_words_wherever_it_is_cut(max_tokens: int, beams: int) -> None:
    words = vocabulary()
    cut = 0
    for seed in range(12):
        sampling = Sampling(
            max_tokens=max_tokens, temperature=1.5, top_k=0, seed=seed, num_beams=beams
        )
        completion, deltas = ask(sampling, words)
        assert "".join(deltas) == completion.text
        assert words.checker.report(completion.text).out_of_list == ()
        state = words.automaton.read(completion.text)
        assert state is not None
        assert completion.text == "" or words.automaton.is_whole(state)
        assert completion.completion_tokens <= max_tokens
        assert completion.finish_reason in ("stop", "length")
        if completion.finish_reason == "stop":
            assert words.automaton.can_end(state)
        else:
            assert completion.completion_tokens == max_tokens
            cut += 1
    assert cut > 0


def test_without_a_vocabulary_any_token_may_come_and_no_character_is_split() -> None:
    for seed in range(10):
        completion, deltas = ask(Sampling(max_tokens=30, temperature=2.0, seed=seed), None)
        assert "".join(deltas) == completion.text
        for token in tiny.SPECIAL:
            assert token not in completion.text


@pytest.mark.parametrize("temperature", [1e-19, 1e-38, 5e-324])
@pytest.mark.parametrize("words", [vocabulary(), None])
def test_a_temperature_close_to_zero_is_greedy(
    temperature: float, words: Vocabulary | None
) -> None:
    greedy, _ = ask(Sampling(max_tokens=12, temperature=0.0), words)
    for top_p, top_k in ((1.0, 0), (0.5, 50), (5e-324, 1)):
        sampling = Sampling(max_tokens=12, temperature=temperature, top_p=top_p, top_k=top_k)
        completion, _ = ask(sampling, words)
        assert completion.text == greedy.text
    beams = Sampling(max_tokens=12, temperature=temperature, num_beams=3)
    completion, _ = ask(beams, words)
    assert completion.completion_tokens > 0


def test_the_seed_that_was_drawn_is_reported_and_repeats_the_text() -> None:
    first, _ = ask(Sampling(max_tokens=20, temperature=1.0), vocabulary())
    again, _ = ask(Sampling(max_tokens=20, temperature=1.0, seed=first.seed), vocabulary())
    assert again.text == first.text
    assert again.seed == first.seed


def test_with_a_seed_a_prompt_is_computed_anew() -> None:
    """With low precision, values left in the cache by other requests could change the text."""
    kept = decoder()
    again: dict[int | None, int] = {}
    for seed in (None, 5):
        request = GenerationRequest(
            messages=(Message("user", "hola, la casa es grande " * 8),),
            sampling=Sampling(max_tokens=4, seed=seed),
        )
        for _ in range(2):
            completion = kept.decode(request, lambda text, logprobs=(): None, lambda: False)
        again[seed] = completion.cached_tokens
    assert again[None] > 0
    assert again[5] == 0


def test_a_list_the_tokenizer_cannot_write_fails_this_request_only() -> None:
    with pytest.raises(NoContinuation, match="list"):
        ask(Sampling(max_tokens=5), vocabulary(["词"]), constraint_engine="lmfe")
    completion, _ = ask(Sampling(max_tokens=5, temperature=0.0), vocabulary())
    assert completion.text


def test_a_part_of_a_character_waits_for_the_rest_and_is_left_out_at_the_end() -> None:
    stream = Detokenizer(None)
    assert stream.push("ñ".encode()[:1]) == ""
    assert stream.push("ñ".encode()[1:]) == "ñ"
    assert stream.push("ñ".encode()[:1]) == ""
    assert stream.push(b"a") == "\ufffda"
    assert stream.push("ñ".encode()[1:]) == ""
    assert stream.push("日".encode()[:2]) == ""
    assert stream.finish() == ""
    assert stream.sent == "ñ\ufffda"


def test_a_word_is_held_back_until_it_is_whole() -> None:
    stream = Detokenizer(vocabulary().automaton)
    assert [stream.push(part.encode()) for part in ["com", "o", " ", "h", "ola", ",", " (l"]] == [
        "com",
        "o",
        "",
        "",
        " hola",
        ",",
        "",
    ]
    assert stream.sent == "como hola,"


# --- stop strings --------------------------------------------------------------------------------


def pushed(stop: tuple[str, ...], *parts: str, words: Vocabulary | None = None) -> list[str]:
    """Return the text that each part makes final, and the end of the text."""
    stream = Detokenizer(words.automaton if words else None, stop)
    return [*(stream.push(part.encode()) for part in parts), stream.finish()]


def test_text_ends_before_the_earliest_stop_string() -> None:
    assert pushed(("END", "ND"), "a END b") == ["a ", ""]
    assert pushed(("x", "b"), "abxc") == ["a", ""]
    assert pushed(("a",), "abc") == ["", ""]


def test_what_may_begin_a_stop_string_is_held_back() -> None:
    assert pushed(("<end>",), "a<", "e", "nd", ">", "b") == ["a", "", "", "", "", ""]
    assert pushed(("<end>",), "a<", "en", "x", "<") == ["a", "", "<enx", "", "<"]
    assert pushed(("aab",), "aa", "a", "b") == ["", "a", "", ""]
    assert pushed(("ñ",), "a", "ñ") == ["a", "", ""]


def test_a_stop_string_under_a_list_leaves_whole_words() -> None:
    words = vocabulary()
    assert pushed(("om",), "la c", "omo la", words=words) == ["la", "", ""]
    assert pushed((",",), "la", ",", words=words) == ["la", "", ""]
    # It is looked for in what the model writes, also while a word is held back.
    assert pushed(("co",), "la ", "co", words=words) == ["la", "", ""]


@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("beams", [1, 3])
def test_a_stop_string_ends_a_reply(constrained: bool, beams: int) -> None:
    words = vocabulary() if constrained else None
    stopped = 0
    for seed in range(8):
        sampling = Sampling(max_tokens=30, temperature=1.5, seed=seed, num_beams=beams)
        whole, _ = ask(sampling, words)
        mark = whole.text[len(whole.text) // 2 :][:1]
        cut, deltas = ask(replace(sampling, stop=(mark,)), words)
        assert "".join(deltas) == cut.text
        if mark:
            assert mark not in cut.text
            assert whole.text.startswith(cut.text)
            assert cut.finish_reason == "stop"
            assert cut.completion_tokens <= whole.completion_tokens
            stopped += 1
    assert stopped > 3


def test_logprobs_come_with_the_text_and_with_the_completion() -> None:
    sampling = Sampling(max_tokens=12, temperature=0.0, logprobs=2)
    for words in (vocabulary(), None):
        completion, _ = ask(sampling, words)
        assert completion.logprobs is not None
        data = b"".join(each.data for each in completion.logprobs)
        assert data.decode(errors="replace").startswith(completion.text)
        for each in completion.logprobs:
            assert each.logprob is not None
            assert LOGPROB_FLOOR <= each.logprob <= 0
        assert all(1 <= len(each.top) <= 2 for each in completion.logprobs)
    assert ask(replace(sampling, logprobs=None), None)[0].logprobs is None


@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("one_by_one", [True, False])
def test_logprobs_tell_nothing_of_text_that_is_not_sent(
    constrained: bool, one_by_one: bool
) -> None:
    """They reveal neither the stop string nor text that is held back."""
    words = vocabulary() if constrained else None
    decode = (alone() if one_by_one else decoder()).decode
    cut = 0
    for seed in range(8):
        sampling = Sampling(max_tokens=30, temperature=1.5, seed=seed, logprobs=0)
        whole, _ = ask(sampling, words)
        stop = whole.text[len(whole.text) // 2 :][:2]
        request = GenerationRequest(
            messages=(Message("user", "hola"),),
            sampling=replace(sampling, stop=(stop,) if stop else ()),
            vocabulary=words,
        )
        sent = ""
        told: list[TokenLogprob] = []

        def emit(text: str, logprobs: Sequence[TokenLogprob] = ()) -> None:
            nonlocal sent
            sent += text
            told.extend(logprobs)  # noqa: B023
            tokens = b"".join(each.data for each in told).decode(errors="replace")  # noqa: B023
            # A token is told once all of its text is sent, or at the end without the rest.
            assert sent.startswith(tokens)

        completion = decode(request, emit, lambda: False)
        assert completion.logprobs == tuple(told)
        assert b"".join(each.data for each in told).decode(errors="replace") == sent
        assert (sent, stop in sent) == (completion.text, False) or not stop
        cut += completion.completion_tokens > len(told)
    assert cut > 2


def test_a_bias_for_a_token_that_does_not_exist_is_named() -> None:
    size = len(tiny.tokenizer())
    bias = {size - 1: 1.0, size: 1.0, 123456: -1.0, -1: 1.0}
    with pytest.raises(
        InvalidRequest, match=rf"these do not exist: -1, {size}, 123456\.$"
    ) as refused:
        ask(Sampling(max_tokens=5, logit_bias=bias), None)
    assert refused.value.param == "logit_bias"


def test_a_bias_cannot_bring_in_what_the_list_forbids() -> None:
    forbidden = tiny.loaded().encode(["dog"])[0]
    (wanted,) = tiny.loaded().encode([" casa"])[0]
    bias = {**dict.fromkeys(forbidden, 100.0), wanted: 50.0}
    free, _ = ask(Sampling(max_tokens=10, temperature=0.0, logit_bias=bias), None)
    completion, _ = ask(Sampling(max_tokens=10, temperature=0.0, logit_bias=bias), vocabulary())
    assert "casa" not in free.text
    assert "d" in free.text
    assert " casa casa" in completion.text
    assert vocabulary().checker.report(completion.text).out_of_list == ()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"num_beams": 4, "num_beam_groups": 3}, "num_beam_groups: 4 beams"),
        ({"num_beams": 4, "num_beam_groups": 2, "temperature": 1.0}, "temperature 0"),
        ({"max_tokens": -1}, "max_tokens: -1 is less than 0"),
        ({"logprobs": -1}, "logprobs"),
    ],
)
def test_a_wrong_parameter_is_named(wrong: dict[str, float], named: str) -> None:
    with pytest.raises(InvalidRequest, match=named):
        ask(Sampling(**wrong), None)  # type: ignore[arg-type]


# --- a model that cannot be decoded row by row ---------------------------------------------------


def alone() -> TransformersDecoder:
    return TransformersDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)


def test_an_architecture_without_columns_answers_alone() -> None:
    from transformers import MambaConfig, MambaForCausalLM

    torch.manual_seed(0)
    config = MambaConfig(
        vocab_size=len(tiny.tokenizer()),
        hidden_size=32,
        num_hidden_layers=2,
        state_size=4,
        eos_token_id=tiny.tokenizer().eos_token_id,
        pad_token_id=0,
        initializer_range=0.4,
    )
    loaded = replace(tiny.loaded(), model=MambaForCausalLM(config).eval())
    made = make_decoder(loaded, limits=Limits(), max_input_tokens=200, truncate=True)
    assert isinstance(made, TransformersDecoder)
    words = vocabulary()
    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=12), vocabulary=words
    )
    completion = made.decode(request, lambda text, logprobs=(): None, lambda: False)
    assert words.checker.report(completion.text).out_of_list == ()
    assert completion.completion_tokens > 0


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("constrained", [True, False])
def test_alone_and_in_a_batch_a_model_writes_the_same(beams: int, constrained: bool) -> None:
    words = vocabulary() if constrained else None
    for stop in ((), ("a",)):
        sampling = Sampling(
            max_tokens=20, temperature=0.0, num_beams=beams, stop=stop, repetition_penalty=1.2
        )
        request = GenerationRequest(
            messages=(Message("user", "hola"),), sampling=sampling, vocabulary=words
        )
        deltas: list[str] = []
        theirs = alone().decode(
            request, lambda text, logprobs=(), deltas=deltas: deltas.append(text), lambda: False
        )
        ours, _ = ask(sampling, words)
        assert (theirs.text, theirs.finish_reason) == (ours.text, ours.finish_reason)
        assert "".join(deltas) == theirs.text


def test_alone_it_can_be_cancelled_and_keeps_its_seed() -> None:
    calls = iter([False, False, True])
    sampling = Sampling(max_tokens=20, temperature=1.0, seed=3, min_tokens=20)
    request = GenerationRequest(messages=(Message("user", "hola"),), sampling=sampling)
    with pytest.raises(GenerationCancelled):
        alone().decode(request, lambda text, logprobs=(): None, lambda: next(calls))
    texts = {
        alone().decode(request, lambda text, logprobs=(): None, lambda: False).text
        for _ in range(2)
    }
    assert len(texts) == 1


@pytest.mark.parametrize("constrained", [True, False])
def test_a_min_p_of_one_leaves_only_the_likeliest_token(constrained: bool) -> None:
    words = vocabulary() if constrained else None
    greedy, _ = ask(Sampling(max_tokens=20, temperature=0.0), words)
    sampling = Sampling(max_tokens=20, temperature=2.0, top_k=0, min_p=1.0, seed=1)
    sampled, _ = ask(sampling, words)
    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=sampling, vocabulary=words
    )
    by_itself = alone().decode(request, lambda text, logprobs=(): None, lambda: False)
    assert sampled.text == by_itself.text == greedy.text
    without, _ = ask(replace(sampling, min_p=0.0), words)
    assert without.text != greedy.text


# --- prompts -------------------------------------------------------------------------------------


TEMPLATE = ChatTemplate(tiny.tokenizer())


def tokens(*messages: Message) -> int:
    return len(build_prompt(TEMPLATE, messages, limit=10_000, truncate=False).ids)


SYSTEM = Message("system", "sys")
TURNS = [
    Message("user", "uno"),
    Message("assistant", "dos"),
    Message("user", "tres"),
    Message("assistant", "cuatro"),
    Message("user", "cinco"),
]


def test_a_prompt_that_fits_is_left_alone() -> None:
    prompt = build_prompt(
        ChatTemplate(tiny.tokenizer()), TURNS, limit=tokens(*TURNS), truncate=True
    )
    text = tiny.tokenizer().decode(prompt.ids)
    assert not prompt.truncated
    assert text.endswith("<|start|>user\ncinco<|end|>\n<|start|>assistant\n")


def test_the_oldest_turns_go_first_and_the_system_message_stays() -> None:
    messages = [SYSTEM, *TURNS]
    limit = tokens(SYSTEM, *TURNS[2:])
    prompt = build_prompt(TEMPLATE, messages, limit=limit, truncate=True)
    text = tiny.tokenizer().decode(prompt.ids)
    assert prompt.truncated
    assert text.startswith("<|start|>system\nsys<|end|>\n<|start|>user\ntres<|end|>")
    assert "uno" not in text
    assert "dos" not in text


def test_a_single_turn_that_is_too_long_keeps_its_end() -> None:
    long = Message("user", "hola " * 50 + "final")
    prompt = build_prompt(TEMPLATE, [long], limit=20, truncate=True)
    assert len(prompt.ids) == 20
    assert tiny.tokenizer().decode(prompt.ids).endswith("final<|end|>\n<|start|>assistant\n")


def test_with_truncation_off_a_long_prompt_is_refused_with_both_numbers() -> None:
    with pytest.raises(PromptTooLong, match=r"maximum context length is 5 tokens.*resulted in"):
        build_prompt(TEMPLATE, TURNS, limit=5, truncate=False)


def test_what_the_chat_template_refuses_is_the_senders_fault() -> None:
    import copy

    strict = copy.deepcopy(tiny.tokenizer())
    strict.chat_template = "{{ raise_exception('roles must alternate') }}"
    with pytest.raises(InvalidPrompt, match="roles must alternate"):
        build_prompt(ChatTemplate(strict), TURNS, limit=100, truncate=True)


def test_the_prefix_cache_is_limited_in_bytes_too() -> None:
    per_token = decoder()._model.layout.bytes_per_token
    longest = PREFIX_BYTES // per_token + 1

    def max_tokens(limits: Limits, **options: object) -> int:
        return decoder(limits=limits, **options).batch._prefill.prefixes._max_tokens

    assert max_tokens(Limits(prefix_tokens=500)) == 500
    assert max_tokens(Limits(prefix_bytes=100 * per_token)) == 100
    assert max_tokens(Limits(prefix_tokens=50, prefix_bytes=100 * per_token)) == 50
    every = Limits(prefix_tokens=10**9)
    assert max_tokens(every) == longest - 1
    assert max_tokens(every, max_input_tokens=longest) == longest


def test_an_empty_batch_keeps_no_key_value_cache() -> None:
    made = decoder()
    handle = Relay(lambda *_: None)
    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=20, min_tokens=20)
    )
    made.admit(made.prepare(request, handle))
    made.step()
    assert made.batch._rows.cache.nbytes > 0
    while not handle.done:
        made.step()
    assert made.batch._rows.cache.nbytes == 0
    again = made.decode(request, lambda *_: None, lambda: False)
    assert again.completion_tokens == handle.result().completion_tokens == 20
    assert made.batch._rows.cache.nbytes == 0


def test_prompts_under_other_lists_do_not_drop_the_output_heads_slices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = decoder()
    head = made._model.head
    assert head is not None
    monkeypatch.setattr(head, "max_bytes", 1)
    few_tokens = style_of(numbers="none", punctuation="minimal")
    requests = [
        GenerationRequest(
            messages=(Message("user", "hola"),),
            sampling=Sampling(max_tokens=30, min_tokens=30, seed=1, unit="tokens"),
            vocabulary=Vocabulary(word, Lexicon([word], "es"), 1, few_tokens),
        )
        for word in ("casa", "perro", "hola")
    ]
    handles = [Relay(lambda *_: None) for _ in requests]

    def join(number: int) -> None:
        made.build(requests[number])
        made.admit(made.prepare(requests[number], handles[number]))
        while made.batch.row_count <= number:
            made.step()

    join(0)
    join(1)
    made.step()
    weights = [each.linear for _, each in head._slices.values()]
    assert len(weights) == 2
    join(2)
    made.step()
    after = [each.linear for _, each in head._slices.values()]
    assert len(after) == 3
    assert set(map(id, weights)) < set(map(id, after))
    while made.busy:
        made.step()
    assert head.nbytes == 0


def test_a_build_keeps_no_forms_of_the_words() -> None:
    made, words = decoder(), vocabulary()
    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=5), vocabulary=words
    )
    made.build(request)
    assert "_table" not in vars(words.lexicon)
    text = made.decode(request, lambda *_: None, lambda: False).text
    assert text
    assert words.checker.report(text).out_of_list == ()
