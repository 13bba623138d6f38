"""The language of a list over tokens, by trying: the tests' oracles.

`SpellingOracle` says which tokens may follow a text if a word may be spelt by any tokens.
`CanonicalOracle` says which may if a word is spelt only as the tokenizer spells it. Both ask
`tests.vocab.definition` and share no code with generation.constraint.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.vocab.definition import NO_BREAK_SPACES, Definition, Readings
from vocab.words.orthography import Orthography
from vocab.words.orthography.pack import FRACTIONS, MINUSES

Encode = Callable[[Sequence[str]], list[list[int]]]


class TextPart(NamedTuple):
    """All that decides what may follow a text. pending: The first bytes of a character."""

    readings: Readings
    pending: bytes = b""


class TokenTree:
    """Tokens by their bytes. Shared by all lists of a tokenizer."""

    def __init__(self, tokens: Mapping[int, bytes]) -> None:
        self.bytes_of = tokens
        self._below: dict[bytes, tuple[list[int], list[bytes]]] = {b"": ([], [])}
        for token, encoded in tokens.items():
            if encoded:
                self._add(encoded)
                self._below[encoded][0].append(token)

    def _add(self, beginning: bytes) -> None:
        if beginning not in self._below:
            self._add(beginning[:-1])
            self._below[beginning] = ([], [])
            self._below[beginning[:-1]][1].append(beginning)

    def tokens(self, beginning: bytes) -> list[int]:
        """The tokens with exactly these bytes."""
        return self._below[beginning][0]

    def longer(self, beginning: bytes) -> list[bytes]:
        """The beginnings of tokens that are one byte longer."""
        return self._below[beginning][1]


class SpellingOracle:
    """Tries tokens against a definition.

    If the first bytes of a token have failed, the token is not tried: more bytes cannot turn them
    into the start of a text.
    """

    def __init__(self, definition: Definition, tokens: TokenTree) -> None:
        self.definition = definition
        self._tokens = tokens
        self._known: dict[TextPart, frozenset[int]] = {}
        self._beginnings: dict[Readings, frozenset[bytes]] = {}
        self.start = TextPart(definition.start)

    def follows(self, part: TextPart) -> frozenset[int]:
        known = self._known.get(part)
        if known is None:
            found: list[int] = []
            pending = [(longer, part) for longer in self._tokens.longer(b"")]
            while pending:
                beginning, before = pending.pop()
                after = self.read(before, beginning[-1:])
                if after is not None:
                    found += self._tokens.tokens(beginning)
                    pending += [(each, after) for each in self._tokens.longer(beginning)]
            known = self._known[part] = frozenset(found)
        return known

    def follows_by_trying(self, part: TextPart) -> set[int]:
        """The same without any short cut: every token is tried from its first byte on."""
        return {
            token
            for token, encoded in self._tokens.bytes_of.items()
            if encoded and self.read(part, encoded) is not None
        }

    def advance(self, part: TextPart, token: int) -> TextPart:
        after = self.read(part, self._tokens.bytes_of[token])
        assert after is not None
        return after

    def may_end(self, part: TextPart) -> bool:
        return not part.pending and self.definition.is_over(part.readings)

    def read(self, part: TextPart, encoded: bytes) -> TextPart | None:
        """None if no text goes on so."""
        data = part.pending + encoded
        try:
            text, rest = data.decode(), b""
        except UnicodeDecodeError as error:
            text, rest = data[: error.start].decode(), data[error.start :]
        readings = self.definition.read(text, part.readings)
        if not readings:
            return None
        if rest and rest not in self._first_bytes(readings):
            return None
        return TextPart(readings, rest)

    def _first_bytes(self, readings: Readings) -> frozenset[bytes]:
        """Return every beginning of a character that may come next, without whole characters."""
        known = self._beginnings.get(readings)
        if known is None:
            encoded = [character.encode() for character in self.definition.characters(readings)]
            beginnings = {each[:size] for each in encoded for size in range(1, len(each))}
            known = self._beginnings[readings] = frozenset(beginnings)
        return known


# --- canonical paths -----------------------------------------------------------------------------

# What stands left of a mark, for tokenizers that join marks to letters.
NOTHING, SPACE, MARK, WORD = "", " ", "(", "w"


class WordBegun(NamedTuple):
    """The token path of a word, so far. before: what its path begins with: nothing, a space, a
    mark. kind: of the word, as in `tests.vocab.definition.spellings`.
    """

    before: str
    kind: str
    path: tuple[int, ...]


class TokenPart(NamedTuple):
    """One way to cut a sequence of tokens into marks and words.

    readings: of the text without the word or the character that has been begun. left: what its
    last character is. pending: the bytes of a mark so far. joined: the last mark belongs to the
    path of the next word, so only another mark may follow.
    """

    readings: Readings
    left: str = NOTHING
    word: WordBegun | None = None
    pending: bytes = b""
    joined: bool = False


Parts = frozenset[TokenPart]


class CanonicalOracle:
    """Which tokens may follow which, where a word is spelt as the tokenizer spells it; in any way
    if the tokenizer spells another text.

    A path begins with the space before the word, or with the mark before it if the tokenizer joins
    that mark to letters after what stands left of the mark. Marks are written by any tokens that
    hold nothing else.

    sample: words of the list, which tell what the tokenizer joins.
    """

    def __init__(
        self,
        definition: Definition,
        tokens: Mapping[int, bytes],
        encode: Encode,
        sample: Sequence[str],
    ) -> None:
        self.definition = definition
        self._tokens = tokens
        self._encode = encode
        marks = sorted(_marks_of(definition.orthography))
        self.joined = _joined(sample, encode, [mark for mark in marks if mark not in " \n"])
        mark_bytes = frozenset(b"".join(mark.encode() for mark in marks))
        self._mark_tokens = {
            token: encoded
            for token, encoded in tokens.items()
            if encoded and mark_bytes.issuperset(encoded)
        }
        (space,) = encode([" "])
        self._lone_space = len(space) == 1 and any(
            path[:1] == space for path in encode([f" {mark}" for mark in self._marks_after_space()])
        )
        self._paths: dict[tuple[str, str], dict[tuple[int, ...], bool]] = {}
        self._next_tokens: dict[tuple[str, str, tuple[int, ...]], set[int]] = defaultdict(set)
        self._known: dict[TokenPart, dict[int, Parts]] = {}
        self._takes: dict[TokenPart, bool] = {}
        self.start: Parts = frozenset({TokenPart(definition.start)})

    def follows(self, parts: Collection[TokenPart]) -> set[int]:
        return {token for part in parts for token in self._after(part)}

    def advance(self, parts: Collection[TokenPart], token: int) -> Parts:
        return frozenset().union(*(self._after(part).get(token, ()) for part in parts))

    def may_end(self, parts: Collection[TokenPart]) -> bool:
        return any(
            part.word is None and not part.pending and self.definition.is_over(part.readings)
            for part in parts
        )

    def _after(self, part: TokenPart) -> dict[int, Parts]:
        known = self._known.get(part)
        if known is not None:
            return known
        found: dict[int, set[TokenPart]] = defaultdict(set)
        if part.word is not None:
            self._add_word_tokens(part, part.word, found)
        else:
            for before, readings in self._places_for_words(part):
                for kind in self.definition.words_at(readings):
                    self._add_word_tokens(part, WordBegun(before, kind, ()), found)
            for token, encoded in self._mark_tokens.items():
                after = self._read_marks(part, encoded)
                if after is not None:
                    found[token].add(after)
        known = self._known[part] = {token: frozenset(parts) for token, parts in found.items()}
        return known

    # --- words

    def _places_for_words(self, part: TokenPart) -> Iterable[tuple[str, Readings]]:
        if part.pending:
            return
        if not part.joined:
            yield "", part.readings
        for mark in self.definition.marks(part.readings):
            following = self.definition.after_mark(part.readings, mark)
            if self._joins(part.left, mark, following):
                yield mark, following

    def _add_word_tokens(
        self, part: TokenPart, word: WordBegun, found: dict[int, set[TokenPart]]
    ) -> None:
        paths = self._paths_of(word.before, word.kind)
        for token in self._next_tokens[word]:
            path = (*word.path, token)
            found[token].add(part._replace(word=word._replace(path=path), joined=False))
            if paths[path]:
                readings = part.readings
                if word.before:
                    readings = self.definition.after_mark(readings, word.before)
                after = self.definition.words_at(readings)[word.kind]
                role = word.kind.split(" ")[0]
                left = MARK if role in ("ordinal", "sign", "unit", "opener", "counting") else WORD
                found[token].add(TokenPart(after, left))

    def _paths_of(self, before: str, kind: str) -> dict[tuple[int, ...], bool]:
        """Every beginning of a path of this kind of word, and whether it is a whole one."""
        known = self._paths.get((before, kind))
        if known is not None:
            return known
        found: dict[tuple[int, ...], bool] = {}
        texts = [before + form for form in sorted(self.definition.spellings[kind])]
        for text, whole in zip(texts, map(tuple, self._encode(texts)), strict=True):
            own = b"".join(self._tokens[token] for token in whole) == text.encode()
            for path in [whole] if own else self._spellings(text.encode()):
                for size in range(1, len(path)):
                    found.setdefault(path[:size], False)
                found[path] = True
        for path in found:
            self._next_tokens[WordBegun(before, kind, path[:-1])].add(path[-1])
        self._paths[before, kind] = found
        return found

    def _spellings(self, data: bytes) -> Iterator[tuple[int, ...]]:
        """Every sequence of tokens that has these bytes."""
        if not data:
            yield ()
        for token, encoded in self._tokens.items():
            if encoded and data.startswith(encoded):
                for rest in self._spellings(data[len(encoded) :]):
                    yield (token, *rest)

    # --- marks

    def _joins(self, left: str, mark: str, following: Readings) -> bool:
        if mark == " ":
            return True
        kinds = self.definition.words_at(following)
        return (left, mark) in self.joined and any(
            kind.startswith(("word", "elided")) for kind in kinds
        )

    def _read_marks(
        self, part: TokenPart, encoded: bytes, *, look_on: bool = True
    ) -> TokenPart | None:
        readings, left, joined = part.readings, part.left, False
        data = part.pending + encoded
        alone = data
        while data:
            mark = _first_character(data)
            if mark is None:
                half = TokenPart(readings, left, pending=data)
                rests = (m.encode() for m in self.definition.marks(readings))
                completed = any(
                    self._read_marks(half, rest[len(data) :], look_on=look_on) is not None
                    for rest in rests
                    if len(rest) > len(data) and rest.startswith(data)
                )
                return half if completed else None
            following = self.definition.after_mark(readings, mark)
            if not following:
                return None
            joined = self._joins(left, mark, following)
            readings, left, data = following, _kind_of(mark), data[len(mark.encode()) :]
        if joined and look_on:
            # What a word's path begins with may come before another mark, but only by itself.
            text = alone.decode()
            if text == " " and not self._lone_space:
                return None
            if len(text) > 1 or not self._takes_marks(TokenPart(readings, left, joined=True)):
                return None
        return TokenPart(readings, left, joined=joined)

    def _takes_marks(self, part: TokenPart) -> bool:
        """True if some token made of marks may come next that is not itself joined to a word."""
        known = self._takes.get(part)
        if known is None:
            known = self._takes[part] = any(
                (after := self._read_marks(part, encoded, look_on=False)) is not None
                and not after.joined
                for encoded in self._mark_tokens.values()
            )
        return known

    def _marks_after_space(self) -> list[str]:
        found: set[str] = set()
        words = (w for k, w in self.definition.spellings.items() if k.startswith("word plain"))
        for text in (min(next(words)), "1"):
            found |= self.definition.marks(self.definition.read(text + " "))
        return sorted(found)


def _joined(sample: Sequence[str], encode: Encode, marks: Sequence[str]) -> set[tuple[str, str]]:
    """Return the pairs (what precedes a mark, mark) after which the tokenizer encodes a word in
    another way than the word alone.
    """
    sample = [word for word in sample if word[0].isalpha()]
    if not sample:
        return set()
    alone = encode(sample)
    found = set()
    for left in (NOTHING, SPACE, MARK, WORD):
        for mark in marks:
            if mark.isnumeric():
                continue
            before = (sample[0] if left is WORD else left) + mark
            paths = encode([before + word for word in sample])
            if any(path[-len(word) :] != word for path, word in zip(paths, alone, strict=True)):
                found.add((left, mark))
    return found


def _marks_of(facts: Orthography) -> set[str]:
    """Every character that some text has outside its words, in some style."""
    marks = set(" \n'’-*#.") | set(NO_BREAK_SPACES) | set(facts.digits)
    marks |= FRACTIONS | MINUSES
    for each in (facts.pairs, facts.pairs.values(), facts.sentence_ends, facts.pauses):
        marks.update(*each)
    marks.update(facts.closing_variants.values())
    for each in (facts.spaced_dashes, facts.tight_dashes, facts.dialogue_dashes):
        marks.update(*each)
    return marks.union(facts.number_signs, facts.number_ends, facts.number_separators)


def _first_character(data: bytes) -> str | None:
    """None if the first character is not whole."""
    for size in range(1, 5):
        try:
            return data[:size].decode()
        except UnicodeDecodeError:
            continue
    return None


def _kind_of(mark: str) -> str:
    if mark == "\n":
        return NOTHING
    if mark == " " or mark in NO_BREAK_SPACES:
        return SPACE
    return WORD if mark.isnumeric() else MARK  # ½ is a number for tokenizers too
