"""A prompt without a chat template: its tokens, and the reply that continues it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, Literal

import pytest

from generation.engine.contract import (
    Completion,
    GenerationRequest,
    InvalidRequest,
    PromptTooLong,
    Sampling,
)
from generation.engine.local import LocalDecoder
from generation.engine.processors.chat_template import ChatTemplate
from generation.engine.processors.raw_prompt import build_raw_prompt
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.text_automaton import TextAutomaton
from vocab.words.vocabulary import Vocabulary

WORDS = ["hola", "la", "casa", "es", "una", "como", "com", "grande", "perro", "niño", "y", "a"]
VOCABULARY = Vocabulary("test", Lexicon(WORDS, "es"), len(WORDS))
# Each is the beginning of a text of the list, so that the whole text can be read.
PROMPTS = [
    "",
    "La casa",
    "La casa ",
    "La casa,",
    "La casa. ",
    "La casa.\n",
    "«Hola, la casa",
    "¿Como es",
    "La casa (una",
    "Hola.",
]
SAMPLINGS = [
    Sampling(max_tokens=size, temperature=1.5, top_k=0, num_beams=beams)
    for size in (1, 12)
    for beams in (1, 3)
]


def answer(
    prompt: str | tuple[int, ...],
    sampling: Sampling,
    vocabulary: Vocabulary | None = VOCABULARY,
    paths: Literal["canonical", "all"] = "canonical",
    **options: Any,
) -> Completion:
    request = GenerationRequest(
        messages=(), prompt=prompt, sampling=sampling, vocabulary=vocabulary, token_paths=paths
    )
    return decoder(**options).decode(request, lambda *_: None, lambda: False)


@cache
def decoder(
    kind: type[LocalDecoder | TransformersDecoder] = LocalDecoder, **options: Any
) -> LocalDecoder | TransformersDecoder:
    return kind(tiny.loaded(), **{"max_input_tokens": 200, "truncate": True, **options})


def joined(automaton: TextAutomaton, prompt: str, reply: str) -> str:
    """Return "" if the prompt and the reply are a beginning of a text of the list."""
    state = automaton.read(prompt + reply)
    return "" if state is not None and automaton.is_whole(state) else prompt + "|" + reply


@pytest.mark.parametrize("paths", ["canonical", "all"])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_the_prompt_and_the_reply_are_one_text(
    sampling: Sampling, paths: Literal["canonical", "all"]
) -> None:
    wrong, empty = [], 0
    for prompt in PROMPTS:
        for seed in range(2):
            reply = answer(prompt, replace(sampling, seed=seed), paths=paths).text
            assert VOCABULARY.checker.report(reply).out_of_list == ()
            wrong.append(reply and joined(VOCABULARY.automaton, prompt, reply))
            empty += not reply
    assert not any(wrong), wrong
    assert empty < len(PROMPTS)


@pytest.mark.parametrize("size", [2, 4])
def test_a_short_reply_after_a_sentence_is_not_forced_to_be_empty(size: int) -> None:
    texts = {
        answer("La casa.", Sampling(max_tokens=size, temperature=2.0, top_k=0, seed=seed)).text
        for seed in range(12)
    }
    assert len(texts - {""}) > 1


@pytest.mark.parametrize("options", [{"kind": TransformersDecoder}, {"constraint_engine": "lmfe"}])
def test_other_decoders_begin_in_the_same_state(options: dict[str, Any]) -> None:
    for prompt in PROMPTS:
        reply = answer(prompt, Sampling(max_tokens=12, temperature=0.0), **options).text
        assert reply == "" or joined(VOCABULARY.automaton, prompt, reply) == ""


def test_an_unlisted_word_of_the_prompt_is_not_continued() -> None:
    for seed in range(8):
        sampling = Sampling(max_tokens=12, temperature=1.5, top_k=0, seed=seed)
        reply = answer("El perr", sampling).text
        assert not reply[:1].isalpha()
        assert VOCABULARY.checker.report("El perr" + reply).out_of_list == ("El", "perr")


def test_a_control_token_ends_the_text_before_it() -> None:
    """The prompt may be a chat that the client has rendered; the answer is a text of its own."""
    rendered = "<|start|>user\nhola<|end|>\n<|start|>assistant"
    reply = answer(rendered + "<|end|>", Sampling(max_tokens=12, temperature=0.0)).text
    assert joined(VOCABULARY.automaton, "", reply) == ""


def test_a_control_token_s_name_in_the_prompt_is_the_token() -> None:
    ids = tiny.tokenizer().convert_tokens_to_ids(["<|start|>", "<|end|>"])
    assert prompt_ids("<|start|><|end|>") == ids


def test_token_ids_and_their_text_are_the_same_prompt() -> None:
    ids = tuple(tiny.tokenizer().encode("La casa"))
    sampling = Sampling(max_tokens=12, temperature=0.0)
    assert answer(ids, sampling).text == answer("La casa", sampling).text


@pytest.mark.parametrize("token", [-1, 10**20])
def test_a_token_id_that_does_not_exist_is_refused(token: int) -> None:
    with pytest.raises(InvalidRequest, match="position 1 is") as caught:
        answer((5, token), Sampling(max_tokens=2))
    assert caught.value.param == "prompt"


# --- the tokens of the prompt --------------------------------------------------------------------


def prompt_ids(prompt: str | tuple[int, ...], limit: int = 100, beginning: str = "") -> list[int]:
    template = ChatTemplate(tiny.tokenizer())
    if beginning:
        template.__dict__["_around"] = (tiny.tokenizer().encode(beginning), [1])
    return build_raw_prompt(template, prompt, limit=limit, truncate=True, separator=2).ids


def test_a_text_begins_with_the_token_of_the_tokenizer_once() -> None:
    la = tiny.tokenizer().encode("la")
    start = tiny.tokenizer().encode("<|start|>")
    assert prompt_ids("la", beginning="<|start|>") == start + la
    assert prompt_ids("<|start|>la", beginning="<|start|>") == start + la
    assert prompt_ids(tuple(la), beginning="<|start|>") == la


def test_an_empty_prompt_is_a_separator() -> None:
    assert prompt_ids("") == [2]
    assert prompt_ids("", beginning="<|start|>") == tiny.tokenizer().encode("<|start|>")


@pytest.mark.parametrize("limit", [1, 2, 5, 30])
def test_a_long_prompt_keeps_its_end_and_its_first_token(limit: int) -> None:
    text = "la casa es grande y el perro come. " * 400
    whole = tiny.tokenizer().encode(text)
    start = tiny.tokenizer().encode("<|start|>")
    assert prompt_ids(text, limit) == whole[-limit:]
    assert prompt_ids(tuple(whole), limit) == whole[-limit:]
    assert prompt_ids(text, limit, "<|start|>") == [*start, *whole[len(whole) - limit + 1 :]]


def test_truncation_is_told() -> None:
    sampling = Sampling(max_tokens=2, temperature=0.0)
    assert answer("la " * 300, sampling).prompt_truncated
    assert not answer("la", sampling).prompt_truncated


@pytest.mark.parametrize("prompt", ["la casa " * 40, "la " * 100_000, (5,) * 30])
def test_without_truncation_a_long_prompt_is_refused(prompt: str | tuple[int, ...]) -> None:
    with pytest.raises(PromptTooLong, match="your prompt resulted in") as caught:
        answer(prompt, Sampling(max_tokens=2), truncate=False, max_input_tokens=20)
    assert (caught.value.limit, caught.value.param) == (20, "prompt")
