"""Lists of headwords without their inflected forms: `be` and `child` without `is` and `children`.

The forms are those of `word_families`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from vocab.editing.word_families import NoWordFamilies, forms_of
from vocab.lint.finding import CannotCheck, Change, Finding
from vocab.lint.subject import Subject
from vocab.words.language_tag import language_name
from vocab.words.starter_lists import LAST, StarterList

KIND = "inflections"
# Few entries of a list of headwords are forms, such as best. In the commonest 1,000 English words
# they are 18 %, in other languages more.
MAX_SHARE_OF_FORMS = 0.15
# It also lacks the forms that are as common as its words. With few of these, all forms count.
MIN_COMMON_FORMS = 5
MAX_SHARE_PRESENT = 0.5
# With fewer headwords that have forms nobody can tell.
MIN_HEADWORDS = 3
# Rarer forms (canned, with can) are words of their own. Longer lists may have rarer ones.
MAX_RANK = 10_000
RANKS_PER_ENTRY = 4


def find(subject: Subject) -> Finding | None:
    if not subject.orthography.spaced:
        return None
    name = language_name(subject.language)
    if subject.starter is None:
        raise CannotCheck(f"the project has no list of the inflected forms of {name}")
    forms = _forms(subject.starter.language)
    ranks, rarest = subject.starter.ranks, max(MAX_RANK, RANKS_PER_ENTRY * len(subject.words))
    own = {
        word: found
        for word in subject.words
        if (found := tuple(form for form in forms.get(word, ()) if ranks.get(form, LAST) <= rarest))
    }
    entries_that_are_forms = subject.listed.intersection(chain.from_iterable(forms.values()))
    if len(entries_that_are_forms) > max(1, MAX_SHARE_OF_FORMS * len(subject.listed)):
        return None
    if len(own) < MIN_HEADWORDS or not _lacks_forms(subject, own, subject.starter):
        return None
    changes = []
    added: set[str] = set()
    for word, its_forms in own.items():
        missing = [form for form in its_forms if form not in subject.listed and form not in added]
        if missing:
            added.update(missing)
            changes.append(Change(word, (word, *missing)))
    return Finding(
        KIND,
        "Missing inflections",
        "This seems to be a list of headwords. Only listed forms can be written, so replies cannot"
        " say is with be, or children with child. The fix adds the common forms directly after"
        " their headword, so that they have nearly its rank.",
        f"Add {len(added):,} forms",
        tuple(changes),
    )


def _lacks_forms(
    subject: Subject, own: Mapping[str, tuple[str, ...]], starter: StarterList
) -> bool:
    every = {form for its_forms in own.values() for form in its_forms}
    common = {form for form in every if starter.ranks.get(form, LAST) <= len(subject.words)}
    judged = common if len(common) >= MIN_COMMON_FORMS else every
    present = len(judged & subject.listed)
    return present <= MAX_SHARE_PRESENT * len(judged)


def _forms(language: str) -> Mapping[str, tuple[str, ...]]:
    """Map headwords to their forms, the commonest first. Raises CannotCheck."""
    try:
        return forms_of(language)
    except NoWordFamilies as error:
        raise CannotCheck(str(error)) from error
