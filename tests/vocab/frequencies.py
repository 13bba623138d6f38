"""The frequencies of wordfreq, of one language at a time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest


def frequencies(language: str) -> Mapping[str, float]:
    """Map the words of wordfreq's longest list to their frequencies, the most frequent first.

    The package itself keeps each list that anybody asks for: together they take a gigabyte.
    """
    wordfreq = pytest.importorskip("wordfreq")
    found: Mapping[str, float] = wordfreq.get_frequency_dict(language, "best")
    wordfreq.get_frequency_dict.cache_clear()
    wordfreq.get_frequency_list.cache_clear()
    return found
