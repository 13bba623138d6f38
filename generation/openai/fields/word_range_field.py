"""`vocab_reply_words` and `vocab_sentence_words`: a range of numbers of words, as text."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

from vocab.words.text_limits import WordRange

PATTERN = r"^([1-9][0-9]{0,4}-([1-9][0-9]{0,4})?|-[1-9][0-9]{0,4})$"


class WordRangeField(serializers.CharField):
    """The value is the text as it was sent, because a job stores it."""

    default_error_messages = {
        "range": 'Expected a range of numbers of words: "60-80", "60-" for at least 60, or "-80"'
        " for at most 80.",
        "order": "The fewest words, {least}, are more than the most words, {most}.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not re.fullmatch(PATTERN, data):
            self.fail("range")
        found = word_range(data)
        if found.most is not None and found.least > found.most:
            self.fail("order", least=found.least, most=found.most)
        return data


def word_range(text: str | None) -> WordRange:
    """Return the range of a valid text; None for no limits."""
    if text is None:
        return WordRange()
    least, _, most = text.partition("-")
    return WordRange(int(least or 0), int(most) if most else None)
