"""Byte-pair encoding of many words at once.

A tokenizer encodes one text after another and creates an object for every token. A wordlist is tens
of thousands of short words, and each of them is one piece for the tokenizer. Here all words are
merged together, one merge of each word per step: the pair of the best rank, and the leftmost of
equal ones, as in the tokenizers library. `encode_words.py` checks that the result is the
tokenizer's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from generation.constraint.tokenizer.ignore_merges import with_whole_tokens
from generation.constraint.tokenizer.merge_table import NO_MERGE, MergeTable
from generation.constraint.tokenizer.ragged import (
    NO_PATHS,
    Paths,
    compact,
    interleaved,
    preceded,
    reordered,
    split,
)
from vocab.words.trie import Int32, Int64

# Prefix tokens, the words that would have merged with them, and the pieces of these words.
Hits = tuple[Int64, Int64, Paths]

PADDING = -1  # before the first piece of a word, after its last one, and where a piece was merged
# Number of words merged together: enough to keep numpy busy, and they fit into the CPU's cache.
CHUNK = 4_096
_NO_PREFIX_IDS = np.zeros((1, 0), np.int32)
_NO_PREFIX_RANKS = np.zeros((0, 0), np.int32)


class PrefixMerges(NamedTuple):
    """The words that would have merged with a prefix token.

    words: Their indices, ascending.
    pieces: The pieces of each word at that moment.
    """

    words: Int64
    pieces: Paths


_NO_PREFIX_MERGES = PrefixMerges(np.zeros(0, np.int64), NO_PATHS)


class BulkBpe:
    """The merges of one tokenizer.

    pieces_of: The ids that a character is split into before any merge. A character that is not
        among them is split into its bytes.
    byte_ids: [256], PADDING for a byte without a token.
    added: Texts that the tokenizer cuts out of its input before it looks for words.
    ignore_merges: True if a word that is a token is encoded as that token, without merging.
    """

    def __init__(
        self,
        pairs: MergeTable,
        pieces_of: Mapping[str, tuple[int, ...]],
        byte_ids: Sequence[int],
        added: Iterable[str],
        *,
        ignore_merges: bool,
    ) -> None:
        self._pairs = pairs
        self._pieces_of = pieces_of
        self._byte_ids = tuple(byte_ids)
        self.ignore_merges = ignore_merges
        self._added = tuple(text for text in added if len(text) == 1 or text[1:].isalpha())

    @property
    def nbytes(self) -> int:
        return self._pairs.nbytes

    def may_begin(self, prefix: str) -> bool:
        """False if `prefix` + letters is known to be more than one word for the tokenizer: `prefix`
        has no tokens, or an added token can be part of the text.
        """
        rests = (text.removeprefix(prefix) for text in self._added)
        is_cut = any(not rest or rest.isalpha() for rest in rests)
        return not is_cut and all(map(self.can_write, prefix))

    def can_write(self, character: str) -> bool:
        return PADDING not in self._pieces(character)

    def encode(
        self, words: Sequence[str], prefixes: Sequence[str], ids_of: Mapping[bytes, int]
    ) -> list[Paths]:
        """Return the paths of `prefix` + word for each prefix.

        words: At least one. No word is empty, has a line break or a character without tokens.
        ids_of: Token ids by the tokens' bytes.
        """
        initial = self._initial_pieces(words)
        pieces_of = {prefix: self._pieces_of_text(prefix) for prefix in prefixes}
        # A prefix that is one token touches only the first piece of the word. If the two never
        # merge, the path is this token and the word's own path; until they merge, the word is
        # merged as it is without a prefix.
        last_tokens = {prefix: self._last_tokens(ids) for prefix, ids in pieces_of.items()}
        watched = list(dict.fromkeys(chain.from_iterable(last_tokens.values())))
        bare, hits = self._merged(initial, _NO_PREFIX_IDS, self._pairs.ranks_after(watched))
        merges_of = dict(zip(watched, hits, strict=True))
        single = {
            prefix: tokens[-1]
            for prefix, tokens in last_tokens.items()
            if tokens and not any(len(merges_of[each].words) for each in tokens[:-1])
        }
        with_token = self._merged_with({each: merges_of[each].pieces for each in single.values()})
        found = []
        for prefix, ids in pieces_of.items():
            if not ids:
                paths = bare
            elif prefix in single:
                token = single[prefix]
                others = merges_of[token].words
                own = np.delete(np.arange(len(words)), others)
                paths = preceded(token, reordered(bare, own))
                paths = interleaved(own, paths, others, with_token[token])
            else:
                paths = self._merged(initial, np.array([ids], np.int32))[0]
            if self.ignore_merges:
                paths = with_whole_tokens(words, prefix, ids_of, paths)
            found.append(paths)
        return found

    def _merged_with(self, pieces_of: Mapping[int, Paths]) -> dict[int, Paths]:
        """Return the paths of some words after a token. pieces_of: token -> the words' pieces.

        All tokens are handled in one call, which takes as many steps as one of them.
        """
        sizes = [len(lengths) for lengths, _ in pieces_of.values()]
        if not sum(sizes):
            return dict.fromkeys(pieces_of, NO_PATHS)
        lengths, symbols = map(np.concatenate, zip(*pieces_of.values(), strict=True))
        prefix_ids = np.repeat(np.array([*pieces_of], np.int32), sizes)[:, None]
        paths, _ = self._merged((lengths, symbols), prefix_ids)
        return dict(zip(pieces_of, split(paths, np.cumsum(sizes)), strict=True))

    def _merged(
        self, initial: Paths, prefix_ids: Int32, prefix_ranks: Int32 = _NO_PREFIX_RANKS
    ) -> tuple[Paths, list[PrefixMerges]]:
        """Return the paths of words, and the words that would have merged with prefix tokens.

        initial: The pieces of each word before any merge.
        prefix_ids: [words, ids] or [1, ids], the ids before each word, which are merged with it.
        prefix_ranks: [tokens, ids], the rank of the merge of a prefix token with each id.
        """
        sizes, pieces = initial
        starts = np.cumsum(sizes) - sizes
        before = prefix_ids.shape[1]
        prefix_ids = np.broadcast_to(prefix_ids, (len(sizes), before))
        lengths = sizes + before
        offsets = np.cumsum(lengths) - lengths
        merged = np.full(int(lengths.sum()), PADDING, np.int32)
        counts = np.zeros(len(sizes), np.int64)
        hits: list[Hits] = []
        order = np.argsort(sizes, kind="stable")
        for low in range(0, len(sizes), CHUNK):
            chunk = order[low : low + CHUNK]
            width = int(sizes[chunk[-1]])
            inside = np.arange(width) < sizes[chunk, None]
            table = np.full((len(chunk), before + width + 2), PADDING, np.int32)
            table[:, 1 : before + 1] = prefix_ids[chunk]
            table[:, before + 1 : -1][inside] = pieces[
                (starts[chunk, None] + np.arange(width))[inside]
            ]
            hits += [
                (token, chunk[row], paths)
                for token, row, paths in self._merge_(table, prefix_ranks)
            ]
            inside = np.arange(before + width) < lengths[chunk, None]
            merged[(offsets[chunk, None] + np.arange(before + width))[inside]] = table[:, 1:-1][
                inside
            ]
            counts[chunk] = np.count_nonzero(table != PADDING, axis=1)
        paths = counts, merged[merged != PADDING].astype(np.int64)
        return paths, _by_prefix_token(hits, len(prefix_ranks))

    def _initial_pieces(self, words: Sequence[str]) -> Paths:
        joined = "\n".join(words) + "\n"
        points = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
        alphabet = sorted(set(joined) - {"\n"})
        ids = [self._pieces(character) for character in alphabet]
        table = np.full((int(points.max()) + 1, max(map(len, ids))), PADDING, np.int32)
        for character, each in zip(alphabet, ids, strict=True):
            table[ord(character), : len(each)] = each
        counts = np.count_nonzero(table != PADDING, axis=1)[points]
        lengths = np.add.reduceat(counts, np.append(0, np.flatnonzero(points == ord("\n"))[:-1]))
        pieces = table[points].ravel()
        return lengths, pieces[pieces != PADDING].astype(np.int64)

    def _last_tokens(self, prefix_ids: Sequence[int]) -> list[int]:
        """Return each successive last token while the prefix merges to one token.

        [] if it never does, or only after its last token could have merged with a word.
        """
        ids = np.array(prefix_ids, np.int32)
        last_tokens, highest = list(prefix_ids[-1:]), -1
        while len(ids) > 1:
            rank, made = self._pairs.look_up(ids[:-1], ids[1:])
            at = int(rank.argmin())
            ids = np.concatenate((ids[:at], made[at : at + 1], ids[at + 2 :]))
            highest = max(highest, int(rank[at]))
            if ids[-1] != last_tokens[-1]:
                last_tokens.append(int(ids[-1]))
        too_late = highest == NO_MERGE or (
            highest >= 0 and self._pairs.ranks_after(last_tokens[-1:]).min() < highest
        )
        return [] if too_late else last_tokens

    def _pieces_of_text(self, text: str) -> list[int]:
        return [piece for character in text for piece in self._pieces(character)]

    def _pieces(self, character: str) -> tuple[int, ...]:
        known = self._pieces_of.get(character)
        return known or tuple(self._byte_ids[byte] for byte in character.encode())

    def _merge_(self, table: Int32, prefix_ranks: Int32) -> Iterator[Hits]:
        """Merge in place until no pair can be merged.

        table: [words, pieces + 2], with PADDING in the first column and after the last piece. A
        merge replaces the left piece by the new id and the right piece by PADDING.
        Yields each word that would merge with a prefix token, at the first moment that it would.
        """
        width = table.shape[1]
        ids = table.reshape(-1)
        rank, made = self._pairs.look_up(ids, np.append(ids[1:], PADDING))
        ranks = rank.reshape(table.shape)
        after = np.arange(1, len(ids) + 1)
        before = np.arange(-1, len(ids) - 1)
        rows = np.arange(len(table))
        waiting = np.ones((len(prefix_ranks), len(table)), np.bool_)  # no merge with it so far
        while len(rows):
            at = rows * width + ranks.take(rows, axis=0).argmin(axis=1)  # the leftmost of equals
            best = rank.take(at)
            if len(prefix_ranks):
                with_first = prefix_ranks[:, table[rows, 1]]
                hits = (with_first <= best) & (with_first != NO_MERGE) & waiting[:, rows]
                token, row = np.nonzero(hits)
                if len(token):
                    waiting[token, rows[row]] = False
                    yield token, rows[row], compact(table[rows[row]], PADDING)
            going = np.flatnonzero(best != NO_MERGE)
            rows, at = rows.take(going), at.take(going)
            gone = after.take(at)
            left, right = before.take(at), after.take(gone)
            ids[at], ids[gone] = made.take(at), PADDING
            rank[gone] = NO_MERGE
            after[at], before[right] = right, at
            changed = np.concatenate((left, at))
            rank[changed], made[changed] = self._pairs.look_up(
                ids.take(changed), ids.take(np.concatenate((at, right)))
            )


def _by_prefix_token(hits: Sequence[Hits], token_count: int) -> list[PrefixMerges]:
    """Return [tokens]: the same hits, sorted by word."""
    if not hits:
        return [_NO_PREFIX_MERGES] * token_count
    token, word = (np.concatenate(each) for each in list(zip(*hits, strict=True))[:2])
    lengths, symbols = (np.concatenate(each) for each in zip(*(p for *_, p in hits), strict=True))
    order = np.lexsort((word, token))
    ends = np.cumsum(np.bincount(token, minlength=token_count))
    parts = split(reordered((lengths, symbols), order), ends)
    return list(map(PrefixMerges, np.split(word[order], ends[:-1]), parts))
