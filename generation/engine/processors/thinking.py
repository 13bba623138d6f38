"""How a chat template writes a thought before an answer, found by rendering short conversations.

A thought can be split from the answer only if it ends with a token of its own, such as `</think>`
or `<|end|>`: the model writes the thought up to this token, and then the answer, for which other
rules hold.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

logger = logging.getLogger(__name__)

# Short, because a template may shorten contents, and in no template.
_QUESTION, _THOUGHT, _ANSWER = "zqxa", "zqxb", "zqxc"
_TAG = re.compile(
    r"[<\[]\|?(?:\w+:)?(?:start_)?(?P<name>think|thinking|thought|reasoning)\|?[>\]]", re.IGNORECASE
)


class Render(Protocol):
    """Returns the template's text, or raises what the template raises."""

    def __call__(self, turns: Sequence[Mapping[str, Any]], **options: Any) -> str: ...


# Returns the id of the first control or added token in a text, or None.
FirstToken = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Thinking:
    """opening: Begins a thought; empty if the template's prompt ends with it.
    closing: Stands between the thought and the answer. end: The token in it that ends the thought.
    without: Follows the prompt of an answer without a thought.
    """

    opening: str
    closing: str
    end: int
    without: str


def thinking_of(render: Render, first_token: FirstToken) -> Thinking | None:
    """Return how the template writes thoughts; None if it has none that can be split."""
    try:
        marks = _written(render) or _switched_off(render) or _opened(render)
    except Exception as error:
        logger.debug("the chat template refuses a user turn: %s", error)
        return None
    if marks is None:
        return None
    opening, closing = marks
    end = first_token(closing)
    if end is None:
        return None
    return Thinking(opening, closing, end, _without(render, closing, first_token))


def thinking_options(enabled: bool) -> dict[str, bool]:
    """Return the variables by which templates switch thoughts: Qwen's, and DeepSeek's."""
    return {"enable_thinking": enabled, "thinking": enabled}


def opened_tag(answer_start: str) -> str | None:
    """Return the tag, such as `<think>`, that the start of an answer opens and does not close."""
    tags = list(_TAG.finditer(answer_start))
    if not tags or tags[-1]["name"] in answer_start[tags[-1].end() :]:
        return None
    return tags[-1][0]


def answer_start(render: Render, *, enabled: bool) -> str:
    """Return what the template writes after a question, at the start of the answer."""
    options = thinking_options(enabled)
    question = render([_turn("user", _QUESTION)], **options)
    return _prompt(render, enabled).removeprefix(question)


def _prompt(render: Render, enabled: bool) -> str:
    question = _turn("user", _QUESTION)
    return render([question], add_generation_prompt=True, **thinking_options(enabled))


def _answered(render: Render, enabled: bool, **thought: str) -> str:
    """Return what a whole answer adds to the prompt; empty if it does not begin with it."""
    turns = [_turn("user", _QUESTION), _turn("assistant", _ANSWER) | thought]
    whole = render(turns, **thinking_options(enabled))
    prompt = _prompt(render, enabled)
    return whole[len(prompt) :] if whole.startswith(prompt) else ""


def _turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _written(render: Render) -> tuple[str, str] | None:
    """The template writes the thought of an answer (Qwen3, gpt-oss)."""
    # The names of different templates. Some refuse two of them.
    for name in ("reasoning_content", "thinking", "reasoning"):
        try:
            added = _answered(render, True, **{name: _THOUGHT})
        except Exception as error:
            logger.debug("the chat template refuses %s: %s", name, error)
            continue
        opening, _, rest = added.partition(_THOUGHT)
        closing, answer, _ = rest.partition(_ANSWER)
        if answer and closing.strip():
            return opening, closing
    return None


def _switched_off(render: Render) -> tuple[str, str] | None:
    """The prompt without a thought has an empty one (SmolLM3)."""
    on, off = _prompt(render, True), _prompt(render, False)
    added = off[len(on) :] if off.startswith(on) else ""
    tag = _TAG.search(added)
    if tag is None or not added[tag.end() :].strip():
        return None
    space = re.match(r"\s?", added[tag.end() :])
    end = tag.end() + (space.end() if space else 0)
    return added[:end], added[end:]


def _opened(render: Render) -> tuple[str, str] | None:
    """The prompt opens the thought (DeepSeek R1, QwQ)."""
    start = answer_start(render, enabled=True)
    tag = opened_tag(start)
    if tag is None:
        return None
    name = _TAG.fullmatch(tag)
    assert name is not None  # noqa: S101
    closing = _closing_tag(tag)
    return "", f"\n{closing}\n\n" if start.endswith("\n") else closing


def _closing_tag(tag: str) -> str:
    """`<think>` -> `</think>`, `<|START_THINKING|>` -> `<|END_THINKING|>`."""
    if "start" in tag.lower():
        return re.sub(
            "start", lambda found: "END" if found[0].isupper() else "end", tag, flags=re.I
        )
    return tag[0] + "/" + tag[1:]


def _without(render: Render, closing: str, first_token: FirstToken) -> str:
    """Return what closes a thought that the prompt opens all the same, or begins the answer."""
    if opened_tag(answer_start(render, enabled=False)) is not None:
        return closing
    before, answer, _ = _answered(render, False).partition(_ANSWER)
    return before if answer and first_token(before) is not None else ""
