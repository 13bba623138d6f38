"""How the words of a text are spread over the ranks of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The last ranks of the bands. The size of the list ends the last band.
BAND_ENDS = (500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000, 50_000)


@dataclass(frozen=True, slots=True)
class Band:
    """The words of a text whose ranks are from `first` to `last`.

    words: Running words. distinct_words: Different words, ignoring case.
    share: Of all running words of the text, 0 to 1.
    cumulative_share: The same for this band and all before it.
    """

    first: int
    last: int
    words: int
    distinct_words: int
    share: float
    cumulative_share: float

    def as_dict(self) -> dict[str, int | float]:
        return {
            "first": self.first,
            "last": self.last,
            "words": self.words,
            "distinct_words": self.distinct_words,
            "share": self.share,
            "cumulative_share": self.cumulative_share,
        }


@dataclass(frozen=True, slots=True)
class RankProfile:
    """mean_rank and highest_rank: Of the running words with a rank; None if there is none."""

    bands: tuple[Band, ...]
    mean_rank: float | None
    highest_rank: int | None


def rank_profile(words: Sequence[tuple[str, int | None]], size: int) -> RankProfile:
    """words: Each running word in lower case, and its rank; None for a word without a rank.
    size: Number of entries of the list.
    """
    ranks = [rank for _, rank in words if rank is not None]
    ends = [end for end in BAND_ENDS if end < size] + [size]
    bands = []
    below = before = 0
    for end in ends:
        inside = [word for word, rank in words if rank is not None and before < rank <= end]
        below += len(inside)
        share, cumulative = (count / len(words) if words else 0.0 for count in (len(inside), below))
        bands.append(Band(before + 1, end, len(inside), len(set(inside)), share, cumulative))
        before = end
    mean = sum(ranks) / len(ranks) if ranks else None
    return RankProfile(tuple(bands), mean, max(ranks, default=None))
