"""Keep API keys out of every log line, whoever wrote it."""

from __future__ import annotations

import logging
import re

# `?token=` is accepted on every endpoint, so it can turn up in a logged URL; a bearer key in a
# logged header.
_SECRET = re.compile(r"((?:[?&]|%3F|%26)token=|Bearer\s+)[^\s&\"'<>]+", re.IGNORECASE)


def redact(text: str) -> str:
    return _SECRET.sub(r"\1[redacted]", text)


class RedactingFormatter(logging.Formatter):
    """Works on the finished text, so that a key inside a traceback is caught as well."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
