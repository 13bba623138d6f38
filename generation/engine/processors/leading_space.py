"""Whether the tokens of a reply begin with a space that is not part of its text.

Llama 2's template writes a space before every answer, and its tokenizer puts one before every text.
The first word of a reply then has the tokens of a word after a space.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.constraint.tokenizer.token_bytes import TokenTable
from generation.engine.contract import InvalidPrompt, Message
from generation.engine.processors.chat_template import ChatTemplate

_QUESTION, _ANSWER = Message("user", "Hi"), Message("assistant", "Yes")


def begins_answers(template: ChatTemplate, table: TokenTable) -> bool:
    """True if the template puts a space between the prompt's end and an answer."""
    try:
        prompt = template.ids([_QUESTION])
        whole = template.ids([_QUESTION, _ANSWER], begin_answer=False)
    except InvalidPrompt:
        return False
    answer = table.text(whole[len(prompt) :])
    return whole[: len(prompt)] == prompt and answer.startswith(f" {_ANSWER.content}".encode())


def begins_texts(template: ChatTemplate, table: TokenTable, prompt: Sequence[int]) -> bool:
    """True if the tokenizer puts a space before a text that begins after this prompt.

    prompt: Ids, the last of which is a control token; none for the first text.
    """
    before = b"" if list(prompt) == template.beginning else table.control_names.get(prompt[-1], b"")
    return table.text(template.encode(before.decode() + "a")) == b" a"
