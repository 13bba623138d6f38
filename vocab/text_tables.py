"""Analysed texts as tables for spreadsheets: a row for each text, or for each word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vocab.spreadsheet import BYTE_ORDER_MARK, csv_line
from vocab.words.checker.analysis import TextAnalysis

TEXT_COLUMNS = (
    "text",
    "words",
    "distinct_words",
    "coverage",
    "out_of_list",
    "out_of_style",
    "sentences",
    "longest_sentence",
    "mean_rank",
    "highest_rank",
)
WORD_COLUMNS = ("text", "sentence", "start", "end", "word", "listed", "rank")


def csv_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    return BYTE_ORDER_MARK + "".join(csv_line(row) for row in (columns, *rows))


def text_rows(analyses: Iterable[tuple[object, TextAnalysis]]) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of TEXT_COLUMNS. analyses: With what names each text in the table."""
    for name, each in analyses:
        profile = each.profile
        yield (
            name,
            each.report.words,
            each.report.distinct_words,
            each.coverage,
            " ".join(each.report.out_of_list),
            " ".join(text for text, _ in each.report.out_of_style),
            len(each.sentences),
            each.longest_sentence,
            profile and profile.mean_rank,
            profile and profile.highest_rank,
        )


def word_rows(analyses: Iterable[tuple[object, TextAnalysis]]) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of WORD_COLUMNS. `sentence` is the number of the word's sentence, from 1."""
    for name, each in analyses:
        words = iter(each.words)
        for number, sentence in enumerate(each.sentences, 1):
            for _ in range(sentence.words):
                word = next(words)
                listed = "true" if word.listed else "false"
                yield name, number, word.start, word.end, word.text, listed, word.rank
