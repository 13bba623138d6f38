"""From messages to the token ids of a prompt, within the token limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generation.engine.contract import InvalidPrompt, Message, PromptTooLong


@dataclass(frozen=True, slots=True)
class Prompt:
    ids: list[int]
    truncated: bool = False


def build_prompt(
    tokenizer: Any,
    messages: Sequence[Message],
    *,
    limit: int,
    truncate: bool,
    enable_thinking: bool = False,
) -> Prompt:
    """Render the chat template and make it fit `limit` tokens.

    A prompt that is too long loses its earliest turns, so that the system message and the chat
    template's markers stay. If the last turn alone is too long, its first tokens are dropped.
    Raises PromptTooLong if `truncate` is False, and InvalidPrompt if the template rejects the
    messages.
    """
    ids = render(tokenizer, messages, enable_thinking=enable_thinking)
    if len(ids) <= limit:
        return Prompt(ids)
    if not truncate:
        raise PromptTooLong(limit, len(ids))
    kept = list(messages)
    while len(ids) > limit and (dropped := _first_droppable(kept)) is not None:
        del kept[dropped]
        # Templates require a user's turn first, so an answer is dropped with its question.
        while (first := _first_droppable(kept)) is not None and kept[first].role == "assistant":
            del kept[first]
        ids = render(tokenizer, kept, enable_thinking=enable_thinking)
    return Prompt(ids[-limit:], truncated=True)


def _first_droppable(messages: Sequence[Message]) -> int | None:
    """Return the index of the oldest turn that is neither a system message nor the last turn."""
    for index, message in enumerate(messages[:-1]):
        if message.role != "system":
            return index
    return None


def render(
    tokenizer: Any,
    messages: Sequence[Message],
    *,
    enable_thinking: bool = False,
    begin_answer: bool = True,
) -> list[int]:
    """Return the prompt's token ids without a limit.

    begin_answer: End with the template's markers of the answer's start. Raises InvalidPrompt if the
    model's chat template rejects the messages.
    """
    turns = [{"role": message.role, "content": message.content} for message in messages]
    if not tokenizer.chat_template:
        # A base model has no template: it continues the text of the messages.
        plain = "\n\n".join(message.content for message in messages) + "\n\n"
        return list(tokenizer.encode(plain))
    try:
        rendered = tokenizer.apply_chat_template(
            turns,
            tokenize=False,
            add_generation_prompt=begin_answer,
            enable_thinking=enable_thinking,
        )
    except Exception as error:
        raise InvalidPrompt(f"The model's chat template refuses these messages: {error}") from error
    return list(tokenizer.encode(rendered, add_special_tokens=False))
