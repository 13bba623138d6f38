"""Architectures that keep their states in a way of their own, with every kind of decoding."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from transformers import RwkvConfig, RwkvForCausalLM, XGLMConfig, XGLMForCausalLM

from generation.engine.contract import GenerationRequest, InvalidRequest, Message, Sampling
from generation.engine.local import Limits, LocalDecoder, make_decoder
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

WORDS = ["hola", "la", "casa", "es", "una", "perro", "niño"]
SPANISH = Vocabulary("test", Lexicon(WORDS, "es"), len(WORDS))
SHARED: dict[str, Any] = {
    "vocab_size": len(tiny.tokenizer()),
    "eos_token_id": tiny.tokenizer().eos_token_id,
    "bos_token_id": tiny.tokenizer().pad_token_id,
    "pad_token_id": tiny.tokenizer().pad_token_id,
}
BEAMS = [
    Sampling(max_tokens=12, temperature=0.0, num_beams=3),
    Sampling(max_tokens=12, temperature=1.0, seed=1, num_beams=3),
]


@cache
def xglm() -> LocalDecoder | TransformersDecoder:
    torch.manual_seed(0)
    config = XGLMConfig(
        d_model=32, ffn_dim=64, num_layers=2, attention_heads=4, init_std=0.4, **SHARED
    )
    return made(XGLMForCausalLM(config))


@cache
def rwkv() -> LocalDecoder | TransformersDecoder:
    torch.manual_seed(0)
    config = RwkvConfig(hidden_size=32, attention_hidden_size=32, num_hidden_layers=2, **SHARED)
    return made(RwkvForCausalLM(config))


def made(model: Any) -> LocalDecoder | TransformersDecoder:
    loaded = replace(tiny.loaded(), model=model.eval())
    return make_decoder(loaded, limits=Limits(), max_input_tokens=200, truncate=True)


def answer(
    decoder: LocalDecoder | TransformersDecoder, sampling: Sampling, words: Vocabulary | None
) -> str:
    request = GenerationRequest(
        messages=(Message("user", "hola la casa"),), sampling=sampling, vocabulary=words
    )
    completion = decoder.decode(request, lambda text, logprobs=(): None, lambda: False)
    if words is not None:
        assert words.checker.report(completion.text).out_of_list == ()
    return completion.text


@pytest.mark.parametrize("words", [None, SPANISH])
@pytest.mark.parametrize("sampling", [*BEAMS, replace(BEAMS[0], num_beams=4, num_beam_groups=2)])
def test_rows_of_the_same_length_get_a_mask_each(
    sampling: Sampling, words: Vocabulary | None
) -> None:
    """XGLM compares the mask's size with the number of rows, which is more than one for beams."""
    decoder = xglm()
    assert isinstance(decoder, LocalDecoder)
    assert answer(decoder, sampling, words)


def test_particles_need_rows() -> None:
    sampling = Sampling(max_tokens=12, temperature=1.0, seed=1, particles=3)
    assert answer(xglm(), sampling, SPANISH)
    with pytest.raises(InvalidRequest, match="vocab_particles: this model") as error:
        answer(rwkv(), sampling, SPANISH)
    assert error.value.param == "vocab_particles"


def test_replies_are_weighed_where_rows_are_decoded() -> None:
    sampling = Sampling(max_tokens=12, temperature=1.0, seed=1, weighs=True)
    assert answer(xglm(), sampling, SPANISH)
    with pytest.raises(InvalidRequest, match="best_of: this model") as error:
        answer(rwkv(), sampling, SPANISH)
    assert error.value.param == "best_of"


@pytest.mark.parametrize("words", [None, SPANISH])
@pytest.mark.parametrize("sampling", BEAMS)
def test_beams_are_refused_where_states_cannot_be_reordered(
    sampling: Sampling, words: Vocabulary | None
) -> None:
    """RWKV has a recurrent state. The refusal comes before any work, and names the field."""
    decoder = rwkv()
    assert isinstance(decoder, TransformersDecoder)
    with pytest.raises(InvalidRequest, match="num_beams: this model") as error:
        answer(decoder, sampling, words)
    assert error.value.param == "num_beams"
    assert answer(decoder, replace(sampling, num_beams=1), words)
