"""Chat templates that do not take every conversation: what is joined, and what is refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.engine.contract import InvalidPrompt, Message, Role
from generation.engine.processors.chat_template import ChatTemplate
from generation.engine.processors.prompt import build_prompt
from generation.engine.processors.template_turns import TemplateTurns
from generation.engine.processors.thinking import opened_tag
from tests.generation.engine import tiny

TURN = "<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n"
ANSWER = "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
# One system message, then user and assistant in turn, as Mistral's and Llama 2's.
STRICT = (
    "{% set rest = messages[1:] if messages[0]['role'] == 'system' else messages %}"
    "{% if rest != messages %}<|start|>system\n{{ messages[0]['content'] }}<|end|>\n{% endif %}"
    "{% for m in rest %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('turns must go user, assistant, user') }}{% endif %}"
    f"{TURN}{{% endfor %}}{ANSWER}"
)
# As Gemma 2's.
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    f"{{% endif %}}{STRICT}"
)
# Says nothing of a system message and writes none.
LOSES_SYSTEM = f"{{% for m in messages if m['role'] != 'system' %}}{TURN}{{% endfor %}}{ANSWER}"
# Writes the first system message only.
LOSES_SECOND = (
    "{% if messages[0]['role'] == 'system' %}<|start|>system\n{{ messages[0]['content'] }}<|end|>\n"
    f"{{% endif %}}{LOSES_SYSTEM}"
)
ALWAYS_THINKS = tiny.CHAT_TEMPLATE.replace(
    "assistant\n{% endif %}", "assistant\n<think>\n{% endif %}"
)
TEMPLATES = {
    "any": tiny.CHAT_TEMPLATE,
    "strict": STRICT,
    "no system": NO_SYSTEM,
    "loses system": LOSES_SYSTEM,
    "loses second": LOSES_SECOND,
}


def template_of(text: str | None) -> ChatTemplate:
    tokenizer = copy.deepcopy(tiny.tokenizer())
    tokenizer.chat_template = text
    return ChatTemplate(tokenizer)


def expected(text: str, *turns: tuple[str, str]) -> list[int]:
    """Return what transformers makes of a conversation that the template takes."""
    tokenizer = copy.deepcopy(tiny.tokenizer())
    tokenizer.chat_template = text
    ids: Any = tokenizer.apply_chat_template(
        [{"role": role, "content": content} for role, content in turns],
        add_generation_prompt=True,
        return_dict=False,
    )
    return list(ids)


SYSTEMS = [Message("system", "You teach."), Message("system", "Be short.")]
JOINED = "You teach.\n\nBe short."
DOG = Message("user", "a dog")
CAT = Message("user", "a cat")
YES = Message("assistant", "yes")


@pytest.mark.parametrize(
    ("name", "turns"),
    [
        ("any", TemplateTurns()),
        ("strict", TemplateTurns(several_systems=False, same_role=False, answer_first=False)),
        ("no system", TemplateTurns(False, False, same_role=False, answer_first=False)),
        ("loses system", TemplateTurns(system=False, several_systems=False)),
        ("loses second", TemplateTurns(several_systems=False)),
    ],
)
def test_what_a_template_takes_is_found_by_rendering(name: str, turns: TemplateTurns) -> None:
    assert template_of(TEMPLATES[name]).turns == turns


@pytest.mark.parametrize("name", ["strict", "loses second"])
def test_two_system_messages_are_joined_where_one_is_taken(name: str) -> None:
    ids = template_of(TEMPLATES[name]).ids([*SYSTEMS, DOG])
    assert ids == expected(TEMPLATES[name], ("system", JOINED), ("user", "a dog"))


@pytest.mark.parametrize("name", ["no system", "loses system"])
def test_without_a_system_role_its_message_begins_the_first_user_turn(name: str) -> None:
    template = template_of(TEMPLATES[name])
    turn = ("user", f"{JOINED}\n\na dog")
    rest = [("assistant", "yes"), ("user", "a cat")]
    assert template.ids([*SYSTEMS, DOG]) == expected(TEMPLATES[name], turn)
    assert template.ids([DOG, SYSTEMS[0], YES, CAT, SYSTEMS[1]]) == expected(
        TEMPLATES[name], turn, *rest
    )
    assert template.ids(SYSTEMS) == expected(TEMPLATES[name], ("user", JOINED))


def test_turns_of_one_role_in_a_row_are_joined_where_roles_alternate() -> None:
    ids = template_of(STRICT).ids([DOG, CAT, YES, YES, DOG])
    turns = [("user", "a dog\n\na cat"), ("assistant", "yes\n\nyes"), ("user", "a dog")]
    assert ids == expected(STRICT, *turns)


def test_a_template_that_takes_everything_gets_the_messages_as_they_are() -> None:
    messages = [*SYSTEMS, YES, DOG, CAT]
    turns = [(each.role, each.content) for each in messages]
    assert template_of(TEMPLATES["any"]).ids(messages) == expected(TEMPLATES["any"], *turns)


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([YES, DOG], "messages[0].role"),
        ([SYSTEMS[0], YES, DOG], "messages[1].role"),
        ([YES, SYSTEMS[0], DOG], "messages[0].role"),
    ],
)
@pytest.mark.parametrize("truncate", [True, False])
def test_an_answer_before_the_first_question_is_refused_by_its_place_in_the_request(
    messages: list[Message], field: str, truncate: bool
) -> None:
    sent = [replace(message, position=index) for index, message in enumerate(messages)]
    with pytest.raises(InvalidPrompt) as refused:
        build_prompt(template_of(STRICT), sent, limit=300, truncate=truncate)
    assert refused.value.param == field
    assert str(refused.value).startswith(f"{field}: ")


ROLES: list[Role] = ["system", "user", "assistant"]


@given(st.sampled_from(sorted(TEMPLATES)), st.lists(st.sampled_from(ROLES), min_size=1, max_size=7))
@settings(max_examples=150, deadline=None)
def test_every_conversation_is_written_whole_or_refused_by_a_field(
    name: str, roles: list[Role]
) -> None:
    """The contents come in their order, system messages first."""
    template = template_of(TEMPLATES[name])
    messages = [Message(role, f"zq{index}", position=index) for index, role in enumerate(roles)]
    try:
        prompt = build_prompt(template, messages, limit=1000, truncate=False)
    except InvalidPrompt as error:
        first = next(index for index, role in enumerate(roles) if role != "system")
        assert (roles[first], error.param) == ("assistant", f"messages[{first}].role")  # noqa: PT017
        return
    text = tiny.tokenizer().decode(prompt.ids)
    ordered = sorted(messages, key=lambda each: each.role != "system")
    places = [text.find(each.content) for each in ordered]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_conversation_that_was_cut_still_suits_its_template(name: str) -> None:
    template = template_of(TEMPLATES[name])
    messages = [*SYSTEMS, DOG, CAT, YES, DOG, DOG, YES, YES, CAT]
    for limit in range(40, 200, 8):
        prompt = build_prompt(template, messages, limit=limit, truncate=True)
        assert len(prompt.ids) <= limit
        assert tiny.tokenizer().decode(prompt.ids).endswith("a cat<|end|>\n<|start|>assistant\n")


def test_a_model_without_a_template_continues_the_messages_as_plain_text() -> None:
    template = template_of(None)
    ids = template.ids([DOG, SYSTEMS[0], YES])
    assert tiny.tokenizer().decode(ids) == "You teach.\n\na dog\n\nyes\n\n"
    (note,) = template.notes()
    assert "no chat template" in note


@pytest.mark.parametrize(
    ("name", "said"),
    [("any", []), ("strict", ["one system message", "alternate"]), ("loses system", ["no system"])],
)
def test_what_is_joined_is_said(name: str, said: list[str]) -> None:
    notes = template_of(TEMPLATES[name]).notes()
    assert len(notes) == len(said)
    for note, part in zip(notes, said, strict=True):
        assert part in note


def test_a_template_that_begins_every_answer_with_a_thought_is_named() -> None:
    (note,) = template_of(ALWAYS_THINKS).notes()
    assert "<think>" in note
    assert "wordlist" in note


@pytest.mark.parametrize(
    ("start", "tag"),
    [
        ("<|im_start|>assistant\n<think>\n", "<think>"),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", None),
        ("<|im_start|>assistant\n", None),
        ("[/INST][THINK]", "[THINK]"),
        ("<|CHATBOT_TOKEN|><|START_THINKING|>", "<|START_THINKING|>"),
        ("<|START_THINKING|><|END_THINKING|>", None),
        ("<seed:think>", "<seed:think>"),
        ("model\n", None),
    ],
)
def test_a_thought_is_open_until_its_end(start: str, tag: str | None) -> None:
    assert opened_tag(start) == tag
