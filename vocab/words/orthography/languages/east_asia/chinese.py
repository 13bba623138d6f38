"""The orthography pack of Chinese: full-width marks, and no spaces."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    CURLY,
    STRAIGHT,
    UNSPACED,
    WIDE_BRACKETS,
    WIDE_DIGITS,
    WIDE_OPERATORS,
)

CHINESE = replace(
    UNSPACED,
    language="zh",
    sentence_ends=frozenset(
        {
            "。",
            "！",
            "？",
            "……",
            "…",
            "？！",
            "！？",
            "……？",
            "……！",
            "！！",
            "！！！",
            "？？",
            "？？？",
        }
    ),
    pauses=frozenset("，、；："),
    pairs=CURLY
    | STRAIGHT
    | WIDE_BRACKETS
    | {"‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "(": ")", "【": "】"},
    digits=WIDE_DIGITS,
    tight_dashes=frozenset({"——", "—", "·", "～", "－", "/"}) | WIDE_OPERATORS,
)
