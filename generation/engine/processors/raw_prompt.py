"""From a text or token ids to a prompt without a chat template, within the token limit.

The caller writes the whole prompt. So a control token's name in the text is that token, as it is
for vLLM: a client that renders a chat template itself gets the prompt that it means.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.engine.contract import PromptTooLong
from generation.engine.processors.chat_template import ChatTemplate
from generation.engine.processors.prompt import SPARE_TOKENS, Prompt


def build_raw_prompt(
    template: ChatTemplate,
    prompt: str | Sequence[int],
    *,
    limit: int,
    truncate: bool,
    separator: int,
) -> Prompt:
    """Return the prompt's ids, at most `limit` of them.

    A text begins with the tokens that the tokenizer adds before it, unless it names them itself.
    Token ids stay as they are. A prompt that is too long keeps its end, and the tokens that the
    tokenizer adds. Raises PromptTooLong instead if `truncate` is False.

    separator: The token that stands for an empty prompt.
    """
    beginning = template.beginning
    if isinstance(prompt, str):
        at_least = len(prompt) // template.longest_token
        if at_least > limit and not truncate:
            raise PromptTooLong(limit, at_least, exact=False, param="prompt")
        # A text of this size has more tokens than the limit, so the rest need not be encoded.
        ids = template.encode(prompt[-(limit + SPARE_TOKENS) * template.longest_token :])
        if ids[: len(beginning)] != beginning:
            ids = [*beginning, *ids]
    else:
        ids = list(prompt)
    if len(ids) <= limit:
        return Prompt(ids or [separator])
    if not truncate:
        raise PromptTooLong(limit, len(ids), param="prompt")
    kept = beginning[:limit] if ids[: len(beginning)] == beginning else []
    return Prompt([*kept, *ids[len(ids) - (limit - len(kept)) :]], truncated=True)
