"""Fixtures of the tests of batch jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.test import Client

from generation.auth.api_key import ApiKey
from generation.engine.engine_protocol import Engine
from generation.engine.service.decoder import Decoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from tests.batches.api_client import Api, MakeApi
from tests.batches.factories import MakeJob, stored_job

Serve = Callable[[Decoder], None]
UseEngine = Callable[[Engine], None]


@pytest.fixture
def make_job(user: User) -> MakeJob:
    """Store a job of `user`: `make_job(items, revision, seed=..., max_tokens=...)`."""
    return partial(stored_job, user)


@pytest.fixture
def use_engine() -> Iterator[UseEngine]:
    yield set_engine
    set_engine(None)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Let a decoder answer in this process's engine."""
    yield lambda decoder: set_engine(ThreadedEngine(lambda: decoder, 8))
    set_engine(None)


@pytest.fixture
def api(client: Client, bearer: dict[str, str]) -> Api:
    return Api(client, bearer)


@pytest.fixture
def api_of(client: Client, db: None) -> MakeApi:
    """Return a client of another user: `api_of("bo")`."""

    def make(name: str) -> Api:
        key = ApiKey(name=name, user=User.objects.create_user(name))
        token = key.set_token()
        key.save()
        return Api(client, {"Authorization": f"Bearer {token}"})

    return make
