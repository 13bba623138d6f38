"""Names of control tokens in a text that is not the chat template's own.

A tokenizer finds such a name wherever it stands. So a mark is put into the name, and the text is
encoded in parts, which end where a mark was: no part has the whole name.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any


class ControlTokens:
    """names: The tokens' texts. normalizer: The tokenizer's, if it finds tokens in the normalized
    text; else None.
    """

    def __init__(self, names: Sequence[str], normalizer: Any = None) -> None:
        self._names = [name for name in names if len(name) > 1]  # a character has no parts
        self._beginnings = {name[0] for name in self._names}
        self._normalizer = normalizer

    def broken(self, texts: Sequence[str]) -> tuple[str, list[str]]:
        """Return a mark that no text has, and the texts with it in each name of a token.

        The mark is "" if there is no such name; the texts are the given ones then.
        """
        found = [self._with_names(text) for text in texts]
        if not any(names for _, names in found):
            return "", list(texts)
        mark = f"\ufdd0{secrets.token_hex(8)}\ufdd1"  # nobody can guess it
        return mark, [_with_mark(text, names, mark) for text, names in found]

    def _with_names(self, text: str) -> tuple[str, list[str]]:
        """Return the text, normalized if only that shows a name, and the names in it."""
        names = self._names_in(text)
        if self._normalizer is not None:
            normalized = self._normalizer.normalize_str(text)
            if set(more := self._names_in(normalized)) - set(names):
                return normalized, more
        return text, names

    def _names_in(self, text: str) -> list[str]:
        if not any(beginning in text for beginning in self._beginnings):
            return []
        return [name for name in self._names if name in text]


def _with_mark(text: str, names: Sequence[str], mark: str) -> str:
    """Put the mark after the first character of each name, also where names overlap."""
    if not names:
        return text
    positions = re.finditer(f"(?={'|'.join(map(re.escape, names))})", text)
    pieces, last = [], 0
    for position in positions:
        pieces.append(text[last : position.start() + 1])
        last = position.start() + 1
    return mark.join([*pieces, text[last:]])
