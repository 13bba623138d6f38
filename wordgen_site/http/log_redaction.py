"""Keep API keys out of every log line, whoever wrote it."""

from __future__ import annotations

import logging
import re

# `?token=` is accepted on every endpoint, so it can turn up in a logged URL; a bearer key in a
# logged header.
_GIVEN = re.compile(r"((?:\b|%3F|%26)token(?:=|%3D)|Bearer(?:\s|%20)+)[^\s&\"'<>]+", re.IGNORECASE)
_MADE = re.compile(r"\bwg_[0-9a-f]{8}_[0-9a-f]{32}\b")  # ours, wherever it stands


def redact(text: str) -> str:
    return _MADE.sub("[redacted]", _GIVEN.sub(r"\1[redacted]", text))


class RedactingFormatter(logging.Formatter):
    """Works on the finished text, so that a key inside a traceback is caught as well."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
