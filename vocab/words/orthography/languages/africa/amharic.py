"""The orthography pack of Amharic: ። ፣ ፤ ፦, and prefixes before quotations and numbers."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

AMHARIC = replace(
    DEFAULT,
    language="am",
    # Many keyboards make the full stop of two word dividers.
    sentence_ends=DEFAULT.sentence_ends - {"."} | {"።", "፡፡", "፧"},
    pauses=frozenset("፣፤፥፦,;:"),
    pairs=ANGLED | {"‹": "›"} | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    proclitics=words("በ ለ ከ የ ስለ እስከ እንደ ወደ በየ ከየ ለየ እና"),
    particles=words("ን ም ና ንም ው ዋ ዎች ዎቹ ስ ኛ ኛው ኛዋ ኛውን"),
    abbreviations=words("ዓ.ም ዓ.ዓ እ.ኤ.አ ክ.ል.በ ከ.ቀ ከ.ሰ ቁ ገጽ ሰ.ዓ ሀ.ሀ ኪ.ሜ ሜ ሳ.ሜ ኪ.ግ ቅ.ል.ክ"),
)
