"""Aliases and bound keys in batch jobs and batches: as they were when these were accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.http import urlencode

from batches.models import BatchItem, BatchJob
from generation.auth.api_key import ApiKey
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import PROMPT, Api, content_of, error_of, line, work
from tests.client_response import ClientResponse
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import SERVED, WORDS, bound_headers, make_alias
from vocab.models import Wordlist

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lists(make_wordlist: MakeWordlist) -> None:
    make_wordlist("en", WORDS)
    make_wordlist("es", ["la", "casa", "perro"], "es")


@pytest.fixture
def bound_api(client: Client, user: User) -> Api:
    """A client whose key is bound to the list en. `api` has another key of the same user."""
    return Api(client, bound_headers(user, wordlist=Wordlist.objects.get(slug="en")))


def submit(api: Api, *own: dict[str, Any], **query: Any) -> ClientResponse:
    """Submit an item for each of `own`, its own parameters; by default two without any."""
    content = json.dumps([{"messages": PROMPT, **each} for each in own or ({}, {})]).encode()
    file = SimpleUploadedFile("prompts.json", content, "application/json")
    return api.client.post(
        f"/v1/batch/jobs?{urlencode(query)}", {"file": file}, headers=api.headers
    )


def finished(api: Api, response: ClientResponse) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the body and the results of a job after its end."""
    assert response.status_code == 200, response.content
    job_id = response.json()["job_id"]
    work()
    results = content_of(api.get(f"batch/jobs/{job_id}/results"))
    return api.get(f"batch/jobs/{job_id}").json(), json.loads(results)


# --- jobs ----------------------------------------------------------------------------------------


def test_a_job_uses_the_alias_as_it_was_when_the_job_was_submitted(
    api: Api, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    alias = make_alias("en-3", "en", n_words=3, defaults={"max_tokens": 5})
    response = submit(api, model="en-3", temperature=0.5)
    make_wordlist("en", ["tree"])
    alias.delete()
    job, results = finished(api, response)
    assert (job["model"], job["status"]) == ("en-3", "completed")
    assert (job["wordlist"]["revision"], job["wordlist"]["n_words"]) == (1, 3)
    assert [result["model"] for result in results] == ["en-3", "en-3"]
    assert all(result["wordlist"]["n_words"] == 3 for result in results)
    assert {request.sampling.max_tokens for request in scripted.history} == {5}
    assert {request.sampling.temperature for request in scripted.history} == {0.5}
    assert all(request.vocabulary is not None for request in scripted.history)


def test_a_job_may_name_the_served_model_and_no_unknown_one(
    api: Api, scripted: ScriptedDecoder
) -> None:
    job, results = finished(api, submit(api, model=SERVED))
    assert job["model"] == results[0]["model"] == SERVED
    assert "model" not in job["parameters"]
    assert error_of(submit(api, model="en-4"), 404)["param"] == "model"
    assert BatchJob.objects.count() == 1


def test_a_job_cannot_replace_what_its_alias_binds(api: Api) -> None:
    make_alias("en-3", "en", n_words=3)
    for field, value in (("vocab_lang", "es"), ("vocab_n_words", "4")):
        error = error_of(submit(api, model="en-3", **{field: value}), 400)
        assert (error["param"], error["code"]) == (field, "fixed_by_model")
    assert not BatchJob.objects.exists()


def test_a_job_of_a_bound_key_has_its_list(bound_api: Api, scripted: ScriptedDecoder) -> None:
    make_alias("es-all", "es")
    job, results = finished(bound_api, submit(bound_api))
    assert job["wordlist"]["slug"] == "en"
    assert all(result["vocab_report"]["out_of_list"] == [] for result in results)
    assert error_of(submit(bound_api, model="es-all"), 403)["param"] == "model"
    assert error_of(submit(bound_api, vocab_lang="es"), 400)["param"] == "vocab_lang"


def test_an_item_replaces_a_default_and_nothing_that_is_bound(
    api: Api, scripted: ScriptedDecoder
) -> None:
    make_alias("en-3", "en", n_words=3, defaults={"temperature": 0.5, "max_tokens": 5})
    own: list[dict[str, Any]] = [
        {"temperature": 0.25},
        {"vocab_lang": "es"},
        {"vocab_n_words": 2},
        {"model": "gpt-9"},
    ]
    job, results = finished(api, submit(api, *own, model="en-3"))
    assert [result.get("error", {}).get("param") for result in results] == [
        None,
        "vocab_lang",
        None,
        None,
    ]
    assert [result["wordlist"]["n_words"] for result in results if result["choices"]] == [3, 2, 3]
    assert {result["model"] for result in results if result["choices"]} == {"en-3"}
    sampled = {request.sampling.temperature for request in scripted.history}
    assert sampled == {0.25, 0.5}
    assert {request.sampling.max_tokens for request in scripted.history} == {5}
    assert any(warning.startswith("model: The query string sets") for warning in job["warnings"])


def test_an_item_may_name_an_alias(api: Api, scripted: ScriptedDecoder) -> None:
    make_alias("en-3", "en", n_words=3)
    _, results = finished(api, submit(api, {"model": "en-3"}, {}))
    assert [result["model"] for result in results] == ["en-3", SERVED]
    assert results[0]["wordlist"]["n_words"] == 3
    assert "wordlist" not in results[1]


def test_the_items_of_a_bound_key_stay_bound(bound_api: Api, scripted: ScriptedDecoder) -> None:
    own: list[dict[str, Any]] = [
        {"vocab_lang": "es"},
        {"vocab_lang": "en"},
        {"vocab_n_words": 2},
    ]
    _, results = finished(bound_api, submit(bound_api, *own))
    assert results[0]["error"]["param"] == "vocab_lang"
    assert [result["wordlist"]["n_words"] for result in results[1:]] == [6, 2]
    assert len(scripted.history) == 2


# --- batches -------------------------------------------------------------------------------------


def test_the_lines_of_a_batch_mean_the_aliases_at_its_creation(
    api: Api, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    alias = make_alias("en-3", "en", n_words=3, defaults={"max_tokens": 5, "vocab_case": "free"})
    file = api.file(
        line("alias", model="en-3"),
        line("same", model="en-3", vocab_lang="en"),
        line("fewer", model="en-3", vocab_n_words=2, max_tokens=4),
        line("free"),
    )
    created = api.create(file)
    make_wordlist("en", ["tree"])
    Wordlist.objects.filter(slug="en").update(numbers="all")
    alias.delete()
    make_alias("en-3", "es")
    work()
    batch = api.batch(created["id"])
    assert batch["status"] == "completed", batch
    bodies = {
        each["custom_id"]: each["response"]["body"] for each in api.lines(batch["output_file_id"])
    }
    assert {name: body["model"] for name, body in bodies.items()} == {
        "alias": "en-3",
        "same": "en-3",
        "fewer": "en-3",
        "free": SERVED,
    }
    assert "wordlist" not in bodies.pop("free")
    for name, body in bodies.items():
        wordlist = body["wordlist"]
        assert (wordlist["slug"], wordlist["revision"]) == ("en", 1)
        assert wordlist["n_words"] == (2 if name == "fewer" else 3)
        assert (wordlist["style"]["case"], wordlist["style"]["numbers"]) == ("free", "all")
        assert body["vocab_report"]["out_of_list"] == []
    constrained = BatchItem.objects.exclude(revision=None).order_by("index")
    assert [(item.parameters or {})["max_tokens"] for item in constrained] == [5, 5, 4]


def errors_of(api: Api, batch: dict[str, Any]) -> list[tuple[str, str]]:
    """Return param and code of each line in the error file."""
    errors = [each["response"]["body"]["error"] for each in api.lines(batch["error_file_id"])]
    return [(error["param"], error["code"]) for error in errors]


def test_a_line_cannot_replace_what_its_alias_binds(api: Api, scripted: ScriptedDecoder) -> None:
    make_alias("en-3", "en", n_words=3)
    batch = api.run(line("a", model="en-3", vocab_lang="es"), line("b", model="en-4"))
    assert errors_of(api, batch) == [
        ("vocab_lang", "fixed_by_model"),
        ("model", "model_not_found"),
    ]
    assert scripted.history == []


def test_the_lines_of_a_bound_key_stay_bound_when_the_key_is_freed_later(
    bound_api: Api, scripted: ScriptedDecoder
) -> None:
    created = bound_api.create(bound_api.file(line("a"), line("b", vocab_n_words=2)))
    ApiKey.objects.filter(name="bound").update(wordlist=None)
    work()
    batch = bound_api.batch(created["id"])
    words = {
        each["custom_id"]: each["response"]["body"]["wordlist"]["n_words"]
        for each in bound_api.lines(batch["output_file_id"])
    }
    assert words == {"a": 6, "b": 2}


def test_a_line_of_a_bound_key_with_another_list_is_refused(
    bound_api: Api, scripted: ScriptedDecoder
) -> None:
    batch = bound_api.run(line("a", vocab_lang="es"))
    assert errors_of(bound_api, batch) == [("vocab_lang", "fixed_by_model")]
    assert scripted.history == []


# --- what a bound key sees -----------------------------------------------------------------------


def test_a_bound_key_reads_only_what_it_has_made(
    api: Api, bound_api: Api, scripted: ScriptedDecoder
) -> None:
    """The results of the user's other keys may have any words."""
    free = api.run(line("free"))
    job_id = submit(api).json()["job_id"]
    work()
    for path in (
        f"batches/{free['id']}",
        f"batch/jobs/{free['id']}/results",
        f"batch/jobs/{job_id}",
        f"files/{free['output_file_id']}",
        f"files/{free['output_file_id']}/content",
    ):
        assert api.get(path).status_code == 200
        error_of(bound_api.get(path), 404)
    assert bound_api.get("batches").json()["data"] == bound_api.get("files").json()["data"] == []

    own = bound_api.run(line("own"))
    assert [each["id"] for each in bound_api.get("batches").json()["data"]] == [own["id"]]
    assert len(bound_api.lines(own["output_file_id"])) == 1
    assert len(api.lines(own["output_file_id"])) == 1
