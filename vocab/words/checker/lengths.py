"""The lengths of a finished text and of its sentences, in words.

Like the other modules of the checker, it shares facts with the mask but no code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from vocab.words.checker.letter_groups import in_run
from vocab.words.orthography import Orthography
from vocab.words.text_limits import TextLimits

_DASHES = re.compile("[–—―]")
_ELLIPSIS = re.compile(r"\.{2,}|…+")


@dataclass(frozen=True, slots=True)
class TextLengths:
    """words: Number of words. sentences: The number of words of each sentence, in order."""

    words: int
    sentences: tuple[int, ...]

    def as_dict(self, limits: TextLimits) -> dict[str, object]:
        """within: True if the text keeps to the limits."""
        kept = self.words in limits.reply and all(
            each in limits.sentence for each in self.sentences
        )
        return {"words": self.words, "sentence_words": list(self.sentences), "within": kept}


def lengths_of(text: str, orthography: Orthography, lists: Callable[[str], bool]) -> TextLengths:
    """lists: Whether the list has a spelling. A full stop of such a one, as in `Mr.`, ends no
    sentence.
    """
    facts = _Facts(orthography, lists)
    sentences: list[int] = []
    for line in text.split("\n"):
        found = _of_line(line, facts) if orthography.spaced else _of_unspaced_line(line, facts)
        sentences += [words for words in found if words]
    return TextLengths(sum(sentences), tuple(sentences))


class _Facts:
    def __init__(self, orthography: Orthography, lists: Callable[[str], bool]) -> None:
        self.lists = lists
        self.end_marks = "".join(sorted(set("".join(orthography.sentence_ends))))
        pairs = {*orthography.pairs, *orthography.pairs.values(), "*"}
        pairs |= set(orthography.closing_variants.values())
        self.pair_marks = "".join(pairs - set(self.end_marks))
        self._ends = orthography.sentence_ends

    def is_end(self, run: str) -> bool:
        """True if these marks end a sentence. An ellipsis alone does not."""
        known = run in self._ends or any(mark in self._ends for mark in run)
        return known and _ELLIPSIS.fullmatch(run) is None


def _of_line(line: str, facts: _Facts) -> list[int]:
    sentences = [0]
    for at, piece in enumerate(line.split()):
        parts = _DASHES.split(piece)
        sentences[-1] += sum(any(map(str.isalnum, part)) for part in parts)
        last = parts[-1].rstrip(facts.pair_marks)
        body = last.rstrip(facts.end_marks)
        run = last[len(body) :]
        abbreviation = run == "." and facts.lists(last.lstrip(facts.pair_marks))
        marker = body.isdecimal() or (len(body) == 1 and body.isalpha())
        item = run in (".", ":") and at == 0 and marker  # a colon ends sentences in Armenian
        if facts.is_end(run) and not abbreviation and not item:
            sentences.append(0)
    return sentences


def _of_unspaced_line(line: str, facts: _Facts) -> list[int]:
    sentences = [0]
    run = ""  # the marks that end a sentence, before this character
    for at, character in enumerate(line):
        if character.isalnum():
            if facts.is_end(run):
                digits = line[max(0, at - 2) : at + 1]
                if not (len(digits) == 3 and digits[0].isdigit() and character.isdigit()):
                    sentences.append(0)
            before = line[max(0, at - 1) : at]
            sentences[-1] += not (in_run(character) and in_run(before))
            run = ""
        elif character in facts.end_marks:
            run += character
    return sentences
