"""/v1/batch/jobs: submitting a job, its state and its results."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django_q.models import OrmQ

from batches.models import BatchItem, BatchJob, Result
from batches.worker.job_slice import advance
from generation.auth.api_key import ApiKey
from generation.engine.contract import InvalidPrompt
from generation.engine.scripted import ScriptedDecoder
from generation.serving.runtime_info import own_runtime
from tests.client_response import ClientResponse
from tests.conftest import MakeWordlist
from tests.vocab.styles import AS_ANSWERED, AS_PARAMETERS

pytestmark = pytest.mark.django_db

URL = "/v1/batch/jobs"
ITEM = {"messages": [{"role": "user", "content": "Write about a dog."}]}
WORDS = ["the", "dog", "sees", "a", "cat"]

Submit = Callable[..., ClientResponse]


def file_of(content: Any) -> SimpleUploadedFile:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return SimpleUploadedFile("prompts.json", data, "application/json")


@pytest.fixture
def submit(client: Client, bearer: dict[str, str]) -> Submit:
    """Post a file as `user`; keyword arguments are query parameters."""

    def post(content: Any, **query: Any) -> ClientResponse:
        url = f"{URL}?{urlencode(query, doseq=True)}" if query else URL
        return client.post(url, {"file": file_of(content)}, headers=bearer)

    return post


def job_of(response: ClientResponse) -> BatchJob:
    assert response.status_code == 200, response.content
    return BatchJob.objects.get(public_id=json.loads(response.content)["job_id"])


def error_of(response: ClientResponse) -> dict[str, Any]:
    body = json.loads(response.content)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    return cast("dict[str, Any]", body["error"])


def assert_nothing_stored() -> None:
    assert not BatchJob.objects.exists()
    assert not BatchItem.objects.exists()
    assert not OrmQ.objects.exists()


def work() -> None:
    while advance():
        pass


def results_of(client: Client, job: BatchJob, bearer: dict[str, str]) -> Any:
    response = client.get(f"{URL}/{job.public_id}/results", headers=bearer)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    parts = cast("AsyncIterator[bytes]", cast(StreamingHttpResponse, response).streaming_content)

    async def read() -> bytes:
        return b"".join([part async for part in parts])

    return json.loads(async_to_sync(read)())


# --- submit --------------------------------------------------------------------------------------


# Default parameters of a job.
NEUTRAL = {
    "min_p": 0.0,
    "min_tokens": 0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "num_beam_groups": 1,
    "diversity_penalty": 0.0,
    "dry_multiplier": 0.0,
    "dry_base": 1.75,
    "dry_allowed_length": 2,
    "dry_penalty_last_n": -1,
}


def test_a_job_in_the_prototypes_form_is_stored(
    submit: Submit, user: User, make_wordlist: MakeWordlist
) -> None:
    revision = make_wordlist("en", WORDS)
    response = submit(
        [
            {**ITEM, "custom_id": "first"},
            {"messages": [{"role": "system", "content": "Be brief."}, *ITEM["messages"]]},
        ],
        max_tokens=64,
        num_beams=10,
        length_penalty=1.5,
        vocab_lang="en",
        vocab_n_words=3,
        temperature=0.7,
        top_p=0.9,
        top_k=20,
        repetition_penalty=1.1,
    )
    assert response.status_code == 200
    body = json.loads(response.content)
    job = BatchJob.objects.get()
    assert body == {
        "job_id": job.public_id,
        "status": "pending",
        "message": "Accepted 2 prompts.",
        "warnings": [],
    }
    assert (job.owner, job.api_key) == (user, ApiKey.objects.get())
    assert (job.revision, job.n_words, job.total) == (revision, 3, 2)
    assert (job.status, job.lease_owner, job.error) == (BatchJob.Status.VALIDATING, "", "")
    assert job.model == "SmolLM2-135M-Instruct"
    assert job.parameters == {
        "max_tokens": 64,
        "num_beams": 10,
        "length_penalty": 1.5,
        "vocab_lang": "en",
        "vocab_n_words": 3,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 20,
        "repetition_penalty": 1.1,
        "vocab_token_paths": "canonical",
        "vocab_finish": "sentence",
        "vocab_particles": 1,
        "vocab_repeat_sentences": False,
        "vocab_tell_model": None,
        "vocab_draft": False,
        **NEUTRAL,
        **AS_PARAMETERS,
    }
    first, second = job.items.order_by("index")
    assert (first.index, first.custom_id, first.messages) == (0, "first", ITEM["messages"])
    assert (second.index, second.custom_id, len(second.messages)) == (1, "", 2)
    assert {first.status, second.status} == {BatchItem.Status.PENDING}
    assert (first.attempts, second.attempts) == (0, 0)
    [message] = OrmQ.objects.all()
    assert message.task["func"] == "batches.tasks.advance"
    assert (message.task["args"], message.task["kwargs"]) == ((), {})


def test_empty_query_parameters_count_as_left_out(submit: Submit) -> None:
    response = submit(
        [ITEM],
        max_tokens=512,
        num_beams=10,
        length_penalty=1.0,
        vocab_lang="",
        vocab_n_words="",
        temperature="",
        top_p="",
        top_k="",
        repetition_penalty="",
    )
    job = job_of(response)
    assert job.parameters == {
        "max_tokens": 512,
        "num_beams": 10,
        "length_penalty": 1.0,
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 50,
        "repetition_penalty": 1.0,
        **NEUTRAL,
        "vocab_token_paths": "canonical",
        "vocab_finish": "sentence",
        "vocab_particles": 1,
        "vocab_repeat_sentences": False,
        "vocab_tell_model": None,
        "vocab_draft": False,
    }
    assert (job.revision, job.n_words) == (None, None)


def test_the_query_wins_over_an_items_other_name_of_the_same_field(
    submit: Submit, scripted: ScriptedDecoder
) -> None:
    items = [{**ITEM, "repeat_penalty": 1.5}, {**ITEM, "num_predict": 7}]
    job = job_of(submit(items, repetition_penalty=1.2))
    [warning] = job.warnings
    assert warning.startswith("repeat_penalty: The query string sets repetition_penalty")
    work()
    assert {each.sampling.repetition_penalty for each in scripted.history} == {1.2}
    assert sorted(each.sampling.max_tokens for each in scripted.history) == [7, 512]


def test_fields_of_other_servers_may_be_in_the_query(
    submit: Submit, scripted: ScriptedDecoder
) -> None:
    query = {"typical_p": 1, "mirostat": "0", "echo": "false", "num_ctx": 2048, "num_predict": 7}
    query["min_p"] = "0.05"
    assert "typical_p" not in job_of(submit([ITEM], **query)).parameters
    work()
    sampling = scripted.history[0].sampling
    assert (sampling.max_tokens, sampling.min_p) == (7, 0.05)
    response = submit([ITEM], typical_p=0.9)
    assert response.status_code == 400
    assert error_of(response)["param"] == "typical_p"


def test_the_key_may_come_in_the_query_and_is_not_kept(client: Client, api_key: str) -> None:
    job = job_of(client.post(f"{URL}?token={api_key}", {"file": file_of([ITEM])}))
    assert "token" not in job.parameters
    assert api_key not in str(list(BatchJob.objects.values()))
    assert api_key not in str(OrmQ.objects.get().task)


def test_a_list_without_n_is_used_whole_and_a_larger_n_is_cut(
    submit: Submit, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("en", WORDS)
    assert job_of(submit([ITEM], vocab_lang="en")).n_words == len(WORDS)
    assert job_of(submit([ITEM], vocab_lang="en", vocab_n_words=3000)).n_words == len(WORDS)


def test_a_named_revision_is_pinned(submit: Submit, make_wordlist: MakeWordlist) -> None:
    first = make_wordlist("en", WORDS)
    make_wordlist("en", ["other", "words"])
    assert job_of(submit([ITEM], vocab_lang="en@1")).revision == first


def test_a_utf8_mark_at_the_start_is_no_fault(submit: Submit) -> None:
    job = job_of(submit(b"\xef\xbb\xbf" + json.dumps([ITEM]).encode()))
    assert job.items.get().messages == ITEM["messages"]


def test_rows_and_message_are_stored_together_or_not_at_all(submit: Submit) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER no_queue BEFORE INSERT ON django_q_ormq"
            " BEGIN SELECT RAISE(ABORT, 'the queue is gone'); END"
        )
    response = submit([ITEM, ITEM])
    assert response.status_code == 500
    assert error_of(response) == {
        "message": "The server had an error.",
        "type": "server_error",
        "param": None,
        "code": None,
    }
    assert_nothing_stored()


def test_the_message_is_written_in_the_transaction_of_the_rows(submit: Submit) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert submit([ITEM]).status_code == 200
    sql = [query["sql"] for query in queries]
    first = next(place for place, text in enumerate(sql) if "batches_batchjob" in text)
    message = next(place for place, text in enumerate(sql) if "django_q_ormq" in text)
    begun = max(place for place, text in enumerate(sql[:first]) if text.startswith("SAVEPOINT"))
    savepoint = sql[begun].split()[-1]
    ended = sql.index(f"RELEASE SAVEPOINT {savepoint}")
    assert begun < first < message < ended


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "param", "said"),
    [
        (b"{not json", "file", "not valid JSON: Expecting property name"),
        (b'["caf\xe9"]', "file", "the text is not UTF-8 at byte 5"),
        (b"[" + b"7" * 5000 + b"]", "file", "a number is too long"),
        (b"[" * 200_000, "file", "nested too deeply"),
        (b"", "file", "not valid JSON"),
        ({"messages": []}, "file", "a JSON list of at least one object"),
        ([], "file", "a JSON list of at least one object"),
        ("text", "file", "a JSON list of at least one object"),
        ([ITEM, ITEM, ITEM, {"custom_id": "x"}], "file[3].messages", "required"),
        ([ITEM, "text"], "file[1]", "Expected a JSON object"),
        ([ITEM, None], "file[1]", "may not be null"),
        ([{"messages": []}], "file[0].messages", "empty"),
        (
            [
                ITEM,
                {"messages": [{"role": "user", "content": "a"}, {"role": "bot", "content": ""}]},
            ],
            "file[1].messages[1].role",
            '"bot" is not a valid choice',
        ),
        ([{"messages": [{"role": "user", "content": 7}]}], "file[0].messages[0].content", ""),
        ([{**ITEM, "vocab_n_word": 5}], "file[0].vocab_n_word", "Unrecognized"),
        ([{**ITEM, "custom_id": "x" * 201}], "file[0].custom_id", "200"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(
    submit: Submit, content: Any, param: str, said: str
) -> None:
    response = submit(content)
    assert response.status_code == 400
    error = error_of(response)
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert said in error["message"]
    assert_nothing_stored()


@pytest.mark.parametrize(
    ("query", "status", "param", "code"),
    [
        ({"vocab_n_word": 5}, 400, "vocab_n_word", "unknown_parameter"),
        ({"vocab_lang": "en", "vocab_n_words": 0}, 400, "vocab_n_words", "integer_below_min_value"),
        ({"vocab_n_words": 100}, 400, "vocab_n_words", "invalid_value"),
        ({"vocab_lang": "xx"}, 404, "vocab_lang", "wordlist_not_found"),
        ({"vocab_lang": "en@9"}, 404, "vocab_lang", "wordlist_not_found"),
        ({"max_tokens": 0}, 400, "max_tokens", "integer_below_min_value"),
        ({"max_tokens": "many"}, 400, "max_tokens", "invalid_type"),
        ({"temperature": "nan"}, 400, "temperature", "invalid_type"),
        ({"num_beams": 1000}, 400, "num_beams", "integer_above_max_value"),
        ({"stop": ["a", "b"]}, 400, "stop", "invalid_value"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(
    submit: Submit,
    make_wordlist: MakeWordlist,
    query: dict[str, Any],
    status: int,
    param: str,
    code: str,
) -> None:
    make_wordlist("en", WORDS)
    response = submit([ITEM], **query)
    assert response.status_code == status
    error = error_of(response)
    assert (error["param"], error["code"]) == (param, code)
    assert_nothing_stored()


def test_two_files_are_refused(client: Client, bearer: dict[str, str]) -> None:
    files = {"file": [file_of([ITEM]), file_of([ITEM, ITEM])]}
    response = client.post(URL, files, headers=bearer)
    assert response.status_code == 400
    assert error_of(response)["message"] == "file: It is given more than once."
    assert_nothing_stored()


def test_a_request_without_a_file_is_refused(client: Client, bearer: dict[str, str]) -> None:
    response = client.post(URL, {"other": "field"}, headers=bearer)
    assert response.status_code == 400
    error = error_of(response)
    assert (error["param"], error["code"]) == ("file", "missing_required_parameter")
    assert "'file'" in error["message"]
    assert_nothing_stored()


def test_too_many_items_are_refused(submit: Submit, settings: Any) -> None:
    settings.BATCH_MAX_ITEMS = 2
    response = submit([ITEM] * 3)
    assert response.status_code == 400
    error = error_of(response)
    assert error["param"] == "file"
    assert error["message"] == "The file has more than 2 items."
    assert_nothing_stored()
    assert job_of(submit([ITEM] * 2)).total == 2


def test_too_large_a_file_is_refused(submit: Submit, settings: Any) -> None:
    settings.BATCH_MAX_BYTES = len(json.dumps([ITEM]))
    assert submit([ITEM]).status_code == 200
    BatchJob.objects.all().delete()
    OrmQ.objects.all().delete()
    response = submit([ITEM, ITEM])
    assert response.status_code == 413
    error = error_of(response)
    assert (error["param"], error["code"]) == ("file", "request_too_large")
    assert f"{settings.BATCH_MAX_BYTES:,}" in error["message"]
    assert_nothing_stored()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wg_wrong"}])
def test_without_the_right_key_nothing_is_accepted(
    client: Client, user: User, headers: dict[str, str]
) -> None:
    response = client.post(URL, {"file": file_of([ITEM])}, headers=headers)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert error_of(response)["code"] == "invalid_api_key"
    assert_nothing_stored()


# --- the state of a job --------------------------------------------------------------------------


def test_the_state_of_a_job_before_while_and_after(
    submit: Submit,
    client: Client,
    bearer: dict[str, str],
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
    settings: Any,
) -> None:
    settings.BATCH_SLICE_ITEMS = 2
    revision = make_wordlist("en", WORDS)
    job = job_of(submit([ITEM] * 3, vocab_lang="en", vocab_n_words=4))
    scripted.enqueue(["the"], InvalidPrompt("No such template."), ["dog"])

    def state() -> dict[str, Any]:
        response = client.get(f"{URL}/{job.public_id}", headers=bearer)
        assert response.status_code == 200
        return cast("dict[str, Any]", response.json())

    before = state()
    assert parse_datetime(before["submitted_at"]) == job.created_at
    wordlist = {
        "slug": "en",
        "revision": 1,
        "sha256": revision.sha256,
        "n_words": 4,
        "style": AS_ANSWERED,
    }
    assert before == {
        "job_id": job.public_id,
        "status": "pending",
        "submitted_at": before["submitted_at"],
        "error": None,
        "state": "validating",
        "paused": False,
        "priority": 0,
        "started_at": None,
        "finished_at": None,
        "expires_at": before["expires_at"],
        "progress": {
            "total": 3,
            "completed": 0,
            "failed": 0,
            "cancelled": 0,
            "pending": 3,
            "items_per_minute": None,
            "remaining_seconds": None,
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "total_tokens": 0,
        },
        "model": "SmolLM2-135M-Instruct",
        "parameters": job.parameters,
        "warnings": [],
        "seed": job.seed,
        "runtimes": [],
        "wordlist": wordlist,
    }
    expires = parse_datetime(before["expires_at"])
    assert expires is not None
    assert round((expires - job.created_at).total_seconds()) == settings.BATCH_EXPIRE_HOURS * 3600

    assert advance()
    job.refresh_from_db()
    assert (job.status, job.finished_at) == (BatchJob.Status.IN_PROGRESS, None)
    during = state()
    assert parse_datetime(during["started_at"]) == job.started_at
    assert during == {
        **before,
        "status": "processing",
        "state": "in_progress",
        "started_at": during["started_at"],
        "progress": {
            **before["progress"],
            "completed": 1,
            "failed": 1,
            "pending": 1,
            "prompt_tokens": 9,  # five words tell the model of the list
            "completion_tokens": 1,
            "total_tokens": 10,
        },
        "runtimes": [own_runtime()],
    }

    assert advance()
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED
    after = state()
    assert parse_datetime(after["finished_at"]) == job.finished_at
    assert after == {
        **during,
        "status": "completed",
        "state": "completed",
        "finished_at": after["finished_at"],
        "progress": {
            **during["progress"],
            "completed": 2,
            "pending": 0,
            "items_per_minute": 180.0,  # three in the second that is the least
            "prompt_tokens": 18,
            "completion_tokens": 2,
            "total_tokens": 20,
        },
    }


@pytest.mark.parametrize("path", ["", "/results"])
def test_another_users_job_is_as_unknown_as_none(submit: Submit, client: Client, path: str) -> None:
    job = job_of(submit([ITEM]))
    other = ApiKey(name="other", user=User.objects.create_user("berta"))
    headers = {"Authorization": f"Bearer {other.set_token()}"}
    other.save()
    seen = client.get(f"{URL}/{job.public_id}{path}", headers=headers)
    assert seen.status_code == 404
    assert error_of(seen)["message"] == f"No batch job found with id '{job.public_id}'."
    unknown = client.get(f"{URL}/batch_0{path}", headers=headers)
    assert unknown.status_code == 404
    assert error_of(unknown)["param"] == error_of(seen)["param"] == "job_id"


def test_another_key_of_the_same_user_sees_the_job(
    submit: Submit, client: Client, user: User
) -> None:
    job = job_of(submit([ITEM]))
    key = ApiKey(name="second", user=user)
    headers = {"Authorization": f"Bearer {key.set_token()}"}
    key.save()
    response = client.get(f"{URL}/{job.public_id}", headers=headers)
    assert response.status_code == 200
    assert response.json()["job_id"] == job.public_id


# --- results -------------------------------------------------------------------------------------


def test_results_come_in_input_order_and_a_failed_item_keeps_its_place(
    submit: Submit,
    client: Client,
    bearer: dict[str, str],
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
) -> None:
    revision = make_wordlist("en", WORDS)
    job = job_of(
        submit(
            [{**ITEM, "custom_id": "a"}, ITEM, {**ITEM, "custom_id": "c"}],
            vocab_lang="en",
            max_tokens=3,
        )
    )
    scripted.enqueue(
        ["The", " dog", " sees", " a"], InvalidPrompt("No such template."), ["A", " bird."]
    )
    work()
    job.refresh_from_db()
    first, third = Result.objects.order_by("item__index")

    def head(made: Result | BatchJob) -> dict[str, Any]:
        return {
            "object": "chat.completion",
            "created": int(made.created_at.timestamp()),
            "model": "SmolLM2-135M-Instruct",
        }

    wordlist = {
        "slug": "en",
        "revision": 1,
        "sha256": revision.sha256,
        "n_words": 5,
        "style": AS_ANSWERED,
        "told_model": True,
    }

    def choice(text: str, finish_reason: str) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, "refusal": None}
        return {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}

    assert results_of(client, job, bearer) == [
        {
            "id": f"chatcmpl-batch-{job.public_id}-0",
            **head(first),
            "choices": [choice("The dog sees", "length")],
            "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
            "prompt_truncated": False,
            "wordlist": wordlist,
            "vocab_report": {
                "words": 3,
                "distinct_words": 3,
                "out_of_list": [],
                "no_words": False,
                "out_of_style": [],
                "word_parts": 0,
            },
            "custom_id": "a",
        },
        {
            "id": f"chatcmpl-batch-{job.public_id}-1",
            **head(job),
            "choices": [],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            "error": {
                "message": "No such template.",
                "type": "invalid_request_error",
                "param": "messages",
                "code": "invalid_value",
            },
        },
        {
            "id": f"chatcmpl-batch-{job.public_id}-2",
            **head(third),
            "choices": [choice("A bird.", "stop")],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
            "prompt_truncated": False,
            "wordlist": wordlist,
            "vocab_report": {
                "words": 2,
                "distinct_words": 2,
                "out_of_list": ["bird"],
                "no_words": False,
                "out_of_style": [],
                "word_parts": 0,
            },
            "custom_id": "c",
        },
    ]
    assert Result.objects.filter(item__job=job).count() == 2


def test_without_a_wordlist_a_result_has_no_report(
    submit: Submit, client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    job = job_of(submit([ITEM]))
    scripted.enqueue(["¡Hola,", " niño! 🐕"])
    work()
    [result] = results_of(client, job, bearer)
    assert result["choices"][0]["message"]["content"] == "¡Hola, niño! 🐕"
    assert not {"wordlist", "vocab_report", "custom_id", "error"} & set(result)
    assert Result.objects.get().vocab_report is None


def test_more_results_than_one_chunk_are_all_there_once(
    submit: Submit,
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("batches.formats.exports.CHUNK", 3)
    job = job_of(submit([{**ITEM, "custom_id": str(place)} for place in range(10)]))
    work()
    results = results_of(client, job, bearer)
    assert [result["custom_id"] for result in results] == [str(place) for place in range(10)]
    assert Result.objects.count() == 10


def test_results_are_refused_until_the_job_is_complete(
    submit: Submit,
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    settings: Any,
) -> None:
    settings.BATCH_SLICE_ITEMS = 1
    job = job_of(submit([ITEM] * 2))
    for state in ("pending", "processing"):
        response = client.get(f"{URL}/{job.public_id}/results", headers=bearer)
        assert response.status_code == 400
        assert error_of(response) == {
            "message": f"The job is not complete yet; it is {state}.",
            "type": "invalid_request_error",
            "param": None,
            "code": "job_not_complete",
        }
        advance()
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED
    assert len(results_of(client, job, bearer)) == 2


def test_a_failed_jobs_results_are_refused_with_the_reason(
    submit: Submit, client: Client, bearer: dict[str, str]
) -> None:
    job = job_of(submit([ITEM]))
    BatchJob.objects.filter(pk=job.pk).update(
        status=BatchJob.Status.FAILED, error="The model cannot be loaded."
    )
    response = client.get(f"{URL}/{job.public_id}/results", headers=bearer)
    assert response.status_code == 400
    error = error_of(response)
    assert error["message"] == "The job failed: The model cannot be loaded."
    assert error["code"] == "job_failed"
    state = client.get(f"{URL}/{job.public_id}", headers=bearer).json()
    assert (state["status"], state["error"]) == ("failed", "The model cannot be loaded.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_under_asgi_results_are_streamed_from_the_event_loop(
    async_client: AsyncClient, bearer: dict[str, str], user: User
) -> None:
    job = await BatchJob.objects.acreate(
        owner=user, parameters={}, model="m", total=2, status=BatchJob.Status.COMPLETED
    )
    for index in range(2):
        item = await BatchItem.objects.acreate(
            job=job, index=index, messages=ITEM["messages"], status=BatchItem.Status.SUCCEEDED
        )
        await Result.objects.acreate(
            item=item,
            text=f"text {index}",
            finish_reason="stop",
            prompt_tokens=1,
            completion_tokens=2,
            seed=0,
            seconds=0.0,
        )
    response = await async_client.get(f"{URL}/{job.public_id}/results", headers=bearer)
    assert response.status_code == 200
    stream = cast("AsyncIterator[bytes]", cast(StreamingHttpResponse, response).streaming_content)
    parts = [part async for part in stream]
    assert len(parts) == 3
    texts = [body["choices"][0]["message"]["content"] for body in json.loads(b"".join(parts))]
    assert texts == ["text 0", "text 1"]
