r"""Reads the everyday sentences in `tests/vocab/everyday/`, and asks if a style can write them.

`shown` has sentences that the rules may be made for. `held_out` has others of the same kinds: only
their shares are looked at, so that they say how much of other texts can be written. A line is a
text, in which `\n` is a line break, and after ` // ` the names in it, which are entries with their
capitals. All other words are entries in lower case.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import regex

from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, orthography_for
from vocab.words.text_automaton import TextAutomaton
from vocab.words.vocabulary import Vocabulary

FOLDER = Path(__file__).with_name("everyday")
SETS = ("shown", "held_out")
LANGUAGES = tuple(sorted(path.stem for path in (FOLDER / "shown").glob("*.txt")))
_WORD = regex.compile(r"['’]?\p{L}[\p{L}\p{M}\u200c\u200d]*(?:(?:['’.-])\p{L}[\p{L}\p{M}]*)*['’]?")


class Sentence(NamedTuple):
    text: str
    names: tuple[str, ...]


def sentences(which: str, language: str) -> list[Sentence]:
    lines = (FOLDER / which / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [_sentence(line) for line in lines]


def _sentence(line: str) -> Sentence:
    text, _, names = line.partition(" // ")
    return Sentence(text.replace("\\n", "\n"), tuple(names.split()))


def entries_of(sentence: Sentence, language: str) -> list[str]:
    """Return the words of a sentence, also the parts of those with a hyphen or an apostrophe."""
    entries = dict.fromkeys(sentence.names)
    for word in _WORD.findall(sentence.text):
        for part in (word, *_parts(word)):
            if part.strip("'’-.") and part not in sentence.names:
                entries[_lower(part, language)] = None
    return list(entries) or ["0"]  # a list has at least one entry


def _parts(word: str) -> Iterator[str]:
    yield word.rstrip("'’")
    yield from regex.split(r"(?<=['’])|[-.]|(?=['’])", word)


def _lower(word: str, language: str) -> str:
    if language == "tr":
        word = word.replace("İ", "i").replace("I", "ı")
    return word.lower()


def why_not(sentence: Sentence, language: str, style: Style) -> str | None:
    """Return where the style cannot go on with the text; None if it can write it."""
    characters = not orthography_for(language).spaced
    lexicon = Lexicon(entries_of(sentence, language), language, characters=characters)
    automaton = TextAutomaton(lexicon, style, 10**9)
    state = automaton.start
    for at, character in enumerate(sentence.text):
        following = automaton.step(state, character)
        if following is None:
            return f"{sentence.text[:at]}⟦{character}⟧{sentence.text[at + 1 :]}"
        state = following
    return None if automaton.can_end(state) else f"{sentence.text}⟦end⟧"


def findings(sentence: Sentence, language: str, style: Style) -> tuple[object, ...]:
    """Return what the report finds in the text: unlisted words, and what is out of style."""
    characters = not orthography_for(language).spaced
    lexicon = Lexicon(entries_of(sentence, language), language, characters=characters)
    report = Vocabulary("test", lexicon, len(lexicon), style).checker.report(sentence.text)
    return (*report.out_of_list, *report.out_of_style)
