"""All values of the contract are transferred between processes unchanged."""

from __future__ import annotations

import math
from dataclasses import MISSING, Field, fields
from typing import Any

import pytest

from generation.engine import contract
from generation.engine.contract import (
    LOGPROB_FLOOR,
    Completion,
    EngineBusy,
    EngineError,
    EngineStopped,
    GenerationRequest,
    Message,
    Piece,
    Priority,
    PromptTooLong,
    Sampling,
    TokenLogprob,
    ToolCall,
)
from generation.engine.remote import protocol
from generation.engine.remote.protocol import NotUnderstood
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Case, Numbers, Style
from vocab.words.text_limits import TextLimits, WordRange
from vocab.words.vocabulary import Vocabulary

WORDS = ["hola", "la", "casa"]
STYLE = Style(numbers=Numbers.ALL, case=Case.FREE)
VOCABULARY = Vocabulary("a" * 64, Lexicon(WORDS, "es"), 2, STYLE)
TOPS = (TokenLogprob(7, b"\xc3", -0.1), TokenLogprob(8, b"", LOGPROB_FLOOR))
LOGPROBS = (TokenLogprob(2**40, b"\xff\x00 a", math.log(1 / 3), TOPS), TokenLogprob(1, b"b", 0.0))

# Every field has another value than its default: one that is added and not carried fails here.
SAMPLING = Sampling(
    max_tokens=7,
    temperature=1 / 3,
    top_p=0.1 + 0.2,
    top_k=3,
    min_p=0.05,
    repetition_penalty=1.1,
    num_beams=4,
    length_penalty=0.3,
    seed=2**63 - 1,
    stop=("\n\n", "fin\ud800", "\u2028"),
    presence_penalty=-0.5,
    frequency_penalty=0.25,
    min_tokens=2,
    logit_bias={5: -100.0, 151_000: 1e-3},
    logprobs=5,
    num_beam_groups=2,
    diversity_penalty=0.7,
    prompt_logprobs=3,
    unit="words",
    particles=5,
    weighs=True,
    repeat_sentences=True,
    hypothesis=2,
    dry_multiplier=0.8,
    dry_base=2.5,
    dry_allowed_length=3,
    dry_penalty_last_n=100,
    dry_sequence_breakers=("\n\n", "é"),
)
REQUEST = GenerationRequest(
    messages=(
        Message("system", "Sé breve.\r\n", position=3),
        Message("user", 'a "b" \x00 \ud83d 日本'),
        Message("assistant", "", (ToolCall("c1", "name", '{"a": 1}'), ToolCall("c2", "n", "{}"))),
        Message("tool", "4", tool_call_id="c1", tool_name="name"),
    ),
    prompt="Érase \n",
    sampling=SAMPLING,
    vocabulary=VOCABULARY,
    token_paths="all",
    finish="word",
    limits=TextLimits(WordRange(60, 80), WordRange(3, 12)),
    priority=Priority.BATCH,
    owner="7",
    truncate=False,
    reserve=40,
    added=50,
    thinking="done",
    thought="Hm.\n",
)
COMPLETION = Completion(
    text="Hola,\nla casa 🏠",
    finish_reason="length",
    prompt_tokens=3,
    completion_tokens=4,
    prompt_truncated=True,
    seed=2**63 - 1,
    seconds=0.1 + 0.2,
    logprobs=LOGPROBS,
    cached_tokens=2,
    prompt_logprobs=(TokenLogprob(3, b"<s>", None), *LOGPROBS),
    draft_tokens=5,
    reasoning_tokens=6,
    reasoning="Hm.",
    weight=-1 / 3,
    discarded_tokens=11,
)


def default(of: Field[Any]) -> Any:
    return of.default_factory() if of.default_factory is not MISSING else of.default


@pytest.mark.parametrize("made", [SAMPLING, REQUEST, COMPLETION], ids=lambda made: type(made))
def test_the_examples_have_no_default_in_them(made: Any) -> None:
    assert [each.name for each in fields(made) if getattr(made, each.name) == default(each)] == []


def find(reference: protocol.VocabularyReference) -> Vocabulary:
    assert reference == protocol.VocabularyReference(
        digest="a" * 64, language="es", n_words=2, style=STYLE, words=None
    )
    return VOCABULARY


def test_a_request_arrives_as_it_was_sent_and_its_words_stay_at_home() -> None:
    body = protocol.encode_request(REQUEST, "some/model")
    assert b"casa" not in body
    request, model = protocol.decode_request(body, find)
    assert (request, model) == (REQUEST, "some/model")
    assert [each.position for each in request.messages] == [3, 0, 0, 0]


def test_a_request_of_defaults_without_a_list() -> None:
    plain = GenerationRequest(messages=())

    def never(reference: protocol.VocabularyReference) -> Vocabulary:
        raise AssertionError

    assert protocol.decode_request(protocol.encode_request(plain, ""), never) == (plain, "")
    for prompt in ("", "a \n", (5, 0)):
        raw = GenerationRequest(messages=(), prompt=prompt)
        assert protocol.decode_request(protocol.encode_request(raw, ""), never) == (raw, "")


@pytest.mark.parametrize(
    "piece",
    [
        Piece("", LOGPROBS),
        Piece("  \n\u2028ñ\ud800"),
        Piece("", reasoning="Hm.\n"),
        Piece("a", LOGPROBS),
        Piece("", prompt_logprobs=(TokenLogprob(3, b"<s>", None), *LOGPROBS)),
    ],
)
def test_a_piece_is_one_line(piece: Piece) -> None:
    line = protocol.piece_line(piece)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert protocol.read_line(line) == piece


def test_a_truncated_prompt_is_told_in_a_line_of_its_own() -> None:
    found = protocol.read_line(protocol.PROMPT_TRUNCATED)
    assert isinstance(found, protocol.PromptTruncated)


def test_a_completion_arrives_to_the_last_bit() -> None:
    assert protocol.read_line(protocol.completion_line(COMPLETION)) == COMPLETION
    plain = Completion(text="", finish_reason="stop", prompt_tokens=0, completion_tokens=0)
    assert protocol.read_line(protocol.completion_line(plain)) == plain


def error_types() -> list[type[EngineError]]:
    return [EngineError, *EngineError.__subclasses__()]


def example(kind: type[EngineError]) -> EngineError:
    match kind:
        case contract.EngineBusy:
            return EngineBusy(3, retry_after=9)
        case contract.PromptTooLong:
            return PromptTooLong(10, 20)
        case contract.GenerationCancelled:
            return contract.GenerationCancelled()
        case _:
            return kind("¿Qué?\n")


@pytest.mark.parametrize("kind", error_types())
def test_an_error_keeps_its_type_its_words_and_its_values(kind: type[EngineError]) -> None:
    error = example(kind)
    read = protocol.read_line(protocol.error_line(error))
    assert type(read) is kind
    assert str(read) == str(error)
    assert vars(read) == vars(error)


def test_an_error_of_a_type_that_is_not_known_here_is_still_told() -> None:
    line = protocol.error_line(EngineStopped("why")).replace(b"EngineStopped", b"EngineMelted")
    read = protocol.read_line(line)
    assert type(read) is EngineError
    assert str(read) == "why"


def test_a_blank_line_says_nothing() -> None:
    assert protocol.read_line(protocol.KEEP_ALIVE) is None


@pytest.mark.parametrize(
    "change",
    [
        (b'"top_k"', b'"top_j"'),  # a field that is not known, and one that is missing
        (b'"token_paths": "all", ', b""),
        (b'"priority": 1', b'"priority": 9'),
        (b'"case": "free"', b'"case": "wild"'),
        (b'"language"', b'"tongue"'),
        (b'"model": "some/model", ', b""),
        (b'"logit_bias": {"5"', b'"logit_bias": {"five"'),
        (b"{", b"["),
    ],
)
def test_a_request_of_another_version_is_refused_and_not_guessed_at(
    change: tuple[bytes, bytes],
) -> None:
    body = protocol.encode_request(REQUEST, "some/model")
    assert change[0] in body
    with pytest.raises(NotUnderstood):
        protocol.decode_request(body.replace(*change, 1), find)


@pytest.mark.parametrize(
    "line",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"text": "a"}',
        b'{"completion": {"logprobs": null, "text": "a"}}',
        b'{"text": "a", "logprobs": []}',
        b'{"text": "a", "logprobs": [[1]], "prompt_logprobs": []}',
        b"[" * 100_000,
    ],
)
def test_a_line_of_another_version_is_not_guessed_at(line: bytes) -> None:
    with pytest.raises(NotUnderstood):
        protocol.read_line(line)
