"""Examples of the fields of reports on texts."""

from __future__ import annotations

from typing import Any

REPORT_EXAMPLES: dict[str, Any] = {
    "vocab_report": "words",
    "ReportedWordBody.text": "dog",
    "ReportedNumberBody.text": "3.5",
    "start": 4,
    "end": 7,
    "listed": True,
    "ReportedSentenceBody.words": 5,
    "ReportedLengthBody.words": 9,
    "sentence_words": [4, 5],
    "within": True,
    "first": 501,
    "last": 1000,
    "RankBandBody.words": 8,
    "RankBandBody.distinct_words": 7,
    "cumulative_share": 0.9,
    "longest_sentence": 9,
    "coverage": 1.0,
    "mean_rank": 187.5,
    "highest_rank": 930,
    "CheckRequest.input": "The dog sees a cat.",
    "ProfileRequest.input": "The dog sees a cat.",
    "NeededWordsBody.n_words": 870,
    "UnknownWordBody.word": "otter",
}
