"""A wordlist as one request or job uses it: a fixed revision, the number of words and a style."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from vocab.instructions.instruction import instruction
from vocab.instructions.purpose import Purpose
from vocab.models import STYLE_FIELDS, WordlistRevision
from vocab.request_vocabulary import added_entries, request_vocabulary
from vocab.revisions import vocabulary_of
from vocab.words.casing import upper
from vocab.words.checker.analysis import RankOf, TextAnalysis, analyse
from vocab.words.checker.banned_text import banned_in
from vocab.words.checker.lengths import lengths_of
from vocab.words.orthography import Style
from vocab.words.request_words import (
    FirstWords,
    Origin,
    RequestWords,
    VocabularySource,
    origins_used,
)
from vocab.words.text_limits import TextLimits
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
    source: What the request adds to the list and takes away; None if it does neither.
    limits: Numbers of words that the request asks for.
    """

    revision: WordlistRevision
    n_words: int
    style: Style
    told: bool | None = None
    report_detail: ReportDetail = ReportDetail.SUMMARY
    source: VocabularySource | None = None
    limits: TextLimits | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        """Raises NoWordsLeft, and WordlistNotFound if a list has been deleted since."""
        if self.source is None:
            return vocabulary_of(self.revision, self.n_words, self.style)
        return request_vocabulary(self.source, self.language, self.style)

    @property
    def language(self) -> str:
        return self.revision.wordlist.language

    @property
    def added(self) -> dict[str, Origin]:
        """The entries that the request has added to its lists. Raises as `vocabulary`."""
        if self.source is None:
            return {}
        return added_entries(self.source, self.language, self.style)

    def with_words(self, words: RequestWords | None) -> PinnedWordlist:
        """Return the list with these words of the request."""
        if words is None:
            return self
        first = FirstWords(
            reference=self.revision.reference, digest=self.revision.sha256, n_words=self.n_words
        )
        return replace(self, source=VocabularySource(first=first, words=words))

    def report_on(self, text: str) -> dict[str, Any] | None:
        """Return the `vocab_report` field of an API response; None if it has none."""
        match self.report_detail:
            case ReportDetail.OFF:
                return None
            case ReportDetail.SUMMARY:
                report = self.vocabulary.checker.report(text).as_dict()
            case ReportDetail.WORDS:
                report = self.analysis_of(text).as_dict()
        report |= self._length_of(text)
        return report if self.source is None else report | self._added_words_report(text)

    def _length_of(self, text: str) -> dict[str, Any]:
        """Return the field `length` of a report, if the request asks for a length."""
        if self.limits is None:
            return {}
        vocabulary = self.vocabulary
        found = lengths_of(text, vocabulary.lexicon.orthography, vocabulary.checker.lists)
        return {"length": found.as_dict(self.limits)}

    def analysis_of(self, text: str) -> TextAnalysis:
        vocabulary = self.vocabulary
        return analyse(
            text,
            vocabulary.checker,
            vocabulary.lexicon.orthography,
            self.ranked_words,
            ranked=self.revision.ranked,
            rank_in_list=self.rank_in_list,
        )

    @property
    def ranked_words(self) -> int:
        """The number of words with a rank: those of `vocab_words` if the request has them, else
        `n_words`. Words that the request adds have none.
        """
        return self.vocabulary.n_words if self._has_inline_list else self.n_words

    @property
    def rank_in_list(self) -> RankOf | None:
        """Return how the ranks of words are found: in the whole list, and not only in its first
        `n_words`. None if they are those that the vocabulary's checker knows.
        """
        unchanged = self.source is None
        if self._has_inline_list or (unchanged and self.n_words == self.revision.word_count):
            return None
        own = self.vocabulary.checker
        # Only made if a word needs it.
        whole = cache(lambda: vocabulary_of(self.revision, style=self.style).checker)

        def rank_in_list(word: str, listed: bool) -> int | None:
            return (own if listed and unchanged else whole()).rank_of(word)

        return rank_in_list

    @property
    def _has_inline_list(self) -> bool:
        return self.source is not None and bool(self.source.words.words)

    def _added_words_report(self, text: str) -> dict[str, Any]:
        vocabulary, added = self.vocabulary, self.added
        checker = vocabulary.checker
        ranks = (checker.rank_of(each.text) for each in checker.written(text) if each.is_word)
        used = (vocabulary.words[rank - 1] for rank in ranks if rank is not None)
        assert self.source is not None  # noqa: S101
        banned = banned_in(
            text,
            self.source.words.banned,
            checker.lower,
            lambda word: upper(word, self.language),
        )
        return {"added_words_used": origins_used(used, added), "banned": list(banned)}

    @property
    def rule(self) -> str:
        """What the prompt says of the list, in its language."""
        return self._instruction(Purpose.RANKED if self.revision.ranked else Purpose.UNRANKED)

    @property
    def rewrite(self) -> str:
        """The request to say a draft again with the words of the list, in its language."""
        return self._instruction(Purpose.REWRITE)

    def _instruction(self, purpose: Purpose) -> str:
        return instruction(self.language, purpose)

    @property
    def pinned_parameters(self) -> dict[str, object]:
        """The request fields that a job stores with their values of now: the complete style
        (`vocab_numbers` and so on) and the revisions of further lists.
        """
        style = {f"vocab_{name}": str(getattr(self.style, name)) for name in STYLE_FIELDS}
        if self.source is None or not self.source.words.lists:
            return {**style}
        lists = [
            {"name": each.reference, "n_words": each.n_words, "sha256": each.digest}
            for each in self.source.words.lists
        ]
        return {**style, "vocab_lists": lists}

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
            **self._request_words(),
        }

    def _request_words(self) -> dict[str, object]:
        if self.source is None:
            return {}
        words = self.source.words
        body = {
            "sha256": self.source.digest,
            "lists": [{"name": each.reference, "n_words": each.n_words} for each in words.lists],
            "words": len(words.words),
            "allowed": len(words.allowed),
            "names": len(words.names),
            "banned": len(words.banned),
            "prompt": list(words.prompt),
        }
        return {"request_words": body}
