"""Prompts within the token limit: what is kept, and how much work that takes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.engine.contract import (
    GenerationCancelled,
    GenerationRequest,
    Message,
    PromptTooLong,
    Role,
    Sampling,
)
from generation.engine.local import LocalDecoder
from generation.engine.processors.chat_template import ChatTemplate
from generation.engine.processors.prompt import Prompt, build_prompt
from generation.engine.service.engine_thread import ThreadedEngine
from tests.generation.engine import tiny

WAIT = 30.0  # seconds; a test that is right never waits


class CountingTemplate(ChatTemplate):
    """Counts the encoded characters, and records the threads that encode."""

    def __init__(self) -> None:
        super().__init__(tiny.tokenizer())
        self.characters = 0
        self.threads: set[str] = set()

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        self.characters += len(text)
        self.threads.add(threading.current_thread().name)
        return super().encode(text, special=special)


def by_definition(template: ChatTemplate, messages: Sequence[Message], limit: int) -> Prompt:
    """Drop the oldest turn, and the answers to it, until the rest fits."""
    kept = [each for each in messages if each.role == "system"]
    kept += [each for each in messages if each.role != "system"]
    ids = template.ids(kept)
    if len(ids) <= limit:
        return Prompt(ids)
    while len(ids) > limit:
        turns = [each for each in kept[:-1] if each.role != "system"]
        if not turns:
            break
        kept.remove(turns[0])
        for each in turns[1:]:
            if each.role != "assistant":
                break
            kept.remove(each)
        ids = template.ids(kept)
    return Prompt(ids[-limit:], truncated=True)


ROLES: list[Role] = ["system", "user", "assistant"]
messages_strategy = st.lists(
    st.tuples(st.sampled_from(ROLES), st.text("ab ñ\n", max_size=40)), min_size=1, max_size=14
)


@given(messages_strategy, st.integers(1, 250))
@settings(max_examples=150, deadline=None)
def test_it_keeps_what_the_definition_keeps(turns: list[tuple[Role, str]], limit: int) -> None:
    # Different texts, so that `by_definition` removes the right one.
    messages = [Message(role, f"{index} {text}") for index, (role, text) in enumerate(turns)]
    template = ChatTemplate(tiny.tokenizer())
    prompt = build_prompt(template, messages, limit=limit, truncate=True)
    assert prompt == by_definition(template, messages, limit)


def test_a_template_that_leaves_out_a_part_of_the_turns_keeps_more_of_them() -> None:
    import copy

    tokenizer = copy.deepcopy(tiny.tokenizer())
    tokenizer.chat_template = tiny.CHAT_TEMPLATE.replace(
        "{{ message.content }}", "{{ message.content[:4] }}"
    )
    template = ChatTemplate(tokenizer)
    messages = [Message("user", f"{index:04d} " + "casa " * 8) for index in range(40)]
    for limit in (60, 200, 300):
        prompt = build_prompt(template, messages, limit=limit, truncate=True)
        assert prompt == by_definition(template, messages, limit)


@pytest.mark.parametrize(("turns", "size"), [(500, 40), (200, 5_000), (20, 100_000)])
def test_the_work_is_bounded_by_the_limit_and_not_by_the_messages(turns: int, size: int) -> None:
    template = CountingTemplate()
    messages = [Message("user", f"{n} " + "casa " * (size // 5)) for n in range(turns)]
    limit = 300
    prompt = build_prompt(template, messages, limit=limit, truncate=True)
    assert prompt.truncated
    assert 0 < len(prompt.ids) <= limit
    # One by one this is 5 to 100 million characters.
    assert template.characters < 12 * (limit + 16) * template.longest_token


def test_a_turn_alone_that_is_too_long_costs_its_end_only() -> None:
    template = CountingTemplate()
    end = Message("user", "hola " * 100_000 + "final")
    messages = [Message("system", "casa " * 100_000), Message("user", "uno"), end]
    prompt = build_prompt(template, messages, limit=20, truncate=True)
    expected = ChatTemplate(tiny.tokenizer()).ids([Message("user", "hola " * 100 + "final")])
    assert prompt == Prompt(expected[-20:], truncated=True)
    assert template.characters < 10 * (20 + 16) * template.longest_token


def test_messages_that_cannot_fit_are_refused_before_they_are_encoded() -> None:
    template = CountingTemplate()
    with pytest.raises(PromptTooLong, match=r"resulted in at least \d+ tokens"):
        build_prompt(template, [Message("user", "hola " * 100_000)], limit=20, truncate=False)
    assert template.characters == 0


def test_a_sender_that_leaves_ends_the_work() -> None:
    template = CountingTemplate()
    calls = iter([False] * 5)
    messages = [Message("user", f"casa {n}") for n in range(100)]
    with pytest.raises(GenerationCancelled):
        build_prompt(
            template, messages, limit=300, truncate=True, cancelled=lambda: next(calls, True)
        )
    assert 0 < template.characters < 6 * sum(len(each.content) + 40 for each in messages)


def test_the_engines_thread_encodes_no_long_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    templates: list[CountingTemplate] = []

    def counting(tokenizer: Any) -> CountingTemplate:
        templates.append(CountingTemplate())
        return templates[-1]

    monkeypatch.setattr("generation.engine.processors.input.ChatTemplate", counting)
    decoder = LocalDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)
    engine = ThreadedEngine(lambda: decoder, 8)
    sampling = Sampling(max_tokens=2, temperature=0.0)
    long = tuple(Message("user", f"{n} " + "casa " * 8) for n in range(400))
    completion = engine.submit(GenerationRequest(messages=long, sampling=sampling)).result(WAIT)
    assert completion.prompt_truncated
    assert completion.prompt_tokens <= 200
    assert templates[0].threads == {"engine-build"}
