"""A client of /v1/wordlists for one user."""

from __future__ import annotations

import json
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from generation.auth.api_key import ApiKey
from generation.auth.scopes import Scope
from tests.client_response import ClientResponse
from vocab.models import Wordlist

WORDS = ["hola", "la", "casa", "perro"]


class ListsApi:
    def __init__(self, user: User, *, scopes: list[str] | None = None, **binding: Any) -> None:
        key = ApiKey(name="lists", user=user, **binding)
        key.scopes = [scope.value for scope in Scope] if scopes is None else scopes
        token = key.set_token()
        key.save()
        self.user = user
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, **body: Any) -> ClientResponse:
        return self.client.generic(
            method,
            f"/v1/{path}",
            json.dumps(body) if body or method in ("POST", "PATCH") else "",
            content_type="application/json",
            headers=self.headers,
        )

    def get(self, path: str, **query: Any) -> Any:
        """Return the body of a response that must be 200."""
        return body_of(self.client.get(f"/v1/{path}", query, headers=self.headers))

    def post(self, path: str, **body: Any) -> Any:
        """Return the body of a response that must be 200."""
        return body_of(self.call("POST", path, **body))

    def upload(self, path: str, content: bytes, name: str = "list.txt", **form: Any) -> Any:
        form["file"] = SimpleUploadedFile(name, content)
        return self.client.post(f"/v1/{path}", form, headers=self.headers)

    def create(self, slug: str = "es", **fields: Any) -> Any:
        if "text" not in fields:
            fields = {"words": WORDS, **fields}
        return self.post("wordlists", slug=slug, **{"language": "es", **fields})


def body_of(response: ClientResponse) -> Any:
    assert response.status_code == 200, response.content
    return response.json()


def error_of(response: ClientResponse, status: int) -> tuple[str | None, str | None, str]:
    """Return param, code and message."""
    assert response.status_code == status, response.content
    error = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    return cast(
        "tuple[str | None, str | None, str]",
        tuple(error[name] for name in ("param", "code", "message")),
    )


def words_of(slug: str = "es") -> list[str]:
    """Return the words of the current revision in the database."""
    current = Wordlist.objects.get(slug=slug).current
    assert current is not None
    return current.words
