"""What cuts texts of languages without spaces into words: a well-kept segmenter for each.

rjieba for Chinese, fugashi with UniDic's short units for Japanese, PyThaiNLP's newmm for Thai. They
come with the project's `segmenters` extra and are imported when they are first asked for. What they
call a word is what `units=words` means by one (docs/language.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

from vocab.words.casing import primary_language

# Their versions decide what a word is.
PACKAGES = {"ja": ("fugashi", "unidic-lite"), "th": ("pythainlp",), "zh": ("rjieba",)}

Segmenter = Callable[[str], tuple[str, ...]]


class SegmenterMissing(Exception):
    """The message says what to install."""


@cache
def segmenter_for(language: str) -> Segmenter:
    """Return what cuts a text of the language (a BCP-47 tag) into words; any thread may use it.

    The pieces make up the text again. Raises SegmenterMissing if its package is not installed or
    there is none for the language.
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


def _chinese() -> Segmenter:
    import rjieba

    return lambda text: tuple(rjieba.cut(text))


def _japanese() -> Segmenter:
    tagger = japanese_tagger()
    lock = Lock()  # what it returns lives in memory that its next call uses again

    def cut(text: str) -> tuple[str, ...]:
        with lock:
            return tuple(node.surface for node in tagger(text))

    return cut


def _thai() -> Segmenter:
    # Otherwise it makes a folder in the home of whoever runs the server.
    os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")
    from pythainlp.tokenize.newmm import segment

    return lambda text: tuple(segment(text))


def japanese_tagger() -> Any:
    """MeCab with UniDic. Raises ImportError."""
    import fugashi
    import unidic_lite  # noqa: F401  (fugashi finds it; without it its error says little)

    return fugashi.Tagger()
