"""Examples for the fields and parameters of /v1/wordlists, as in `examples.py`."""

from __future__ import annotations

from typing import Any

_WORDS = ["hola", "casa"]

WORDLIST_EXAMPLES: dict[str, Any] = {
    # lists
    "title": "Spanish, lesson 1",
    "language": "es",
    "source": "the textbook, page 12",
    "licence": "CC0",
    "archived": False,
    "may_change": True,
    "ranked": True,
    "word_count": 1000,
    "NewWordlistBody.id": "es",
    "WordlistObjectBody.id": "es",
    "DeletedWordlistBody.id": "es",
    "WordlistPageBody.first_id": "es",
    "WordlistPageBody.last_id": "es",
    "listWordlists.after": "es",
    "q": "nino",
    # words, texts and files
    **{f"{component}.words": _WORDS for component in ("NewList", "NewRevision", "AddWords")},
    **{f"{component}.text": "hola\ncasa\n" for component in ("NewList", "NewRevision")},
    **{f"{component}.file": "hola\ncasa\n" for component in ("NewListUpload", "NewRevisionUpload")},
    "affixes": "SET UTF-8\n",
    "format": "delimited",
    "encoding": "utf-8",
    "delimiter": ",",
    "header": False,
    "column": "1",
    "level": "A1-A2",
    "filters": ["level=A1"],
    "note": "the words of lesson 1",
    # reports
    "sentence": "a frequency list: word, count",
    "row_count": 1003,
    "refused_row_count": 1,
    "filtered_row_count": 0,
    "doubts": [],
    "before": "el perro",
    "ChangedRowBody.after": ["perro"],
    "reasons": ["the article 'el' is not part of the word"],
    "reason": "it is listed already",
    # revisions and their words
    "base": 3,
    "is_current": True,
    **{
        f"{component}.id": "es@3"
        for component in ("RevisionBody", "NewRevisionBody", "ChangedRevisionBody")
    },
    "NewRevisionBody.created": True,
    "RevisionPageBody.first_id": 3,
    "RevisionPageBody.last_id": 1,
    "listRevisions.after": 3,
    "WordPageBody.first_id": 1,
    "WordPageBody.last_id": 1000,
    "add": _WORDS,
    "at": 1,
    "remove": ["casa"],
    "rank": 1,
    "word": "casa",
    "added": _WORDS,
    "removed": ["gato"],
    "moved": ["perro"],
    "SomeWordsBody.data": _WORDS,
    "from": 1,
    "to": 3,
    # coverage and forms
    "Coverage.text": "Hola, gato.",
    "share": 0.5,
    "listed_count": 1,
    "count": 1,
    "why_not": None,
    "n_words": 1000,
    "form_count": 2,
    "forms": ["casas"],
    "without": ["casas"],
    "most": 5,
    "FromToBody.from": "la",
    "FromToBody.to": "La",
    "WordToWord.to": "Casa",
}
