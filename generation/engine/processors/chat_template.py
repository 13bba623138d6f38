"""A model's chat template and its tokenizer: from messages to token ids.

Any thread may use it: the tokenizer is not changed after the first use. A text is encoded without
the interpreter's lock, so that the other threads of the process continue.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from generation.engine.contract import InvalidPrompt, Message


class ChatTemplate:
    """tokenizer: A tokenizer of transformers; one without a template continues the plain text."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        # A tokenizer's file may ask for these. Other threads may use it, so they are only changed
        # if necessary.
        if self._backend.truncation is not None:
            self._backend.no_truncation()
        if self._backend.padding is not None:
            self._backend.no_padding()

    @cached_property
    def longest_token(self) -> int:
        """The number of characters of the longest token: no text has fewer tokens than its number
        of characters divided by this.
        """
        return max(map(len, self._backend.get_vocab(with_added_tokens=True)))

    def ids(
        self,
        messages: Sequence[Message],
        *,
        enable_thinking: bool = False,
        begin_answer: bool = True,
    ) -> list[int]:
        """Return the prompt's token ids without a limit.

        begin_answer: End with the template's markers of the answer's start. Raises InvalidPrompt if
        the template rejects the messages.
        """
        if not self._tokenizer.chat_template:
            # A base model has no template: it continues the text of the messages.
            plain = "\n\n".join(message.content for message in messages) + "\n\n"
            return self.encode(plain, special=True)
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            rendered = self._tokenizer.apply_chat_template(
                turns,
                tokenize=False,
                add_generation_prompt=begin_answer,
                enable_thinking=enable_thinking,
            )
        except Exception as error:
            raise InvalidPrompt(
                f"The model's chat template refuses these messages: {error}"
            ) from error
        return self.encode(rendered)

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """special: Add the tokenizer's tokens around the text."""
        # Not `encode`, which holds the interpreter's lock: a second for each megabyte.
        (encoding,) = self._backend.encode_batch_fast([text], add_special_tokens=special)
        ids: list[int] = encoding.ids
        return ids
