"""English contractions that a program cut in two: `don` and `'t`."""

from __future__ import annotations

from vocab.importing.cleaning.contractions import has_halves, is_lone_t, joined
from vocab.lint.finding import Change, Finding
from vocab.lint.subject import Subject

KIND = "contractions"
# With `did` and `n't` in a list, didn't can be written.
_PARTS = ("n't", "n’t")
# Words whose contraction has another first half are words without it too.
_ALSO = {"can": "can't", "won": "won't"}


def find(subject: Subject) -> Finding | None:
    changes = tuple(Change(half, becomes) for half, becomes in halves(subject).items())
    if not changes:
        return None
    return Finding(
        KIND,
        "Contractions cut in two",
        "A program cut words such as don't at the apostrophe, so the list has halves that are no"
        " words. Replies need the whole word.",
        "Join them",
        changes,
    )


def halves(subject: Subject) -> dict[str, tuple[str, ...]]:
    """Map the halves in the list to the whole words."""
    if subject.primary != "en":
        return {}
    words = [word for word in subject.words if word not in _PARTS]
    if not has_halves(words):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    has_t = any(map(is_lone_t, words))
    for word in words:
        if is_lone_t(word):
            found[word] = ()
        elif joined(word) != word:
            found[word] = (joined(word),)
        elif has_t and word in _ALSO:
            found[word] = (word, _ALSO[word])
    return found
