"""Aliases, bound keys and requests for the tests of this folder."""

from __future__ import annotations

import json
from typing import Any, cast

from django.contrib.auth.models import User
from django.test import Client

from generation.aliases.model_alias import ModelAlias
from generation.auth.api_key import ApiKey
from tests.client_response import ClientResponse
from vocab.models import Wordlist

SERVED = "SmolLM2-135M-Instruct"
CHAT = "/v1/chat/completions"
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
WORDS = ["the", "dog", "sees", "a", "cat", "house"]


def make_alias(name: str, slug: str, **fields: Any) -> ModelAlias:
    """Save an alias as the admin does."""
    alias = ModelAlias(name=name, wordlist=Wordlist.objects.get(slug=slug), **fields)
    alias.full_clean()
    alias.save()
    return alias


def bound_headers(user: User, **binding: Any) -> dict[str, str]:
    """Return the headers of a new key with `alias` or `wordlist`."""
    key = ApiKey(name="bound", user=user, **binding)
    token = key.set_token()
    key.full_clean()
    key.save()
    return {"Authorization": f"Bearer {token}"}


def post(client: Client, headers: dict[str, str], url: str = CHAT, **body: Any) -> ClientResponse:
    if url == CHAT:
        body = HELLO | body
    return client.post(url, json.dumps(body), content_type="application/json", headers=headers)


def error_of(response: ClientResponse, status: int) -> tuple[str, str, str]:
    """Return param, code and message."""
    assert response.status_code == status, response.content
    error = cast("dict[str, str]", response.json()["error"])
    return error["param"], error["code"], error["message"]
