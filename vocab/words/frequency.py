"""Makes a clean ranked list of words out of a corpus's ranked entries.

A corpus's commonest "words" hold digits, initials, web debris, other languages and folded case.
`clean` keeps the order and drops or recases entry by entry, counting every drop by its cause.
Knows no Django, no files and no corpus: what counts as a word is in `frequency_data.py`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vocab.words import frequency_data as data

LANGUAGES = tuple(sorted(data.LETTERS))

_APOSTROPHES = str.maketrans("’ʼ`´", "''''")
_THREE_ALIKE = re.compile(r"(.)\1\1")
_CAPITALS = {
    language: {written.lower(): written for written in words}
    for language, words in data.CAPITALS.items()
}


@dataclass
class CleanResult:
    words: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def clean(ranked: Iterable[str], language: str, limit: int | None = None) -> CleanResult:
    """The words of `ranked` in their order, distinct, NFC, in the case they are written in.

    Reads no further than it needs for `limit` words, so that `dropped` counts only what the list
    passed over. Each entry read is either one of `words` or counted once in `dropped`.
    Raises ValueError for a language there are no tables for.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no tables for language {language!r}; there are: {', '.join(LANGUAGES)}")
    result = CleanResult()
    seen: set[str] = set()
    entries = iter(ranked)
    while limit is None or len(result.words) < limit:
        raw = next(entries, None)
        if raw is None:
            break
        word = unicodedata.normalize("NFC", raw).translate(_APOSTROPHES)
        # The tables are in lower case; an entry that comes with capitals of its own keeps them.
        folded = word.lower()
        cause = why_dropped(folded, language)
        if cause is None and folded in seen:
            cause = "said before"
        if cause is not None:
            result.dropped[cause] += 1
            continue
        seen.add(folded)
        result.words.append(_CAPITALS[language].get(folded, word))
    return result


def why_dropped(word: str, language: str) -> str | None:
    """The cause for which a lower-case NFC word is no entry for a list, or None if it is one.

    The order matters only for the count: the causes that can be seen in the letters come first.
    """
    marks = {char for char in word if not char.isalpha()}
    if not word or marks - {"'", "-"}:
        return "digits or symbols"
    if marks - data.INNER_MARKS[language] or not _parts_are_words(word):
        return "apostrophe or hyphen out of place"
    if not set(word) - marks <= data.LETTERS[language]:
        return "letters of another language"
    if len(word) == 1:
        return None if word in data.ONE_LETTER[language] else "single letter"
    if word in data.DEBRIS:
        return "web or chat debris"
    if word in data.MISSPELLINGS[language]:
        return "misspelling"
    if word in data.PROFANITY[language]:
        return "profanity"
    if _THREE_ALIKE.search(word):
        return "a letter three times running"
    if not set(word) & data.VOWELS and word not in data.WITHOUT_VOWELS[language]:
        return "no vowel"
    if len(word) == 2 and word not in data.TWO_LETTERS[language]:
        return "two letters, not a word"
    if word in data.NOT_WORDS[language]:
        return "reviewed, not a word"
    return None


def _parts_are_words(word: str) -> bool:
    # A mark stands between letters; one hyphen makes a compound, more are debris (ha-ha-ha-ha).
    return word.count("-") <= 1 and all(re.split(r"['-]", word))
