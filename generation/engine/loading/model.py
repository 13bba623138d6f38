"""Load a model folder or hub id with transformers: model, tokenizer, stop tokens, token bytes."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
)
from transformers.utils import logging as transformers_logging

from generation.constraint.tokenizer.inside_text import inside_text
from generation.constraint.tokenizer.token_bytes import TokenTable, UnsupportedTokenizer
from generation.engine.contract import ModelUnavailable
from generation.engine.cpu.choose_dtype import choose_dtype
from generation.engine.cpu.packed_linear import use_float16
from generation.engine.model.out_of_memory import is_out_of_memory

logger = logging.getLogger(__name__)

DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """How to load a model. With an empty string, transformers decides.

    source: A folder or a Hugging Face id.
    dtype: One of DTYPES. "float16" on a CPU is for the weights of linear layers only. "auto" is the
        dtype of the model's files on a GPU, and what `choose_dtype` returns on a CPU.
    """

    source: str
    dtype: str = "auto"
    device_map: str = ""
    attn_implementation: str = ""
    trust_remote_code: bool = False
    token: str = ""


@dataclass(frozen=True)
class LoadedModel:
    """A model with its tokenizer.

    stop_ids: Tokens that end an assistant's turn.
    context: Maximum number of tokens of prompt and reply.
    """

    model: Any
    tokenizer: Any
    table: TokenTable
    stop_ids: tuple[int, ...]
    context: int

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokenizer's own ids of each text inside a longer text, without special
        tokens.
        """
        encodings = self._inside_text.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    @cached_property
    def _inside_text(self) -> Any:
        return inside_text(self.tokenizer.backend_tokenizer)

    @cached_property
    def vocabulary_size(self) -> int:
        """The tokenizer's highest id + 1."""
        ids = self.tokenizer.backend_tokenizer.get_vocab(with_added_tokens=True).values()
        return int(max(ids)) + 1

    @property
    def device(self) -> torch.device:
        return torch.device(self.model.device)


def load_model(options: ModelOptions) -> LoadedModel:
    """Load the model. Raises ModelUnavailable with a message for the user."""
    started = time.perf_counter()
    transformers_logging.disable_progress_bar()  # it would write into the server's log
    try:
        loaded = _load(options)
    except ModelUnavailable:
        raise
    except UnsupportedTokenizer as error:
        raise ModelUnavailable(f"The model {options.source!r} cannot be used: {error}.") from error
    except Exception as error:
        if is_out_of_memory(error):
            raise ModelUnavailable(
                f"There is not enough memory for the model {options.source!r}."
            ) from error
        # The libraries raise many classes: not found, gated, no network, no disk, broken files.
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ModelUnavailable(
            f"The model {options.source!r} cannot be loaded: {reason}"
        ) from error
    logger.info(
        "model loaded source=%s dtype=%s device=%s seconds=%.1f",
        options.source,
        loaded.model.dtype,
        loaded.device,
        time.perf_counter() - started,
    )
    return loaded


def _load(options: ModelOptions) -> LoadedModel:
    if options.dtype not in DTYPES:
        raise ModelUnavailable(f"DTYPE={options.dtype}: use one of {', '.join(DTYPES)}.")
    if (
        options.source.startswith(("/", ".", "~"))
        and not Path(options.source).expanduser().is_dir()
    ):
        raise ModelUnavailable(f"There is no model folder {options.source!r}.")
    shared: dict[str, Any] = {"trust_remote_code": options.trust_remote_code}
    if options.token:
        shared["token"] = options.token
    tokenizer = AutoTokenizer.from_pretrained(options.source, **shared)
    model = _load_weights(options, shared).eval()
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise UnsupportedTokenizer("it has no fast tokenizer")
    _convert_weights(model, options)
    table = TokenTable(inside_text(tokenizer.backend_tokenizer).to_str())
    config = model.config.get_text_config()
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        table=table,
        stop_ids=stop_tokens(model, tokenizer),
        context=getattr(config, "max_position_embeddings", None) or 2**31,
    )


def _convert_weights(model: Any, options: ModelOptions) -> None:
    """Convert the weights in place to a dtype that transformers does not load by itself."""
    if model.device.type != "cpu" or model.dtype not in (torch.float32, torch.bfloat16):
        return
    dtype = choose_dtype(model) if options.dtype == "auto" else options.dtype
    if dtype == "bfloat16":
        model.bfloat16()
        return
    model.float()
    if dtype == "float16":
        use_float16(model, model.get_output_embeddings())


def _load_weights(options: ModelOptions, shared: dict[str, Any]) -> Any:
    dtype = options.dtype
    if dtype == "float16" and not torch.cuda.is_available():
        dtype = "float32"  # `_convert_weights` converts the linear layers
    arguments: dict[str, Any] = {**shared, "dtype": dtype}
    if options.device_map:
        arguments["device_map"] = options.device_map
    elif torch.cuda.is_available():
        arguments["device_map"] = "auto"
    if options.attn_implementation:
        arguments["attn_implementation"] = options.attn_implementation
    try:
        return AutoModelForCausalLM.from_pretrained(options.source, **arguments)
    except ValueError as error:
        # Models for text and images have no causal-LM class of their own, but they write text too.
        if "Unrecognized configuration class" not in str(error):
            raise
        return AutoModelForImageTextToText.from_pretrained(options.source, **arguments)


def stop_tokens(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """Return the ids that end a reply.

    They come from the generation config, the tokenizer, and the chat template: the token after an
    assistant's turn, if it is a control token.
    """
    ids: list[int] = []
    configured = getattr(model.generation_config, "eos_token_id", None)
    if configured is not None:
        ids += configured if isinstance(configured, list) else [configured]
    if tokenizer.eos_token_id is not None:
        ids.append(tokenizer.eos_token_id)
    after_turn = _token_after_assistant_turn(tokenizer)
    if after_turn is not None:
        ids.append(after_turn)
    if not ids:
        raise ModelUnavailable("The model has no token that ends a text.")
    return tuple(dict.fromkeys(ids))


def _token_after_assistant_turn(tokenizer: Any) -> int | None:
    if not tokenizer.chat_template:
        return None
    marker = "wordgen"
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": marker}]
    try:
        rendered = tokenizer.apply_chat_template(turns, tokenize=False)
    except Exception as error:
        logger.warning("the chat template cannot be read for its stop token: %s", error)
        return None
    tail = rendered.rpartition(marker)[2]
    ids = tokenizer.encode(tail, add_special_tokens=False)
    control = set(tokenizer.all_special_ids) | set(tokenizer.get_added_vocab().values())
    return ids[0] if ids and ids[0] in control else None
