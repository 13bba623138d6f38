"""Names of control tokens in a text that is not the chat template's own.

A tokenizer finds such a name wherever it stands. So a mark is put into the name, and the text is
encoded in parts, which end where a mark was: no part has the whole name. A template may trim texts
and join them, so that the end of one and the start of another make a name: then that end is marked.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any


class ControlTokens:
    """names: The tokens' texts. normalizer: The tokenizer's, if it finds tokens in the normalized
    text; else None.
    """

    def __init__(self, names: Sequence[str], normalizer: Any = None) -> None:
        self._names = {name for name in names if len(name) > 1}  # a character has no parts
        self._lengths = sorted({len(name) for name in self._names})
        self._longest = max(self._lengths, default=0)
        beginnings = "".join({re.escape(name[0]) for name in self._names})
        self._beginning = re.compile(f"[{beginnings}]") if beginnings else None
        self._normalizer = normalizer

    def broken(self, texts: Sequence[str]) -> tuple[str, list[str]]:
        """Return a mark that no text has, and the texts with it in each name of a token.

        The mark is "" if there is no such name; the texts are the given ones then.
        """
        found = [self._with_names(text) for text in texts]
        begun = self._begun([text for text, _ in found])
        if not any(names for _, names in found) and not any(begun):
            return "", list(texts)
        mark = f"\ufdd0{secrets.token_hex(8)}\ufdd1"  # nobody can guess it
        return mark, [
            _with_mark(text, {*names, *more}, mark)
            for (text, names), more in zip(found, begun, strict=True)
        ]

    def _begun(self, texts: Sequence[str]) -> list[list[int]]:
        """Return for each text where names begin at its end that another text may complete."""
        prefixes, suffixes = self._parts
        starts = [text.lstrip()[: self._longest] for text in texts]
        completing = [
            any(start[:length] in suffixes for length in range(1, len(start) + 1))
            for start in starts
        ]
        count = sum(completing)
        begun: list[list[int]] = []
        for text, completes in zip(texts, completing, strict=True):
            positions = []
            if count > completes:  # another text does
                end = len(text.rstrip())
                first = max(0, end - self._longest)
                positions = [each for each in range(first, end) if text[each:end] in prefixes]
            begun.append(positions)
        return begun

    @cached_property
    def _parts(self) -> tuple[set[str], set[str]]:
        """All proper prefixes and all proper suffixes of the names."""
        parts = [(name, length) for name in self._names for length in range(1, len(name))]
        return (
            {name[:length] for name, length in parts},
            {name[length:] for name, length in parts},
        )

    def _with_names(self, text: str) -> tuple[str, dict[int, str]]:
        """Return the text, normalized if only that shows a name, and its names by their place."""
        names = self._names_in(text)
        if self._normalizer is not None:
            normalized = self._normalizer.normalize_str(text)
            more = self._names_in(normalized)
            if set(more.values()) - set(names.values()):
                return normalized, more
        return text, names

    def _names_in(self, text: str) -> dict[int, str]:
        """Return a name at each place where one begins, also where names overlap.

        Some tokenizers have thousands of names, so that a search for each would take seconds.
        """
        found: dict[int, str] = {}
        for match in self._beginning.finditer(text) if self._beginning else ():
            at = match.start()
            parts = (text[at : at + length] for length in self._lengths)
            name = next((part for part in parts if part in self._names), None)
            if name is not None:
                found[at] = name
        return found


def _with_mark(text: str, places: Collection[int], mark: str) -> str:
    """Put the mark after the first character of each name, which begins at one of the places."""
    pieces, last = [], 0
    for position in sorted(places):
        pieces.append(text[last : position + 1])
        last = position + 1
    return mark.join([*pieces, text[last:]])
