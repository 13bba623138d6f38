"""Private lists in jobs and batches: who may use them is decided when the job is accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.http import urlencode

from batches.models import BatchJob
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import PROMPT, Api, MakeApi, error_of, line, work
from tests.client_response import ClientResponse
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import WORDS, make_alias
from vocab.models import Visibility, Wordlist

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mine(user: User, make_wordlist: MakeWordlist) -> Wordlist:
    """A private list of the user of `api`."""
    make_wordlist("en", WORDS)
    wordlist = make_wordlist("mine", WORDS).wordlist
    Wordlist.objects.filter(slug="mine").update(owner=user, visibility=Visibility.PRIVATE)
    return wordlist


@pytest.fixture
def other_api(api_of: MakeApi) -> Api:
    return api_of("bo")


def submit(api: Api, *items: dict[str, Any], **query: Any) -> ClientResponse:
    content = json.dumps([{"messages": PROMPT, **each} for each in items or ({},)]).encode()
    file = SimpleUploadedFile("prompts.json", content, "application/json")
    return api.client.post(
        f"/v1/batch/jobs?{urlencode(query)}", {"file": file}, headers=api.headers
    )


def test_a_job_uses_the_private_lists_of_its_owner_only(
    api: Api, other_api: Api, scripted: ScriptedDecoder
) -> None:
    assert submit(api, vocab_lang="mine").status_code == 200
    error = error_of(submit(other_api, vocab_lang="mine"), 404)
    assert error["message"] == "There is no wordlist 'mine'; there are: en"
    assert BatchJob.objects.get().revision is not None

    response = submit(other_api, {}, {"vocab_lang": "mine"}, {"vocab_lang": "mine@1"})
    job = BatchJob.objects.get(public_id=response.json()["job_id"])
    assert (job.total, job.invalid_count) == (3, 2)
    messages = job.items.filter(invalid=True).values_list("error", flat=True)
    assert set(messages) == {"There is no wordlist 'mine'; there are: en"}


def test_an_alias_opens_its_private_list_to_a_job_and_not_the_list_itself(
    other_api: Api, scripted: ScriptedDecoder
) -> None:
    make_alias("short", "mine", n_words=3)
    response = submit(other_api, {}, {"model": "short", "vocab_lang": "mine@1"}, model="short")
    assert response.status_code == 200, response.content
    job = BatchJob.objects.get(public_id=response.json()["job_id"])
    assert (job.invalid_count, job.n_words) == (0, 3)
    error_of(submit(other_api, vocab_lang="mine"), 404)


def test_the_lines_of_a_batch_use_the_lists_of_its_owner_and_of_the_aliases(
    api: Api, other_api: Api, scripted: ScriptedDecoder
) -> None:
    make_alias("short", "mine", n_words=3)
    lines = [line("a", vocab_lang="mine"), line("b", model="short"), line("c", vocab_lang="en")]
    lines[0]["body"].pop("model")
    for client, failed in ((api, 0), (other_api, 1)):
        batch = client.run(*lines)
        assert batch["status"] == "completed"
        assert batch["request_counts"] == {"total": 3, "completed": 3 - failed, "failed": failed}
    [error] = other_api.lines(batch["error_file_id"])
    assert error["custom_id"] == "a"
    message = error["response"]["body"]["error"]["message"]
    assert message == "There is no wordlist 'mine'; there are: en"
    job = BatchJob.objects.get(public_id=batch["id"])
    assert job.wordlists["mine"]["only_bound"] is True
    assert "only_bound" not in job.wordlists["en"]


def test_a_batch_keeps_a_list_that_becomes_private_before_its_lines_are_read(
    user: User, other_api: Api, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    created = other_api.create(other_api.file(line("a", vocab_lang="en")))
    make_wordlist("en", ["another", "list"])
    Wordlist.objects.filter(slug="en").update(owner=user, visibility=Visibility.PRIVATE)
    work()
    batch = other_api.batch(created["id"])
    assert batch["request_counts"] == {"total": 1, "completed": 1, "failed": 0}
    [result] = other_api.lines(batch["output_file_id"])
    assert result["response"]["body"]["wordlist"]["revision"] == 1


def test_a_batch_does_not_store_the_private_lists_of_others(other_api: Api) -> None:
    created = other_api.create(other_api.file(line()))
    assert BatchJob.objects.get(public_id=created["id"]).wordlists.keys() == {"en"}


DELETED = "There is no wordlist 'short': it was deleted after the job was accepted."


def test_a_batch_does_not_take_another_list_for_a_deleted_one(
    user: User, api: Api, other_api: Api, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    """The new list has the slug and the revision number of the old one, and is private."""
    make_wordlist("short", ["an", "old", "list"])
    created = other_api.create(
        other_api.file(line("a", vocab_lang="short"), line("b", vocab_lang="short@1"))
    )
    Wordlist.objects.get(slug="short").delete()
    make_wordlist("short", ["secret", "words"])
    Wordlist.objects.filter(slug="short").update(owner=user, visibility=Visibility.PRIVATE)
    work()
    batch = other_api.batch(created["id"])
    assert batch["request_counts"] == {"total": 2, "completed": 0, "failed": 2}
    for result in other_api.lines(batch["error_file_id"]):
        assert result["response"]["status_code"] == 404
        error = result["response"]["body"]["error"]
        assert (error["code"], error["message"]) == ("wordlist_not_found", DELETED)


def test_the_error_of_a_deleted_list_names_no_private_lists(
    other_api: Api, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("short", ["an", "old", "list"])
    created = other_api.create(other_api.file(line("a", vocab_lang="short")))
    Wordlist.objects.get(slug="short").delete()
    work()
    [result] = other_api.lines(other_api.batch(created["id"])["error_file_id"])
    assert result["response"]["body"]["error"]["message"] == DELETED


def test_a_list_that_becomes_private_opens_no_later_revision(
    user: User, other_api: Api, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    lines = [line(f"{number}", vocab_lang=f"en@{number}") for number in (1, 2)]
    created = other_api.create(other_api.file(*lines))
    Wordlist.objects.filter(slug="en").update(owner=user, visibility=Visibility.PRIVATE)
    make_wordlist("en", ["secret", "words"])
    work()
    batch = other_api.batch(created["id"])
    assert batch["request_counts"] == {"total": 2, "completed": 1, "failed": 1}
    [error] = other_api.lines(batch["error_file_id"])
    assert error["custom_id"] == "2"
    assert error["response"]["body"]["error"]["code"] == "wordlist_not_found"
