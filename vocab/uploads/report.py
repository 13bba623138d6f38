"""What the report page shows: a draft as it would be saved now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator

from vocab.importing.convert import Conversion
from vocab.importing.entries import Change
from vocab.importing.proposal import Proposal, Ranking
from vocab.importing.suggest import suggest
from vocab.models import WordlistDraft, WordlistRevision
from vocab.revisions import limits
from vocab.uploads.drafts import Reading, edits_of, language_of
from vocab.uploads.offered import Offered, offered
from vocab.words.language_tag import rules_note
from vocab.words.parse import Issue, digest

SHOWN_ENTRIES = 50
# Django accepts 1,000 fields of a form. Each row of three tables sends four, and each value of six
# filters sends two.
ROWS_PER_PAGE = 40


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row of a table.

    cell: What names it together with the line, for an edit.
    value: What its text box has; None for a row without one.
    suggestion: What the box could have.
    """

    line: int
    cell: str
    after: str = ""
    reason: str = ""
    value: str | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class ReportTable:
    """name: Of its page number in the query, and of its anchor."""

    name: str
    title: str
    meaning: str
    page: Page[Any]
    rows: list[ReportRow]

    @property
    def total(self) -> int:
        return self.page.paginator.count


@dataclass(frozen=True, slots=True)
class Difference:
    """The entries added to and removed from the revision `old`."""

    old: WordlistRevision
    added: list[str]
    removed: list[str]

    @property
    def shown_added(self) -> list[str]:
        return self.added[:SHOWN_ENTRIES]

    @property
    def shown_removed(self) -> list[str]:
        return self.removed[:SHOWN_ENTRIES]


class Report:
    """The content of a draft.

    pages: The wanted page numbers of tables, by their names.
    """

    def __init__(self, draft: WordlistDraft, reading: Reading, pages: Mapping[str, str]) -> None:
        self.draft = draft
        self.proposal: Proposal | None = reading.proposal
        self.conversion: Conversion | None = reading.conversion
        self.error = reading.error
        self._reading = reading
        self._pages = pages
        self._edits = edits_of(draft)

    @cached_property
    def choices(self) -> Offered:
        return offered(self.draft.options, self._reading)

    @property
    def words(self) -> list[str]:
        return self.conversion.words if self.conversion else []

    @property
    def preview(self) -> list[str]:
        return self.words[:SHOWN_ENTRIES]

    @property
    def is_unranked(self) -> bool:
        return self.proposal is not None and self.proposal.ranking is Ranking.UNRANKED

    @property
    def loses_rank(self) -> bool:
        current = self._current
        return self.is_unranked and current is not None and current.ranked

    @property
    def rules_note(self) -> str | None:
        """What a person should know about a language without rules of its own."""
        language = language_of(self.draft)
        return rules_note(language) if language else None

    @property
    def may_rank_by_frequency(self) -> bool:
        return self.proposal is not None and Ranking.FREQUENCY in self.proposal.rankings

    @property
    def refused_share(self) -> str:
        share = self.conversion.share_refused if self.conversion else 0.0
        return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The smaller numbers, without those that are 0."""
        conversion = self.conversion
        if conversion is None:
            return []
        counts = [
            ("changed", len(conversion.changed)),
            ("mended by you", len(conversion.edited)),
            ("found twice", len(conversion.duplicates)),
            ("left out by your filter", conversion.filtered),
            ("left out as comments", conversion.comments),
            ("left out as blank", conversion.blanks),
        ]
        return [(label, count) for label, count in counts if count]

    @property
    def _current(self) -> WordlistRevision | None:
        return self.draft.wordlist.current if self.draft.wordlist else None

    @cached_property
    def doubts(self) -> list[str]:
        if self.conversion is None:
            return []
        return self.conversion.doubts_against(self._current.words if self._current else None)

    @cached_property
    def same_as(self) -> WordlistRevision | None:
        """The revision of the list with exactly these entries, if there is one."""
        if self.draft.wordlist is None or self.conversion is None:
            return None
        return (
            self.draft.wordlist.revisions.filter(
                sha256=digest(self.words), ranked=self.conversion.ranked
            )
            .defer("text")
            .first()
        )

    @cached_property
    def difference(self) -> Difference | None:
        """The changes to the current revision; None for a new list."""
        old = self._current
        if old is None or self.conversion is None:
            return None
        before, after = set(old.words), set(self.words)
        return Difference(
            old=old,
            added=[word for word in self.words if word not in before],
            removed=[word for word in old.words if word not in after],
        )

    @cached_property
    def tables(self) -> list[ReportTable]:
        conversion = self.conversion
        if conversion is None:
            return []
        made = [
            self._table(
                "refused",
                "Refused",
                "The list does not have these. Type what to take instead, with commas between"
                " several words, or leave the box empty.",
                conversion.refused,
                self._refused_row,
            ),
            self._table(
                "edited",
                "Mended by you",
                "An empty box leaves the row out.",
                conversion.edited,
                self._edited_row,
            ),
            self._table(
                "changed",
                "Changed",
                "These become what is in the box. Change it, or undo it to take the row as it was.",
                conversion.changed,
                self._changed_row,
            ),
            self._table(
                "duplicates",
                "Found twice",
                "The list has each of these words once.",
                conversion.duplicates,
                lambda issue: ReportRow(issue.line, issue.text, reason=issue.reason),
            ),
        ]
        return [table for table in made if table.total]

    def _table(
        self, name: str, title: str, meaning: str, items: list[Any], row: Any
    ) -> ReportTable:
        page = Paginator(items, ROWS_PER_PAGE).get_page(self._pages.get(name))
        return ReportTable(name, title, meaning, page, [row(item) for item in page])

    def _refused_row(self, issue: Issue) -> ReportRow:
        typed = self._edits.get(issue.line, {}).get(issue.text, "")
        suggestion = self.suggestion(issue.text)
        return ReportRow(
            issue.line,
            issue.text,
            reason=issue.reason,
            value=typed,
            suggestion=None if typed else suggestion,
        )

    def _edited_row(self, change: Change) -> ReportRow:
        typed = self._edits[change.line][change.before]
        return ReportRow(change.line, change.before, after=", ".join(change.after), value=typed)

    def _changed_row(self, change: Change) -> ReportRow:
        after = ", ".join(change.after)
        reason = "; ".join(change.reasons)
        return ReportRow(change.line, change.before, after=after, reason=reason, value=after)

    def suggestion(self, refused: str) -> str | None:
        """Return what could be typed instead of a refused text."""
        return suggest(refused, self.proposal, limits()) if self.proposal else None

    def suggestions(self) -> Iterator[tuple[tuple[int, str], str]]:
        """Yield the suggestions for all refused cells that nobody has mended, as edits."""
        for issue in self.conversion.refused if self.conversion else ():
            if issue.text not in self._edits.get(issue.line, {}) and (
                word := self.suggestion(issue.text)
            ):
                yield (issue.line, issue.text), word

    @cached_property
    def suggestion_count(self) -> int:
        return sum(1 for _ in self.suggestions())
