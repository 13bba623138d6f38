"""Byte-pair encoding of many words at once.

A tokenizer encodes one text after the other and makes an object of every token; a wordlist is tens
of thousands of short words, each of them one piece. Here all of them are merged together, a merge
of each word at a time: the pair of the best rank, the leftmost of equals, which is how the
tokenizers library does it. Whether that gives what the tokenizer itself gives is checked by
whoever uses it (`encoding.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from generation.constraint.tokenizer.ignore_merges import whole_first
from generation.constraint.tokenizer.merge_table import NO_MERGE, MergeTable
from generation.constraint.tokenizer.ragged import (
    NO_PATHS,
    Behind,
    Paths,
    compact,
    reordered,
    split,
)
from vocab.words.trie import Int32, Int64

# Edges, the words that they met, and what those were by then.
Met = tuple[Int64, Int64, Paths]

NOTHING = -1  # what stands before the first piece of a word and after its last
# Words that are merged together: enough to keep numpy busy, few enough for a processor's cache.
CHUNK = 4_096
_NO_FRONT = np.zeros((1, 0), np.int32)
_NO_EDGES = np.zeros((0, 0), np.int32)


class Meeting(NamedTuple):
    """Words that an id before them would have merged with, in order, and their pieces by then."""

    rows: Int64
    pieces: Paths


_NO_MEETING = Meeting(np.zeros(0, np.int64), NO_PATHS)


class BulkBpe:
    """The merges of one tokenizer.

    pieces_of: character -> the ids it is taken apart into before any merge; any other character is
    taken apart into its bytes. byte_ids: [256], NOTHING for a byte without a token. added: what
    the tokenizer cuts out of a text before it looks for words. whole_first: it takes a word that
    is a token for that token, without merging.
    """

    def __init__(
        self,
        pairs: MergeTable,
        pieces_of: Mapping[str, tuple[int, ...]],
        byte_ids: Sequence[int],
        added: Iterable[str],
        *,
        whole_first: bool,
    ) -> None:
        self._pairs = pairs
        self._pieces_of = pieces_of
        self._byte_ids = tuple(byte_ids)
        self.whole_first = whole_first
        self._added = tuple(text for text in added if len(text) == 1 or text[1:].isalpha())

    @property
    def nbytes(self) -> int:
        return self._pairs.nbytes

    def may_begin(self, before: str) -> bool:
        """True if nothing is known against words of `before` and letters: it can be written, and
        no text that the tokenizer cuts out can be part of one.
        """
        rests = (text.removeprefix(before) for text in self._added)
        cut = any(not rest or rest.isalpha() for rest in rests)
        return not cut and all(map(self.can_write, before))

    def can_write(self, character: str) -> bool:
        return NOTHING not in self._pieces(character)

    def encode(
        self, words: Sequence[str], befores: Sequence[str], ids_of: Mapping[bytes, int]
    ) -> list[Paths | Behind]:
        """Return the paths of `before` + word for each of `befores`, as `Behind` where they can be.

        words: at least one; none of them empty, with a line break or a character that cannot be
        written. ids_of: the tokens by their bytes.
        """
        taken = self._take_apart(words)
        fronts = {before: self._pieces_of_text(before) for before in befores}
        # What stands before a word as one id touches nothing but the first piece. Where the two
        # never merge, the path is that id and the path of the word alone; until they do, the word
        # is merged as it is alone.
        lasts = {before: self._lasts(front) for before, front in fronts.items()}
        watched = list(dict.fromkeys(chain.from_iterable(lasts.values())))
        bare, meetings = self._merged(taken, _NO_FRONT, self._pairs.ranks_after(watched))
        met = dict(zip(watched, meetings, strict=True))
        single = {
            before: ids[-1]
            for before, ids in lasts.items()
            if ids and not any(len(met[each].rows) for each in ids[:-1])
        }
        merged = self._behind({one: met[one].pieces for one in single.values()})
        found: list[Paths | Behind] = []
        for before, front in fronts.items():
            if not front:
                found.append(bare)
            elif before in single:
                one = single[before]
                found.append(Behind(one, bare, met[one].rows, merged[one]))
            else:
                found.append(self._merged(taken, np.array([front], np.int32))[0])
        return whole_first(words, befores, ids_of, bare, found) if self.whole_first else found

    def _behind(self, pieces_of: Mapping[int, Paths]) -> dict[int, Paths]:
        """Return the paths of some words behind an id. pieces_of: id -> the pieces of the words.

        All in one go: it takes as many steps as one of them.
        """
        sizes = [len(lengths) for lengths, _ in pieces_of.values()]
        if not sum(sizes):
            return dict.fromkeys(pieces_of, NO_PATHS)
        lengths, symbols = map(np.concatenate, zip(*pieces_of.values(), strict=True))
        front = np.repeat(np.array([*pieces_of], np.int32), sizes)[:, None]
        paths, _ = self._merged((lengths, symbols), front)
        return dict(zip(pieces_of, split(paths, np.cumsum(sizes)), strict=True))

    def _merged(
        self, taken: Paths, front: Int32, edges: Int32 = _NO_EDGES
    ) -> tuple[Paths, list[Meeting]]:
        """Return the paths of words, and for each edge which words it would have merged with.

        taken: the words, taken apart. front: the ids before each, [words, ids], or [1, ids] for
        all alike. edges: [edges, ids], for ids that may stand before them, the rank of the merge
        with each id.
        """
        sizes, pieces = taken
        starts = np.cumsum(sizes) - sizes
        before = front.shape[1]
        front = np.broadcast_to(front, (len(sizes), before))
        lengths = sizes + before
        places = np.cumsum(lengths) - lengths
        merged = np.full(int(lengths.sum()), NOTHING, np.int32)
        counts = np.zeros(len(sizes), np.int64)
        met: list[Met] = []
        order = np.argsort(sizes, kind="stable")
        for low in range(0, len(sizes), CHUNK):
            some = order[low : low + CHUNK]
            width = int(sizes[some[-1]])
            inside = np.arange(width) < sizes[some, None]
            table = np.full((len(some), before + width + 2), NOTHING, np.int32)
            table[:, 1 : before + 1] = front[some]
            table[:, before + 1 : -1][inside] = pieces[
                (starts[some, None] + np.arange(width))[inside]
            ]
            met += [(edge, some[row], paths) for edge, row, paths in self._merge(table, edges)]
            inside = np.arange(before + width) < lengths[some, None]
            merged[(places[some, None] + np.arange(before + width))[inside]] = table[:, 1:-1][
                inside
            ]
            counts[some] = np.count_nonzero(table != NOTHING, axis=1)
        paths = counts, merged[merged != NOTHING].astype(np.int64)
        return paths, _meetings(met, len(edges))

    def _take_apart(self, words: Sequence[str]) -> Paths:
        """Return what the words are before any merge."""
        joined = "\n".join(words) + "\n"
        points = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
        alphabet = sorted(set(joined) - {"\n"})
        ids = [self._pieces(character) for character in alphabet]
        table = np.full((int(points.max()) + 1, max(map(len, ids))), NOTHING, np.int32)
        for character, each in zip(alphabet, ids, strict=True):
            table[ord(character), : len(each)] = each
        counts = np.count_nonzero(table != NOTHING, axis=1)[points]
        lengths = np.add.reduceat(counts, np.append(0, np.flatnonzero(points == ord("\n"))[:-1]))
        pieces = table[points].ravel()
        return lengths, pieces[pieces != NOTHING].astype(np.int64)

    def _lasts(self, front: Sequence[int]) -> list[int]:
        """Return what stands last of a front, one after the other, while it becomes one id; nothing
        if it does not, or not before it can merge with a word behind it.
        """
        ids = np.array(front, np.int32)
        lasts, highest = list(front[-1:]), -1
        while len(ids) > 1:
            rank, made = self._pairs.look_up(ids[:-1], ids[1:])
            at = int(rank.argmin())
            ids = np.concatenate((ids[:at], made[at : at + 1], ids[at + 2 :]))
            highest = max(highest, int(rank[at]))
            if ids[-1] != lasts[-1]:
                lasts.append(int(ids[-1]))
        too_late = highest == NO_MERGE or (
            highest >= 0 and self._pairs.ranks_after(lasts[-1:]).min() < highest
        )
        return [] if too_late else lasts

    def _pieces_of_text(self, text: str) -> list[int]:
        return [piece for character in text for piece in self._pieces(character)]

    def _pieces(self, character: str) -> tuple[int, ...]:
        known = self._pieces_of.get(character)
        return known or tuple(self._byte_ids[byte] for byte in character.encode())

    def _merge(self, table: Int32, edges: Int32) -> Iterator[Met]:
        """Merge in place until there is nothing to merge.

        table: [words, pieces + 2], NOTHING in the first column and behind the last piece. A pair
        that is merged leaves its id where its left half was, and NOTHING where its right half was.
        Yields what met which edge, when it does.
        """
        width = table.shape[1]
        ids = table.reshape(-1)
        rank, made = self._pairs.look_up(ids, np.append(ids[1:], NOTHING))
        ranks = rank.reshape(table.shape)
        after = np.arange(1, len(ids) + 1)
        before = np.arange(-1, len(ids) - 1)
        rows = np.arange(len(table))
        apart = np.ones((len(edges), len(table)), np.bool_)
        while len(rows):
            at = rows * width + ranks.take(rows, axis=0).argmin(axis=1)  # the leftmost of equals
            best = rank.take(at)
            if len(edges):
                with_first = edges[:, table[rows, 1]]
                meets = (with_first <= best) & (with_first != NO_MERGE) & apart[:, rows]
                edge, row = np.nonzero(meets)
                if len(edge):
                    apart[edge, rows[row]] = False
                    yield edge, rows[row], compact(table[rows[row]], NOTHING)
            going = np.flatnonzero(best != NO_MERGE)
            rows, at = rows.take(going), at.take(going)
            gone = after.take(at)
            left, right = before.take(at), after.take(gone)
            ids[at], ids[gone] = made.take(at), NOTHING
            rank[gone] = NO_MERGE
            after[at], before[right] = right, at
            changed = np.concatenate((left, at))
            rank[changed], made[changed] = self._pairs.look_up(
                ids.take(changed), ids.take(np.concatenate((at, right)))
            )


def _meetings(met: Sequence[Met], edges: int) -> list[Meeting]:
    """The same for each edge, in order of the words."""
    if not met:
        return [_NO_MEETING] * edges
    edge, word = (np.concatenate(each) for each in list(zip(*met, strict=True))[:2])
    lengths, symbols = (np.concatenate(each) for each in zip(*(p for *_, p in met), strict=True))
    order = np.lexsort((word, edge))
    ends = np.cumsum(np.bincount(edge, minlength=edges))
    parts = split(reordered((lengths, symbols), order), ends)
    return list(map(Meeting, np.split(word[order], ends[:-1]), parts))
