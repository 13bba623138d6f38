"""Sentences of public text that packages carry: what benchmarks/prose.py measures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import regex

FORTUNES = "usr/share/games/fortunes"
GUIDE = "usr/share/doc/installation-guide-amd64"
# Collections of prose; drawings, code, tables and lists of things are left out.
COLLECTIONS = {
    "en": [
        "art", "computers", "cookie", "drugs", "education", "ethnic", "food", "fortunes",
        "goedel", "humorists", "kids", "law", "literature", "love", "magic", "medicine",
        "men-women", "miscellaneous", "news", "paradoxum", "people", "pets", "platitudes",
        "politics", "pratchett", "riddles", "science", "sports", "wisdom", "work", "zippy",
    ],
    "es": ["es"],
    "de": ["de"],
    "it": ["definizioni", "formiche", "italia", "leggi", "luttazzi", "it"],
    "pt": ["brasil"],
    "pl": ["pl"],
    "ru": ["ru"],
    "bg": ["bg"],
    "cs": ["cs", "cz"],
    "sk": ["sk"],
}  # fmt: skip
GUIDE_FOLDERS = {
    "fr": "fr", "nl": "nl", "el": "el", "pt": "pt", "ru": "ru", "de": "de", "es": "es",
    "zh": "zh_CN", "ja": "ja", "ca": "ca", "da": "da", "ro": "ro", "sv": "sv",
}  # fmt: skip
ENOUGH = {"de", "es", "ru"}  # without the guide's technical text
HANDBOOK = "usr/share/doc/debian-handbook/html"
HANDBOOK_FOLDERS = {
    "fr": "fr-FR", "nl": "nl-NL", "el": "el-GR", "tr": "tr-TR", "ar": "ar-MA", "zh": "zh-CN",
    "ja": "ja-JP",
}  # fmt: skip
HANDBOOK_ORIGINAL = "en-US"  # its paragraphs stand in the others where nobody translated them
DESKTOP_LANGUAGES = (
    "ar", "el", "fr", "hi", "nl", "tr",
    "bg", "ca", "da", "gl", "hr", "ro", "sk", "sr", "sv", "uk",
)  # fmt: skip
# Help of programs (GNOME's and MATE's in Mallard and DocBook, LibreOffice's in HTML) and what
# Stellarium says of the skies of peoples: the files of a language -> the original's, whose.
HELP = {
    "usr/share/help/{}/**/*.page": ("C", DESKTOP_LANGUAGES),
    "usr/share/help/{}/**/*.docbook": ("C", DESKTOP_LANGUAGES),
    "usr/share/help/{}/**/*.xml": ("C", DESKTOP_LANGUAGES),
    "usr/share/stellarium/**/description.{}.utf8": ("en", ("ar", "tr")),
    "usr/share/libreoffice/help/{}/**/*.html": ("en-US", ("hi", "tr")),
}
# In a Python package: a novel, its lines wrapped and an empty one between paragraphs.
NOVELS = {"hi": ("idatasets", "datasets/devdas.txt")}
UNSPACED = {"zh", "ja"}
SUSPENDING = {"de", "nl", "da", "sv"}  # Vor- und Nachteile
MIN_WORDS = 4

# Letters and digits with at least one letter, and the marks that entries have inside.
WORD = regex.compile(
    r"['’]?(?=[\p{N}]*\p{L})[\p{L}\p{N}][\p{L}\p{N}\p{M}\u200c\u200d]*"
    r"(?:['’·&.+॰-][\p{L}\p{N}\p{M}]+)*(?:['’॰]|\+\+)?"
)
_SENTENCE = regex.compile(r"(?<=[.!?…;][\"”’»'“)]*)\s+(?=[\p{Lu}¿¡«“„\"—–(])")
_ENDING = regex.compile(r"[.!?…][\"”’»'“)]*$")
_UNSPACED_SENTENCE = re.compile(r"[^。！？]+[。！？]+[」』”’）]*")
_HINDI_SENTENCE = regex.compile(r"(?<=[.।॥!?…][\"”’)]*)\s+(?=[^\s.।॥!?…])")  # has no capitals
_HINDI_ENDING = regex.compile(r"[.।॥!?…][\"”’)]*$")
_GREEK_ENDING = regex.compile(r"[.!;…][\"”’»'“)]*$")
# Code, addresses, typed emphasis and drawings.
_NOT_PROSE = re.compile(
    r"https?:|www\.|@|\\|[|_{}<>=~^`#*\x00-\x1f]|\w/\w+/|(?:^|[ (])/\w|^\W*\d+[.)]|\ufffd"
    r"|\b[A-Z]+\$?\d+:|\w\(\)"  # cells of a table, and functions
)
# Slips of typing: a space before a mark, none behind it, two full stops, a string of marks, a space
# inside of a bracket, none before one with more than a word's ending in it.
_SLIP = regex.compile(
    r"\w [,.;:،؛।॥](?!\.)|[^\W\d_][,;:،؛][^\W\d_]|(?<!\.)\.\.(?!\.)|\.{5}|[!?]{4}"
    r"|[(\[] | [)\]]|[^\W\d_]\((?=[^()]* |[^()]{6})"
)
_SPACED_ENDING = regex.compile(r"\w ['’]\p{Ll}{1,5}\b(?!['’])")  # in Turkish
# In Hindi: a space inside of quotation marks or after an ellipsis, two ends of a sentence, a dash
# and a slash.
_HINDI_SLIP = regex.compile(r"(?:^|[\s–—-])['\"] |[.…] [।॥]|[।॥][!?]|-/(?!\p{N})")
_INVISIBLE = re.compile(r"[\b\u200e\u200f]")  # for display only
_LETTERS = {"ar": regex.compile(r"\p{Arabic}"), "hi": regex.compile(r"\p{Devanagari}")}
_CUT = regex.compile(r"\w- ")  # a word that was cut at the end of a line
# But not in French.
_SPACED_SLIP = regex.compile(r"[\w\"”»)] [?!]|[\"”»)\]] [,.;:](?!\.)")
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"), ("「", "」"), ("（", "）"))
_CODE = frozenset({"code", "span", "kbd", "tt", "a"})
_PLAIN = frozenset({"b", "em", "emphasis", "firstterm", "i", "strong"})
_ENTITY = re.compile(r"&\w+;")  # the name of a program, say, which is defined elsewhere
_ATTRIBUTION = re.compile(r"^\s*(?:--|—|–|-)\s*\S")


class _Paragraphs(HTMLParser):
    """The paragraphs of a page that have no code in them.

    plain: the elements that may stand in a paragraph; if not given, all but those of `_CODE`.
    """

    def __init__(self, plain: frozenset[str] | None = None) -> None:
        super().__init__()
        self.found: list[str] = []
        self._plain = plain
        self._text: list[str] | None = None
        self._code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "para") or (tag == "div" and ("class", "para") in attrs):
            self._text, self._code = [], False
        elif tag in _CODE if self._plain is None else tag not in self._plain:
            self._code = True

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "para", "div") and self._text is not None:
            if not self._code and not _ENTITY.search("".join(self._text)):
                self.found.append("".join(self._text))
            self._text = None


def paragraphs(language: str, root: Path) -> Iterator[str]:
    for name in COLLECTIONS.get(language, ()):
        path = root / FORTUNES / name
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        for file in files:
            if file.suffix not in (".dat", ".u8") and file.is_file():
                yield from _cookies(file)
    folder = GUIDE_FOLDERS.get(language)
    if folder and language not in ENOUGH:
        yield from _pages((root / GUIDE / folder).glob("*.html"))
    if language in HANDBOOK_FOLDERS:
        handbook = root / HANDBOOK
        original = _pages((handbook / HANDBOOK_ORIGINAL).glob("*.html"))
        pages = (handbook / HANDBOOK_FOLDERS[language]).glob("*.html")
        yield from _translated(_pages(pages), original)
    for pattern, (name, languages) in HELP.items():
        if language in languages:
            original = _pages(root.glob(pattern.format(name)), _PLAIN)
            yield from _translated(_pages(root.glob(pattern.format(language)), _PLAIN), original)

    if language in NOVELS:
        yield from _novel(*NOVELS[language])


def _novel(package: str, path: str) -> Iterator[str]:
    spec = find_spec(package)  # which does not import it
    for folder in (spec and spec.submodule_search_locations) or ():
        yield from re.split(r"\n\s*\n", Path(folder, path).read_text("utf-8"))


def _translated(paragraphs: Iterable[str], originals: Iterable[str]) -> Iterator[str]:
    """Those that are not the original's, which stand where nobody translated them."""
    known = {" ".join(text.split()) for text in originals}
    return (text for text in paragraphs if " ".join(text.split()) not in known)


def _pages(files: Iterable[Path], plain: frozenset[str] | None = None) -> Iterator[str]:
    for page in sorted(files):
        parser = _Paragraphs(plain)
        parser.feed(page.read_text("utf-8", errors="replace"))
        yield from parser.found


def _cookies(file: Path) -> Iterator[str]:
    for cookie in file.read_text("utf-8", errors="replace").split("\n%"):
        lines = [line for line in cookie.lstrip("%").split("\n") if line.strip()]
        while lines and (_ATTRIBUTION.match(lines[-1]) or lines[-1].startswith(("\t", "      "))):
            lines.pop()
        # Verse and tables keep their line breaks: only what is wrapped like prose is taken.
        if lines and not any(re.search(r"\S   +\S|\t\S", line) for line in lines):
            yield " ".join(lines)


def sentences(language: str, root: Path) -> list[str]:
    if language in UNSPACED:
        return _unspaced_sentences(language, root)
    found: dict[str, None] = {}
    boundary = _HINDI_SENTENCE if language == "hi" else _SENTENCE
    ending = {"el": _GREEK_ENDING, "hi": _HINDI_ENDING}.get(language, _ENDING)
    for paragraph in paragraphs(language, root):
        text = re.sub(r"\s+", " ", _INVISIBLE.sub("", paragraph)).strip()
        for sentence in boundary.split(text):
            words = WORD.findall(sentence)
            ordinary = len(words) >= MIN_WORDS and ending.search(sentence)
            if language != "fr" and _SPACED_SLIP.search(sentence):
                continue
            if language == "tr" and _SPACED_ENDING.search(sentence):
                continue
            # Its ' only quotes: an odd number is a part of a longer quotation.
            if language == "hi" and (_HINDI_SLIP.search(sentence) or sentence.count("'") % 2):
                continue
            if language not in SUSPENDING and _CUT.search(sentence):
                continue
            if _SLIP.search(sentence) or _NOT_PROSE.search(sentence):
                continue
            if language in _LETTERS and not _LETTERS[language].search(sentence):  # left in English
                continue
            if ordinary and _is_whole(sentence):
                found[sentence.strip()] = None
    return list(found)


def _unspaced_sentences(language: str, root: Path) -> list[str]:
    found: dict[str, None] = {}
    for paragraph in paragraphs(language, root):
        text = re.sub(r"\s+", "", paragraph)  # where lines are wrapped; their words have no spaces
        for sentence in _UNSPACED_SENTENCE.findall(text):
            ordinary = len(sentence) > 2 * MIN_WORDS and not re.search(r"[A-Za-z]", sentence)
            if ordinary and not _NOT_PROSE.search(sentence) and _is_whole(sentence):
                found[sentence] = None
    return list(found)


def _is_whole(sentence: str) -> bool:
    """False for a part of a longer quotation or bracket, which was cut at a full stop in it."""
    if sentence.count("¿") > sentence.count("?") or sentence.count("¡") > sentence.count("!"):
        return False
    return sentence.count('"') % 2 == 0 and all(
        sentence.count(opening) == sentence.count(closing) for opening, closing in _PAIRS
    )


def half(texts: Iterable[str], which: str) -> list[str]:
    """Split by a hash, so that a sentence stays in its half whatever else changes."""
    wanted = 0 if which == "development" else 1
    return [text for text in texts if hashlib.sha256(text.encode()).digest()[0] % 2 == wanted]
