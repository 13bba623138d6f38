"""LocalDecoder: a request in, whole words of the list out."""

from __future__ import annotations

import pytest

from generation.engine.contract import (
    Completion,
    GenerationRequest,
    InvalidPrompt,
    Message,
    NoContinuation,
    PromptTooLong,
    Sampling,
)
from generation.engine.local import LocalDecoder
from generation.engine.prompts import build_prompt
from generation.engine.text import TextStream
from tests.generation import tiny
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
    completion = decoder(**options).decode(request, deltas.append, lambda: False)
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


def test_the_seed_that_was_drawn_is_reported_and_repeats_the_text() -> None:
    first, _ = ask(Sampling(max_tokens=20, temperature=1.0), vocabulary())
    again, _ = ask(Sampling(max_tokens=20, temperature=1.0, seed=first.seed), vocabulary())
    assert again.text == first.text
    assert again.seed == first.seed


def test_a_list_the_tokenizer_cannot_write_fails_this_request_only() -> None:
    with pytest.raises(NoContinuation, match="list"):
        ask(Sampling(max_tokens=5), vocabulary(["词"]), constraint_engine="lmfe")
    completion, _ = ask(Sampling(max_tokens=5, temperature=0.0), vocabulary())
    assert completion.text


def test_a_part_of_a_character_at_the_end_is_not_swallowed() -> None:
    stream = TextStream(None)
    assert stream.push("ñ".encode()[:1]) == ""
    assert stream.push("ñ".encode()[1:]) == "ñ"
    assert stream.push("ñ".encode()[:1]) == ""
    assert stream.finish() == "\ufffd"


def test_a_word_is_held_back_until_it_is_whole() -> None:
    stream = TextStream(vocabulary().automaton)
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


# --- prompts -------------------------------------------------------------------------------------


def tokens(*messages: Message) -> int:
    return len(build_prompt(tiny.tokenizer(), messages, limit=10_000, truncate=False).ids)


SYSTEM = Message("system", "sys")
TURNS = [
    Message("user", "uno"),
    Message("assistant", "dos"),
    Message("user", "tres"),
    Message("assistant", "cuatro"),
    Message("user", "cinco"),
]


def test_a_prompt_that_fits_is_left_alone() -> None:
    prompt = build_prompt(tiny.tokenizer(), TURNS, limit=tokens(*TURNS), truncate=True)
    text = tiny.tokenizer().decode(prompt.ids)
    assert not prompt.truncated
    assert text.endswith("<|start|>user\ncinco<|end|>\n<|start|>assistant\n")


def test_the_oldest_turns_go_first_and_the_system_message_stays() -> None:
    messages = [SYSTEM, *TURNS]
    limit = tokens(SYSTEM, *TURNS[2:])
    prompt = build_prompt(tiny.tokenizer(), messages, limit=limit, truncate=True)
    text = tiny.tokenizer().decode(prompt.ids)
    assert prompt.truncated
    assert text.startswith("<|start|>system\nsys<|end|>\n<|start|>user\ntres<|end|>")
    assert "uno" not in text
    assert "dos" not in text


def test_a_single_turn_that_is_too_long_keeps_its_end() -> None:
    long = Message("user", "hola " * 50 + "final")
    prompt = build_prompt(tiny.tokenizer(), [long], limit=20, truncate=True)
    assert len(prompt.ids) == 20
    assert tiny.tokenizer().decode(prompt.ids).endswith("final<|end|>\n<|start|>assistant\n")


def test_with_truncation_off_a_long_prompt_is_refused_with_both_numbers() -> None:
    with pytest.raises(PromptTooLong, match=r"maximum context length is 5 tokens.*resulted in"):
        build_prompt(tiny.tokenizer(), TURNS, limit=5, truncate=False)


def test_what_the_chat_template_refuses_is_the_senders_fault() -> None:
    import copy

    strict = copy.deepcopy(tiny.tokenizer())
    strict.chat_template = "{{ raise_exception('roles must alternate') }}"
    with pytest.raises(InvalidPrompt, match="roles must alternate"):
        build_prompt(strict, TURNS, limit=100, truncate=True)
