"""The language of a list over tokens, by trying: the tests' oracle. Slow, for small lists.

`spells` says which tokens continue a text if a word may be spelt by any tokens. `follows` says
which continue a sequence of tokens if a word may be spelt only as the tokenizer spells it, told by
cutting the whole sequence into marks and words anew each time. Neither shares code with
generation.constraint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import regex

from tests.vocab import language

MARKS = set(' \n.,;:!?…¿¡«»“”"()–—-')
MARK_BYTES = {byte for mark in MARKS for byte in mark.encode()}


def pairs_are_possible(text: str) -> bool:
    """True if every closing mark closes the innermost open one, at most two open at once."""
    stack: list[str] = []
    unit_may_start = True
    for character in text:
        if character in language.OPENING and unit_may_start:
            if len(stack) == 2 or language.OPENING[character] in stack:
                return False
            stack.append(language.OPENING[character])
            continue
        if stack and character == stack[-1]:
            stack.pop()
        elif character in language.OPENING or character in "»”)":
            return False
        unit_may_start = character in " \n—–-"
    return True


class Oracle:
    """The Spanish orthography with the first words of a list."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)
        self.pattern: regex.Pattern[str] = language.spanish(self.words)
        forms = {form for word in self.words for form in language.forms(word)}
        self.forms = forms
        self.alphabet = {character for form in forms for character in form} | MARKS

    def is_start(self, data: bytes) -> bool:
        """True if some text of the language begins with these bytes."""
        try:
            text, rest = data.decode(), b""
        except UnicodeDecodeError as error:
            text, rest = data[: error.start].decode(), data[error.start :]
        if not rest:
            return self._is_start_text(text)
        return any(
            self._is_start_text(text + character)
            for character in self.alphabet
            if len(character.encode()) > len(rest) and character.encode().startswith(rest)
        )

    def _is_start_text(self, text: str) -> bool:
        return language.is_prefix(self.pattern, text) and pairs_are_possible(text)

    def may_end(self, data: bytes) -> bool:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return False
        return (
            self.pattern.fullmatch(text) is not None
            and text[-1] not in ",;:"
            and pairs_are_possible(text)
            and not _open(text)
        )

    def spells(self, before: bytes, tokens: Mapping[int, bytes]) -> set[int]:
        return {
            token
            for token, encoded in tokens.items()
            if encoded and self.is_start(before + encoded)
        }


def _open(text: str) -> list[str]:
    stack: list[str] = []
    unit_may_start = True
    for character in text:
        if character in language.OPENING and unit_may_start:
            stack.append(language.OPENING[character])
            continue
        if stack and character == stack[-1]:
            stack.pop()
        unit_may_start = character in " \n—–-"
    return stack


class CanonicalOracle(Oracle):
    """Words spelt only by `encode`, after nothing, a space, or a mark joined to them."""

    def __init__(
        self,
        words: Iterable[str],
        encode: Callable[[str], list[int]],
        tokens: Mapping[int, bytes],
    ) -> None:
        super().__init__(words)
        self.tokens = tokens
        self.bare = {tuple(encode(form)) for form in self.forms}
        self.spaced = {tuple(encode(" " + form)) for form in self.forms}
        # A space of its own comes before a mark only where the tokenizer writes one there.
        openings = [*language.OPENING, *"–—-"]
        self.lone_space = any(tokens[encode(" " + mark)[0]] == b" " for mark in openings)

    def follows(self, before: Sequence[int]) -> set[int]:
        data = b"".join(self.tokens[token] for token in before)
        return {
            token
            for token in self.spells(data, self.tokens)
            if self._can_be_cut((*before, token), 0, b"")
        }

    def _can_be_cut(self, sequence: tuple[int, ...], start: int, text: bytes) -> bool:
        """True if the tokens from `start` on are marks and words, the last perhaps half written."""
        if start == len(sequence):
            return True
        rest = sequence[start:]
        encoded = self.tokens[rest[0]]
        after_space = text.endswith(b" ")
        only_marks = set(encoded) <= MARK_BYTES
        if (
            only_marks
            and (not encoded.endswith(b" ") or (self.lone_space and encoded == b" "))
            and self.is_start(text + encoded)
            and self._can_be_cut(sequence, start + 1, text + encoded)
        ):
            return True
        paths = set(self.spaced)
        if not text or not (after_space or text[-1:].isalnum()):
            paths |= self.bare
        for path in paths:
            shared = rest[: len(path)]
            if path[: len(shared)] != shared:
                continue
            written = text + b"".join(self.tokens[token] for token in shared)
            if not self.is_start(written):
                continue
            if len(shared) < len(path):
                return True
            if self._word_may_end(written) and self._can_be_cut(
                sequence, start + len(path), written
            ):
                return True
        return False

    def _word_may_end(self, written: bytes) -> bool:
        return self.is_start(written + b".") or self.is_start(written + b" ")
