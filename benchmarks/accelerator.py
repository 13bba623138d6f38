"""The engine on a GPU, with large models of random weights and a vocabulary of 262,208 tokens.

    python -m benchmarks.accelerator --tokenizer gemma3.json [--shapes 8b 27b] [--tokens 64]
                                     [--repeats 2] [--prototype]

It first measures the mask of [80, vocabulary] logits on the GPU. For each shape it then measures a
pass with CUDA graphs and without, a decoding step of 80 rows with a list and without, and tokens
per second against `generate()`, which runs without a list and with the prototype's prefix function
(warm).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast
from transformers.models.gemma3 import Gemma3TextConfig

from benchmarks.constraint_peers import Masked, Prototype, Setting
from benchmarks.engines import (
    Sides,
    answer,
    generate,
    interleaved,
    print_head,
    print_pairs,
    question,
    request,
    word_list,
)
from generation.constraint.tokenizer.token_bytes import TokenTable
from generation.engine.handle import Handle
from generation.engine.loading.model import LoadedModel
from generation.engine.local import Limits, LocalDecoder
from generation.engine.model.gpu_logit_mask import LogitMask
from vocab.words.vocabulary import Vocabulary

VOCABULARY = 262_208
SHAPES: dict[str, tuple[type, dict[str, Any]]] = {
    "1b": (LlamaConfig, {"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16}),
    "8b": (
        LlamaConfig,
        {"hidden_size": 4096, "intermediate_size": 14_336, "num_hidden_layers": 32},
    ),
    "27b": (
        Gemma3TextConfig,
        {
            "hidden_size": 5376,
            "intermediate_size": 21_504,
            "num_hidden_layers": 62,
            "num_key_value_heads": 16,
            "head_dim": 128,
            "sliding_window": 1024,
            "query_pre_attn_scalar": 168,
        },
    ),
}
ROWS = 80
BEAMS = 10
MASK_STEPS = 60
LIMITS = Limits(max_rows=96, cache_tokens=96 * 512)
CHAT_TEMPLATE = (
    "{% for message in messages %}<start_of_turn>{{ message.role }}\n{{ message.content }}"
    "<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


def load(shape: str, path: str, device: torch.device) -> Sides:
    """Make random bfloat16 weights. Both sides share them, because they do not fit twice."""
    kind, sizes = SHAPES[shape]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=path,
        eos_token="<end_of_turn>",
        pad_token="<pad>",
        chat_template=CHAT_TEMPLATE,
    )
    stop = tokenizer.convert_tokens_to_ids("<end_of_turn>")
    config = kind(
        **{"num_attention_heads": 32, "num_key_value_heads": 8, **sizes},
        vocab_size=VOCABULARY,
        max_position_embeddings=8192,
        bos_token_id=2,
        eos_token_id=stop,
        pad_token_id=0,
    )
    torch.manual_seed(0)
    with device:
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()
    loaded = LoadedModel(
        model=model,
        tokenizer=tokenizer,
        table=TokenTable(tokenizer.backend_tokenizer.to_str()),
        stop_ids=(stop,),
        context=8192,
    )
    ours = LocalDecoder(loaded, limits=LIMITS, max_input_tokens=2048, truncate=True)
    return Sides(ours, model, loaded)


def mask_step(setting: Setting, words: Vocabulary, device: torch.device) -> None:
    """Measure the mask of 80 rows of different random texts."""
    ours = Masked(setting, words.words)
    ours.mask = LogitMask(device)
    logits = torch.randn(ROWS, VOCABULARY, device=device)
    for name in ("first", "again"):
        draws = np.random.default_rng(0)
        ours.start(ROWS)
        seconds: list[float] = []
        for step in range(MASK_STEPS):
            masked = logits.clone()
            _wait(device)
            started = time.perf_counter()
            ours.mask_(masked)
            _wait(device)
            seconds.append(time.perf_counter() - started)
            if step % 20 == 0:
                for row, state in zip(masked.cpu(), ours.states, strict=True):
                    found = np.flatnonzero(torch.isfinite(row).numpy())
                    assert (found == np.sort(ours.automaton.allowed(state))).all()
            going_on = [ours.automaton.allowed(state) for state in ours.states]
            going_on = [ids[ids != setting.stop_id] for ids in going_on]
            ours.advance([int(draws.choice(ids)) for ids in going_on])
        print(
            f"masking [{ROWS}, {VOCABULARY}] float32 logits on {device}, {name} visit:"
            f" {1e3 * statistics.median(seconds):.3f} ms, worst {1e3 * max(seconds):.3f} ms",
            flush=True,
        )


def step_time(
    sides: Sides,
    words: Vocabulary | None,
    tokens: int,
    *,
    beams: int = 1,
    temperature: float = 0.0,
    rows: int = ROWS,
) -> list[float]:
    """Return the median ms of a step with all rows, and of its pass."""
    passes: list[float] = []
    model = sides.ours._model
    forward = model.forward

    def timed(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        found = forward(*arguments, **options)
        passes.append(time.perf_counter() - started)
        return found

    for number in range(rows // beams):
        same: dict[str, Any] = {"max_tokens": tokens, "min_tokens": tokens, "seed": 1}
        same |= {"num_beams": beams, "temperature": temperature}
        asked = request(question(number), words, **same)
        sides.ours.admit(sides.ours.prepare(asked, Handle()))
    while sides.ours.batch.row_count < rows:
        sides.ours.step()
    whole: list[float] = []
    model.forward = timed  # type: ignore[method-assign]
    try:
        while sides.ours.batch.row_count == rows:
            started = time.perf_counter()
            sides.ours.step()
            whole.append(time.perf_counter() - started)
    finally:
        del model.forward
    while sides.ours.busy:
        sides.ours.step()
    return [1e3 * statistics.median(each) for each in (whole, passes)]


def compare_steps(sides: Sides, words: Vocabulary, tokens: int) -> None:
    print("\n| step of 80 rows | with list, ms (pass) | without | ratio |\n|---|---|---|---|")
    work: Sequence[tuple[str, dict[str, Any]]] = (
        ("80 prompts, greedy", {}),
        ("80 prompts, sampled", {"temperature": 1.0}),
        (f"8 prompts, {BEAMS} beams", {"beams": BEAMS}),
    )
    for name, how in work:
        pairs = [
            [step_time(sides, listed, tokens, **how) for listed in (words, None)] for _ in range(2)
        ][1]  # the second time, when all passes are recorded
        (with_list, its_pass), (without, other_pass) = pairs
        print(
            f"| {name} | {with_list:.1f} ({its_pass:.1f}) | {without:.1f} ({other_pass:.1f}) |"
            f" {with_list / without:.2f} |",
            flush=True,
        )


def compare_tokens(sides: Sides, words: Vocabulary, prefix: Any, options: Any) -> None:
    print_head(f"Tokens per second, replies of {options.tokens}, against `generate()`", "tokens/s")
    for name, prompts, beams in (("80 prompts, greedy", ROWS, 1), ("8 x 10 beams", 8, BEAMS)):

        def ours(size: int, *, prompts: int = prompts, beams: int = beams) -> int:
            # Random weights write a random text, so the states are only warm for the same prompts.
            # With a seed every prompt is computed from its first token.
            same: dict[str, Any] = {
                "max_tokens": size,
                "min_tokens": size,
                "num_beams": beams,
                "seed": 1,
            }
            asked = [request(question(number), words, **same) for number in range(prompts)]
            return answer(sides.ours, asked)

        def theirs(size: int, *, beams: int = beams, prompts: int = prompts, **more: Any) -> int:
            same = [question(number) for number in range(prompts)]
            return generate(sides, same, tokens=size, num_beams=beams, **more)

        print_pairs(f"{name}; theirs without a list", interleaved(name, options, ours, theirs), 1)
        if prefix is not None:

            def listed(size: int, *, run: Any = theirs) -> int:
                found: int = run(
                    size, fixed=False, prefix_allowed_tokens_fn=prefix.prefix_function()
                )
                return found

            listed(options.tokens)  # visits the states
            pairs = interleaved(name, options, ours, listed)
            print_pairs(f"{name}; theirs with the prototype's prefix", pairs, 5)


def compare_graphs(sides: Sides, words: Vocabulary, tokens: int) -> None:
    """Measure passes with CUDA graphs and without."""
    model = sides.ours._model
    graphs = model.graphs
    print("\n| pass with a list | CUDA graph, ms | without | ratio |\n|---|---|---|---|")
    for rows in (1, ROWS):
        times = []
        for each in (graphs, None):
            model.graphs = each
            times.append([step_time(sides, words, tokens, rows=rows) for _ in range(2)][1][1])
        model.graphs = graphs
        print(f"| {rows} rows | {times[0]:.1f} | {times[1]:.1f} | {times[0] / times[1]:.2f} |")


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tokenizer", required=True, help="Gemma 3's tokenizer.json")
    parser.add_argument("--shapes", nargs="*", default=["8b", "27b"], choices=list(SHAPES))
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--prototype", action="store_true")
    options = parser.parse_args()
    options.clock = time.perf_counter
    device = torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    name = torch.cuda.get_device_name(0) if device.type == "cuda" else "no GPU"
    print(f"{name}, torch {torch.__version__}", flush=True)
    words = word_list("en", options.words)
    path = Path(options.tokenizer)
    setting = Setting(str(path), 106)
    mask_step(setting, words, device)
    prefix = None
    if options.prototype:
        started = time.perf_counter()
        prefix = Prototype(setting, [word for word in words.words if word.isalpha()])
        print(f"the prototype's list: {time.perf_counter() - started:.0f} s", flush=True)
    for shape in options.shapes:
        started = time.perf_counter()
        sides = load(shape, str(path), device)
        print(f"\n{shape}, bfloat16: {time.perf_counter() - started:.0f} s to load", flush=True)
        compare_graphs(sides, words, options.tokens)
        compare_steps(sides, words, options.tokens)
        compare_tokens(sides, words, prefix, options)
        if sides.ours._model.graphs is not None:
            print(f"{sides.ours._model.graphs.count} passes recorded", flush=True)
        if device.type == "cuda":
            print(f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB at most", flush=True)
        del sides
        if device.type == "cuda":
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
