"""Letters that are one character where texts have two: ﬁ for fi, and wide or joined forms."""

from __future__ import annotations

import re
import unicodedata

from vocab.lint.finding import Change, Finding
from vocab.lint.subject import Subject

KIND = "ligatures"
# Blocks of presentation forms, and single characters that only old encodings had. Other characters
# with a compatibility form, such as Thai ำ or the º of 1º, are what texts have.
_FORMS = re.compile("[\ufb00-\ufb06\ufb1d-\ufdff\ufe70-\ufefc\uff10-\uffdcĲĳĿŀŉſǄ-ǌǱ-ǳ]+")


def find(subject: Subject) -> Finding | None:
    changes = tuple(
        Change(word, (_FORMS.sub(_letters, word),)) for word in subject.words if _FORMS.search(word)
    )
    if not changes:
        return None
    return Finding(
        KIND,
        "Ligatures and wide letters",
        "These entries have characters that a PDF or an old program put in the place of letters,"
        " such as ﬁ for fi. They look right, but no text is written with them.",
        "Write them with usual letters",
        changes,
    )


def _letters(forms: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", forms[0])  # together: half-width ｶﾞ is one letter
