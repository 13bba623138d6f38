"""A client of the API of files and batches, and the lines of input files, for tests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse
from django.test import Client

from batches.models import BatchJob
from batches.worker.job_slice import advance
from tests.client_response import ClientResponse

Line = dict[str, Any]
PROMPT = [{"role": "user", "content": "Write about a dog."}]


def line(custom_id: str = "a", **body: Any) -> Line:
    return {
        "custom_id": custom_id,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "SmolLM2-135M-Instruct", "messages": PROMPT, **body},
    }


def jsonl(*lines: Line | str) -> bytes:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in lines]
    return "".join(f"{text}\n" for text in texts).encode("utf-8", "surrogatepass")


def content_of(response: ClientResponse) -> bytes:
    """Read a streamed response."""
    parts = cast("AsyncIterator[bytes]", cast(StreamingHttpResponse, response).streaming_content)

    async def read() -> bytes:
        return b"".join([part async for part in parts])

    return async_to_sync(read)()


def error_of(response: ClientResponse, status: int) -> dict[str, Any]:
    """The error of a response in OpenAI's shape, with all four keys."""
    assert response.status_code == status, response.content
    body = json.loads(response.content)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    return cast("dict[str, Any]", body["error"])


def work(times: int = 10_000) -> int:
    """Work until no job is open; return the number of slices."""
    return next((done for done in range(times) if not advance()), times)


class Api:
    """A client with the API key of one user."""

    def __init__(self, client: Client, bearer: dict[str, str]) -> None:
        self.client = client
        self.headers = bearer

    def upload(
        self, content: bytes, name: str = "in.jsonl", purpose: str = "batch", **fields: Any
    ) -> ClientResponse:
        headers = {**self.headers, **fields.pop("headers", {})}
        form = {"file": SimpleUploadedFile(name, content), "purpose": purpose, **fields}
        return self.client.post("/v1/files", form, headers=headers)

    def file(self, *lines: Line | str) -> str:
        """Upload lines; return the id of the file."""
        response = self.upload(jsonl(*lines))
        assert response.status_code == 200, response.content
        return str(response.json()["id"])

    def post(self, path: str, body: Any = None, **headers: str) -> ClientResponse:
        return self.client.post(
            f"/v1/{path}",
            body if isinstance(body, bytes) else json.dumps(body or {}),
            content_type="application/json",
            headers={**self.headers, **headers},
        )

    def get(self, path: str, **query: Any) -> ClientResponse:
        return self.client.get(f"/v1/{path}", query, headers=self.headers)

    def delete(self, path: str) -> ClientResponse:
        return self.client.delete(f"/v1/{path}", headers=self.headers)

    def create(self, file_id: str, **fields: Any) -> dict[str, Any]:
        response = self.post("batches", create_fields(file_id, **fields))
        assert response.status_code == 200, response.content
        return cast("dict[str, Any]", response.json())

    def batch(self, batch_id: str) -> dict[str, Any]:
        response = self.get(f"batches/{batch_id}")
        assert response.status_code == 200, response.content
        return cast("dict[str, Any]", response.json())

    def run(self, *lines: Line | str) -> dict[str, Any]:
        """Create a batch of lines and work until it ends."""
        created = self.create(self.file(*lines))
        work()
        return self.batch(created["id"])

    def lines(self, file_id: str) -> list[Any]:
        response = self.get(f"files/{file_id}/content")
        assert response.status_code == 200, response.content
        return [json.loads(text) for text in content_of(response).splitlines()]


def create_fields(file_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "input_file_id": file_id,
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        **fields,
    }


# Fields that a new batch does not have.
NOT_YET = {
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
    "output_file_id",
    "error_file_id",
    "errors",
}


def job_of(batch: dict[str, Any]) -> BatchJob:
    return BatchJob.objects.get(public_id=batch["id"])


MakeApi = Callable[[str], Api]
