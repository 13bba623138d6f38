"""The bodies of files and batches match their OpenAPI description.

Real bodies contain only described fields, and OpenAI's client accepts all described values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openai.pagination import SyncCursorPage
from openai.types import Batch, FileDeleted, FileObject
from pydantic import ValidationError

from batches import tasks
from batches.models import BatchJob
from generation.engine.contract import InvalidPrompt
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import Api, error_of, line, work
from tests.generation.wordlist_api.client import ListsApi

CLIENTS_TYPES: dict[str, Any] = {
    "FileBody": FileObject,
    "FilesBody": SyncCursorPage[FileObject],
    "DeletedFileBody": FileDeleted,
    "BatchBody": Batch,
    "BatchesBody": SyncCursorPage[Batch],
}
# The client can send this purpose, but does not know it in a response.
UNKNOWN_TO_THE_CLIENT = "evals"


@pytest.fixture
def api(client: Client, bearer: dict[str, str]) -> Api:
    return Api(client, bearer)


@pytest.fixture
def components(client: Client, db: None) -> dict[str, Any]:
    schemas: dict[str, Any] = client.get("/openapi.json").json()["components"]["schemas"]
    return schemas


@pytest.fixture
def check(components: dict[str, Any]) -> Any:
    """Check a body against a component. Fields that are not described are errors."""
    closed = {
        name: schema | ({"additionalProperties": False} if name.endswith("Body") else {})
        for name, schema in components.items()
    }

    def check(name: str, body: Any) -> Any:
        root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": closed}}
        jsonschema.validate(body, root)
        return body

    return check


def cases(schema: dict[str, Any], components: dict[str, Any]) -> list[Any]:
    """Values that a schema allows: each of an enumeration, objects with each value of each of
    their properties, and once with those alone that are required.
    """
    if "$ref" in schema:
        return cases(components[schema["$ref"].rpartition("/")[2]], components)
    if "allOf" in schema:
        [one] = schema["allOf"]
        return cases(one, components)
    if "enum" in schema:
        return list(schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return [value for kind in kinds for value in _of_kind(kind, schema, components)]


def _of_kind(kind: str, schema: dict[str, Any], components: dict[str, Any]) -> Iterator[Any]:
    match kind:
        case "object" if "properties" in schema:
            properties = {
                name: cases(below, components) for name, below in schema["properties"].items()
            }
            first = {name: values[0] for name, values in properties.items()}
            yield {name: first[name] for name in schema["required"]}
            for name, values in properties.items():
                for value in values:
                    yield first | {name: value}
        case "object":
            yield from ({}, {"a": "b"})
        case "array":
            yield []
            yield from ([value] for value in cases(schema["items"], components))
        case "string":
            yield "x"
        case "integer":
            yield schema.get("minimum", 0)
        case "boolean":
            yield from (False, True)
        case "null":
            yield None
        case _:
            raise AssertionError(kind)


@pytest.mark.parametrize("name", CLIENTS_TYPES)
def test_the_client_takes_whatever_is_described(
    name: str, components: dict[str, Any], check: Any
) -> None:
    taken = 0
    for body in cases(components[name], components):
        check(name, body)  # checks the test cases themselves
        if UNKNOWN_TO_THE_CLIENT not in json.dumps(body):
            CLIENTS_TYPES[name].model_validate(body)
            taken += 1
    assert taken > 2
    with pytest.raises(ValidationError):
        CLIENTS_TYPES[name].model_validate({"object": 7})


def test_real_files_are_as_described(api: Api, check: Any) -> None:
    check("FilesBody", api.get("files").json())
    for purpose in ("batch", "user_data"):
        check("FileBody", api.upload(b"{}\n", purpose=purpose).json())
    page = check("FilesBody", api.get("files", limit=1).json())
    assert page["has_more"] is True
    check("FileBody", api.get(f"files/{page['last_id']}").json())
    check("DeletedFileBody", api.delete(f"files/{page['last_id']}").json())
    check("ErrorBody", api.get(f"files/{page['last_id']}").json())


def test_real_batches_are_as_described(api: Api, check: Any, scripted: ScriptedDecoder) -> None:
    def get(batch: dict[str, Any]) -> dict[str, Any]:
        job = api.get(f"batch/jobs/{batch['id']}").json()
        check("JobBody", job)
        body: dict[str, Any] = check("BatchBody", api.batch(batch["id"]))
        return body

    check("BatchesBody", api.get("batches").json())
    scripted.enqueue([" Once."], InvalidPrompt("no"))
    created = api.create(api.file(line("a"), line("b")), metadata={"class": "7b"})
    assert get(check("BatchBody", created))["status"] == "validating"
    work()
    completed = get(created)
    assert completed["status"] == "completed"
    assert {"output_file_id", "error_file_id", "completed_at"} <= completed.keys()
    check("FileBody", api.get(f"files/{completed['output_file_id']}").json())
    failed = get(api.run(line("a"), "not JSON"))
    assert failed["status"] == "failed"
    assert failed["errors"]["data"][0]["line"] == 2

    late, cancelled = api.create(api.file(line())), api.create(api.file(line()))
    BatchJob.objects.filter(public_id=late["id"]).update(expires_at=timezone.now())
    check("BatchBody", api.post(f"batches/{cancelled['id']}/cancel").json())
    tasks.sweep()
    work()
    assert (get(late)["status"], get(cancelled)["status"]) == ("expired", "cancelled")
    check("BatchBody", api.post(f"batches/{cancelled['id']}/cancel").json())
    check("ErrorBody", api.post(f"batches/{completed['id']}/cancel").json())
    check("BatchesBody", api.get("batches", limit=2).json())


def test_real_wordlists_are_as_described(user: User, check: Any) -> None:
    lists = ListsApi(user)
    made = lists.create(text="el perro\nla casa\n50%\nsol\nmar\nluna\nsol\n")
    check("NewWordlistBody", made)
    assert made["report"]["changed"]["data"]
    assert made["report"]["refused"]["data"]
    assert made["report"]["duplicates"]["data"]
    check("ReportBody", lists.post("wordlists/es/revisions", words=["sol"], dry_run=True))
    operations: list[dict[str, Any]] = [
        {"rename": {"word": "sol", "to": "Sol"}},
        {"add": ["gato", "mar"]},
        {"remove": ["casa"]},
        {"move": {"word": "luna", "to": 1}},
    ]
    check("ChangedRevisionBody", lists.post("wordlists/es/changes", operations=operations))
    check("ChangedRevisionBody", lists.post("wordlists/es/words", words=["pez"]))
    words = [each["word"] for each in lists.get("wordlists/es/words")["data"]]
    check("NewRevisionBody", lists.post("wordlists/es/revisions", words=words[::-1]))
    check("RevisionBody", lists.post("wordlists/es/restore", revision=1))
    comparison = check("ComparisonBody", lists.get("wordlists/es/compare", **{"from": 1, "to": 2}))
    assert all(comparison[kind]["data"] for kind in ("added", "removed", "recased", "moved"))
    check("WordPageBody", lists.get("wordlists/es/words", limit=2))
    check("WordPageBody", lists.get("wordlists/es/words", q="none"))
    check("RevisionPageBody", lists.get("wordlists/es/revisions", limit=2))
    check("WordlistPageBody", lists.get("wordlists"))
    check("WordlistObjectBody", lists.call("PATCH", "wordlists/es", archived=True).json())
    check("WordlistPageBody", lists.get("wordlists"))
    check("DeletedWordlistBody", lists.call("DELETE", "wordlists/es").json())
    check("ErrorBody", lists.call("GET", "wordlists/es").json())


def test_the_description_of_uploads_matches_their_validation(
    api: Api, components: dict[str, Any]
) -> None:
    """Test both ends of each range, and fields that require each other."""
    upload = components["FileUpload"]
    anchor, seconds = "expires_after[anchor]", "expires_after[seconds]"
    assert set(upload["properties"]) == {"file", "purpose", anchor, seconds}
    ends = upload["properties"][seconds]
    for value, status in (
        (ends["minimum"], 200),
        (ends["minimum"] - 1, 400),
        (ends["maximum"], 200),
        (ends["maximum"] + 1, 400),
    ):
        form = {anchor: "created_at", seconds: str(value)}
        assert api.upload(b"x", **form).status_code == status, value
    assert upload["dependentRequired"] == {anchor: [seconds], seconds: [anchor]}
    for name in upload["dependentRequired"]:
        error_of(api.upload(b"x", **{name: form[name]}), 400)
    for purpose in upload["properties"]["purpose"]["enum"]:
        assert api.upload(b"x", purpose=purpose).status_code == 200, purpose


def test_a_key_of_the_described_length_is_taken(
    client: Client, bearer: dict[str, str], db: None
) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/v1/files", "/v1/batches", "/v1/batch/jobs"):
        [key] = [
            parameter["schema"]
            for parameter in paths[path]["post"]["parameters"]
            if parameter["name"] == "Idempotency-Key"
        ]
        assert (key["minLength"], key["maxLength"]) == (1, 255)
        headers = paths[path]["post"]["responses"]["200"]["headers"]
        assert headers["Idempotent-Replayed"]["schema"]["enum"] == ["true"]

    def post(length: int) -> int:
        form = {"file": SimpleUploadedFile("x", b"x"), "purpose": "user_data"}
        key = {"Idempotency-Key": "~" * length}
        return client.post("/v1/files", form, headers=bearer | key).status_code

    assert [post(length) for length in (1, 255, 256)] == [200, 200, 400]
