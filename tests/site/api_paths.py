"""Every path of the API, from the URL configuration, so that new paths are tested too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from generation.openai.error_responses import ROOTS

CONVERTER = re.compile(r"<(?:\w+:)?\w+>")
NAMED_GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()]|\([^)]*\))*)\)")


def api_paths() -> list[str]:
    """One URL for each pattern under the API's roots, without the catch-all."""
    found = [
        f"/{route}"
        for route, pattern in _patterns(get_resolver().url_patterns, "")
        if hasattr(pattern.callback, "cls")
    ]
    return [path for path in found if any(f"{path}/".startswith(f"{root}/") for root in ROOTS)]


def _patterns(entries: Any, before: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        route = before + _example(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, route)
        else:
            yield route, entry


def _example(route: str) -> str:
    """A path that matches the route: `x` for a parameter, the first of alternatives."""
    route = route.removeprefix("^").removesuffix("$")
    route = NAMED_GROUP.sub(lambda group: _first_word(group[2]), route)
    return CONVERTER.sub("x", route)


def _first_word(expression: str) -> str:
    word = expression.split("|")[0]
    return word if word.isalpha() else "x"
