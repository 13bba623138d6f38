"""The curl and Python snippets of the documentation, run in order against a live server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.clients.environments import program
from tests.docs.curl import PRINTED_ADDRESS
from tests.docs.markdown import ROOT, Block, blocks
from tests.process import server as servers
from tests.process.server import KEY, Server

pytestmark = pytest.mark.process

# Pages whose snippets belong together run in one folder.
PAGES = [["README.md"], ["docs/api.md", "docs/clients.md"], ["docs/vocabulary.md"]]
ENVIRONMENTS = {
    "langchain_openai": "openai_3",
    "litellm": "openai_3",
    "llama_index": "openai_2",
    "pydantic_ai": "openai_3",
}
TIMEOUT_SECONDS = 120
ALL_SCOPES = (
    "from generation.auth.api_key import ApiKey; from generation.auth.scopes import Scope;"
    " ApiKey.objects.update(scopes=list(Scope))"
)


@dataclass(frozen=True)
class Exchange:
    """A request of a snippet and the response to it."""

    arguments: list[str]
    status: int
    body: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A new installation with made-up replies and two of the starter lists. Its key has all
    scopes.
    """
    folder = tmp_path_factory.mktemp("site")
    with servers.running(folder, "en", "es", ENGINE="scripted") as running:
        env = servers.environment(folder, servers.free_port())
        done = servers.manage(env, "shell", "-c", ALL_SCOPES)
        assert done.returncode == 0, done.stderr
        yield running


def can_run(block: Block) -> bool:
    if PRINTED_ADDRESS not in block.text:
        return False
    if block.language == "sh":
        return re.search(r"^curl ", block.text, re.MULTILINE) is not None
    return block.language == "python"


def interpreter(block: Block) -> str:
    """Of the Python clients only OpenAI's is among the development tools."""
    for package, environment in ENVIRONMENTS.items():
        if re.search(rf"^(from|import) {package}\b", block.text, re.MULTILINE):
            return str(program(environment, "python"))
    return sys.executable


def run(block: Block, folder: Path, server: Server) -> tuple[str, list[Exchange]]:
    """Run a block; returns what it printed and the requests that curl made."""
    log = folder / "curl.log"
    before = len(_lines(log))
    real_curl = shutil.which("curl")
    assert real_curl is not None
    if block.language == "sh":
        command = ["bash", "-euo", "pipefail", "-c", block.text]
    else:
        command = [interpreter(block), "-c", block.text.replace(PRINTED_ADDRESS, server.url)]
    done = subprocess.run(
        command,
        cwd=folder,
        env={
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            **({"PYTHONPATH": str(ROOT)} if block.language == "sh" else {}),
            "REAL_CURL": real_curl,
            "CURL_LOG": str(log),
            "SERVER": server.url,
            "KEY": KEY,
            "WORDGEN_KEY": KEY,
        },
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout}"
    return done.stdout, [Exchange(**json.loads(line)) for line in _lines(log)[before:]]


def _lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def promised_keys(block: Block) -> list[set[str]]:
    """For each curl command, the JSON keys in the comment below it that shows the response."""
    commands = re.split(r"^curl ", block.text, flags=re.MULTILINE)[1:]
    return [
        {
            key
            for comment in re.findall(r"^# (\{.*)$", command, re.MULTILINE)
            for key in re.findall(r'"(\w+)":', comment)
        }
        for command in commands
    ]


def check_response(exchange: Exchange, keys: set[str]) -> None:
    assert exchange.status == 200, exchange
    assert keys <= set(re.findall(r'"(\w+)":', exchange.body)), exchange
    request = " ".join(exchange.arguments)
    if "/chat/completions" in request and "/batches" not in request:
        reply: dict[str, Any] = json.loads(exchange.body)
        assert reply["choices"][0]["message"]["content"]
        if "vocab_lang" in request:
            assert reply["vocab_report"]["words"] > 0
            assert reply["vocab_report"]["out_of_list"] == []
    if request.endswith("/v1/responses"):
        response: dict[str, Any] = json.loads(exchange.body)
        assert response["output"][0]["content"][0]["text"]
        assert response["vocab_report"]["out_of_list"] == []
    if request.endswith("/v1/completions"):
        continued = json.loads(exchange.body)
        assert continued["choices"][0]["text"]
        assert continued["vocab_report"]["out_of_list"] == []
    if request.endswith("/results"):
        replies = json.loads(exchange.body)
        assert replies
        assert all(each["choices"][0]["message"]["content"] for each in replies)
    if request.endswith("/content"):
        results = [json.loads(line) for line in exchange.body.splitlines()]
        assert results
        assert all(each["response"]["status_code"] == 200 for each in results)


@pytest.mark.parametrize("pages", PAGES, ids=" ".join)
def test_the_snippets_do_what_the_page_says(
    pages: list[str], server: Server, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    curl = tmp_path / "bin" / "curl"
    curl.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.docs.curl "$@"\n')
    curl.chmod(0o755)
    found = [block for page in pages for block in blocks((ROOT / page).read_text(encoding="utf-8"))]
    runnable = [block for block in found if can_run(block)]
    assert {block.language for block in runnable} == {"sh", "python"}
    for block in runnable:
        printed, exchanges = run(block, tmp_path, server)
        assert printed.strip(), block.text
        if block.language == "sh":
            promised = promised_keys(block)
            assert len(exchanges) == len(promised), block.text
            for exchange, keys in zip(exchanges, promised, strict=True):
                check_response(exchange, keys)
