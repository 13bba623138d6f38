"""The token paths of the spellings of a list: the tokenizer's own, in bulk.

Most spellings are letters and nothing else, which every tokenizer takes for one word; those are
merged together (`merges.py`). The tokenizer itself encodes the others, and a sample of the merged
ones with every letter in it: if a single path differs, it encodes all of them.

A tokenizer that normalises may give a word a path that spells another text: such a word has no path
of the tokenizer's own, and `every_path` says how else it can be spelt.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice

import numpy as np

from generation.constraint.merges import Merges
from generation.constraint.path_arrays import NO_PATHS, Paths, flattened, interleaved, split
from generation.constraint.tokens import TokenTable
from vocab.words.trie import Int64

# Texts -> token ids of each, without special tokens.
EncodeBatch = Callable[[Sequence[str]], list[list[int]]]

# How many spellings, besides one with each letter, the tokenizer encodes to check the merges.
SAMPLE = 64
# So old a Unicode that the patterns of all tokenizers know its letters for letters.
_OLD_UNICODE = unicodedata.ucd_3_2_0


class Spellings:
    """The spellings of one class with their ranks, and their paths in any context."""

    def __init__(self, forms: Mapping[str, int], encode: EncodeBatch, table: TokenTable) -> None:
        """forms: at least one, as `Lexicon.forms` gives them."""
        self.forms = list(forms)
        self.ranks = np.fromiter(forms.values(), np.int32, len(forms))
        self.table = table
        self._encode = encode
        merges = table.merges
        plain = _plain(self.forms, merges) if merges and len(forms) > SAMPLE else []
        is_plain = np.zeros(len(forms), np.bool_)
        is_plain[plain] = True
        self._plain, self._others = plain, np.flatnonzero(~is_plain).tolist()
        self._plain_forms = [self.forms[index] for index in plain]

    def paths(self, befores: Sequence[str]) -> Iterator[Paths]:
        """Yield, for each of `befores`, the paths of it + each spelling; 0 tokens where the
        tokenizer's path spells another text.
        """
        merges = self.table.merges
        quick = [b for b in befores if merges and self._plain and merges.may_begin(b)]
        merged: dict[str, Paths] = {}
        if merges and quick:
            found = merges.encode(self._plain_forms, quick, self.table.ids_of)
            merged = self._confirmed(dict(zip(quick, found, strict=True)))
        alone = [before for before in befores if before not in merged]
        odd = [self.forms[index] for index in self._others]
        # Of a large class one context after the other: the tokenizer makes a list of every path.
        batches = [alone] if len(self.forms) <= SAMPLE else [[before] for before in alone]
        encoded = chain.from_iterable(self._encoded(batch, self.forms) for batch in batches)
        others = iter(self._encoded([*merged], odd))
        for before in befores:
            if before in merged:
                yield interleaved(self._plain, merged[before], self._others, next(others))
            else:
                yield next(encoded)

    @cached_property
    def _sample(self) -> list[int]:
        return _sample(self._plain_forms)

    def _encoded(self, befores: Sequence[str], forms: Sequence[str]) -> list[Paths]:
        """The tokenizer's own paths of the forms behind each of `befores`."""
        texts = [before + form for before in befores for form in forms]
        if not texts:
            return [NO_PATHS] * len(befores)
        paths = self._encode(texts)
        lengths, symbols = flattened(paths)
        if not _spell_back(texts, lengths, symbols, self.table):
            lengths, symbols = flattened(
                [
                    path if self.table.text(path) == text.encode() else []
                    for path, text in zip(paths, texts, strict=True)
                ]
            )
        return split((lengths, symbols), len(forms) * np.arange(1, len(befores) + 1))

    def _confirmed(self, merged: Mapping[str, Paths]) -> dict[str, Paths]:
        """Those of which the tokenizer gives a sample the same paths, in the same order."""
        # Of all of them, because what is before a word may cut it: `'die` is `'d` and `ie` to some.
        sample = self._sample
        texts = [before + self._plain_forms[index] for before in merged for index in sample]
        encoded = iter(self._encode(texts))
        found = {}
        for before, (lengths, symbols) in merged.items():
            ends = np.cumsum(lengths)
            ours = [symbols[ends[at] - lengths[at] : ends[at]].tolist() for at in sample]
            if ours == list(islice(encoded, len(sample))):
                found[before] = lengths, symbols
        return found


def every_path(text: str, table: TokenTable, most: int) -> list[tuple[int, ...]]:
    """Return the ways to spell `text` in tokens, those of the fewest tokens first, of equals those
    with the longer tokens; at most `most`, none if no tokens spell it.
    """
    data = text.encode()
    # found[k]: those of data[k:], found from the end.
    found: list[list[tuple[int, ...]]] = [[] for _ in data] + [[()]]
    for start in range(len(data) - 1, -1, -1):
        paths = [
            (token, *rest)
            for end in range(len(data), start, -1)
            if (token := table.ids_of.get(data[start:end])) is not None
            for rest in found[end]
        ]
        found[start] = sorted(paths, key=len)[:most]
    return found[0]


def _spell_back(texts: Sequence[str], lengths: Int64, symbols: Int64, table: TokenTable) -> bool:
    """True if every path spells its text: all the bytes together, and as many for each."""
    encoded = "".join(texts).encode()
    if lengths.min() == 0 or table.text(symbols.tolist()) != encoded:
        return False
    token_sizes = table.sizes[symbols]
    path_sizes = np.add.reduceat(token_sizes, np.append(0, lengths.cumsum()[:-1]))
    text_sizes = np.fromiter((len(text.encode()) for text in texts), np.int64, len(texts))
    return bool((path_sizes == text_sizes).all())


def _plain(forms: Sequence[str], merges: Merges) -> list[int]:
    """Return which spellings are letters that one after the other are a word to any tokenizer:
    in one case throughout, or with one capital, the first.
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


def _sample(forms: Sequence[str]) -> list[int]:
    """Return the indices of forms with every letter among them, and of SAMPLE spread evenly."""
    joined = "\n".join(forms)
    points = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    ends = np.append(np.flatnonzero(points == ord("\n")), len(joined))
    firsts = [joined.find(letter) for letter in set(joined) - {"\n"}]
    spread = np.linspace(0, len(forms) - 1, SAMPLE).astype(np.int64)
    found: list[int] = np.union1d(np.searchsorted(ends, firsts), spread).tolist()
    return found
