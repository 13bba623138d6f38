"""From messages to the token ids of a prompt, within the token limit.

The work is bounded by the limit, not by the size of the messages: what cannot fit because of its
number of characters is dropped before anything is encoded. Each older turn is counted once, and the
chat template is rendered for a few candidates only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from generation.engine.contract import GenerationCancelled, Message, PromptTooLong
from generation.engine.processors.chat_template import AnswerStart, ChatTemplate
from generation.engine.processors.template_turns import system_first

# The last tokens of a shortened text are those of the whole text only after a few tokens.
SPARE_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Prompt:
    ids: list[int]
    truncated: bool = False


def build_prompt(
    template: ChatTemplate,
    messages: Sequence[Message],
    *,
    limit: int,
    truncate: bool,
    start: AnswerStart | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Prompt:
    """Render the chat template and make it fit `limit` tokens.

    A prompt that is too long loses its earliest turns, so that the system message and the chat
    template's markers stay. If the last turn alone is too long, its first tokens are dropped.

    start: How the answer begins; see `ChatTemplate.ids`.
    cancelled: Asked between the parts of the work. Raises GenerationCancelled then, PromptTooLong
    if `truncate` is False, and InvalidPrompt if the template rejects the messages.
    """
    template.turns.check(messages)
    messages = system_first(messages)
    if not truncate:
        characters = sum(len(message.content.strip()) for message in messages)
        at_least = characters // template.longest_token
        if at_least > limit:
            raise PromptTooLong(limit, at_least, exact=False)
        ids = template.ids(messages, start=start)
        if len(ids) > limit:
            raise PromptTooLong(limit, len(ids))
        return Prompt(ids)
    return _Truncation(template, messages, limit, start, cancelled).prompt()


def _last_question(messages: Sequence[Message]) -> int:
    """Return the index from which on all turns stay: the last one, with what a tool's result
    answers.
    """
    index = len(messages) - 1
    if messages[index].role == "tool":
        while index > 0 and messages[index].role != "user":
            index -= 1
    return index


class _Truncation:
    """Finds how many of the earliest turns one prompt must lose.

    cuts: Numbers of turns that may be dropped, ascending. Templates require a user's turn first, so
        an answer is dropped with its question.
    """

    def __init__(
        self,
        template: ChatTemplate,
        messages: Sequence[Message],
        limit: int,
        start: AnswerStart | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self._template = template
        self._limit = limit
        self._start = start
        self._cancelled = cancelled
        self._droppable = [
            index
            for index, message in enumerate(messages[: _last_question(messages)])
            if message.role != "system"
        ]
        self._cuts = [0]
        for number, index in enumerate(self._droppable[1:], start=1):
            if messages[index].role not in ("assistant", "tool"):
                self._cuts.append(number)
        if self._droppable:
            self._cuts.append(len(self._droppable))
        self._messages, least = self._shortened(messages)
        self._first = bisect_left(self._cuts, least)
        self._known: dict[int, list[int]] = {}

    def prompt(self) -> Prompt:
        last = len(self._cuts) - 1
        if self._first == 0 and self._fits(0):
            return Prompt(self._ids(0))
        if not self._fits(last):
            return Prompt(self._ids(last)[-self._limit :], truncated=True)
        guess = max(self._guess(), self._first)
        low, high = guess, last
        if guess > self._first and self._fits(guess - 1):
            low, high = self._first, guess - 1  # the template leaves out a part of the turns
        found = bisect_left(range(high), True, low, key=self._fits)
        return Prompt(self._ids(found), truncated=True)

    def _shortened(self, messages: Sequence[Message]) -> tuple[list[Message], int]:
        """Return the messages without text that cannot be in the prompt, and the least number of
        turns to drop. Both follow from numbers of characters: nothing is encoded for this.
        """
        budget = (self._limit + SPARE_TOKENS) * self._template.longest_token
        shortened = list(messages)
        droppable = set(self._droppable)
        after = kept_after = least = 0
        for index in reversed(range(len(messages))):
            message = messages[index]
            size = len(message.content.strip())
            after += size
            if index not in droppable:
                room = max(budget - kept_after, 1)
                kept_after += size
                if len(message.content) > room:
                    shortened[index] = replace(message, content=message.content[-room:])
            elif not least and after > budget:
                least = bisect_left(self._droppable, index) + 1
        return shortened, least

    def _guess(self) -> int:
        """Return the first cut after which the texts of the turns alone are short enough.

        The template adds tokens to each turn, so usually more turns must be dropped.
        """
        room = self._limit - len(self._ids(len(self._cuts) - 1))
        dropped = len(self._droppable)
        for index in reversed(self._droppable):
            self._check()
            room -= len(self._template.encode(self._messages[index].content))
            if room < 0:
                break
            dropped -= 1
        return bisect_left(self._cuts, dropped)

    def _fits(self, cut: int) -> bool:
        return len(self._ids(cut)) <= self._limit

    def _ids(self, cut: int) -> list[int]:
        if cut not in self._known:
            self._check()
            dropped = set(self._droppable[: self._cuts[cut]])
            kept = [each for index, each in enumerate(self._messages) if index not in dropped]
            self._known[cut] = self._template.ids(kept, start=self._start)
        return self._known[cut]

    def _check(self) -> None:
        if self._cancelled():
            raise GenerationCancelled
