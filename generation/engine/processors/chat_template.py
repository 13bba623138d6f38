"""A model's chat template and its tokenizer: from messages to token ids.

The content of a message is text, whatever it says: a control token's name in it, such as
`<|im_start|>`, is encoded as its characters and cannot begin or end a turn.

Any thread may use it: the tokenizer is not changed after the first use. A text is encoded without
the interpreter's lock, so that the other threads of the process continue.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from generation.engine.contract import InvalidPrompt, Message
from generation.engine.processors.control_tokens import ControlTokens
from generation.engine.processors.template_turns import BETWEEN, TemplateTurns
from generation.engine.processors.thinking import (
    Thinking,
    answer_start,
    opened_tag,
    thinking_of,
    thinking_options,
)
from generation.engine.processors.tool_turns import Arguments, check_tools, probe, turns_of

logger = logging.getLogger(__name__)

PLAIN = (
    "The model has no chat template: its prompt is the text of each message and an empty line after"
    " it, without roles."
)
ALWAYS_THINKS = (
    "The chat template begins every answer with {tag}, and no token of its own ends the thought."
    " Under a wordlist the whole reply is written as a thought."
)
ENDS_THOUGHT = (
    "The chat template begins every answer with {tag}. Without enable_thinking the prompt ends the"
    " thought at once."
)


@dataclass(frozen=True, slots=True)
class AnswerStart:
    """What a prompt ends with.

    thinks: Whether the template is told that the model may think. ids: Follow the template's text.
    """

    thinks: bool = False
    ids: tuple[int, ...] = ()


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
        begin_answer: bool = True,
        start: AnswerStart | None = None,
    ) -> list[int]:
        """Return the prompt's token ids without a limit.

        begin_answer: End with the template's markers of the answer's start.
        start: What follows them; None for an answer without a thought.
        Raises InvalidPrompt if the template rejects the messages, or cannot write the tool calls in
        them.
        """
        start = self.answer() if start is None else start
        messages = self.turns.arranged(messages)
        check_tools(messages, self._arguments)
        if not self._tokenizer.chat_template:
            # A base model has no template: it continues the text of the messages (PLAIN).
            mark, contents = self._controls.broken([message.content for message in messages])
            plain = "".join(content + BETWEEN for content in contents)
            return self._encode_parts(plain, mark, special=True)
        try:
            mark, turns = turns_of(messages, self._arguments, self._controls.broken)
            rendered = self.render(
                turns, add_generation_prompt=begin_answer, **thinking_options(start.thinks)
            )
        except Exception as error:
            raise InvalidPrompt(
                f"The model's chat template refuses these messages: {error}"
            ) from error
        ids = self._encode_parts(rendered, mark)
        return [*ids, *start.ids] if begin_answer else ids

    def answer(self) -> AnswerStart:
        """Return the start of an answer without a thought."""
        marks = self.thinking
        return AnswerStart(False, tuple(self.encode(marks.without)) if marks else ())

    def thought(self) -> AnswerStart:
        """Return the start of a thought. The template must have thoughts."""
        return AnswerStart(True, tuple(self.encode(self._marks.opening)))

    def answer_after(self, thought: str) -> AnswerStart:
        """Return the start of an answer after a thought."""
        mark, (text,) = self._controls.broken([thought])
        marks = self._marks
        # A thought may have the name of the token that ends it.
        written = [token for token in self._encode_parts(text, mark) if token != marks.end]
        ids = (*self.encode(marks.opening), *written, *self.encode(marks.closing))
        return AnswerStart(True, ids)

    @cached_property
    def thinking(self) -> Thinking | None:
        """How the template writes thoughts; None if it has none that can be split."""
        if not self._tokenizer.chat_template:
            return None
        return thinking_of(self.render, self._first_marker)

    @property
    def _marks(self) -> Thinking:
        assert self.thinking is not None  # noqa: S101
        return self.thinking

    def _first_marker(self, text: str) -> int | None:
        """Return the first added token in a text that is more than space."""
        added = self._backend.get_added_tokens_decoder()
        return next(
            (id_ for id_ in self.encode(text) if id_ in added and added[id_].content.strip()), None
        )

    @cached_property
    def turns(self) -> TemplateTurns:
        if not self._tokenizer.chat_template:
            return TemplateTurns()
        return TemplateTurns.of(self.render)

    def notes(self) -> tuple[str, ...]:
        """Return what a person should know of this model's prompts, in sentences."""
        if not self._tokenizer.chat_template:
            return (PLAIN,)
        try:
            tag = opened_tag(answer_start(self.render, enabled=False))
        except Exception as error:
            logger.debug("the chat template refuses a user turn: %s", error)
            tag = None
        note = ENDS_THOUGHT if self.thinking else ALWAYS_THINKS
        thinks = () if tag is None else (note.format(tag=tag),)
        return (*self.turns.notes(), *thinks)

    def render(self, turns: Sequence[Mapping[str, Any]], **options: Any) -> str:
        """Return the text of the template. Raises what the template raises."""
        rendered: str = self._tokenizer.apply_chat_template(
            [dict(turn) for turn in turns], tokenize=False, **options
        )
        return rendered

    def _encode_parts(self, text: str, mark: str, *, special: bool = False) -> list[int]:
        """Encode the text without the marks, each part between two marks for itself."""
        if not mark:
            return self.encode(text, special=special)
        ids: list[int] = []
        if special:
            ids += self._around[0]
        for part in text.split(mark):
            ids += self.encode(part)
        return ids + self._around[1] if special else ids

    @property
    def beginning(self) -> list[int]:
        """The tokens that the tokenizer adds before a text."""
        return self._around[0]

    @cached_property
    def _around(self) -> tuple[list[int], list[int]]:
        """The tokens that the tokenizer adds before and after a text."""
        encoding = self._backend.encode("a", add_special_tokens=True)
        inside = [index for index, added in enumerate(encoding.special_tokens_mask) if not added]
        ids: list[int] = encoding.ids
        return ids[: inside[0]], ids[inside[-1] + 1 :]

    @cached_property
    def _controls(self) -> ControlTokens:
        """The special tokens, and the added tokens that the template itself writes.

        Other added tokens are text that the tokenizer does not split, such as runs of spaces, or
        are read by the template in an earlier answer, such as `<think>`.
        """
        added = self._backend.get_added_tokens_decoder().values()
        written = self._markers_text()
        return ControlTokens(
            [
                token.content
                for token in added
                if token.content.strip() and (token.special or token.content in written)
            ],
            self._backend.normalizer if any(token.normalized for token in added) else None,
        )

    def _markers_text(self) -> str:
        """Return what the template writes around short turns of every role."""
        if not self._tokenizer.chat_template:
            return ""
        return self._plain_markers() + self._probe[1]

    def _plain_markers(self) -> str:
        turns = [{"role": role, "content": "a"} for role in ("system", "user", "assistant", "user")]
        for tried in (turns, turns[1:], turns[:2]):
            try:
                return self.render(tried)
            except Exception as error:
                logger.debug("the chat template refuses %d turns: %s", len(tried), error)
        return ""

    @cached_property
    def _probe(self) -> tuple[Arguments, str]:
        if not self._tokenizer.chat_template:
            return Arguments.NONE, ""
        return probe(partial(self.render, add_generation_prompt=True))

    @property
    def _arguments(self) -> Arguments:
        return self._probe[0]

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """special: Add the tokenizer's tokens around the text."""
        # Not `encode`, which holds the interpreter's lock: a second for each megabyte.
        (encoding,) = self._backend.encode_batch_fast([text], add_special_tokens=special)
        ids: list[int] = encoding.ids
        return ids
