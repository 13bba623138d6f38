"""Tokenizers that take a text that is a token for that token, whatever their merges make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from generation.constraint.tokenizer.ragged import Behind, Paths, interleaved, reordered
from vocab.words.trie import Int64

NO_TOKEN = -1


def whole_first(
    words: Sequence[str],
    befores: Sequence[str],
    ids_of: Mapping[bytes, int],
    bare: Paths,
    merged: Sequence[Paths | Behind],
) -> list[Paths | Behind]:
    """Return the paths that merges made, but where a text is a token, that token.

    bare: the paths of the words by themselves; merged: of each of `befores` + word.
    """
    alone = _whole(bare, _tokens("", words, ids_of))
    # Behind a mark, a word that is a token by itself is what merges make of it.
    same = bool((bare[0] == alone[0]).all() and (bare[1] == alone[1]).all())
    found: list[Paths | Behind] = []
    for before, paths in zip(befores, merged, strict=True):
        tokens = _tokens(before, words, ids_of)
        if isinstance(paths, Behind) and same:
            others = np.union1d(paths.others, np.flatnonzero(tokens != NO_TOKEN))
            own = reordered(_whole(paths.whole(), tokens), others)
            found.append(paths._replace(others=others, paths=own))
        else:
            whole = paths.whole() if isinstance(paths, Behind) else paths
            found.append(_whole(whole, tokens))
    return found


def _whole(paths: Paths, tokens: Int64) -> Paths:
    """tokens: [paths], what replaces each; NO_TOKEN where nothing does."""
    lengths, symbols = paths
    is_token = tokens != NO_TOKEN
    found, others = np.flatnonzero(is_token), np.flatnonzero(~is_token)
    kept = symbols[np.repeat(~is_token, lengths)]
    ones = np.ones(len(found), np.int64)
    return interleaved(found, (ones, tokens[found]), others, (lengths[others], kept))


def _tokens(before: str, words: Sequence[str], ids_of: Mapping[bytes, int]) -> Int64:
    """[words]: the token that `before` + word is, NO_TOKEN if it is none."""
    return np.array([ids_of.get((before + word).encode(), NO_TOKEN) for word in words], np.int64)
