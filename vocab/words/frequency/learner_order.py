"""Puts the words for learners in order: what texts need, then everyday concepts, then the rest.

A ranking by frequency alone puts banana after thousands of words of news and politics. Here the
commonest words come first, because no sentence does without them. Then come the usual words of the
concepts of level 1, with the first forms of its verbs and adjectives, so that a story can be told
with 1,000 words. Then the words of level 2 and the other forms take turns, so that neither has to
wait for the other. Inside these groups the order is that of the frequencies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vocab.words.casing import lower
from vocab.words.frequency.clitics import split_clitics
from vocab.words.frequency.concepts import Concept, ConceptWords
from vocab.words.frequency.folding import folded
from vocab.words.frequency.tables import Tables
from vocab.words.segmenting.segmenters import Segmenter

# Entries of the frequency list that come first: function words and the commonest forms.
COMMONEST = 200
# Part of speech -> how many of a word's forms rank with it. Stories are made of them: she eats, she
# ate; una manzana roja.
FIRST_FORMS = {"verb": 2, "adjective": 1}
# Words of level 2 for each other form.
TURN = 3


@dataclass(frozen=True, slots=True)
class LearnerList:
    """words: The entries in their order, distinct.
    respelt: Entries of the frequency list that are left out -> how the tables write them.
    """

    words: tuple[str, ...]
    respelt: dict[str, tuple[str, ...]]


def learner_list(
    concepts: Sequence[tuple[Concept, ConceptWords]],
    common: Sequence[str],
    frequency: Mapping[str, float],
    tables: Tables,
    segmenter: Segmenter | None = None,
    size: int | None = None,
) -> LearnerList:
    """Return the list of a language, at most `size` entries.

    common: The frequency list, the commonest first.
    frequency: Key (`frequency_key`) -> frequency.
    """
    language = tables.language
    groups = _groups(concepts, lambda phrase: pieces(phrase, tables, segmenter))
    for group in groups:
        group.sort(key=lambda word: -frequency.get(frequency_key(word, language), 0.0))
    first, later, forms, rest = groups
    taught = list(dict.fromkeys((*first, *_in_turn(later, forms), *rest)))
    spellings: dict[str, tuple[str, ...]] = {}
    for word in taught:
        key = lower(word, language)
        spellings[key] = (*spellings.get(key, ()), word)
    respelt: dict[str, tuple[str, ...]] = {}
    words: dict[str, None] = {}
    seen: set[str] = set()
    for word in (*common[:COMMONEST], *taught, *common[COMMONEST:]):
        key = lower(word, language)
        if word not in spellings.get(key, (word,)):
            respelt[word] = spellings[key]
        # German writes many words in both ways. Elsewhere the second is a name or a title.
        elif key not in seen or word in spellings.get(key, ()) or tables.capitalised_nouns:
            seen.add(key)
            words[word] = None
    return LearnerList(tuple(words)[:size], respelt)


def frequency_key(word: str, language: str) -> str:
    """Return the key of a word in the frequencies of a corpus, which folds case, ß and ς.

    It folds ё too: tables have it, and most Russian texts write е instead.
    """
    return folded(word, language).casefold().replace("ё", "е")


def pieces(phrase: str, tables: Tables, segmenter: Segmenter | None) -> tuple[str, ...]:
    """Return the entries that a text needs to write a phrase: s', il, vous, plaît.

    A name of several words is one entry: New Year.
    """
    if " " in phrase and all(word[0].isupper() for word in phrase.split()):
        return (phrase,)
    found: list[str] = []
    for word in phrase.split():
        if segmenter is not None:
            found += segmenter(word)
            continue
        rest = word
        for part in split_clitics(folded(word, tables.language), tables):
            found.append(rest[: len(part)] or part)
            rest = rest[len(part) :]
    return tuple(found)


def _groups(
    concepts: Sequence[tuple[Concept, ConceptWords]], cut: Callable[[str], tuple[str, ...]]
) -> tuple[list[str], list[str], list[str], list[str]]:
    """Return the entries in four groups, each without those of an earlier one.

    They are: usual words of level 1 with their first forms; other words of level 1 and the
    usual ones of level 2; the other forms of level 1; the rest.
    """
    groups: tuple[dict[str, None], ...] = ({}, {}, {}, {})
    for concept, words in concepts:
        lead = FIRST_FORMS.get(concept.part_of_speech, 0) if concept.level == 1 else 0
        parts = (words.words[:1], words.words[1:], words.forms[:lead], words.forms[lead:])
        numbers = (0, 1, 0, 2) if concept.level == 1 else (1, 3, 3, 3)
        for number, phrases in zip(numbers, parts, strict=True):
            groups[number].update((piece, None) for phrase in phrases for piece in cut(phrase))
    taken: set[str] = set()
    found: list[list[str]] = []
    for group in groups:
        found.append([word for word in group if word not in taken])
        taken.update(group)
    first_words, later_words, forms, rest = found
    return first_words, later_words, forms, rest


def _in_turn(words: Sequence[str], forms: Sequence[str]) -> list[str]:
    """Return a form after every few words, and then what is left."""
    found: list[str] = []
    for index, form in enumerate(forms):
        found += (*words[TURN * index : TURN * (index + 1)], form)
    return found + list(words[TURN * len(forms) :])
