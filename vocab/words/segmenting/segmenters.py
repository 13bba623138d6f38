"""Segmenters, which split texts of languages without spaces into words.

rjieba for Chinese, fugashi with UniDic's short units for Japanese, PyThaiNLP's newmm for Thai. They
come with the project's `segmenters` extra and are imported on first use. They define the words of
`units=words` (docs/language.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

from vocab.words.casing import primary_language
from vocab.words.orthography import Units

# List files name the versions of these packages, because they decide what a word is.
PACKAGES = {"ja": ("fugashi", "unidic-lite"), "th": ("pythainlp",), "zh": ("rjieba",)}

WORDS_BY_DEFAULT = frozenset({"th"})

Segmenter = Callable[[str], tuple[str, ...]]


class SegmenterMissing(Exception):
    """The message says what to install."""


@cache
def segmenter_for(language: str) -> Segmenter:
    """Return the segmenter of a language (a BCP-47 tag). It is thread-safe.

    The pieces joined are the text again. Raises SegmenterMissing if the package is not installed or
    if the language has no segmenter.
    """
    primary = primary_language(language)
    make = {"ja": _japanese, "th": _thai, "zh": _chinese}.get(primary)
    if make is None:
        raise SegmenterMissing(f"There is no segmenter for the language {language!r}.")
    try:
        return make()
    except ImportError as error:
        needed = " and ".join(PACKAGES[primary])
        raise SegmenterMissing(
            f"To find the words of texts in the language {language!r}, this server needs the"
            f" package {needed}. It comes with the project's 'segmenters' extra:"
            " pip install -e '.[segmenters]'"
        ) from error


def default_units(language: str) -> Units:
    """Return the units of a new list, which its owner can change.

    In Thai two hundred words have nearly all letters of the language, so `characters` guarantees
    little.
    """
    if primary_language(language) not in WORDS_BY_DEFAULT:
        return Units.CHARACTERS
    try:
        segmenter_for(language)
    except SegmenterMissing:
        return Units.CHARACTERS
    return Units.WORDS


def _chinese() -> Segmenter:
    import rjieba

    return lambda text: tuple(rjieba.cut(text))


def _japanese() -> Segmenter:
    tagger = japanese_tagger()
    lock = Lock()  # the tagger's next call overwrites the nodes that it returned

    def cut(text: str) -> tuple[str, ...]:
        with lock:
            return tuple(node.surface for node in tagger(text))

    return cut


def _thai() -> Segmenter:
    # Otherwise the package creates a folder in the home directory of the server's user.
    os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")
    from pythainlp.tokenize.newmm import segment

    return lambda text: tuple(segment(text))


def japanese_tagger() -> Any:
    """Return MeCab with UniDic. Raises ImportError."""
    import fugashi

    # fugashi finds this itself, but its own error for a missing dictionary is hard to understand.
    import unidic_lite  # noqa: F401

    return fugashi.Tagger()
