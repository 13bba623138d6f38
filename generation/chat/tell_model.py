"""What the prompt says of the wordlist: `vocab_tell_model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from generation.engine.contract import Message

SYSTEM_ROLES = ("system", "developer")
BETWEEN = "\n\n"


def is_told(parameters: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the model is told of the list. By default it is, unless the caller has written
    a system message.

    parameters: Validated fields. A job that is older than the field lacks it, and tells nothing.
    """
    chosen: bool | None = parameters.get("vocab_tell_model", False)
    if chosen is not None:
        return chosen
    return all(message["role"] not in SYSTEM_ROLES for message in messages)


def tell(messages: Sequence[Message], rule: str) -> tuple[Message, ...]:
    """Add the rule to the last system message. Without one, it becomes one.

    A template without a system role has it at the start of the first turn (see `TemplateTurns`).
    """
    last = max((i for i, each in enumerate(messages) if each.role == "system"), default=None)
    if last is None:
        return (Message("system", rule), *messages)
    given = messages[last]
    told = replace(given, content=given.content + BETWEEN + rule)
    return (*messages[:last], told, *messages[last + 1 :])
