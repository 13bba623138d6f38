"""The turns that a chat template takes, and conversations made of such turns.

Some templates have no system role, take one system message only, or insist that user and assistant
alternate. Templates are programs, so this is found by rendering short conversations once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from generation.engine.contract import InvalidPrompt, Message

logger = logging.getLogger(__name__)

Render = Callable[[Sequence[Mapping[str, str]]], str]

BETWEEN = "\n\n"  # between two messages that become one
# Short, because a template may shorten contents, and in no template.
_CONTENTS = ("zqxa", "zqxb", "zqxc")


@dataclass(frozen=True, slots=True)
class TemplateTurns:
    """What a template writes without an error and without leaving out a message.

    system: A system message. several_systems: Two of them.
    same_role: Two user turns after each other.
    answer_first: An assistant's turn before the first user turn.
    """

    system: bool = True
    several_systems: bool = True
    same_role: bool = True
    answer_first: bool = True

    @classmethod
    def of(cls, render: Render) -> TemplateTurns:
        """render: Returns the template's text for these turns, or raises."""

        def takes(*roles: str) -> bool:
            turns = [
                {"role": role, "content": content}
                for role, content in zip(roles, _CONTENTS, strict=False)
            ]
            try:
                text = render(turns)
            except Exception as error:
                logger.debug("the chat template refuses %s: %s", ", ".join(roles), error)
                return False
            return all(turn["content"] in text for turn in turns)

        if not takes("user"):
            return cls()  # nothing can be found out, so nothing is changed
        system = takes("system", "user")
        return cls(
            system=system,
            several_systems=system and takes("system", "system", "user"),
            same_role=takes("user", "user"),
            answer_first=takes("assistant", "user"),
        )

    def check(self, messages: Sequence[Message]) -> None:
        """Raise InvalidPrompt, naming the message, if `arranged` cannot help.

        messages: All of them, in the order of the request.
        """
        first = next((each for each in messages if each.role != "system"), None)
        if self.answer_first or first is None or first.role != "assistant":
            return
        if self.system or all(each.role != "system" for each in messages):
            # Otherwise a system message becomes the first user turn.
            where = f"messages[{first.position}].role"
            raise InvalidPrompt(
                f"{where}: this model's chat template needs a user's turn before the first answer.",
                where,
            )

    def arranged(self, messages: Sequence[Message]) -> list[Message]:
        """Return the conversation with the system messages first, and with messages joined where
        the template would refuse or lose them.
        """
        messages = system_first(messages)
        if not self.several_systems:
            messages = _joined(messages, {"system"})
        if not self.system and messages and messages[0].role == "system":
            messages = [replace(messages[0], role="user"), *messages[1:]]
            if len(messages) > 1 and messages[1].role == "user":
                messages = [*_joined(messages[:2], {"user"}), *messages[2:]]
        return messages if self.same_role else _joined(messages, {"user", "assistant"})

    def notes(self) -> Iterator[str]:
        """Yield what a person should know, in sentences."""
        if not self.system:
            yield (
                "The chat template has no system role: system messages become the beginning of the"
                " first user turn."
            )
        elif not self.several_systems:
            yield "The chat template takes one system message: several are joined."
        if not self.same_role:
            yield "In the chat template roles alternate: turns of one role in a row are joined."


def system_first(messages: Sequence[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: message.role != "system")


def _joined(messages: Sequence[Message], roles: set[str]) -> list[Message]:
    """Join neighbours of the same role, if it is one of `roles`."""
    joined: list[Message] = []
    for message in messages:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.role == message.role
            and message.role in roles
            and not last.tool_calls
        ):
            joined[-1] = replace(message, content=last.content + BETWEEN + message.content)
        else:
            joined.append(message)
    return joined
