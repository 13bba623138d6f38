"""The facts about each language that `clean` uses: languages/LANG.txt, read into a `Tables`.

A data file has sections, and each section has words separated by white space. `#` starts a comment
line.

    [name]          the language in English
    [letters]       the letters of words; `a-z` is a range
    [marks]         marks that may stand between two letters of a word
    [dictionaries]  hunspell's names of the dictionaries that decide spelling and case
    [nouns]         `capitalised` if a word of the dictionary in both cases is listed as a noun
    [one-letter]    all words of one letter, as in [letters]; a missing section means no rule
    [two-letters]   all words of two letters; a missing section means no rule
    [longest]       maximum number of letters of a word; a missing section means no rule
    [without-vowels] all words without a vowel; a missing section means no rule
    [prefixes]      clitics written before a word, with their apostrophe: l'
    [bare-prefixes] prefixes that the corpus also has without the apostrophe, never words: l
    [suffixes]      clitics written after a word, with their apostrophe: 's
    [respell]       corpus=correct, for wrong spellings of the corpus: coeur=cœur
    [keep]          words to keep, in the case given here if no dictionary has them
    [write]         words to keep in the case given here, without asking a dictionary: iPhone
    [also]          words that are listed with capitals as well as in lower case: Dieu
    [lower-only]    words that are not listed as nouns, in spite of [nouns], nor as names of places
    [placed]        entry@neighbour: entries that the corpus cannot contain, ranked directly after a
                    lower-case neighbour; `_` is a space: New_York@york
    [names] [profanity]  words for the companion lists; `word*` means every word with this prefix
    [english]       only in common.txt: words dropped from every list except the English one
    [debris] [misspellings] [not-words]  words to drop, by cause; `*` as above

The words of the last three groups are in lower case, as the corpus has them after [respell].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from vocab.words.frequency.folding import folded

_DATA = resources.files("vocab.words.frequency") / "languages"
_COMMON = "common"


class TablesError(ValueError):
    """A data file has an error. The message names the file and the line."""


class WordSet:
    """A set of words and of prefixes of words (`scheiß*`)."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        patterns = tuple(patterns)
        self.words = frozenset(word for word in patterns if not word.endswith("*"))
        self.beginnings = tuple(sorted(word[:-1] for word in patterns if word.endswith("*")))

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and (
            word in self.words or (bool(self.beginnings) and word.startswith(self.beginnings))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The data of one language; the module docstring explains each section. None means no rule."""

    language: str
    name: str
    letters: frozenset[str]
    marks: frozenset[str] = frozenset()
    dictionaries: tuple[str, ...] = ()
    capitalised_nouns: bool = False
    one_letter: frozenset[str] | None = None
    two_letters: frozenset[str] | None = None
    longest: int | None = None
    without_vowels: frozenset[str] | None = None
    prefixes: tuple[str, ...] = ()
    bare_prefixes: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    respell: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    lower_only: frozenset[str] = frozenset()
    also: dict[str, str] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)
    names: WordSet = field(default_factory=WordSet)
    profanity: WordSet = field(default_factory=WordSet)
    debris: WordSet = field(default_factory=WordSet)
    misspellings: WordSet = field(default_factory=WordSet)
    not_words: WordSet = field(default_factory=WordSet)


LANGUAGES = tuple(
    sorted(
        path.name.removesuffix(".txt")
        for path in _DATA.iterdir()
        if path.name.endswith(".txt") and path.name != f"{_COMMON}.txt"
    )
)

_SECTIONS = frozenset(
    """
    name letters marks longest dictionaries nouns one-letter two-letters without-vowels prefixes
    bare-prefixes suffixes respell keep write also lower-only placed names profanity debris
    misspellings not-words english
    """.split()  # noqa: SIM905
)


@cache
def tables_for(language: str) -> Tables:
    """Return the tables of a language.

    Raises ValueError for a language without a data file, TablesError for a file with an error.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no tables for language {language!r}; available: {', '.join(LANGUAGES)}")
    sections = _read(language)
    for section in ("name", "letters"):
        if section not in sections:
            raise TablesError(f"{language}.txt has no section [{section}]")

    def words(section: str) -> list[str]:
        return sections.get(section, [])

    def words_or_none(section: str) -> frozenset[str] | None:
        return frozenset(sections[section]) if section in sections else None

    kept = {folded(word, language): word for word in words("keep") + words("write")}
    shared = _read(_COMMON)
    debris = shared["debris"]
    english = shared["english"] if language != "en" else []

    return Tables(
        language=language,
        name=" ".join(words("name")),
        letters=_letters(words("letters")),
        marks=frozenset("".join(words("marks"))),
        dictionaries=tuple(words("dictionaries")),
        capitalised_nouns="capitalised" in words("nouns"),
        one_letter=_letters(words("one-letter")) if "one-letter" in sections else None,
        longest=int(words("longest")[0]) if "longest" in sections else None,
        two_letters=words_or_none("two-letters"),
        without_vowels=words_or_none("without-vowels"),
        # The longest first, so that a clitic is tried before a shorter one that it contains.
        prefixes=tuple(sorted(words("prefixes"), key=len, reverse=True)),
        bare_prefixes=frozenset(words("bare-prefixes")),
        suffixes=tuple(sorted(words("suffixes"), key=len, reverse=True)),
        respell=_pairs(words("respell"), "=", language),
        written={folded(word, language): word for word in words("write")},
        kept=kept,
        also={folded(word, language): word for word in words("also")},
        lower_only=frozenset(words("lower-only")),
        placed=_pairs(words("placed"), "@", language),
        names=WordSet(words("names")),
        profanity=WordSet(words("profanity")),
        debris=WordSet([*words("debris"), *(word for word in debris if word not in kept)]),
        misspellings=WordSet(words("misspellings")),
        not_words=WordSet([*words("not-words"), *(word for word in english if word not in kept)]),
    )


def _read(stem: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    text = (_DATA / f"{stem}.txt").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("["):
            section = line.strip().strip("[]")
            if section not in _SECTIONS:
                raise TablesError(f"{stem}.txt, line {number}: there is no section {line!r}")
            current = sections.setdefault(section, [])
        elif current is None:
            raise TablesError(f"{stem}.txt, line {number}: words before the first section")
        else:
            current += line.split()
    return sections


def _letters(tokens: Iterable[str]) -> frozenset[str]:
    letters: set[str] = set()
    for token in tokens:
        if len(token) == 3 and token[1] == "-":
            letters.update(map(chr, range(ord(token[0]), ord(token[2]) + 1)))
        else:
            letters.update(token)
    return frozenset(letters)


def _pairs(tokens: Iterable[str], sign: str, language: str) -> dict[str, str]:
    pairs = {}
    for token in tokens:
        left, found, right = token.partition(sign)
        if not (left and found and right):
            raise TablesError(f"{language}.txt: {token!r} is not of the form a{sign}b")
        pairs[left] = right
    return pairs
