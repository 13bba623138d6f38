"""The objects and the tables that the views return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from vocab.editing.coverage import Coverage
from vocab.pinned_wordlist import PinnedWordlist, ReportDetail
from vocab.text_tables import TEXT_COLUMNS, WORD_COLUMNS, csv_table, text_rows, word_rows
from vocab.words.checker.analysis import TextAnalysis

PROFILE_COLUMNS = ("word", "count", "listed", "rank")


def check_body(
    wordlist: PinnedWordlist, texts: Sequence[str], detail: ReportDetail
) -> dict[str, Any]:
    """Return the report on each text, in their order."""
    wordlist = replace(wordlist, report_detail=detail)
    reports = [wordlist.report_on(text) for text in texts]
    return {
        "object": "vocab.check",
        "wordlist": wordlist.as_dict(),
        "results": [
            {"index": index, "vocab_report": report} for index, report in enumerate(reports)
        ],
    }


def check_table(wordlist: PinnedWordlist, texts: Sequence[str], detail: ReportDetail) -> str:
    """Return CSV: a row for each word, or for each text if only summaries are wanted."""
    analyses: list[tuple[object, TextAnalysis]] = [
        (index, wordlist.analysis_of(text)) for index, text in enumerate(texts)
    ]
    if detail is ReportDetail.WORDS:
        return csv_table(WORD_COLUMNS, word_rows(analyses))
    return csv_table(TEXT_COLUMNS, text_rows(analyses))


def profile_body(wordlist: PinnedWordlist, found: Coverage, limit: int) -> dict[str, Any]:
    """limit: The most unknown words."""
    ranked = wordlist.revision.ranked
    profile = found.profile if ranked else None
    return {
        "object": "vocab.profile",
        "wordlist": wordlist.as_dict(),
        "words": found.words,
        "distinct_words": len({word.lowered for word in found.running}),
        "coverage": found.share if found.words else None,
        "bands": None if profile is None else [band.as_dict() for band in profile.bands],
        "mean_rank": None if profile is None else profile.mean_rank,
        "highest_rank": None if profile is None else profile.highest_rank,
        "needed": [{"share": share, "n_words": n} for share, n in found.needed] if ranked else None,
        "unknown": {
            "total": len(found.missing),
            "data": [
                {"word": each.spelling, "count": each.count} for each in found.missing[:limit]
            ],
        },
    }


def profile_table(wordlist: PinnedWordlist, found: Coverage) -> str:
    """Return CSV: a row for each different word, the most frequent first."""
    return csv_table(PROFILE_COLUMNS, _profile_rows(found, ranked=wordlist.revision.ranked))


def _profile_rows(found: Coverage, *, ranked: bool) -> Iterator[tuple[Any, ...]]:
    unknown = [(each.spelling, each.count, "false", None) for each in found.missing]
    known = Counter((word.lowered, word.rank) for word in found.running if word.listed)
    rows = [
        (word, count, "true", rank if ranked else None) for (word, rank), count in known.items()
    ]
    yield from sorted([*unknown, *rows], key=lambda row: -row[1])
