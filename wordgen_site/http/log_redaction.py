"""Remove API keys from all log lines, also those of libraries."""

from __future__ import annotations

import logging
import re

# `?token=` is accepted on every endpoint, so a key can be in a logged URL. A bearer key can be in a
# logged header.
_GIVEN = re.compile(r"((?:\b|%3F|%26)token(?:=|%3D)|Bearer(?:\s|%20)+)[^\s&\"'<>]+", re.IGNORECASE)
_MADE = re.compile(r"\bwg_[0-9a-f]{8}_[0-9a-f]{32}\b")  # a key made here, in any context


def redact(text: str) -> str:
    return _MADE.sub("[redacted]", _GIVEN.sub(r"\1[redacted]", text))


class RedactingFormatter(logging.Formatter):
    """Redacts the formatted text, so that it also finds a key in a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
