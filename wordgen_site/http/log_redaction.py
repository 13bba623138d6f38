"""Remove API keys from all log lines, also those of libraries."""

from __future__ import annotations

import logging
import re
from typing import Any

from pythonjsonlogger.json import JsonFormatter

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


class RedactingJsonFormatter(JsonFormatter):
    """One JSON object a line, with the fields of the record that its call gave as `extra`.

    Each value is redacted by itself: in the whole line, a key could take the quote after it along.
    """

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: _redact_value(value) for name, value in log_data.items()}


def _redact_value(value: object) -> object:
    """Of an object, such as the request in Django's own lines, only the redacted text stays."""
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))
