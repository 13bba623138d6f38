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
from itertools import chain, islice, pairwise

import numpy as np

from generation.constraint.tokenizer.bulk_bpe import BulkBpe
from generation.constraint.tokenizer.ragged import (
    NO_PATHS,
    Behind,
    Paths,
    flattened,
    follow,
    interleaved,
    reordered,
    split,
)
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.trie import Int64

# Texts -> token ids of each, without special tokens.
EncodeBatch = Callable[[Sequence[str]], list[list[int]]]

# How many spellings, besides one with each letter, the tokenizer encodes to check the merges.
SAMPLE = 64
# So old a Unicode that the patterns of all tokenizers know its letters for letters.
_OLD_UNICODE = unicodedata.ucd_3_2_0


class WordEncoder:
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
        self._plain, self._others = np.flatnonzero(is_plain), np.flatnonzero(~is_plain)
        self._plain_forms = [self.forms[index] for index in plain]

    def paths(self, befores: Sequence[str]) -> Iterator[Paths | Behind]:
        """Yield, for each of `befores`, the paths of it + each spelling; 0 tokens where the
        tokenizer's path spells another text.

        Where many are one token and the path of the spelling by itself, they are `Behind`.
        """
        merged = self._merged(befores)
        alone = [before for before in befores if before not in merged]
        # Of a large class one context after the other: the tokenizer makes a list of every path.
        batches = [alone] if len(self.forms) <= SAMPLE else [[before] for before in alone]
        encoded = chain.from_iterable(self._encoded(batch, self.forms) for batch in batches)
        odd = self._encoded([*merged], [self.forms[index] for index in self._others])
        whole: dict[str, Paths | Behind] = {}
        for (before, found), others in zip(merged.items(), odd, strict=True):
            if isinstance(found, Behind):
                bare = whole[""]
                assert not isinstance(bare, Behind)  # noqa: S101
                whole[before] = self._with_others(found, others, bare)
            else:
                whole[before] = interleaved(self._plain, found, self._others, others)
        for before in befores:
            yield whole[before] if before in whole else next(encoded)

    def _merged(self, befores: Sequence[str]) -> dict[str, Paths | Behind]:
        """The paths of the plain spellings, in contexts where merging gives the tokenizer's own."""
        merges = self.table.merges
        if merges is None or len(self._plain) == 0:
            return {}
        quick = [before for before in befores if merges.may_begin(before)]
        if quick and merges.may_begin(""):
            quick = [*dict.fromkeys(("", *quick))]  # `Behind` refers to it
        if not quick:
            return {}
        found = merges.encode(self._plain_forms, quick, self.table.ids_of)
        merged = self._confirmed(dict(zip(quick, found, strict=True)))
        for before, paths in merged.items():
            if isinstance(paths, Behind) and "" not in merged:
                merged[before] = paths.whole()
        return merged

    def _with_others(self, plain: Behind, others: Paths, bare: Paths) -> Paths | Behind:
        """The same with the spellings that are not plain, which may be `Behind` as well.

        bare: of all spellings by themselves.
        """
        apart = np.flatnonzero(~follow(plain.lead, reordered(bare, self._others), others))
        first, second = self._plain[plain.others], self._others[apart]
        rest = np.sort(np.concatenate((first, second)))
        lengths, symbols = interleaved(
            np.searchsorted(rest, first),
            plain.paths,
            np.searchsorted(rest, second),
            reordered(others, apart),
        )
        found = Behind(plain.lead, bare, rest, (lengths, symbols))
        # What has no path of the tokenizer's own may be spelt in any way, so it may begin with the
        # mark alone; then, or if anything else does, the paths are no tree with one such branch.
        begins = len(rest) < len(self.forms) and lengths.all()
        if not begins or (symbols[np.cumsum(lengths) - lengths] == plain.lead).any():
            return found.whole()
        return found

    @cached_property
    def _sample(self) -> Int64:
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

    def _confirmed(self, merged: Mapping[str, Paths | Behind]) -> dict[str, Paths | Behind]:
        """Those of which the tokenizer gives a sample the same paths, in the same order."""
        # Of all of them, because what is before a word may cut it: `'die` is `'d` and `ie` to some.
        sample = self._sample
        texts = [before + self._plain_forms[index] for before in merged for index in sample]
        encoded = iter(self._encode(texts))
        return {
            before: paths
            for before, paths in merged.items()
            if _some_of(paths, sample) == list(islice(encoded, len(sample)))
        }


def _some_of(paths: Paths | Behind, indices: Int64) -> list[list[int]]:
    """The paths of the plain spellings of these indices."""
    if isinstance(paths, Behind):
        found = [[paths.lead, *path] for path in _some_of(paths.bare, indices)]
        places = np.searchsorted(paths.others, indices)
        other = np.isin(indices, paths.others)
        own = _some_of(paths.paths, places[other])
        for place, path in zip(np.flatnonzero(other).tolist(), own, strict=True):
            found[place] = path
        return found
    lengths, symbols = reordered(paths, indices)
    flat, ends = symbols.tolist(), np.cumsum(lengths).tolist()
    return [flat[start:end] for start, end in pairwise([0, *ends])]


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


def _plain(forms: Sequence[str], merges: BulkBpe) -> list[int]:
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


def _sample(forms: Sequence[str]) -> Int64:
    """Return the indices of forms with every letter among them, and of SAMPLE spread evenly."""
    joined = "\n".join(forms)
    points = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    ends = np.append(np.flatnonzero(points == ord("\n")), len(joined))
    firsts = [joined.find(letter) for letter in set(joined) - {"\n"}]
    spread = np.linspace(0, len(forms) - 1, SAMPLE).astype(np.int64)
    found: Int64 = np.union1d(np.searchsorted(ends, firsts), spread)
    return found
