"""Articles and other small words that lists put before their entries: der Hund, to go."""

from __future__ import annotations

import re

_ARTICLES = {
    "ca": "el la els les un una uns unes l'",
    "de": "der die das den dem ein eine einen der/die die/der das/die (sich) sich",
    "el": "ο η το οι τα ένας μια μία ένα",
    "en": "the a an to",
    "es": "el la los las un una unos unas el/la la/el los/las un/una",
    "fr": "le la les un une des l' le/la la/le un/une",
    "it": "il lo la i gli le un uno una l' un' il/la un/una",
    "nl": "de het een 't",
    "pt": "o a os as um uma o/a a/o um/uma",
    "sv": "en ett",
    "da": "en et at",
    "no": "en ei et å",
    "nb": "en ei et å",
    "ro": "un o",
    "hu": "a az egy",
}
# What begins like an article and is an entry as it is.
_KEPT = {
    "en": frozenset({"a bit", "a few", "a little", "a lot", "a lot of", "a.m."}),
    "fr": frozenset({"la plupart", "un peu"}),
    "es": frozenset({"un poco", "lo que"}),
    "de": frozenset({"ein bisschen", "ein paar", "das heißt"}),
}


def _pattern(articles: str) -> re.Pattern[str]:
    spaced = [re.escape(word) + " +" for word in articles.split() if not word.endswith("'")]
    joined = [re.escape(word[:-1]) + "['’]" for word in articles.split() if word.endswith("'")]
    return re.compile(
        f"(?:{'|'.join(sorted(spaced + joined, key=len, reverse=True))})(?=\\S)", re.I
    )


_PATTERNS = {language: _pattern(articles) for language, articles in _ARTICLES.items()}


def without_article(entry: str, language: str) -> str:
    """Return the entry without its article.

    language: The first part of a tag, such as 'de'.
    """
    pattern = _PATTERNS.get(language)
    if pattern is None or entry in _KEPT.get(language, ()):
        return entry
    match = pattern.match(entry)
    return entry[match.end() :] if match else entry


def is_article(word: str, language: str) -> bool:
    return word.casefold() in _ARTICLES.get(language, "").split()
