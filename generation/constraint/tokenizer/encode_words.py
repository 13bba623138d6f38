"""The token paths of the spellings of a list, as the tokenizer encodes them, in bulk.

Most spellings are only letters, which every tokenizer takes for one word; `bulk_bpe.py` merges all
of them together. The tokenizer itself encodes the other spellings, and a sample of the merged ones
with every letter in it: if a single path differs, it encodes all of them.

The path of a tokenizer that normalises may spell another text. Such a word has no path of the
tokenizer's own, and `every_path` lists the ways to spell it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice, pairwise

import numpy as np

from generation.constraint.tokenizer.bulk_bpe import BulkBpe
from generation.constraint.tokenizer.ragged import (
    NO_PATHS,
    Paths,
    flattened,
    interleaved,
    reordered,
    split,
)
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.trie import Int64

# Texts -> token ids of each, without special tokens.
EncodeBatch = Callable[[Sequence[str]], list[list[int]]]

# Number of spellings, besides one with each letter, that the tokenizer encodes to check the merges.
SAMPLE = 64
# The patterns of all tokenizers know the letters of so old a Unicode version as letters.
_OLD_UNICODE = unicodedata.ucd_3_2_0


class WordEncoder:
    """The spellings of one class with their ranks, and their token paths after any prefix."""

    def __init__(self, forms: Mapping[str, int], encode: EncodeBatch, table: TokenTable) -> None:
        """forms: Spelling -> rank, at least one, as `Lexicon.forms` returns them."""
        self.forms = list(forms)
        self.ranks = np.fromiter(forms.values(), np.int32, len(forms))
        self.table = table
        self._encode = encode
        merges = table.merges
        plain = _plain(self.forms, merges) if merges and len(forms) > SAMPLE else []
        is_plain = np.zeros(len(forms), np.bool_)
        is_plain[plain] = True
        self._plain, self._others = np.flatnonzero(is_plain), np.flatnonzero(~is_plain)
        self._plain_forms = [self.forms[index] for index in plain]

    def paths(self, prefixes: Sequence[str]) -> Iterator[Paths]:
        """Yield, for each prefix, the paths of prefix + spelling, in the order of `forms`.

        A path has 0 tokens if the tokenizer's path spells another text.
        """
        merged = self._merged(prefixes)
        not_merged = [prefix for prefix in prefixes if prefix not in merged]
        # The tokenizer makes a list of every path, so a large class is encoded prefix by prefix.
        is_small = len(self.forms) <= SAMPLE
        batches = [not_merged] if is_small else [[prefix] for prefix in not_merged]
        encoded = chain.from_iterable(self._encoded(batch, self.forms) for batch in batches)
        others = self._encoded([*merged], [self.forms[index] for index in self._others])
        whole = {
            prefix: interleaved(self._plain, plain_paths, self._others, other_paths)
            for (prefix, plain_paths), other_paths in zip(merged.items(), others, strict=True)
        }
        for prefix in prefixes:
            yield whole[prefix] if prefix in whole else next(encoded)

    def _merged(self, prefixes: Sequence[str]) -> dict[str, Paths]:
        """Return the paths of the plain spellings, for prefixes where the merges give them."""
        merges = self.table.merges
        if merges is None or len(self._plain) == 0:
            return {}
        possible = [prefix for prefix in prefixes if merges.may_begin(prefix)]
        if not possible:
            return {}
        found = merges.encode(self._plain_forms, possible, self.table.ids_of)
        return self._confirmed(dict(zip(possible, found, strict=True)))

    @cached_property
    def _sample(self) -> Int64:
        return _sample(self._plain_forms)

    def _encoded(self, prefixes: Sequence[str], forms: Sequence[str]) -> list[Paths]:
        """Return, for each prefix, the tokenizer's own paths of prefix + form."""
        texts = [prefix + form for prefix in prefixes for form in forms]
        if not texts:
            return [NO_PATHS] * len(prefixes)
        paths = self._encode(texts)
        lengths, symbols = flattened(paths)
        if not _spell_back(texts, lengths, symbols, self.table):
            lengths, symbols = flattened(
                [
                    path if self.table.text(path) == text.encode() else []
                    for path, text in zip(paths, texts, strict=True)
                ]
            )
        return split((lengths, symbols), len(forms) * np.arange(1, len(prefixes) + 1))

    def _confirmed(self, merged: Mapping[str, Paths]) -> dict[str, Paths]:
        """Return the prefixes where the tokenizer encodes a sample to the same paths."""
        # The sample is encoded after each prefix, because a prefix can move the cut between words:
        # some tokenizers split `'die` into `'d` and `ie`.
        sample = self._sample
        texts = [prefix + self._plain_forms[index] for prefix in merged for index in sample]
        encoded = iter(self._encode(texts))
        return {
            prefix: paths
            for prefix, paths in merged.items()
            if _as_lists(reordered(paths, sample)) == list(islice(encoded, len(sample)))
        }


def _as_lists(paths: Paths) -> list[list[int]]:
    lengths, symbols = paths
    flat, ends = symbols.tolist(), np.cumsum(lengths).tolist()
    return [flat[start:end] for start, end in pairwise([0, *ends])]


def every_path(text: str, table: TokenTable, max_paths: int) -> list[tuple[int, ...]]:
    """Return at most `max_paths` ways to spell `text` in tokens; [] if no tokens spell it.

    Paths with fewer tokens come first, and of equal ones those that begin with longer tokens.
    """
    data = text.encode()
    # found[k]: the paths of data[k:], filled from the end.
    found: list[list[tuple[int, ...]]] = [[] for _ in data] + [[()]]
    for start in range(len(data) - 1, -1, -1):
        paths = [
            (token, *rest)
            for end in range(len(data), start, -1)
            if (token := table.ids_of.get(data[start:end])) is not None
            for rest in found[end]
        ]
        found[start] = sorted(paths, key=len)[:max_paths]
    return found[0]


def _spell_back(texts: Sequence[str], lengths: Int64, symbols: Int64, table: TokenTable) -> bool:
    """True if every path spells its text: the bytes of all texts match, and so does each length."""
    encoded = "".join(texts).encode()
    if lengths.min() == 0 or table.text(symbols.tolist()) != encoded:
        return False
    token_sizes = table.sizes[symbols]
    path_sizes = np.add.reduceat(token_sizes, np.append(0, lengths.cumsum()[:-1]))
    text_sizes = np.fromiter((len(text.encode()) for text in texts), np.int64, len(texts))
    return bool((path_sizes == text_sizes).all())


def _plain(forms: Sequence[str], merges: BulkBpe) -> list[int]:
    """Return the indices of the forms that are one word to any tokenizer: only letters, in one case
    throughout or with a capital first letter only.
    """
    joined = "".join(forms)
    if not unicodedata.is_normalized("NFC", joined):
        return []
    letters = set(joined)
    known = {each for each in letters if _is_letter(each) and merges.can_write(each)}
    odd = letters - known
    return [
        index
        for index, form in enumerate(forms)
        if ((rest := form[1:]) == rest.lower() or form == form.upper())
        and (not odd or odd.isdisjoint(form))
    ]


def _is_letter(character: str) -> bool:
    return character.isalpha() and _OLD_UNICODE.category(character).startswith("L")


def _sample(forms: Sequence[str]) -> Int64:
    """Return the indices of forms that together have every letter, and of SAMPLE others, evenly
    spread.
    """
    joined = "\n".join(forms)
    points = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    ends = np.append(np.flatnonzero(points == ord("\n")), len(joined))
    firsts = [joined.find(letter) for letter in set(joined) - {"\n"}]
    spread = np.linspace(0, len(forms) - 1, SAMPLE).astype(np.int64)
    found: Int64 = np.union1d(np.searchsorted(ends, firsts), spread)
    return found
