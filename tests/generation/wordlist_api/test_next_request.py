"""What a request changes is what the next request writes with."""

from __future__ import annotations

from typing import Any

import pytest

from generation.engine.scripted import ScriptedDecoder
from tests.generation.wordlist_api.client import WORDS, ListsApi, body_of, error_of

pytestmark = pytest.mark.django_db


def chat(api: ListsApi, **fields: Any) -> Any:
    body = {"messages": [{"role": "user", "content": "Hola"}], "vocab_lang": "es", **fields}
    return api.call("POST", "chat/completions", **body)


def test_an_appended_word_is_written_by_the_next_request(
    api: ListsApi, scripted: ScriptedDecoder
) -> None:
    api.create()
    for revision, missing in ((1, ["gato"]), (2, [])):
        scripted.enqueue(["La casa. Gato."])
        body = body_of(chat(api))
        assert body["wordlist"]["revision"] == revision
        assert body["vocab_report"]["out_of_list"] == [word.title() for word in missing]
        vocabulary = scripted.history[-1].vocabulary
        assert vocabulary is not None
        assert ("gato" in vocabulary.words) == (not missing)
        if missing:
            api.post("wordlists/es/words", words=["gato"])


def test_a_list_is_written_with_as_soon_as_it_is_made_and_by_nobody_else(
    api: ListsApi, other: ListsApi, scripted: ScriptedDecoder
) -> None:
    error_of(chat(api), 404)
    api.create()
    assert body_of(chat(api))["wordlist"]["slug"] == "es"
    error_of(chat(other), 404)
    body_of(api.call("PATCH", "wordlists/es", visibility="shared", numbers="none"))
    assert body_of(chat(other))["wordlist"]["style"]["numbers"] == "none"
    body_of(api.call("PATCH", "wordlists/es", visibility="private"))
    error_of(chat(other), 404)


def test_a_restored_revision_is_written_with(api: ListsApi, scripted: ScriptedDecoder) -> None:
    api.create()
    api.post("wordlists/es/words", words=["gato"])
    api.post("wordlists/es/restore", revision=1)
    body_of(chat(api))
    vocabulary = scripted.history[-1].vocabulary
    assert vocabulary is not None
    assert vocabulary.words == tuple(WORDS)


def test_an_unranked_list_has_no_first_words(api: ListsApi, scripted: ScriptedDecoder) -> None:
    api.create(ranked=False)
    assert error_of(chat(api, vocab_n_words=2), 400)[1] == "wordlist_not_ranked"
    api.post("wordlists/es/revisions", words=WORDS, ranked=True)
    assert body_of(chat(api, vocab_n_words=2))["wordlist"]["n_words"] == 2


def test_a_deleted_list_is_unknown(api: ListsApi, scripted: ScriptedDecoder) -> None:
    api.create()
    body_of(chat(api))
    body_of(api.call("DELETE", "wordlists/es"))
    assert error_of(chat(api), 404)[1] == "wordlist_not_found"
