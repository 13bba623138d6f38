"""Lists whose order is no rank: alphabetical ones, and those that say so."""

from __future__ import annotations

from vocab.importing.columns.roles import is_alphabetical
from vocab.lint.finding import Change, Finding
from vocab.lint.subject import Subject
from vocab.words.language_tag import language_name
from vocab.words.starter_lists import by_frequency

KIND = "order"
HEAD = 500


def find(subject: Subject) -> Finding | None:
    # The rare words of a frequency list are alphabetical where their counts are equal.
    alphabetical = is_alphabetical(subject.words[:HEAD]) and is_alphabetical(subject.words)
    name = language_name(subject.language)
    if subject.starter is None:
        if not (alphabetical and subject.ranked):
            return None
        return Finding(
            KIND,
            "Alphabetical order",
            "The entries are in alphabetical order, but the list says that the commonest come"
            " first, so the first 100 words would be those with a. The project has no list of"
            f" common words in {name} to rank them by.",
            "Say that the order means nothing",
            tuple(map(Change, subject.words)),
            ranked=False,
        )
    if subject.ranked and not alphabetical:
        return None
    return Finding(
        KIND,
        "Alphabetical order" if alphabetical else "No order of rank",
        ("The entries are in alphabetical order" if alphabetical else "The list has no ranks")
        + ", so requests cannot use its first N words. The fix puts the words first that are"
        f" commonest in {name}; words that the project's list of {name} does not have come last.",
        "Rank by frequency",
        tuple(map(Change, by_frequency(subject.words, subject.language))),
        ranked=True,
    )
