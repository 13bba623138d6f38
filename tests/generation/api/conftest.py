"""A Spanish list of two words, and requests with an API key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.client_response import ClientResponse
from tests.conftest import MakeWordlist
from vocab.models import WordlistRevision


@pytest.fixture
def spanish(make_wordlist: MakeWordlist) -> WordlistRevision:
    return make_wordlist("es", ["hola", "mundo"], "es")


@pytest.fixture
def post(client: Client, bearer: dict[str, str]) -> Callable[..., ClientResponse]:
    """Send a JSON body, by default as a chat."""

    def post(url: str = "/v1/chat/completions", /, **body: Any) -> ClientResponse:
        return client.post(url, json.dumps(body), content_type="application/json", headers=bearer)

    return post
