"""The letters and groups of letters that a language counts as one sign (graphemes).

A decodable reader has only words whose graphemes were taught: without `sh`, *ship* is not among
them, although `s`, `h`, `i` and `p` were taught.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Set
from functools import lru_cache

from vocab.words.casing import lower, primary_language

# The groups that schools teach as one sign. Where a group may also be two signs (ea in react), it
# counts as one, so that a reader never gets a group that was not taught.
_GROUPS = {
    "ca": "ll ny qu rr ss",
    "cs": "ch",
    "cy": "ch dd ff ll ng ph rh th",
    "de": "aa au ch ck ee ei eu ie oo ph qu sch äu",
    "en": "ai au aw ay ch ck dge ea ee ew ie igh kn ng oa oe oi oo ou ow oy ph qu sh tch th ue wh"
    " wr",
    "es": "ch ll qu rr",
    "eu": "dd ll rr ts tt tx tz",
    "fil": "ng",
    "fr": "ai au ch eau ei eu gn oi ou ph qu th œu",
    "hr": "dž lj nj",
    "hu": "cs dz dzs gy ly ny sz ty zs",
    "it": "ch gh gl gn qu sc",
    "nl": "aa au ch ee eu ie ij ng oe oo ou sch ui uu",
    "pl": "ch cz dz dź dż rz sz",
    "pt": "ch lh nh qu rr ss",
    "sk": "ch dz dž",
    "sq": "dh gj ll nj rr sh th xh zh",
    "sw": "ch dh gh ny sh th",
    "vi": "ch gh gi kh ng ngh nh ph qu th tr",
}
_GROUPS["bs"] = _GROUPS["hr"]


@lru_cache(maxsize=64)
def groups_of(language: str) -> frozenset[str]:
    """Return the groups of letters that are one grapheme; empty for a language without any."""
    return frozenset(_GROUPS.get(primary_language(language), "").split())


def letters_of(word: str, language: str) -> str:
    """Return the letters of a word in lower case, without apostrophes, hyphens and spaces.

    Digits stay. A mark that combines with a letter stays with it.
    """
    text = unicodedata.normalize("NFC", lower(word, language))
    return "".join(each for each in text if each.isalnum() or unicodedata.category(each)[0] == "M")


def graphemes_of(letters: str, groups: Set[str]) -> Iterable[str]:
    """Yield the graphemes of letters in lower case. At each place the longest group wins."""
    longest = max(map(len, groups), default=1)
    start = 0
    while start < len(letters):
        for size in range(min(longest, len(letters) - start), 0, -1):
            group = letters[start : start + size]
            if size == 1 or group in groups:
                yield group
                start += size
                break
