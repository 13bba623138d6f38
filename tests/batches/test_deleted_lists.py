"""A list is deleted between two steps of the request that uses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.signals import pre_save

from batches.models import BatchItem, BatchJob
from generation.chat.chat_request import pin_wordlist
from generation.openai.errors import ApiError
from tests.batches.api_client import Api, error_of
from tests.batches.test_private_lists import submit
from tests.conftest import MakeWordlist
from vocab.models import Wordlist
from vocab.revisions import WordlistNotFound, resolve, vocabulary_of

# Foreign keys are checked at the end of a transaction.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def deleted_while_stored() -> Iterator[None]:
    """Delete all lists when a job is about to be stored."""

    def delete(**_: Any) -> None:
        Wordlist.objects.all().delete()

    pre_save.connect(delete, sender=BatchJob)
    yield
    pre_save.disconnect(delete, sender=BatchJob)


def test_a_job_whose_list_is_deleted_while_it_is_stored_is_refused_whole(
    api: Api, make_wordlist: MakeWordlist, deleted_while_stored: None
) -> None:
    make_wordlist("es", ["hola"], "es")
    for items in ({}, {"vocab_lang": "es"}):
        query = {} if items else {"vocab_lang": "es"}
        error = error_of(submit(api, items, **query), 409)
        assert error["code"] == "deleted_meanwhile"
        assert "Nothing was stored" in error["message"]
        assert not BatchJob.objects.exists()
        assert not BatchItem.objects.exists()
        assert Wordlist.objects.exists()  # its deletion was in the same transaction


def test_a_list_that_is_deleted_after_it_was_found_is_not_found(
    make_wordlist: MakeWordlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wordlist("es", ["hola", "una palabra nueva"], "es")
    revision = resolve("es", None)
    Wordlist.objects.all().delete()
    with pytest.raises(WordlistNotFound, match="has been deleted"):
        vocabulary_of(revision)
    monkeypatch.setattr("generation.chat.chat_request.resolve", lambda *_: revision)
    with pytest.raises(ApiError) as caught:
        pin_wordlist({"vocab_lang": "es"}, None)
    assert (caught.value.status_code, caught.value.code) == (404, "wordlist_not_found")
