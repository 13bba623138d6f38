"""Where a reply ends: after a whole character, and its log-probabilities end there too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.engine.contract import (
    Completion,
    GenerationRequest,
    Message,
    Piece,
    Sampling,
    TokenLogprob,
)
from generation.engine.local import LocalDecoder
from generation.engine.processors.detokenizer import Detokenizer
from generation.engine.processors.held_logprobs import HeldLogprobs
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

WORDS = ["hola", "la", "casa", "es", "una", "como", "com", "grande", "perro", "niño", "sin embargo"]
SPANISH = Vocabulary("test", Lexicon(WORDS, "es"), len(WORDS))
KINDS = ["rows", "generate"]


@cache
def decoder(kind: str) -> LocalDecoder | TransformersDecoder:
    if kind == "rows":
        return LocalDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)
    return TransformersDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)


def ask(
    kind: str, sampling: Sampling, words: Vocabulary | None = None
) -> tuple[Completion, list[Piece]]:
    pieces: list[Piece] = []

    def emit(text: str, logprobs: Sequence[TokenLogprob] = ()) -> None:
        pieces.append(Piece(text, tuple(logprobs)))

    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=sampling, vocabulary=words
    )
    return decoder(kind).decode(request, emit, lambda: False), pieces


def text_of(logprobs: Sequence[TokenLogprob]) -> str:
    return b"".join(each.data for each in logprobs).decode(errors="replace")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("beams", [1, 3])
def test_no_reply_ends_with_a_part_of_a_character(
    kind: str, beams: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The random model writes bytes in any order, so that many cuts are inside a character."""
    written = bytearray()
    push = Detokenizer.push

    def recording(self: Detokenizer, data: bytes, *, may_stop: bool = True) -> str:
        written.extend(data)
        return push(self, data, may_stop=may_stop)

    monkeypatch.setattr(Detokenizer, "push", recording)
    broken = 0
    for seed in range(10):
        written.clear()
        sampling = Sampling(max_tokens=3 + seed % 4, temperature=2.0, seed=seed, num_beams=beams)
        completion, pieces = ask(kind, sampling)
        assert completion.text == written.decode(errors="replace").rstrip("\ufffd")
        assert "".join(piece.text for piece in pieces) == completion.text
        broken += written.decode(errors="replace") != completion.text
    assert broken > 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", [None, SPANISH])
@pytest.mark.parametrize("stops", [False, True])
def test_the_log_probabilities_are_those_of_the_content(
    kind: str, words: Vocabulary | None, stops: bool
) -> None:
    cut = 0
    for seed in range(5):
        sampling = Sampling(max_tokens=14, temperature=1.5, seed=seed, logprobs=1)
        completion, pieces = ask(kind, sampling, words)
        if stops and (middle := completion.text[len(completion.text) // 2 :][:2]):
            completion, pieces = ask(
                kind,
                Sampling(max_tokens=14, temperature=1.5, seed=seed, logprobs=1, stop=(middle,)),
                words,
            )
            assert middle not in completion.text
        assert completion.logprobs is not None
        assert text_of(completion.logprobs) == completion.text
        assert completion.logprobs == tuple(each for piece in pieces for each in piece.logprobs)
        cut += len(completion.logprobs) < completion.completion_tokens
        sent = told = ""
        for index, piece in enumerate(pieces):
            sent += piece.text
            told = text_of([each for before in pieces[: index + 1] for each in before.logprobs])
            assert sent.startswith(told.rstrip("\ufffd"))
        assert told == sent
    assert cut > 1 or not stops


# Each piece of a character, a character alone, and bytes that are in no character.
PARTS = [
    b"a",
    b"\xc3",
    b"\xb1",
    b"\xe6\x97",
    b"\xa5",
    b"\xf0\x9f",
    b"\x98\x80",
    b"\xff",
    b"no ",
    b"",
]
ONE_TOKEN_EACH = st.lists(st.lists(st.sampled_from(PARTS), max_size=3).map(b"".join), max_size=12)


@given(ONE_TOKEN_EACH, st.integers(0, 40))
@settings(max_examples=400, deadline=None)
def test_tokens_are_cut_where_the_text_is_cut(tokens: list[bytes], sent: int) -> None:
    """Bytes that are no text are decoded as Python decodes them, wherever tokens begin and end."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    text = "".join(map(decoder.decode, tokens))
    sent = min(sent, len(text))
    held = HeldLogprobs()
    for number, data in enumerate(tokens):
        held.push(TokenLogprob(number, data, -1.0))
    first = held.release(sent // 2)
    told = [*first, *held.release(sent, last=True)]
    assert text_of(told) == text[:sent]
    assert text[: sent // 2].startswith(text_of(first).rstrip("\ufffd"))
    assert [each.token_id for each in told] == sorted({each.token_id for each in told})
    assert b"".join(tokens).startswith(b"".join(each.data for each in told))
