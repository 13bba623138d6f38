"""Log-probabilities in the shape of /v1/completions: four lists with an element for each token."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Any

from generation.engine.contract import TokenLogprob


class LogprobLists:
    """Makes the lists of one reply, in one piece or several, and of the prompt before it."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._characters = 0  # complete ones so far

    def begin(self, prompt: Sequence[TokenLogprob], text: str) -> None:
        """Count the characters from the start of the prompt's text.

        prompt: Its tokens, which `of` gets first. They may have more text than the prompt: a
            beginning token, a space before the first word. That is before the start.
        """
        own = b"".join(token.data for token in prompt).decode(errors="replace")
        self._characters = len(text) - len(own)

    def of(self, logprobs: Sequence[TokenLogprob]) -> dict[str, Any]:
        """Return the lists of the next tokens.

        `text_offset` has the number of characters before each token. The first token of a prompt
        has no log-probability and no likeliest tokens: both are None.
        """
        offsets = [self._offset(token) for token in logprobs]
        return {
            "tokens": [_name(token) for token in logprobs],
            "token_logprobs": [token.logprob for token in logprobs],
            "top_logprobs": [_top(token) for token in logprobs],
            "text_offset": offsets,
        }

    def _offset(self, token: TokenLogprob) -> int:
        before = self._characters
        self._characters += len(self._decoder.decode(token.data))
        text = _text(token)
        # A whole text shows that the bytes before it were no character: they are U+FFFD.
        return max(0, before if text is None else self._characters - len(text))


def _top(token: TokenLogprob) -> dict[str, float | None] | None:
    """Return the likeliest tokens and the token itself. Of two with the same name, the likelier."""
    if token.logprob is None:
        return None
    found: dict[str, float | None] = {}
    for each in (*token.top, token):
        found.setdefault(_name(each), each.logprob)
    return found


def _name(token: TokenLogprob) -> str:
    """Return the token's text. A part of a character is written as OpenAI does: bytes:\\xe2."""
    text = _text(token)
    return "bytes:" + "".join(f"\\x{byte:02x}" for byte in token.data) if text is None else text


def _text(token: TokenLogprob) -> str | None:
    """Return None for a part of a character."""
    try:
        return token.data.decode()
    except UnicodeDecodeError:
        return None
