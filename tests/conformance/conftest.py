"""One server for each kind of model, started on first use."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.conformance import server as servers
from tests.conformance.server import KEYS, Server


@pytest.fixture(scope="package")
def puppet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Limits: four sequences in a step, four waiting requests, six replies per key."""
    with servers.running(
        tmp_path_factory.mktemp("puppet"),
        ENGINE="scripted",
        PUPPET="1",
        PUPPET_ROWS="4",
        ENGINE_MAX_QUEUE="4",
        MAX_CONCURRENT_PER_KEY="6",
        MAX_N="4",
        STREAM_KEEP_ALIVE="1",
    ) as server:
        yield server


@pytest.fixture
def client(puppet: Server) -> Iterator[openai.OpenAI]:
    with puppet.client() as client:
        yield client


@pytest.fixture
def other(puppet: Server) -> Iterator[openai.OpenAI]:
    """A client with another key."""
    with puppet.client(KEYS[1]) as client:
        yield client


@pytest.fixture(scope="package")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real engine, with a tiny model of random weights."""
    from tests.generation.engine import tiny

    folder = tmp_path_factory.mktemp("tiny-model")
    tiny.model().save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    with servers.running(
        tmp_path_factory.mktemp("real"),
        ENGINE="local",
        MODEL_NAME=str(folder),
        SERVED_MODEL_NAME="SmolLM2-135M-Instruct",
        DTYPE="float32",
    ) as server:
        yield server
