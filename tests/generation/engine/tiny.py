"""A byte-level tokenizer trained on a few lines and a random model that uses it: no downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast
from transformers.models.cohere import CohereConfig
from transformers.models.gemma2 import Gemma2Config
from transformers.models.gemma3 import Gemma3TextConfig
from transformers.models.mixtral import MixtralConfig
from transformers.models.qwen3 import Qwen3Config

from generation.constraint.session import ConstraintSession
from generation.constraint.tokenizer.token_bytes import TokenTable
from generation.engine.contract import Sampling
from generation.engine.decoding.run import DecodingInput, DecodingRun, SampledToken
from generation.engine.loading.model import LoadedModel, stop_tokens
from generation.engine.local import make_run
from generation.engine.model.cuda_graphs import CudaGraphs
from generation.engine.model.runner import ModelRunner
from generation.engine.scheduler.batch import Batch
from generation.engine.scheduler.sequence_group import SequenceGroup
from generation.engine.stats.counters import Counters

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


# What sets each apart: grouped heads, norms on the heads, a sliding window and tied embeddings,
# soft-capped logits, scaled logits, a mixture of experts.
ARCHITECTURES: dict[str, tuple[type, dict[str, Any]]] = {
    "llama": (LlamaConfig, {}),
    "qwen3": (Qwen3Config, {"head_dim": 8}),
    "gemma2": (
        Gemma2Config,
        {
            "head_dim": 8,
            "sliding_window": 6,
            "final_logit_softcapping": 3.0,
            "query_pre_attn_scalar": 8,
        },
    ),
    "gemma3": (
        Gemma3TextConfig,
        {
            "head_dim": 8,
            "sliding_window": 6,
            "layer_types": ["sliding_attention", "full_attention"],
            "query_pre_attn_scalar": 8,
        },
    ),
    "cohere": (CohereConfig, {"logit_scale": 0.3}),
    "mixtral": (MixtralConfig, {"num_local_experts": 4, "num_experts_per_tok": 2}),
}


def model(seed: int = 0, architecture: str = "llama", **overrides: Any) -> Any:
    """Two layers with random weights; a large spread makes its choices definite."""
    torch.manual_seed(seed)
    configuration, own = ARCHITECTURES[architecture]
    config = configuration(
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
            **own,
            **overrides,
        }
    )
    return AutoModelForCausalLM.from_config(config).eval()


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


@cache
def rows(seed: int = 0, architecture: str = "llama", initializer_range: float = 0.4) -> ModelRunner:
    """Return a runner of the model that `model` makes."""
    return ModelRunner(model(seed, architecture, initializer_range=initializer_range))


@cache
def as_on_a_gpu(seed: int = 0, architecture: str = "llama") -> ModelRunner:
    """Return a runner of the same model on the code paths of a GPU."""
    made = ModelRunner(model(seed, architecture))
    use_gpu_paths(made)
    return made


def use_gpu_paths(runner: ModelRunner) -> None:
    """Take the code paths of a GPU, with CPU tensors: one product for all rows, `LogitMask`, and
    copies of selected scores. Only a CUDA graph cannot run here; the same operations on the same
    fixed tensors replace it.
    """

    def capture(compute: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Callable[[], None]]:
        logits = compute().clone()

        def replay() -> None:
            logits.copy_(compute())

        return logits, replay

    runner._on_cpu = False
    assert runner.head is not None
    runner.head.one_product_per_list = False
    runner.graphs = CudaGraphs(runner._model, runner._masks, runner.device, capture)


class RecordingGroup(SequenceGroup):
    """Records the tokens of its run, or the error that ended it.

    on_tokens: Called after each step.
    """

    def __init__(self, run: DecodingRun, **options: Any) -> None:
        super().__init__(run, **options)
        self.tokens: list[SampledToken] = []
        self.error: Exception | None = None
        self.on_tokens: Callable[[], None] | None = None

    @property
    def ids(self) -> list[int]:
        if self.error is not None:
            raise self.error
        return [each.token for each in self.tokens]

    def accept(self, tokens: Sequence[SampledToken]) -> bool:
        self.tokens += tokens
        if self.on_tokens is not None:
            self.on_tokens()
        return False

    def fail(self, error: Exception) -> None:
        self.error = error


def batch(of: ModelRunner, **limits: int) -> Batch:
    return Batch(
        of,
        Counters(),
        **{"max_rows": 64, "max_tokens": 100_000, "chunk": 256, "prefix_tokens": 4096, **limits},
    )


def group(
    prompt: Sequence[int],
    sampling: Sampling,
    session: ConstraintSession | None = None,
    **options: Any,
) -> RecordingGroup:
    """Make a run and its group; the output head is restricted to what the session can reach."""
    stops = options.pop("stops", frozenset(loaded().stop_ids))
    given = DecodingInput(
        list(prompt),
        sampling,
        session,
        stops,
        options.pop("marks", None),
        continuing=loaded().table.continuing,
    )
    limit = len(prompt) + sampling.max_tokens
    reachable = session.reachable if session else None
    return RecordingGroup(make_run(given), limit=limit, reachable=reachable, **options)


def decode(model: ModelRunner, *groups: RecordingGroup, **limits: int) -> list[list[int]]:
    """Return the tokens of each group, all of them decoded in one batch."""
    together = batch(model, **limits)
    for each in groups:
        together.join(each)
    while together.busy:
        together.step()
    return [each.ids for each in groups]
