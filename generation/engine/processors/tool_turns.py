"""What a chat template is given of a message, with tool calls in the form that it can write.

Templates differ: most take the arguments of a call as an object, some as text, and many leave out
calls without an error. So a conversation with a call is rendered as a probe.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from generation.engine.contract import InvalidPrompt, Message, ToolCall

logger = logging.getLogger(__name__)

Text = Callable[[str], str]
Turns = list[dict[str, Any]]


class Arguments(Enum):
    """The form of a call's arguments that a chat template can write."""

    OBJECT = "object"
    TEXT = "text"
    NONE = "none"


# Some templates refuse an id that does not have nine letters and digits.
PROBE = (
    Message("user", "question0"),
    Message("assistant", "", (ToolCall("callid001", "toolname0", '{"key00": "value00"}'),)),
    Message("tool", "result00", tool_call_id="callid001", tool_name="toolname0"),
)
PROBE_TEXTS = ("question0", "toolname0", "key00", "value00", "result00")


def probe(render: Callable[[Turns], str]) -> tuple[Arguments, str]:
    """Return the form that the template writes, and the text that it made of the probe."""
    for form in (Arguments.OBJECT, Arguments.TEXT):
        try:
            rendered = render([turn_of(message, str, form) for message in PROBE])
        except Exception as error:
            logger.debug("the chat template refuses arguments as %s: %s", form.value, error)
            continue
        if all(text in rendered for text in PROBE_TEXTS):
            return form, rendered
    return Arguments.NONE, ""


def turns_of(
    messages: Sequence[Message],
    form: Arguments,
    with_marks: Callable[[Sequence[str]], tuple[str, list[str]]],
) -> tuple[str, Turns]:
    """Return the mark and the turns. with_marks: Returns a mark, and the texts with it in them."""
    texts: list[str] = []

    def collect(text: str) -> str:
        texts.append(text)
        return text

    for message in messages:
        turn_of(message, collect, form)
    mark, marked = with_marks(texts)
    following = iter(marked)  # the turns have their texts in the same order again
    return mark, [turn_of(message, lambda _: next(following), form) for message in messages]


def turn_of(message: Message, text: Text, form: Arguments) -> dict[str, Any]:
    """Return the template's input. text: Applied to all that the client has written."""
    turn: dict[str, Any] = {"role": message.role, "content": text(message.content)}
    if message.tool_calls:
        turn["tool_calls"] = [
            {
                "id": text(call.id),
                "type": "function",
                "function": {"name": text(call.name), "arguments": _arguments(call, text, form)},
            }
            for call in message.tool_calls
        ]
    if message.role == "tool":
        turn |= {"tool_call_id": text(message.tool_call_id), "name": text(message.tool_name)}
    return turn


def check_tools(messages: Sequence[Message], form: Arguments) -> None:
    """Raise InvalidPrompt if the messages have calls or results that the template cannot write."""
    if form is not Arguments.NONE:
        return
    for message in sorted(messages, key=lambda each: each.position):
        if message.tool_calls or message.role == "tool":
            where = f"messages[{message.position}].role"
            raise InvalidPrompt(
                f"{where}: This model's chat template has no tool calls, so it cannot read a"
                " conversation with them. Send the messages without tool_calls and tool results.",
                where,
            )


def _arguments(call: ToolCall, text: Text, form: Arguments) -> Any:
    if form is Arguments.TEXT:
        return text(call.arguments)
    return _mapped(json.loads(call.arguments), text)


def _mapped(value: Any, text: Text) -> Any:
    match value:
        case str():
            return text(value)
        case dict():
            return {text(name): _mapped(each, text) for name, each in value.items()}
        case list():
            return [_mapped(each, text) for each in value]
    return value
