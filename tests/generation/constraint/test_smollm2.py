"""SmolLM2 with and without a list, and beside `generate()`."""

from __future__ import annotations

import gc
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
from generation.engine.cpu.release_memory import release_memory
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


def model_folder() -> Path:
    folder = Path(settings.MODELS_DIR) / "SmolLM2-135M-Instruct"
    if not folder.exists():
        pytest.skip("no SmolLM2: run `manage.py prepare_model`")
    return folder


@cache
def smollm2() -> Any:
    from generation.engine.loading.model import ModelOptions, load_model

    return load_model(ModelOptions(source=str(model_folder()), dtype="float32"))


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
def test_smollm2_writes_what_generate_writes() -> None:
    from transformers import AutoModelForCausalLM

    from generation.engine.contract import Message, Sampling
    from generation.engine.loading.model import stop_tokens
    from generation.engine.loading.tokenizer import load_chat_tokenizer
    from generation.engine.model.runner import ModelRunner
    from generation.engine.processors.chat_template import ChatTemplate
    from generation.engine.processors.prompt import build_prompt
    from tests.generation.engine.test_decoding import generate

    folder, listed = model_folder(), Lexicon(english()[:1000], "en")
    tokenizer = load_chat_tokenizer(str(folder))
    template = ChatTemplate(tokenizer)
    prompts = [
        build_prompt(template, [Message("user", question)], limit=500, truncate=False).ids
        for question in PROMPTS[:2]
    ]
    # As transformers loads it: the engine packs the weights of the other one. The two are not in
    # memory together.
    smollm2.cache_clear()
    gc.collect()
    release_memory()
    plain = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    stop_ids = stop_tokens(plain, tokenizer)
    stops = frozenset(stop_ids)
    real = real_tokenizer("smollm2")
    session = TokenAutomaton(
        WordPaths(listed, real.table, real.encode), 1000, stop_ids, finish=Finish.WORD
    )
    ways = [(beams, used) for beams in (1, 4) for used in (session, None)]
    expected = [
        [
            generate(plain, prompt, used, stops=stops, max_new_tokens=20, num_beams=beams)
            for prompt in prompts
        ]
        for beams, used in ways
    ]
    del plain
    gc.collect()
    release_memory()
    model = ModelRunner(smollm2().model)
    for (beams, used), texts in zip(ways, expected, strict=True):
        sampling = Sampling(max_tokens=20, temperature=0.0, num_beams=beams)
        entries = [tiny.group(prompt, sampling, used, stops=stops) for prompt in prompts]
        assert tiny.decode(model, *entries) == texts, (beams, used)


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
