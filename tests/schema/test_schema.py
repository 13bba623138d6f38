"""The OpenAPI description is valid and complete, and describes every field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import AsyncClient, Client

from generation.engine.scripted import ScriptedDecoder
from tests.site.api_paths import api_paths
from wordgen_site import __version__


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The output of `manage.py spectacular`, which fails at the first warning here."""
    file: Path = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command(
        "spectacular", fail_on_warn=True, validate=True, format="openapi-json", file=str(file)
    )
    made: dict[str, Any] = json.loads(file.read_text())
    return made


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def fields(schema: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every property in the schema with its path."""
    if isinstance(schema, list):
        for each in schema:
            yield from fields(each, name)
    elif isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items():
            yield f"{name}.{key}", value
        for key, value in schema.items():
            below = value.values() if key == "properties" else [value]
            for each in below:
                yield from fields(each, name)


def test_the_version_is_the_changelogs_newest(schema: dict[str, Any]) -> None:
    changelog = (Path(settings.BASE_DIR) / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    assert newest is not None
    assert schema["info"]["version"] == __version__ == newest[1]


def test_every_path_of_the_api_is_in_it(schema: dict[str, Any]) -> None:
    def without_parameters(path: str) -> str:
        return "/".join("x" if part.startswith("{") else part for part in path.split("/"))

    described = {without_parameters(path) for path in schema["paths"]}
    actions = {"cancel": "x"}  # the action is a parameter too
    missing = {
        path
        for path in api_paths()
        if "/".join(actions.get(part, part) for part in path.split("/")) not in described
        and path not in described
    }
    assert missing == set()


def test_every_operation_describes_its_request_and_responses(schema: dict[str, Any]) -> None:
    identifiers = [operation["operationId"] for *_, operation in operations(schema)]
    assert len(identifiers) == len(set(identifiers)) > 10
    for path, method, operation in operations(schema):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert len(operation["tags"]) == 1, where
        assert operation["security"] == [{"apiKey": []}], where
        assert ("requestBody" in operation) == (
            method in ("post", "patch") and not path.endswith(("{action}", "/cancel"))
        ), where
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                assert parameter["description"], (where, parameter["name"])
        for status, response in operation["responses"].items():
            assert "x-request-id" in response["headers"], (where, status)
            if not status.startswith("2"):
                assert response["content"]["application/json"]["schema"] == {
                    "$ref": "#/components/schemas/ErrorBody"
                }, (where, status)
        assert {"400", "401", "default"} < operation["responses"].keys(), where
    scheme = schema["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_chat_is_first_and_every_operation_has_a_tag(schema: dict[str, Any]) -> None:
    order = [tag["name"] for tag in schema["tags"]]
    assert order[0] == "Chat"
    assert {tag for _, _, each in operations(schema) for tag in each["tags"]} == set(order)


def test_every_field_has_a_type_and_a_description(schema: dict[str, Any]) -> None:
    for name, component in schema["components"]["schemas"].items():
        for path, field in fields(component, name):
            typed = {"type", "enum", "$ref", "anyOf", "oneOf", "allOf"} & field.keys()
            assert typed or "ignored" in field["description"], path
            below = path.count(".") > 1  # a part of a field whose description covers it
            assert below or field.get("description") or "$ref" in field, (name, path)


def test_every_field_and_parameter_has_a_valid_example(schema: dict[str, Any]) -> None:
    """Its examples, default or enumeration, or those of the component that it refers to."""
    described = [
        (component, name, field)
        for component, each in schema["components"]["schemas"].items()
        for name, field in each.get("properties", {}).items()
    ]
    described += [
        (path, parameter["name"], parameter["schema"] | parameter)
        for path, _, operation in operations(schema)
        for parameter in operation.get("parameters", [])
    ]
    assert len(described) > 150
    for owner, name, field in described:
        text = json.dumps(field)
        values = ("example", "examples", "default", "enum", "const", "$ref")
        assert any(f'"{key}":' in text for key in values), (owner, name)
        if not owner.startswith("/"):
            for example in field.get("examples", []):
                jsonschema.validate(example, field | {"components": schema["components"]})


def test_examples_match_their_schemas(schema: dict[str, Any]) -> None:
    tried = 0
    for *_, operation in operations(schema):
        for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
            content = body.get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                root = content["schema"] | {"components": schema["components"]}
                jsonschema.validate(example["value"], root)
                tried += 1
    assert tried > 10


def test_a_request_may_hold_nulls_and_nothing_unknown(schema: dict[str, Any]) -> None:
    request = schema["components"]["schemas"]["ChatCompletionRequest"]
    assert request["additionalProperties"] is False
    assert request["required"] == ["messages"]
    temperature = request["properties"]["temperature"]
    assert temperature["type"] == ["number", "null"]
    assert (temperature["minimum"], temperature["maximum"], temperature["default"]) == (0, 2, 1)
    assert request["properties"]["user"]["description"].endswith("Accepted and ignored.")
    assert request["properties"]["mirostat"]["enum"] == [0, None]


def test_the_stream_is_described_beside_the_json_response(schema: dict[str, Any]) -> None:
    chat = schema["paths"]["/v1/chat/completions"]["post"]
    content = chat["responses"]["200"]["content"]
    assert content.keys() == {"application/json", "text/event-stream"}
    assert "[DONE]" in content["text/event-stream"]["schema"]["description"]
    assert len(chat["requestBody"]["content"]["application/json"]["examples"]) == 2
    [retry] = [
        response["headers"]["Retry-After"]
        for status, response in chat["responses"].items()
        if status == "429"
    ]
    assert retry["schema"]["type"] == "integer"


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_stream_has_the_described_chunks(
    schema: dict[str, Any], bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    operation = schema["paths"]["/v1/chat/completions"]["post"]
    content = operation["responses"]["200"]["content"]
    chunk = content["text/event-stream"]["schema"]["properties"]["data"]["anyOf"][1][
        "contentSchema"
    ]
    body = {
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    response = await AsyncClient().post(
        "/v1/chat/completions", body, content_type="application/json", headers=bearer
    )
    text = b"".join([part async for part in response.streaming_content]).decode()  # type: ignore[attr-defined]
    *chunks, done = [event.removeprefix("data: ") for event in text.strip().split("\n\n")]
    assert done == "[DONE]"
    assert len(chunks) > 3
    for each in chunks:
        jsonschema.validate(json.loads(each), chunk)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(chunks[0]) | {"choices": [{"index": 0}]}, chunk)


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_response_and_its_stream_are_as_described(
    schema: dict[str, Any], bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    operation = schema["paths"]["/v1/responses"]["post"]
    content = operation["responses"]["200"]["content"]
    whole = content["application/json"]["schema"] | {"components": schema["components"]}
    event = content["text/event-stream"]["schema"]["properties"]["data"]["contentSchema"]
    response = await AsyncClient().post(
        "/v1/responses",
        {"input": "Hi", "stream": True},
        content_type="application/json",
        headers=bearer,
    )
    text = b"".join([part async for part in response.streaming_content]).decode()  # type: ignore[attr-defined]
    events = [json.loads(each.split("\ndata: ")[1]) for each in text.strip().split("\n\n")]
    assert len(events) > 8
    for each in events:
        jsonschema.validate(each, event)
        if "response" in each:
            jsonschema.validate(each["response"], whole)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(events[0] | {"type": "response.colour"}, event)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(events[-1]["response"] | {"store": "no"}, whole)


def test_the_description_is_public_and_the_same_as_the_generated_one(
    client: Client, db: None, schema: dict[str, Any]
) -> None:
    response = client.get("/openapi.json", headers={"Authorization": "Bearer wg_wrong"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/vnd.oai.openapi+json")
    served = response.json()
    assert served["paths"] == schema["paths"]
    assert served["components"] == schema["components"]


def test_the_docs_page_loads_nothing_from_other_servers(client: Client, db: None) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert page["Content-Security-Policy"].startswith("default-src 'self'; ")
    script = client.get("/docs?script=")
    for content in (page.text, script.text):
        assert "https://" not in content
        assert "http://" not in content
    assert "/openapi.json" in script.text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        path = f"/static/drf_spectacular_sidecar/swagger-ui-dist/{name}"
        assert path in page.text
        file = client.get(path)
        assert file.status_code == 200
        file.close()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/completions"])
def test_every_endpoint_that_writes_replies_describes_a_keys_limits_and_a_cut_prompt(
    schema: dict[str, Any], path: str
) -> None:
    responses = schema["paths"][path]["post"]["responses"]
    assert {"400", "401", "403", "404", "413", "429", "500", "503", "504"} <= set(responses)
    assert "X-Prompt-Truncated" in responses["200"]["headers"]
