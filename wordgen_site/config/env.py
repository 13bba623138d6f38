"""Typed readers for settings from the environment or `.env`.

An invalid value stops the start with the variable's name, its value and the expected form. A
mistyped setting must never silently become its default.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
ORIGIN_SHAPE = (
    "origins such as https://class.example.org, without a path and without a default port, or *"
)
URL_SHAPE = "an address such as http://127.0.0.1:8010, without a path, a name or a password"


def env_str(name: str, default: str = "", *, choices: Sequence[str] = ()) -> str:
    """Return the variable without surrounding spaces. An empty variable counts as unset."""
    value = os.environ.get(name, "").strip() or default
    if choices and value not in choices:
        raise _unexpected(name, value, "one of " + ", ".join(choices))
    return value


def env_bool(name: str, default: bool) -> bool:
    value = env_str(name).lower()
    if not value:
        return default
    if value in TRUE or value in FALSE:
        return value in TRUE
    raise _unexpected(name, value, "true or false")


def env_int(name: str, default: int, *, minimum: int = 0, maximum: int | None = None) -> int:
    value = env_str(name)
    if not value:
        return default
    return _whole_number(name, value, minimum, maximum)


def env_list(name: str, default: Sequence[str] = ()) -> list[str]:
    """Return a comma-separated variable as a list."""
    value = env_str(name)
    if not value:
        return list(default)
    return [item.strip() for item in value.split(",") if item.strip()]


def env_int_list(name: str, default: Sequence[int], *, minimum: int = 1) -> list[int]:
    items = env_list(name)
    if not items:
        return list(default)
    return [_whole_number(name, item, minimum, None) for item in items]


def env_path(name: str, default: Path) -> Path:
    value = env_str(name)
    return Path(value).expanduser().resolve() if value else default


def env_secret(name: str) -> str:
    """Return NAME, or the content of the file that NAME_FILE names (for container secrets)."""
    value = env_str(name)
    file_name = env_str(f"{name}_FILE")
    if value or not file_name:
        return value
    try:
        return Path(file_name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={file_name} cannot be read: {error}") from error


def env_url(name: str) -> str:
    """Return the base address of an http(s) server, without a final slash; "" if unset."""
    value = env_str(name)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise _unexpected(name, value, URL_SHAPE) from None
    plain = f"{parts.scheme}://{parts.netloc}"
    if not usable or "@" in plain or value.rstrip("/") != plain:
        raise _unexpected(name, value, URL_SHAPE)
    return plain


def env_origins(name: str) -> list[str]:
    """Return origins as browsers send them: in lower case, without a default port.

    The value is a list, or * alone for any origin. A page from a file has the origin "null".
    """
    origins = [item.lower() for item in env_list(name)]
    for origin in origins:
        if origin not in ("*", "null") and not _is_origin(origin):
            raise _unexpected(name, origin, ORIGIN_SHAPE)
    if "*" in origins and len(origins) > 1:
        raise _unexpected(name, ",".join(origins), "* alone, or origins without it")
    return origins


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    is_default = port == {"http": 80, "https": 443}.get(parts.scheme, 0)
    is_plain = value == f"{parts.scheme}://{parts.netloc}" and "@" not in value
    return (
        bool(is_plain and parts.scheme and parts.hostname and "*" not in value) and not is_default
    )


def _whole_number(name: str, value: str, minimum: int, maximum: int | None) -> int:
    expected = f"a whole number of at least {minimum}"
    if maximum is not None:
        expected = f"a whole number from {minimum} to {maximum}"
    try:
        number = int(value)
    except ValueError:
        raise _unexpected(name, value, expected) from None
    if number < minimum or (maximum is not None and number > maximum):
        raise _unexpected(name, value, expected)
    return number


def _unexpected(name: str, value: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"Unexpected value {name}={value!r}: expected {expected}")
