"""A wordlist as one request or job uses it: a fixed revision, the number of words and a style."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vocab.instructions.instruction import instruction
from vocab.instructions.purpose import Purpose
from vocab.models import STYLE_FIELDS, WordlistRevision
from vocab.revisions import vocabulary_of
from vocab.words.checker.analysis import TextAnalysis, analyse
from vocab.words.orthography import Style
from vocab.words.vocabulary import Vocabulary


class ReportDetail(StrEnum):
    """What the report on a reply has.

    SUMMARY: Counts, and the words off the list. WORDS: Also `details`: each word with its place and
    rank, sentences, numbers and ranks.
    """

    OFF = "off"
    SUMMARY = "summary"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class PinnedWordlist:
    """The revision that `vocab_lang` named when the request arrived. Later edits of the list do
    not change the request.

    n_words: Only the first `n_words` entries of the revision are allowed.
    told: Whether the prompt says which words to use; None if this is not known.
    report_detail: What `report_on` returns.
    """

    revision: WordlistRevision
    n_words: int
    style: Style
    told: bool | None = None
    report_detail: ReportDetail = ReportDetail.SUMMARY

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabulary_of(self.revision, self.n_words, self.style)

    def report_on(self, text: str) -> dict[str, Any] | None:
        """Return the `vocab_report` field of an API response; None if it has none."""
        match self.report_detail:
            case ReportDetail.OFF:
                return None
            case ReportDetail.SUMMARY:
                return self.vocabulary.checker.report(text).as_dict()
            case ReportDetail.WORDS:
                return self.analysis_of(text).as_dict()

    def analysis_of(self, text: str) -> TextAnalysis:
        vocabulary = self.vocabulary
        return analyse(
            text,
            vocabulary.checker,
            vocabulary.lexicon.orthography,
            vocabulary.n_words,
            ranked=self.revision.ranked,
            rank_of_unlisted=self.rank_in_list,
        )

    def rank_in_list(self, word: str) -> int | None:
        """Return the rank in the whole list, not only in its first `n_words`."""
        if self.n_words == self.revision.word_count:
            return None
        return vocabulary_of(self.revision, style=self.style).checker.rank_of(word)

    @property
    def rule(self) -> str:
        """What the prompt says of the list, in its language."""
        return self._instruction(Purpose.RANKED if self.revision.ranked else Purpose.UNRANKED)

    @property
    def rewrite(self) -> str:
        """The request to say a draft again with the words of the list, in its language."""
        return self._instruction(Purpose.REWRITE)

    def _instruction(self, purpose: Purpose) -> str:
        return instruction(self.revision.wordlist.language, purpose)

    @property
    def style_parameters(self) -> dict[str, str]:
        """The complete style as request fields (`vocab_numbers` and so on)."""
        return {f"vocab_{name}": str(getattr(self.style, name)) for name in STYLE_FIELDS}

    def as_dict(self) -> dict[str, object]:
        """The `wordlist` field of an API response."""
        told = {} if self.told is None else {"told_model": self.told}
        return {
            "slug": self.revision.wordlist.slug,
            "revision": self.revision.number,
            "sha256": self.revision.sha256,
            "n_words": self.n_words,
            "style": {name: str(getattr(self.style, name)) for name in STYLE_FIELDS},
            **told,
        }
