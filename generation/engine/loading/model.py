"""Load a model folder or hub id with transformers: model, tokenizer, stop tokens, token bytes."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
)
from transformers.utils import logging as transformers_logging

from generation.constraint.tokenizer.token_bytes import TokenTable, UnsupportedTokenizer
from generation.engine.contract import ModelUnavailable
from generation.engine.cpu import choose_dtype
from generation.engine.cpu.fused_linear import join_linears
from generation.engine.cpu.packed_linear import use_float16, use_int8

logger = logging.getLogger(__name__)

DTYPES = ("auto", "float32", "bfloat16", "float16", "int8")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """source: a folder or a Hugging Face id. Empty strings mean "as transformers decides".

    dtype: "int8" is for the weights of linear layers, on a CPU; "float16" there is so too. "auto"
    is the dtype of the model's files; on a CPU, with `measurements`, the file where measurements
    are kept, the fastest one.
    """

    source: str
    dtype: str = "auto"
    device_map: str = ""
    attn_implementation: str = ""
    trust_remote_code: bool = False
    token: str = ""
    measurements: Path | None = None


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """stop_ids: tokens that end an assistant's turn. context: most tokens, prompt and reply.

    weights: where they come from and in which dtype; what is measured of them is kept under that.
    """

    model: Any
    tokenizer: Any
    table: TokenTable
    stop_ids: tuple[int, ...]
    context: int
    weights: str = ""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text as the tokenizer itself gives them, without special tokens."""
        encodings = self.tokenizer.backend_tokenizer.encode_batch_fast(
            list(texts), add_special_tokens=False
        )
        return [encoding.ids for encoding in encodings]

    @property
    def device(self) -> torch.device:
        return torch.device(self.model.device)


def load_model(options: ModelOptions) -> LoadedModel:
    """Raises ModelUnavailable, with a message for whoever asked for the model."""
    started = time.perf_counter()
    transformers_logging.disable_progress_bar()  # it would write into the server's log
    try:
        loaded = _load(options)
    except ModelUnavailable:
        raise
    except UnsupportedTokenizer as error:
        raise ModelUnavailable(f"The model {options.source!r} cannot be used: {error}.") from error
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelUnavailable(
            f"There is not enough memory for the model {options.source!r}."
        ) from error
    except Exception as error:
        # Hub libraries raise many kinds: not found, gated, no network, no disk, broken files.
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
    dtype = _use_precision(model, tokenizer, options)
    table = TokenTable(tokenizer.backend_tokenizer.to_str())
    config = model.config.get_text_config()
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        table=table,
        stop_ids=stop_tokens(model, tokenizer),
        context=getattr(config, "max_position_embeddings", None) or 2**31,
        weights=f"{options.source} {dtype}",
    )


def _use_precision(model: Any, tokenizer: Any, options: ModelOptions) -> str:
    """Turn the weights into what the options ask for beyond what transformers can load; return
    the dtype that this comes to.
    """
    on_cpu = model.device.type == "cpu" and model.dtype in (torch.float32, torch.bfloat16)
    dtype = options.dtype
    if dtype == "int8" and not on_cpu:
        raise ModelUnavailable("DTYPE=int8 is for models on a CPU.")
    if dtype == "auto" and on_cpu and options.measurements is not None:
        if sum(each.numel() for each in model.parameters()) > choose_dtype.MAX_PARAMETERS:
            return str(model.dtype)
        model.float()
        choice = choose_dtype.choose(model, tokenizer, options.source, options.measurements)
        dtype = choice.dtype
    if dtype in ("int8", "float16") and on_cpu:
        join_linears(model)
    if dtype == "int8":
        use_int8(model, model.get_output_embeddings())
    elif dtype == "float16" and on_cpu:
        use_float16(model, model.get_output_embeddings())
    elif dtype == "bfloat16":
        model.bfloat16()
    return str(model.dtype) if dtype == "auto" else dtype


def _load_weights(options: ModelOptions, shared: dict[str, Any]) -> Any:
    dtype = options.dtype
    if dtype == "int8" or (dtype == "float16" and not torch.cuda.is_available()):
        dtype = "float32"  # the layers are turned into it one by one
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
        # Text-and-image models have no causal-LM class of their own but write text all the same.
        if "Unrecognized configuration class" not in str(error):
            raise
        return AutoModelForImageTextToText.from_pretrained(options.source, **arguments)


def stop_tokens(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """Return the ids that end a reply: the generation config's, the tokenizer's, and what the chat
    template puts after an assistant's turn, where that is a control token.
    """
    found: list[int] = []
    configured = getattr(model.generation_config, "eos_token_id", None)
    if configured is not None:
        found += configured if isinstance(configured, list) else [configured]
    if tokenizer.eos_token_id is not None:
        found.append(tokenizer.eos_token_id)
    after_turn = _token_after_assistant_turn(tokenizer)
    if after_turn is not None:
        found.append(after_turn)
    if not found:
        raise ModelUnavailable("The model names no token that ends a text.")
    return tuple(dict.fromkeys(found))


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
