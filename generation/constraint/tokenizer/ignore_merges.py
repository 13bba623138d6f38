"""Tokenizers with `ignore_merges`: a text that is a token is encoded as that token, even if the
merges lead to another path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from generation.constraint.tokenizer.ragged import Paths, interleaved

NO_TOKEN = -1


def with_whole_tokens(
    words: Sequence[str], prefix: str, ids_of: Mapping[bytes, int], merged: Paths
) -> Paths:
    """Return the merged paths of `prefix` + word, with one token for each text that is a token."""
    lengths, symbols = merged
    tokens = np.array([ids_of.get((prefix + word).encode(), NO_TOKEN) for word in words], np.int64)
    is_token = tokens != NO_TOKEN
    whole, others = np.flatnonzero(is_token), np.flatnonzero(~is_token)
    kept = symbols[np.repeat(~is_token, lengths)]
    ones = np.ones(len(whole), np.int64)
    return interleaved(whole, (ones, tokens[whole]), others, (lengths[others], kept))
