"""The orthography pack of Japanese: full-width marks, and no spaces."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    UNSPACED,
    WIDE_BRACKETS,
    WIDE_DIGITS,
    WIDE_OPERATORS,
)

JAPANESE = replace(
    UNSPACED,
    language="ja",
    sentence_ends=frozenset(
        {"。", "！", "？", "…", "……", "！？", "？！", "…。", "……。", "……！", "……？"}
        | {"！！", "！！！", "？？", "？？？"}
    ),
    pauses=frozenset("、：；，"),
    pairs={
        "「": "」",
        "『": "』",
        "(": ")",
        "【": "】",
        "〈": "〉",
        "《": "》",
        "“": "”",
    }
    | WIDE_BRACKETS,
    digits=WIDE_DIGITS,
    tight_dashes=frozenset({"——", "―", "――", "—", "・", "～", "〜", "/"}) | WIDE_OPERATORS,
)
