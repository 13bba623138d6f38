"""Items of a job's list with parameters of their own, beside those of the query string."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from batches.intake.job_items import ItemReader
from batches.lifecycle import actions
from batches.models import BatchItem, BatchJob
from batches.pages.jobs_page import job_row
from batches.seeds import item_seed
from generation.engine.contract import GenerationRequest, InvalidPrompt
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import PROMPT, Api, content_of, error_of, work
from tests.batches.factories import assert_consistent
from tests.conftest import MakeWordlist
from vocab.models import Wordlist

pytestmark = pytest.mark.django_db

URL = "/v1/batch/jobs"
ITEM = {"messages": PROMPT}
WORDS = ["the", "dog", "sees", "a", "cat"]


class Jobs:
    """Posts lists of items and reads what came of them."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    def post(self, items: list[Any], *, key: str = "", **query: Any) -> Any:
        file = SimpleUploadedFile("prompts.json", json.dumps(items).encode())
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        return self.client.post(f"{URL}?{urlencode(query)}", {"file": file}, headers=headers)

    def submit(self, items: list[Any], **query: Any) -> BatchJob:
        response = self.post(items, **query)
        assert response.status_code == 200, response.content
        job = BatchJob.objects.get(public_id=response.json()["job_id"])
        assert response.json()["warnings"] == job.warnings
        return job

    def results(self, job: BatchJob, **query: str) -> bytes:
        path = f"{URL}/{job.public_id}/results"
        response = self.client.get(path, query, headers=self.headers)
        assert response.status_code == 200, response.content
        return content_of(response)


@pytest.fixture
def jobs(client: Client, bearer: dict[str, str]) -> Jobs:
    return Jobs(client, bearer)


def requests_by_prompt(decoder: ScriptedDecoder) -> dict[str, GenerationRequest]:
    return {request.messages[-1].content: request for request in decoder.history}


def prompt(text: str, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **fields}


# --- fields that the query string does not set ---------------------------------------------------


def test_an_items_own_list_and_parameters_are_used(
    jobs: Jobs, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    english = make_wordlist("en", WORDS)
    spanish = make_wordlist("es", ["el", "perro"], "es")
    job = jobs.submit(
        [
            prompt("plain"),
            prompt("en", vocab_lang="en", vocab_n_words=3, vocab_numbers="all"),
            prompt("es", vocab_lang="es@1", temperature=0),
            prompt("short", max_completion_tokens=5, n=2, seed=9),
        ],
        max_tokens="",
        top_p=0.5,
    )
    assert job.warnings == []
    assert (job.revision, job.failed_count) == (None, 0)
    plain, en, es, short = job.items.order_by("index")
    assert (plain.parameters, plain.revision) == (None, None)
    assert (en.revision, en.n_words) == (english, 3)
    assert (es.revision, es.n_words) == (spanish, 2)
    assert (short.revision, short.n_words) == (None, None)
    work()
    asked = requests_by_prompt(scripted)
    assert asked["plain"].vocabulary is None
    assert asked["en"].vocabulary is not None
    assert asked["en"].vocabulary.n_words == 3
    assert asked["en"].vocabulary.style.numbers == "all"
    assert asked["es"].vocabulary is not None
    assert asked["es"].sampling.temperature == 0
    assert asked["short"].sampling.max_tokens == 5
    assert {request.sampling.top_p for request in scripted.history} == {0.5}, "the query's"

    results = json.loads(jobs.results(job))
    lists = [each.get("wordlist", {}) for each in results]
    assert [(each.get("slug"), each.get("n_words")) for each in lists] == [
        (None, None),
        ("en", 3),
        ("es", 2),
        (None, None),
    ]
    assert [len(each["choices"]) for each in results] == [1, 1, 1, 2]
    rows = list(csv.DictReader(io.StringIO(jobs.results(job, format="csv").decode("utf-8-sig"))))
    assert [(row["wordlist"], row["n_words"]) for row in rows] == [
        ("", ""),
        ("en@1", "3"),
        ("es@1", "2"),
        ("", ""),
    ]
    assert_consistent(job)


def test_an_items_fields_extend_the_list_of_the_query(
    jobs: Jobs, make_wordlist: MakeWordlist
) -> None:
    revision = make_wordlist("en", WORDS)
    job = jobs.submit([ITEM, prompt("x", vocab_n_words=2, vocab_case="lower")], vocab_lang="en")
    first, second = job.items.order_by("index")
    assert (job.n_words, first.parameters, first.n_words) == (5, None, None)
    assert (second.revision, second.n_words) == (revision, 2)
    assert second.parameters is not None
    assert (second.parameters["vocab_lang"], second.parameters["vocab_case"]) == ("en", "lower")


def test_an_items_list_is_pinned_when_the_job_is_submitted(
    jobs: Jobs, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    then = make_wordlist("en", WORDS)
    job = jobs.submit([prompt("x", vocab_lang="en")])
    make_wordlist("en", ["another", "list"])
    Wordlist.objects.update(numbers="all")
    work()
    assert job.items.get().revision == then
    [result] = json.loads(jobs.results(job))
    assert result["wordlist"]["revision"] == 1
    assert result["wordlist"]["style"]["numbers"] == "all"


def test_a_list_that_changes_during_the_upload_has_one_revision_in_the_job(
    user: User, make_wordlist: MakeWordlist
) -> None:
    then = make_wordlist("en", WORDS)
    reader = ItemReader({"vocab_lang": "en"}, user, None)
    make_wordlist("en", ["another", "list"])
    assert reader.wordlist is not None
    assert reader.wordlist.revision == then
    assert reader.columns(0, prompt("x", vocab_n_words=2))["revision_id"] == then.pk


def test_fields_that_change_nothing_are_not_stored(jobs: Jobs, make_wordlist: MakeWordlist) -> None:
    make_wordlist("en", WORDS)
    same: dict[str, Any] = {
        "model": "SmolLM2-135M-Instruct",
        "user": "me",
        "stream": False,
        "n": 1,
        "temperature": None,
        "vocab_lang": "en",
    }
    job = jobs.submit([prompt("x", **same)], vocab_lang="en")
    item = job.items.get()
    assert (item.parameters, item.revision, job.warnings) == (None, None, [])


def test_the_seed_of_an_item_is_its_own_or_derived_from_the_jobs(
    jobs: Jobs, scripted: ScriptedDecoder
) -> None:
    job = jobs.submit([prompt("a"), prompt("b", top_k=5)], seed=40)
    work()
    asked = requests_by_prompt(scripted)
    assert asked["a"].sampling.seed == item_seed(40, 0)
    assert asked["b"].sampling.seed == item_seed(40, 1)
    assert job.warnings == []
    jobs.submit([prompt("c", seed=7)])
    work()
    assert requests_by_prompt(scripted)["c"].sampling.seed == 7


def test_a_retry_keeps_an_items_parameters(
    jobs: Jobs, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    make_wordlist("en", WORDS)
    scripted.enqueue(InvalidPrompt("No."))
    job = jobs.submit([prompt("x", vocab_lang="en", vocab_n_words=2, temperature=0.5)])
    work()
    assert job.items.get().status == "failed"
    actions.retry(job)
    work()
    assert job.items.get().status == "succeeded"
    again = scripted.history[-1]
    assert again.vocabulary is not None
    assert (again.vocabulary.n_words, again.sampling.temperature) == (2, 0.5)


# --- fields that the query string sets -----------------------------------------------------------


def test_the_query_wins_and_the_job_says_so(
    jobs: Jobs, client: Client, bearer: dict[str, str], make_wordlist: MakeWordlist
) -> None:
    make_wordlist("en", WORDS)
    job = jobs.submit(
        [
            prompt("a", temperature=9, max_completion_tokens=7),
            prompt("b", temperature=0.1, vocab_lang="no-such-list"),
            prompt("c", temperature=0.5, vocab_lang="en", stream=True),
        ],
        temperature=0.5,
        vocab_lang="en",
        max_tokens=99,
    )
    assert list(job.items.values_list("parameters", "status")) == [(None, "pending")] * 3
    assert job.warnings == [
        "temperature: The query string sets temperature, so the value in the file has no effect"
        " (2 items, the first is file[0]).",
        "max_completion_tokens: The query string sets max_tokens, so the value in the file has no"
        " effect (1 item, file[0]).",
        "vocab_lang: The query string sets vocab_lang, so the value in the file has no effect"
        " (1 item, file[1]).",
        "stream: The answers of a job are not streamed, so the value in the file has no effect"
        " (1 item, file[2]).",
    ]
    state = client.get(f"{URL}/{job.public_id}", headers=bearer).json()
    assert state["warnings"] == job.warnings
    assert job_row(job.owner, job)["warnings"] == job.warnings


def test_a_default_of_the_query_does_not_win_but_the_same_value_given_does(jobs: Jobs) -> None:
    item = prompt("a", temperature=0.1)
    assert jobs.submit([item]).warnings == []
    assert len(jobs.submit([item], temperature=1.0).warnings) == 1
    assert jobs.post([item], key="one").status_code == 200
    reused = error_of(jobs.post([item], key="one", temperature=1.0), 400)
    assert reused["code"] == "idempotency_key_reused"


# --- values that are not valid -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status", "param", "code"),
    [
        ({"temperature": 9}, 400, "temperature", "decimal_above_max_value"),
        ({"vocab_lang": "xx"}, 404, "vocab_lang", "wordlist_not_found"),
        ({"vocab_lang": "en@7"}, 404, "vocab_lang", "wordlist_not_found"),
        ({"vocab_n_words": 5}, 400, "vocab_n_words", "invalid_value"),
        ({"vocab_lang": "en", "vocab_n_words": 0}, 400, "vocab_n_words", "integer_below_min_value"),
        ({"vocab_constraint_mode": "soft"}, 400, "vocab_constraint_mode", "unsupported_value"),
        ({"model": "gpt-9"}, 404, "model", "model_not_found"),
        ({"audio": {}}, 400, "audio", "unsupported_parameter"),
    ],
)
def test_an_item_with_a_wrong_value_has_an_error_at_its_place_and_the_rest_is_answered(
    jobs: Jobs,
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
    fields: dict[str, Any],
    status: int,
    param: str,
    code: str,
) -> None:
    make_wordlist("en", WORDS)
    wrong = prompt("wrong", custom_id="w", **fields)
    job = jobs.submit([prompt("first"), wrong, prompt("last", vocab_lang="en")])
    [warning] = job.warnings
    assert warning.startswith("Not valid, with an error instead of an answer: 1 item, file[1]: ")
    assert (job.failed_count, job.invalid_count) == (1, 1)
    work()
    job.refresh_from_db()
    assert (job.status, job.succeeded_count, job.failed_count) == ("completed", 2, 1)
    assert {request.messages[-1].content for request in scripted.history} == {"first", "last"}
    first, second, third = json.loads(jobs.results(job))
    assert first["choices"]
    assert third["choices"]
    assert (second["custom_id"], second["choices"]) == ("w", [])
    error = second["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert error["code"] == code
    [_, line, _] = map(json.loads, jobs.results(job, format="jsonl").splitlines())
    assert line["response"]["status_code"] == status
    item = job.items.get(index=1)
    assert (item.invalid, item.messages) == (True, wrong["messages"])
    assert_consistent(job)
    assert "retry" not in actions.possible_actions(job)


def test_a_job_of_invalid_items_is_completed_without_an_engine(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batches.worker.lease.engine_runtime", lambda: pytest.fail("not needed"))
    job = jobs.submit([prompt("a", temperature=9)] * 3)
    [warning] = job.warnings
    assert "3 items, the first is file[0]: temperature: " in warning
    work()
    job.refresh_from_db()
    assert (job.status, job.failed_count) == ("completed", 3)
    assert [each["choices"] for each in json.loads(jobs.results(job))] == [[], [], []]


def test_a_misspelt_field_refuses_the_file(jobs: Jobs) -> None:
    error = error_of(jobs.post([ITEM, prompt("x", vocab_n_word=5, temperature=9)]), 400)
    assert (error["param"], error["code"]) == ("file[1].vocab_n_word", "unknown_parameter")
    assert not BatchJob.objects.exists()


# --- many items ----------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_items(
    jobs: Jobs, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("en", WORDS)

    def queries(count: int) -> int:
        items = [
            prompt("x", vocab_lang=("en", "xx")[n % 2], vocab_n_words=2, seed=n)
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as found:
            jobs.submit(items)
        return len(found)

    few = queries(4)
    assert queries(40) <= few


# --- the admin -----------------------------------------------------------------------------------


def test_the_admin_shows_warnings_and_an_items_own_list_and_parameters(
    jobs: Jobs, make_wordlist: MakeWordlist, admin_client: Client
) -> None:
    make_wordlist("en", WORDS)
    make_wordlist("es", ["el", "perro"], "es")
    job = jobs.submit(
        [prompt("x", vocab_lang="es", top_k=17, temperature=2), ITEM], temperature=0.25
    )
    page = admin_client.get(f"/admin/batches/batchjob/{job.pk}/change/").content.decode()
    assert "temperature: The query string sets temperature" in page
    own, plain = job.items.order_by("index")
    page = admin_client.get(f"/admin/batches/batchitem/{own.pk}/change/").content.decode()
    assert "es@1, 2 words" in page
    assert "&quot;top_k&quot;: 17" in page
    page = admin_client.get(f"/admin/batches/batchitem/{plain.pk}/change/").content.decode()
    assert "words</div>" not in page


def test_a_batch_has_no_warnings(api: Api) -> None:
    batch = api.create(api.file({**ITEM}))  # a file is read after the response
    assert api.get(f"batch/jobs/{batch['id']}").json()["warnings"] == []
    assert BatchItem.objects.count() == 0


def test_an_item_says_which_report_it_wants(
    jobs: Jobs, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("en", WORDS)
    scripted.enqueue(*[["The dog sees. ", "A cow."]] * 3)
    items = [ITEM, {**ITEM, "vocab_report": "words"}, {**ITEM, "vocab_report": "off"}]
    job = jobs.submit(items, vocab_lang="en")
    work()
    results = json.loads(jobs.results(job))
    assert results[0]["vocab_report"]["words"] == 5
    assert "details" not in results[0]["vocab_report"]
    details = results[1]["vocab_report"]["details"]
    assert [word["rank"] for word in details["words"]] == [1, 2, 3, 4, None]
    assert "vocab_report" not in results[2]
    assert all(each["wordlist"]["slug"] == "en" for each in results)
    rows = list(csv.DictReader(io.StringIO(jobs.results(job, format="csv").decode("utf-8-sig"))))
    columns = ("words", "sentences", "longest_sentence", "mean_rank", "highest_rank")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("5", "", "", "", ""),
        ("5", "2", "3", "2.5", "4"),
        ("", "", "", "", ""),
    ]
    assert_consistent(job)


def test_a_job_says_which_report_its_items_get(
    jobs: Jobs, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("en", WORDS)
    scripted.enqueue(["The dog."])
    job = jobs.submit([ITEM], vocab_lang="en", vocab_report="words")
    work()
    [result] = json.loads(jobs.results(job))
    assert len(result["vocab_report"]["details"]["words"]) == 2
