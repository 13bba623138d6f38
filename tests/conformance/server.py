"""Start the web process of `tests.conformance.web` and talk to it with the real client."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import openai

from tests.process.server import ROOT, environment, free_port
from tests.process.site import PAUSE, POLL_SECONDS, STOP_SECONDS, WAIT_SECONDS, migrate

KEYS = ("sesame-first-key", "sesame-second-key")
Held = dict[str, int]


class Server:
    def __init__(self, port: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._own = self.client()

    def client(self, key: str = KEYS[0], **options: Any) -> openai.OpenAI:
        """A strict client, which validates every response against OpenAI's schema."""
        return openai.OpenAI(**self._options(key, options))

    def async_client(self, key: str = KEYS[0], **options: Any) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(**self._options(key, options))

    def _options(self, key: str, options: dict[str, Any]) -> dict[str, Any]:
        return {
            "base_url": f"{self.url}/v1",
            "api_key": key,
            "max_retries": 0,
            "_strict_response_validation": True,
            **options,
        }

    def get(self, path: str) -> Any:
        return self._own._client.get(f"{self.url}/{path}").json()

    def held(self, query: str = "") -> Held:
        """The resources that the process holds now (see `urls.held`)."""
        counted: Held = self.get(f"held{query}")
        return counted

    def wait_until(self, reached: Callable[[Held], bool], query: str = "") -> Held:
        deadline = time.monotonic() + WAIT_SECONDS
        while not reached(held := self.held(query)):
            assert time.monotonic() < deadline, held
            PAUSE.wait(POLL_SECONDS)
        return held

    def close(self) -> None:
        self._own.close()


@contextmanager
def running(folder: Path, **extra: str) -> Iterator[Server]:
    env = {
        **environment(folder, free_port(), **extra),
        "DJANGO_SETTINGS_MODULE": "tests.conformance.settings",
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    migrate(env, folder)
    log = folder / "web.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.conformance.web"],
            cwd=ROOT,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    assert process.stdout is not None
    with process.stdout as output:
        try:
            said = output.readline().split()
            assert said[:1] == ["ready"], log.read_text()
            with closing(Server(said[1])) as server:
                yield server
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def ask(*words: str) -> dict[str, Any]:
    """The arguments of `chat.completions.create` for a prompt."""
    messages = [{"role": "user", "content": " ".join(words)}]
    return {"model": "SmolLM2-135M-Instruct", "messages": messages}


def text_of(chunks: Sequence[Any], index: int = 0) -> str:
    return "".join(
        choice.delta.content or ""
        for chunk in chunks
        for choice in chunk.choices
        if choice.index == index
    )
