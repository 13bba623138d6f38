"""Random requests from the schema: none causes an error of the server, and all responses match it.

The requests are the same in each run. The tests do not predict which requests are valid, because a
request can match the schema and still name a list that does not exist.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from batches.models import BatchJob, StoredFile
from generation.auth.api_key import ApiKey
from generation.auth.scopes import Scope
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import Api, line
from tests.conftest import MakeWordlist
from tests.generation.engine import tiny
from vocab.models import Wordlist, WordlistRevision

# These requests close the database connection, as they do in a server.
pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 24  # requests for each operation and mode
KEY = "Idempotency-Key"
REPLAYED = "idempotent-replayed"
PROMPTS = json.dumps([{"messages": [{"role": "user", "content": "Hi"}]}]).encode()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    "POST /v1/chat/completions",
    "POST /v1/responses",
    "GET /v1/responses/{response_id}",
    "DELETE /v1/responses/{response_id}",
    "POST /v1/completions",
    "GET /v1/models",
    "GET /v1/models/{model_id}",
    "POST /v1/tokenize",
    "POST /tokenize",
    "POST /v1/detokenize",
    "POST /detokenize",
    "GET /v1/wordlists",
    "POST /v1/wordlists",
    "GET /v1/wordlists/{slug}",
    "PATCH /v1/wordlists/{slug}",
    "DELETE /v1/wordlists/{slug}",
    "GET /v1/wordlists/{slug}/words",
    "POST /v1/wordlists/{slug}/words",
    "POST /v1/wordlists/{slug}/changes",
    "GET /v1/wordlists/{slug}/revisions",
    "POST /v1/wordlists/{slug}/revisions",
    "POST /v1/wordlists/{slug}/restore",
    "GET /v1/wordlists/{slug}/compare",
    "GET /v1/wordlists/{slug}/export",
    "POST /v1/wordlists/{slug}/coverage",
    "POST /v1/wordlists/{slug}/forms",
    "POST /v1/vocab/check",
    "POST /v1/vocab/profile",
    "POST /v1/batch/jobs",
    "GET /v1/batch/jobs/{job_id}",
    "POST /v1/batch/jobs/{job_id}/{action}",
    "GET /v1/batch/jobs/{job_id}/results",
    "POST /v1/files",
    "GET /v1/files",
    "GET /v1/files/{file_id}",
    "DELETE /v1/files/{file_id}",
    "GET /v1/files/{file_id}/content",
    "POST /v1/batches",
    "GET /v1/batches",
    "GET /v1/batches/{batch_id}",
    "POST /v1/batches/{batch_id}/cancel",
    "GET /metrics",
]
STORED: dict[str, Any] = {  # what they make
    "POST /v1/wordlists": Wordlist,
    "POST /v1/wordlists/{slug}/words": WordlistRevision,
    "POST /v1/wordlists/{slug}/changes": WordlistRevision,
    "POST /v1/wordlists/{slug}/revisions": WordlistRevision,
    "POST /v1/batch/jobs": BatchJob,
    "POST /v1/files": StoredFile,
    "POST /v1/batches": BatchJob,
}
REQUIRED = {"messages", "prompt", "input", "slug", "language", "words", "file"}
MANY_FIELDS = 10
# Existing objects, and what a list can have.
NAMES_OF_LISTS = {
    "slug": "es",
    "language": "es",
    "after": 1,
    "revision": 1,
    "base": 1,
    "from": 1,
    "to": 1,
    "words": ["hola", "la", "casa", "perro"],
    "file": b"hola\nla\ncasa\nperro\n",
    "operations": [{"add": ["perro"]}, {"move": {"word": "perro", "to": 1}}],
}
# Their bodies have no required field, but need one of several.
TAKE_WORDS = {"POST /v1/wordlists", "POST /v1/wordlists/{slug}/revisions"}
WITHOUT_INPUT = {"GET /v1/models", "GET /metrics"}  # operations without input
NEVER_FOUND = {"GET /v1/responses/{response_id}", "DELETE /v1/responses/{response_id}"}


@cache
def loaded() -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", get_wsgi_application())


@pytest.fixture
def described(db: None) -> Any:
    return loaded()


@pytest.fixture
def job(client: Client, bearer: dict[str, str], scripted: ScriptedDecoder) -> str:
    """The id of a job of this user."""
    response = client.post(
        "/v1/batch/jobs", {"file": SimpleUploadedFile("prompts.json", PROMPTS)}, headers=bearer
    )
    identifier: str = response.json()["job_id"]
    return identifier


@pytest.fixture
def file(client: Client, bearer: dict[str, str]) -> str:
    """The id of a file of this user."""
    return str(Api(client, bearer).file(line()))


@pytest.fixture
def batch(client: Client, bearer: dict[str, str], file: str) -> str:
    """The id of a batch of this user."""
    return str(Api(client, bearer).create(file, metadata={"class": "7b"})["id"])


@pytest.fixture
def names(
    job: str, file: str, batch: str, make_wordlist: MakeWordlist, tmp_path: Path, settings: Any
) -> dict[str, Any]:
    """Existing objects, by the field or parameter that names them."""
    wordlist = make_wordlist("es", ["hola", "la", "casa"], "es").wordlist
    Wordlist.objects.filter(pk=wordlist.pk).update(owner=ApiKey.objects.get().user)
    ApiKey.objects.update(scopes=list(Scope))
    tiny.tokenizer().save_pretrained(tmp_path)
    settings.MODEL_NAME = str(tmp_path)
    return {
        "vocab_lang": "es",
        "vocab_sampling": "tokens",
        "vocab_particles": 1,
        "model": settings.SERVED_MODEL_NAME,
        "model_id": settings.SERVED_MODEL_NAME,
        "job_id": job,
        "file_id": file,
        "input_file_id": file,
        "batch_id": batch,
        "file": PROMPTS,
        "partial": "true",
        KEY: "again",
    }


def test_the_fuzzer_covers_all_operations(described: Any) -> None:
    found = {
        f"{result.ok().method.upper()} {result.ok().path}"
        for result in described.get_all_operations()
    }
    assert found == set(OPERATIONS)


# These requests go through WSGI, which reads a stream to its end first.
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous iterators")
@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for name in OPERATIONS
        for mode in GenerationMode
        if mode == GenerationMode.POSITIVE or name not in WITHOUT_INPUT
    ],
)
def test_responses_match_the_description(
    described: Any, names: dict[str, Any], bearer: dict[str, str], name: str, mode: GenerationMode
) -> None:
    method, path = name.split(" ")
    operation = described[path][method]
    names["after"] = names["file_id" if path == "/v1/files" else "batch_id"]
    if path.startswith("/v1/wordlists"):
        names |= NAMES_OF_LISTS
    if name == "POST /v1/wordlists":
        names["slug"] = "new"
    before = STORED[name].objects.count() if name in STORED else 0
    seen: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        known=strategies.just([True] * len(names))
        | strategies.lists(strategies.booleans(), min_size=len(names), max_size=len(names)),
        kept=strategies.none() | strategies.integers(0, 2),
    )
    def check(case: Any, known: list[bool], kept: int | None) -> None:
        if kept is not None:
            case.query, case.body = _shortened(case.query, kept), _shortened(case.body, kept)
        for use, (field, value) in zip(known, names.items(), strict=True):
            if use:
                _put(case, field, value)
        if name in TAKE_WORDS and all(known) and case.body == {}:
            case.body = {"words": NAMES_OF_LISTS["words"]}
        response = case.call(headers=bearer)
        case.validate_response(response, checks=CHECKS)
        seen.append(response.status_code)
        if KEY in (case.headers or {}) and response.status_code == 200:
            again = case.call(headers=bearer)
            case.validate_response(again, checks=CHECKS)
            assert (again.status_code, again.json()) == (200, response.json())
            assert again.headers[REPLAYED] == ["true"]

    check()
    assert len(seen) >= (1 if name in WITHOUT_INPUT else EXAMPLES // 2)
    if mode == GenerationMode.POSITIVE:
        assert (404 if name in NEVER_FOUND else 200) in seen
    if name in STORED and 200 in seen:
        assert STORED[name].objects.count() > before


def _shortened(fields: Any, kept: int) -> Any:
    """Return the required fields and `kept` others, if there are many.

    Most of the many fields exclude each other, so few requests with all of them are accepted.
    """
    if not isinstance(fields, MutableMapping) or len(fields) <= MANY_FIELDS:
        return fields
    others = [name for name in fields if name not in REQUIRED][:kept]
    return {name: value for name, value in fields.items() if name in {*others, *REQUIRED}}


def _put(case: Any, field: str, value: Any) -> None:
    """Let the request name an existing object."""
    for part in (case.path_parameters, case.query, case.headers, case.body):
        if isinstance(part, MutableMapping) and field in part:
            part[field] = value
