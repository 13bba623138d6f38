"""A model whose head has more scores than the tokenizer has tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from generation.engine.contract import GenerationRequest, Message, Sampling
from generation.engine.loading.model import LoadedModel
from generation.engine.local import LocalDecoder
from generation.engine.processors.output import OutputProcessor
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

SIZE = len(tiny.tokenizer())
PADDING = 120
WORDS = ["hola", "la", "casa", "es", "una", "perro"]
SPANISH = Vocabulary("test", Lexicon(WORDS, "es"), len(WORDS))


def padded(architecture: str) -> LoadedModel:
    """Return a model that prefers the ids beyond the tokenizer's."""
    model = tiny.model(0, architecture, vocab_size=SIZE + PADDING, tie_word_embeddings=False)
    head = model.get_output_embeddings()
    with torch.no_grad():
        head.weight[SIZE:] *= 20
    return replace(tiny.loaded(), model=model)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list that every token of a reply is added to."""
    ids: list[int] = []
    write = OutputProcessor.write

    def recording(self: OutputProcessor, tokens: Any) -> bool:
        for each in tokens:
            ids.extend([each.token, *(id_ for id_, _ in each.top)])
        return write(self, tokens)

    monkeypatch.setattr(OutputProcessor, "write", recording)
    return ids


def as_on_a_gpu(loaded: LoadedModel, **options: Any) -> LocalDecoder:
    made = LocalDecoder(loaded, **options)
    tiny.use_gpu_paths(made._model)
    return made


@pytest.mark.parametrize("kind", [LocalDecoder, as_on_a_gpu, TransformersDecoder])
@pytest.mark.parametrize("architecture", ["llama", "gemma2", "cohere"])
@pytest.mark.parametrize("words", [None, SPANISH])
def test_no_reply_has_an_id_beyond_the_tokenizers(
    kind: Callable[..., Any], architecture: str, words: Vocabulary | None, written: list[int]
) -> None:
    decoder = kind(padded(architecture), max_input_tokens=200, truncate=True)
    for sampling in (
        Sampling(max_tokens=8, temperature=0.0),
        Sampling(max_tokens=8, temperature=0.0, logprobs=5, min_tokens=8),
        Sampling(max_tokens=8, temperature=2.0, top_k=0, seed=1),
        Sampling(max_tokens=8, temperature=1.0, seed=1, repetition_penalty=1.3),
        Sampling(max_tokens=8, temperature=0.0, num_beams=3),
        Sampling(max_tokens=8, temperature=1.0, seed=1, num_beams=3),
    ):
        request = GenerationRequest(
            messages=(Message("user", "hola"),), sampling=sampling, vocabulary=words
        )
        before = len(written)
        decoder.decode(request, lambda text, logprobs=(): None, lambda: False)
        assert len(written) > before
        assert max(written) < SIZE, sampling


def test_the_scores_that_nobody_may_choose_change_no_reply() -> None:
    """A log-probability is relative to the tokens, and beams compare the same scores."""
    wide = padded("llama")
    narrow = replace(tiny.loaded(), model=tiny.model(0, "llama", tie_word_embeddings=False))
    state = wide.model.state_dict()
    narrow.model.load_state_dict(
        {
            name: state[name][:SIZE] if state[name].shape != tensor.shape else state[name]
            for name, tensor in narrow.model.state_dict().items()
        }
    )
    for beams in (1, 4):
        request = GenerationRequest(
            messages=(Message("user", "hola"),),
            sampling=Sampling(
                max_tokens=10, temperature=0.0, num_beams=beams, logprobs=2 if beams == 1 else None
            ),
        )
        replies = [
            LocalDecoder(loaded, max_input_tokens=200, truncate=True).decode(
                request, lambda text, logprobs=(): None, lambda: False
            )
            for loaded in (wide, narrow)
        ]
        texts = {reply.text for reply in replies}
        assert len(texts) == 1
        if beams == 1:
            first, second = ([each.logprob for each in reply.logprobs or ()] for reply in replies)
            assert first == pytest.approx(second, abs=1e-4)
