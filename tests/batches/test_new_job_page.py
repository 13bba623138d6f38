"""A job that is started from the browser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from batches.models import BatchJob, PromptDraft
from batches.worker.job_slice import advance
from generation.engine.scripted import ScriptedDecoder
from tests.conftest import MakeWordlist
from vocab.models import WordlistRevision

pytestmark = pytest.mark.django_db(transaction=True)

CSV = "id,prompt\n7,A dog\n8,\n9,A cat\n"


@pytest.fixture
def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def revision(make_wordlist: MakeWordlist) -> WordlistRevision:
    return make_wordlist("animals", ["dog", "cat", "cow"])


def draft_url(page: Client, text: str = CSV, name: str = "animals.csv") -> str:
    response = page.post("/jobs/new/", {"file": SimpleUploadedFile(name, text.encode())})
    assert response.status_code == 302
    return str(response["Location"])


def start(page: Client, url: str, **fields: str) -> HttpResponse:
    columns = {"header": "on", "prompt_column": "1", "id_column": "0"}
    return page.post(url, {**columns, **fields})  # type: ignore[return-value]


def test_a_table_becomes_a_job_with_names_ids_and_a_list(
    page: Client, user: User, revision: WordlistRevision, scripted: ScriptedDecoder
) -> None:
    url = draft_url(page)
    shown = page.get(url).content.decode()
    assert "3 prompts" in shown
    assert 'value="animals"' in shown
    slug = revision.wordlist.slug
    response = start(
        page,
        url,
        name="Animals for 5b",
        system="Be kind.",
        vocab_lang=slug,
        vocab_n_words="2",
        max_tokens="9",
        temperature="0.5",
        vocab_draft="true",
        vocab_names="Ana, Bo",
    )
    assert (response.status_code, response["Location"]) == (302, "/jobs/")
    job = BatchJob.objects.get()
    assert (job.name, job.owner, job.total, job.api_key) == ("Animals for 5b", user, 2, None)
    assert (job.revision, job.n_words) == (revision, 2)
    assert (job.parameters["max_tokens"], job.parameters["temperature"]) == (9, 0.5)
    assert job.parameters["vocab_draft"]
    assert job.parameters["vocab_names"] == ["Ana", "Bo"]
    items = list(job.items.order_by("index"))
    assert [item.custom_id for item in items] == ["7", "9"]
    assert items[1].messages == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "A cat"},
    ]
    assert not PromptDraft.objects.exists()
    said = page.get("/jobs/").content.decode()
    assert "The job was started with 2 prompts. Rows without a prompt were left out: 1." in said


def test_pasted_prompts_are_answered(page: Client, scripted: ScriptedDecoder) -> None:
    response = page.post("/jobs/new/", {"text": "A dog, please\nA cat\n"})
    response = page.post(response["Location"], {"prompt_column": "0", "vocab_lang": ""})
    assert response.status_code == 302
    advance()
    job = BatchJob.objects.get()
    assert (job.status, job.succeeded_count, job.name) == ("completed", 2, "A dog, please")


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"temperature": "3"}, "temperature", "less than or equal to 2"),
        (
            {"vocab_n_words": "0", "vocab_lang": "LIST"},
            "vocab_n_words",
            "greater than or equal to 1",
        ),
        ({"max_tokens": "many"}, "max_tokens", "integer"),
        ({"prompt_column": "5"}, "prompt_column", "not one of the available choices"),
    ],
)
def test_a_refused_value_is_shown_at_its_field_and_nothing_is_lost(
    page: Client,
    revision: WordlistRevision,
    fields: dict[str, str],
    field: str,
    message: str,
) -> None:
    url = draft_url(page)
    if "vocab_lang" in fields:
        fields = {**fields, "vocab_lang": revision.wordlist.slug}
    response = start(page, url, **{"name": "My job", "system": "Be kind.", **fields})
    assert response.status_code == 200
    form = response.context["form"]  # type: ignore[attr-defined]
    assert list(form.errors) == [field]
    assert message in str(form.errors[field])
    text = response.content.decode()
    assert "The job was not started" in text
    assert "My job" in text
    assert "Be kind." in text
    assert not BatchJob.objects.exists()
    assert PromptDraft.objects.count() == 1


def test_a_file_that_is_none_says_so_and_stores_nothing(page: Client) -> None:
    for data, message in (
        ({}, "Choose a file, or paste prompts below."),
        ({"file": SimpleUploadedFile("a.json", b"[1]")}, "Item 1 is neither"),
        ({"text": "a", "file": SimpleUploadedFile("a.txt", b"b")}, "not both"),
    ):
        response = page.post("/jobs/new/", data)
        assert response.status_code == 200
        assert message in response.content.decode()
    assert not PromptDraft.objects.exists()


def test_a_draft_starts_one_job_and_belongs_to_its_owner(page: Client) -> None:
    url = draft_url(page)
    stranger = Client()
    stranger.force_login(User.objects.create_user("berta"))
    assert stranger.get(url).status_code == 404
    assert start(stranger, url).status_code == 404
    assert start(page, url).status_code == 302
    assert start(page, url).status_code == 404
    assert BatchJob.objects.count() == 1
    assert Client().get("/jobs/new/").status_code == 302


def test_cancelling_deletes_the_draft(page: Client) -> None:
    url = draft_url(page)
    assert page.post(url, {"cancel": "1"})["Location"] == "/jobs/"
    assert not PromptDraft.objects.exists()
    assert not BatchJob.objects.exists()


def test_only_the_latest_drafts_of_a_user_are_kept(page: Client) -> None:
    urls = [draft_url(page, name=f"{number}.csv") for number in range(7)]
    assert [page.get(url).status_code for url in urls] == [404, 404, 200, 200, 200, 200, 200]


def test_a_request_that_is_not_valid_names_its_place(page: Client) -> None:
    url = draft_url(page, '[{"messages": "no"}]', "a.json")
    response = page.post(url, {"vocab_lang": ""})
    assert response.status_code == 200
    assert "file[0]" in response.content.decode()
    assert not BatchJob.objects.exists()
