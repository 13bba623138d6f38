"""Cuts what a corpus holds as one word where the language's segmenter, used on texts, cuts it.

In a text without spaces a word is what the segmenter says: an entry that it always takes apart
could never be found in a text, while its pieces would be missing from the list.
"""

from __future__ import annotations

from collections.abc import Callable

# 会っ by itself is cut into 会 and っ, in a sentence it is not: the lexicon does have the word.
READINGS = 10
# What cuts a language's words, by package: their versions decide what the list holds.
PACKAGES = {"ja": ("fugashi", "unidic-lite"), "zh": ("rjieba",)}

Segmenter = Callable[[str], tuple[str, ...]]


class SegmenterMissing(Exception):
    """The message is for whoever builds the list: it says what to install."""


def segmenter_for(language: str) -> Segmenter | None:
    """What cuts the language's words, or None for languages with spaces.

    Raises SegmenterMissing.
    """
    try:
        match language:
            case "ja":
                return _japanese()
            case "zh":
                return _chinese()
    except ImportError as error:
        raise SegmenterMissing(
            f"The {error.name} package is not installed. It comes with the project's 'wordlists' "
            "extra: pip install -e '.[wordlists]'"
        ) from error
    return None


def _chinese() -> Segmenter:
    import rjieba

    return lambda word: tuple(rjieba.cut(word, True))


def _japanese() -> Segmenter:
    """UniDic's short units; a word that one of its likeliest readings leaves whole is one."""
    import fugashi

    tagger = fugashi.Tagger()

    def cut(word: str) -> tuple[str, ...]:
        units = tuple(node.surface for node in tagger(word))
        if len(units) == 1:
            return units
        if any(len(reading) == 1 for reading in tagger.nbestToNodeList(word, READINGS)):
            return (word,)
        return units

    return cut
