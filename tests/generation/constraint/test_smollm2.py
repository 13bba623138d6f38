"""SmolLM2 with and without a list, and beside `generate()`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.finish import Finish
from generation.constraint.lint.wordlist import lint_wordlist
from generation.constraint.session import ConstraintSession
from tests.generation.constraint.real_tokenizers import real_tokenizer
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.parse import parse
from vocab.words.starter_lists import starter_list

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")

PROMPTS = [
    "Tell me in one short sentence what a dog is.",
    "Write two short sentences about the sea.",
    "What does a teacher do? Answer in one sentence.",
]


@cache
def english() -> tuple[str, ...]:
    return tuple(parse(Path(settings.BASE_DIR, "wordlists", "en.txt").read_bytes()).words)


@cache
def smollm2() -> Any:
    from generation.engine.loading.model import ModelOptions, load_model

    folder = Path(settings.MODELS_DIR) / "SmolLM2-135M-Instruct"
    if not folder.exists():
        pytest.skip("no SmolLM2: run `manage.py prepare_model`")
    return load_model(ModelOptions(source=str(folder), dtype="float32"))


@pytest.mark.model
@pytest.mark.parametrize("question", PROMPTS)
def test_a_list_that_holds_the_free_answer_changes_nothing(question: str) -> None:
    from generation.engine.contract import Message, Sampling
    from generation.engine.model.runner import ModelRunner
    from generation.engine.processors.chat_template import ChatTemplate
    from generation.engine.processors.prompt import build_prompt

    loaded = smollm2()
    stops = frozenset(loaded.stop_ids)
    prompt = build_prompt(
        ChatTemplate(loaded.tokenizer), [Message("user", question)], limit=500, truncate=False
    )
    # The answer ends by itself long before the limit, so that the budget, which holds tokens back
    # only in the last few, plays no part.
    sampling = Sampling(max_tokens=120, temperature=0.0)

    def answer(session: ConstraintSession | None) -> list[int]:
        each = tiny.group(prompt.ids, sampling, session, stops=stops)
        return tiny.decode(ModelRunner(loaded.model), each)[0]

    free = answer(None)
    assert free[-1] in stops
    assert len(free) < 80
    text = loaded.table.text(free).decode()
    used = dict.fromkeys(_WORD.findall(text))
    words = [*used, *(word for word in english()[:700] if word not in used)][: len(used) + 500]
    listed = Lexicon(words, "en")
    session = TokenAutomaton(
        WordPaths(listed, loaded.table, loaded.encode),
        len(words),
        loaded.stop_ids,
        finish=Finish.WORD,
    )
    assert answer(session) == free, text


@pytest.mark.model
@pytest.mark.parametrize("beams", [1, 4])
@pytest.mark.parametrize("constrained", [True, False])
def test_smollm2_writes_what_generate_writes(beams: int, constrained: bool) -> None:
    from transformers import AutoModelForCausalLM

    from generation.engine.contract import Message, Sampling
    from generation.engine.model.runner import ModelRunner
    from generation.engine.processors.chat_template import ChatTemplate
    from generation.engine.processors.prompt import build_prompt
    from tests.generation.engine.test_decoding import generate

    loaded = smollm2()
    stops = frozenset(loaded.stop_ids)
    # As transformers loads it: the engine has packed the weights of the other one.
    plain = AutoModelForCausalLM.from_pretrained(
        Path(settings.MODELS_DIR) / "SmolLM2-135M-Instruct", dtype="float32"
    )
    listed = Lexicon(english()[:1000], "en")
    session = TokenAutomaton(
        WordPaths(listed, loaded.table, loaded.encode), 1000, loaded.stop_ids, finish=Finish.WORD
    )
    sampling = Sampling(max_tokens=20, temperature=0.0, num_beams=beams)
    model = ModelRunner(loaded.model)
    entries, expected = [], []
    for question in PROMPTS[:2]:
        turns = [Message("user", question)]
        prompt = build_prompt(ChatTemplate(loaded.tokenizer), turns, limit=500, truncate=False).ids
        used = session if constrained else None
        entries.append(tiny.group(prompt, sampling, used, stops=stops))
        expected.append(
            generate(plain, prompt, used, stops=stops, max_new_tokens=20, num_beams=beams)
        )
    assert tiny.decode(model, *entries) == expected


@pytest.mark.parametrize("language", ["en", "fr", "tr"])
def test_every_entry_of_a_shipped_list_can_be_written(language: str) -> None:
    """Also those that only attach to words or are parts of them, such as n't."""
    tokenizer = real_tokenizer("smollm2")
    lexicon = Lexicon(starter_list(language).entries, language)
    lint = lint_wordlist(
        lexicon, tokenizer.table, tokenizer.encode, tokenizer="SmolLM2", word_counts=()
    )
    assert lint.entries == 20_000
    assert lint.unreachable == ()
