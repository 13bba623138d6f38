"""A wordlist as one request or job uses it: a fixed revision, the number of words and a style."""

from __future__ import annotations

from dataclasses import dataclass

from vocab.models import STYLE_FIELDS, WordlistRevision
from vocab.revisions import vocabulary_of
from vocab.words.orthography import Style
from vocab.words.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class PinnedWordlist:
    """The revision that `vocab_lang` named when the request arrived. Later edits of the list do
    not change the request.

    n_words: Only the first `n_words` entries of the revision are allowed.
    """

    revision: WordlistRevision
    n_words: int
    style: Style

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabulary_of(self.revision, self.n_words, self.style)

    @property
    def style_parameters(self) -> dict[str, str]:
        """The complete style as request fields (`vocab_numbers` and so on)."""
        return {f"vocab_{name}": str(getattr(self.style, name)) for name in STYLE_FIELDS}

    def as_dict(self) -> dict[str, object]:
        """The `wordlist` field of an API response."""
        return {
            "slug": self.revision.wordlist.slug,
            "revision": self.revision.number,
            "sha256": self.revision.sha256,
            "n_words": self.n_words,
            "style": {name: str(getattr(self.style, name)) for name in STYLE_FIELDS},
        }
