"""Tokens with which a reply would say one of its sentences again.

Small models that may not write what they want say the same sentence over and over. Under a list,
the token that would complete such a sentence (a full stop, a line break, the end of the reply) is
refused, so the sentence goes on in another way. Where the list allows nothing else, or where the
reply must end, it stays. Sentences are compared by their letters and digits, whatever their
capitals and marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from generation.constraint.session import NO_IDS, TokenIds
from generation.constraint.tokenizer.token_bytes import TokenTable

# A shorter sentence may well be said twice.
MIN_WORDS = 3
MIN_LETTERS = 6  # in languages without spaces


class _WordCharacters(dict[int, str]):
    """A table for `str.translate`, filled as characters occur.

    Keeps letters, combining marks and digits, leaves out apostrophes, and makes the rest spaces.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = unicodedata.category(character)[0] in "LMN"
        self[code] = result = character if kept else "" if character in "'’" else " "
        return result


_WORD_CHARACTERS = _WordCharacters()


def words_of(text: str) -> list[str]:
    return text.casefold().translate(_WORD_CHARACTERS).split()


def letters_of(text: str) -> str:
    return "".join(words_of(text))


class SentenceTokens:
    """The tokens of one tokenizer, for the sentences of one language.

    marks: Characters that end a sentence. A line break does so in every language.
    spaced: False for languages without spaces between words.
    """

    def __init__(self, table: TokenTable, marks: Iterable[str], *, spaced: bool = True) -> None:
        self._table = table
        ends = sorted(each.encode() for each in {*marks, "\n"})
        self._end = re.compile(b"|".join(map(re.escape, ends)))
        # Some tokenizers have only the single bytes of a mark. Then the first one is refused.
        begun = {end[:size] for end in ends for size in range(1, len(end))}
        self._may_end = re.compile(
            self._end.pattern + b"".join(b"|" + re.escape(each) + rb"\Z" for each in sorted(begun))
        )
        self._spaced = spaced
        self._letters: dict[int, str | None] = {}

    @cached_property
    def endings(self) -> dict[str, TokenIds]:
        """Letters -> the tokens with these letters, and no others, before a sentence end."""
        found = defaultdict(list)
        for token, data in self._table.bytes_of.items():
            if match := self._may_end.search(data):
                found[letters_of(data[: match.start()].decode(errors="replace"))].append(token)
        return {letters: np.array(ids, np.int64) for letters, ids in found.items()}

    def bytes_of(self, token: int) -> bytes:
        return self._table.bytes_of.get(token, b"")

    def letters_in(self, token: int) -> str | None:
        """Return what the token adds to the letters of its sentence.

        None if it may end the sentence, or has a part of a character.
        """
        if token not in self._letters:
            data = self.bytes_of(token)
            text = data.decode(errors="replace")
            whole = "\ufffd" not in text and not self._end.search(data)
            self._letters[token] = letters_of(text) if whole else None
        return self._letters[token]

    def split(self, text: bytes) -> list[bytes]:
        """Return the text's sentences; the last one is still open."""
        return self._end.split(text)

    def is_long(self, words: Sequence[str]) -> bool:
        if self._spaced:
            return len(words) >= MIN_WORDS
        return sum(map(len, words)) >= MIN_LETTERS


@dataclass(frozen=True, slots=True)
class RepeatedSentences:
    """What a reply has said so far. It never changes, so beams share it.

    stop_ids: Tokens that end the reply. open: The text after the last sentence. letters: Its
    letters. said: The letters of the sentences.
    """

    tokens: SentenceTokens
    stop_ids: TokenIds = field(default_factory=lambda: NO_IDS)
    open: bytes = b""
    letters: str = ""
    said: frozenset[str] = frozenset()

    def after(self, token: int) -> RepeatedSentences:
        """Return the same with one more token."""
        text = self.open + self.tokens.bytes_of(token)
        letters = self.tokens.letters_in(token)
        if letters is not None:
            return replace(self, open=text, letters=self.letters + letters)
        *ended, last = self.tokens.split(text)
        sentences = [words_of(each.decode(errors="replace")) for each in ended]
        long = {"".join(words) for words in sentences if self.tokens.is_long(words)}
        letters = letters_of(last.decode(errors="replace"))
        return replace(self, open=last, letters=letters, said=self.said | long)

    def completing(self) -> TokenIds:
        """Return the tokens that would complete a sentence which the reply has already, [n]."""
        found = []
        for sentence in self.said:
            if sentence.startswith(self.letters):
                rest = sentence[len(self.letters) :]
                if (ids := self.tokens.endings.get(rest)) is not None:
                    found.append(ids)
                if not rest:
                    found.append(self.stop_ids)
        return np.concatenate(found) if found else NO_IDS
