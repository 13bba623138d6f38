"""How many everyday texts can be written at all, if every word is listed.

    python -m benchmarks.everyday [--set dev|kept] [-v] [--show] [LANGUAGE ...]

The texts (`benchmarks/everyday/`) were written for this purpose, and not to fit the packs:
worksheets, letters, dialogues, recipes, dates, prices, timetables, telephone numbers, notices,
messages, lists and notes. For each, a list of its own words is made (in Chinese and Japanese: of
its characters), which has no numbers and no marks. Prints the share of the texts that can be
written in the default style, and the share that some style can write. `units` is left at its
default: the segmenters judge words, not marks.

The packs may be tuned on the set `dev`. The set `kept` tells how they do on texts that nobody has
looked at, so -v does not show its texts without --show.

A file has a text on each line: a category, a tab, and the text, in which \\n is a line break. Its
first line names entries that every list has, because the text does not show how they are spelt:
names, abbreviations with their full stop, and the lower case of words with a polite capital.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path
from typing import NamedTuple

import regex

from benchmarks.public_text import UNSPACED
from vocab.words.casing import lower
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Brackets, Case, Hyphens, Numbers, Punctuation, Style
from vocab.words.text_automaton import TextAutomaton

FOLDER = Path(__file__).with_suffix("")
ALSO_LISTED = "# also listed:"
# The most permissive first: it writes most texts that any style writes.
STYLES = [
    Style(numbers, punctuation, case, hyphens, brackets)
    for numbers, punctuation, case, hyphens, brackets in product(
        reversed(Numbers), reversed(Punctuation), Case, reversed(Hyphens), reversed(Brackets)
    )
]

_LETTERS = r"(?![ªº])\p{L}[\p{L}\p{M}\u200c\u200d]*"
# Letters with apostrophes and hyphens inside, or an abbreviation with full stops inside (p.m.).
_WORD = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}])(?:\p{{L}}{{1,2}}(?:\.\p{{L}}{{1,2}})+\.?(?![\p{{L}}@])"
    rf"|{_LETTERS}(?:['’·-]{_LETTERS})*)"
)
_ABBREVIATION = regex.compile(rf"(?<![\p{{L}}\p{{M}}.]){_LETTERS}\.(?= \p{{Ll}}|[,;:)।])")
# A letter, a digit or a comma before a word, in the same line: no sentence starts there.
_INSIDE_SENTENCE = regex.compile(r"[\p{L}\p{M}\p{N},،][ \u00a0\u202f]*\Z")
# Where lists have the parts of a word instead of the whole: an elided word, the word, and clitics.
_PARTS = {
    language: regex.compile(pattern, regex.IGNORECASE)
    for language, pattern in {
        "en": r"(.+?)(['’]s)",
        "fr": r"((?:qu|jusqu|lorsqu|puisqu|\p{L})['’])?(.+?)"
        r"(?:-(t|je|tu|ils?|elles?|on|nous|vous|l[ea]s?|lui|leur|[mt]oi|y|en|ce))*",
        "it": r"((?:d?all|dell|nell|sull|un|quest|quell|dov|\p{L})['’])?(.+)",
        "pt": r"(.+?)(?:-(l?[oa]s?|me|te|se|lhes?|nos|vos))*",
        "tr": r"(.+?)(['’]\p{L}+)",
    }.items()
}
# In Turkish also behind a number or a quotation, and there without an apostrophe.
_TURKISH_ENDING = regex.compile(r"(?<=[\p{L}\p{N}.!?…)][\"”»’']|[0-9]['’])\p{L}+")


class Everyday(NamedTuple):
    category: str
    text: str
    entries: list[str]


def read(language: str, which: str) -> list[Everyday]:
    first, *lines = (FOLDER / which / f"{language}.txt").read_text("utf-8").splitlines()
    also_listed = first.removeprefix(ALSO_LISTED).split()
    found = []
    for line in lines:
        category, text = line.split("\t")
        text = text.replace(r"\n", "\n")
        found.append(Everyday(category, text, entries_of(text, language, also_listed)))
    return found


def entries_of(text: str, language: str, also_listed: list[str]) -> list[str]:
    if language in UNSPACED:
        return sorted({each for each in text if each.isalpha() or each == "〇"})
    known = frozenset(also_listed)
    entries = dict.fromkeys(also_listed)
    for match in _WORD.finditer(text):
        word = spelling(match[0], text[: match.start()], language, known)
        parted = _PARTS[language].fullmatch(word) if language in _PARTS else None
        if parted is not None and word not in known:
            entries |= dict.fromkeys(part for group in parted.allcaptures()[1:] for part in group)
        elif not known.issuperset(match[0].split("-")):  # Mon-Fri is no word
            entries[word] = None
    entries |= dict.fromkeys(_ABBREVIATION.findall(text))
    if language == "tr":
        entries |= dict.fromkeys(f"'{ending}" for ending in _TURKISH_ENDING.findall(text))
    return list(entries)


def spelling(word: str, before: str, language: str, known: frozenset[str]) -> str:
    """Return a word as a list has it, without the capitals that its place gives it."""
    in_lower_case = lower(word, language)
    if in_lower_case in known or (len(word) > 1 and word.isupper()):
        return in_lower_case
    if _INSIDE_SENTENCE.search(before):
        return word
    return lower(word[0], language) + word[1:]


def end_of(text: str, lexicon: Lexicon, style: Style) -> int:
    """Return where a text leaves the language: len(text) if it may not end there, -1 if nowhere."""
    automaton = TextAutomaton(lexicon, style, len(lexicon))
    state = automaton.start
    for index, character in enumerate(text):
        following = automaton.step(state, character)
        if following is None:
            return index
        state = following
    return -1 if automaton.can_end(state) else len(text)


def furthest_end(text: str, lexicon: Lexicon) -> int:
    """The same for the style that writes most of the text."""
    furthest = 0
    for style in STYLES:
        end = end_of(text, lexicon, style)
        if end < 0:
            return end
        furthest = max(furthest, end)
    return furthest


def report(language: str, which: str, show: bool) -> tuple[int, int, int]:
    """Print a row and the failures. Returns the number of texts, and how many the default style and
    any style can write.
    """
    failures = []
    texts = read(language, which)
    by_default = by_any = 0
    for category, text, entries in texts:
        lexicon = Lexicon(entries, language, characters=language in UNSPACED)
        end = end_of(text, lexicon, Style())
        furthest = end if end < 0 else furthest_end(text, lexicon)
        by_default += end < 0
        by_any += furthest < 0
        if end >= 0:
            failures.append((category, text, end, furthest))
    print_row(language, len(texts), by_default, by_any)
    for category, text, end, furthest in failures if show else ():
        print(f"     {category:10} {marked(text, end)}")
        if furthest >= 0:
            print(f"     {'no style':10} {marked(text, furthest)}")
    return len(texts), by_default, by_any


def print_row(name: str, texts: int, by_default: int, by_any: int) -> None:
    print(f"{name:8} {texts:5} {by_default / texts:9.1%} {by_any / texts:9.1%}", flush=True)


def marked(text: str, end: int) -> str:
    """Mark the character that cannot be written."""
    return f"{text[:end]}⟨{text[end : end + 1]}⟩{text[end + 1 :]}".replace("\n", r"\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE")
    parser.add_argument("--set", choices=["dev", "kept"], default="dev", dest="which")
    parser.add_argument("-v", action="store_true", help="print the texts that cannot be written")
    parser.add_argument("--show", action="store_true", help="with -v, also those of kept")
    options = parser.parse_args()
    folder = FOLDER / options.which
    languages = options.languages or sorted(path.stem for path in folder.glob("*.txt"))
    show = options.v and (options.which == "dev" or options.show)
    print(f"{'':8} {'texts':>5} {'default':>9} {'any style':>9}")
    rows = [report(language, options.which, show) for language in languages]
    print_row("all", *map(sum, zip(*rows, strict=True)))


if __name__ == "__main__":
    main()
