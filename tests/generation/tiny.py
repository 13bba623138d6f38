"""A byte-level tokenizer trained on a few lines and a random model that uses it: no downloads."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from generation.constraint.tokens import TokenTable
from generation.engine.loading import LoadedModel, stop_tokens

CORPUS = [
    "hola como estas la casa es grande y el perro come en la casa de Maria",
    "Hola, como esta? ¿Qué es la casa? ¡Hola! una casa, una gran casa. el niño come",
    "the dog sees the house and the cat sees the dog; don't go, it's late, she said",
]
CHAT_TEMPLATE = (
    "{% for message in messages %}<|start|>{{ message.role }}\n{{ message.content }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)
SPECIAL = ["<|pad|>", "<|start|>", "<|end|>"]


@cache
def tokenizer() -> Any:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token="<|end|>",
        pad_token="<|pad|>",
        chat_template=CHAT_TEMPLATE,
        padding_side="left",
    )


def model(seed: int = 0, **overrides: Any) -> Any:
    """A Llama of two layers with random weights; a large spread makes its choices definite."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        **{
            "vocab_size": len(tokenizer()),
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 512,
            "initializer_range": 0.4,
            "bos_token_id": None,
            "eos_token_id": tokenizer().eos_token_id,
            "pad_token_id": tokenizer().pad_token_id,
            **overrides,
        }
    )
    return LlamaForCausalLM(config).eval()


@cache
def loaded(seed: int = 0) -> LoadedModel:
    tiny = model(seed)
    return LoadedModel(
        model=tiny,
        tokenizer=tokenizer(),
        table=TokenTable(tokenizer().backend_tokenizer.to_str()),
        stop_ids=stop_tokens(tiny, tokenizer()),
        context=512,
    )
