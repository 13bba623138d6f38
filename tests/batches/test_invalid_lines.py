"""A line whose body is not valid fails alone: its error, the counts, the files, a lost worker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batches.formats.results import openai_line
from batches.intake import request_body
from batches.intake.jsonl_items import LineParser
from batches.lifecycle import actions
from batches.models import BatchItem, BatchJob
from batches.worker import read_input, write_output
from batches.worker.job_slice import advance
from generation.engine.contract import InvalidPrompt
from generation.engine.scripted import ScriptedDecoder
from generation.openai.serializers import ChatSerializer
from tests.batches.api_client import PROMPT, Api, job_of, line, work
from tests.batches.engines import Killed
from tests.batches.factories import assert_consistent, assert_filed, expire_leases
from tests.conftest import MakeWordlist

pytestmark = pytest.mark.django_db

# The fields of a body that is not valid.
INVALID_BODIES: list[dict[str, Any]] = [
    {"temperature": 9},
    {"max_tokens": 0},
    {"web_search_options": {}},
    {"model": "gpt-9"},
    {"messages": None},
    {"messages": []},
    {"messages": [{"role": "bot", "content": "x"}]},
    {"vocab_n_word": 5},
    {"vocab_n_words": 5},
    {"vocab_lang": "xx"},
    {"vocab_lang": "en@7"},
    {"vocab_lang": "x" * 1_000_000},
    {"vocab_case": "\x00\ud800"},
    {"vocab_case": "x" * 1_000_000},
    {"a\x00b\ud800": 1},
    {"a" * 300: 1},
    {"stream_options": {"include_usage": True}},
]


@pytest.mark.parametrize("fields", INVALID_BODIES, ids=lambda fields: ",".join(fields)[:20])
def test_a_line_gets_the_error_that_the_same_chat_gets_and_the_rest_is_answered(
    api: Api, make_wordlist: MakeWordlist, fields: dict[str, Any]
) -> None:
    make_wordlist("en", ["the", "dog"])
    body = {"messages": PROMPT, **fields}
    chat = api.post("chat/completions", json.dumps(body).encode())
    assert chat.status_code in (400, 404)

    batch = api.run(line("first"), line("wrong", **fields), line("last"))
    assert batch["status"] == "completed"
    assert "errors" not in batch
    assert batch["request_counts"] == {"total": 3, "completed": 2, "failed": 1}
    answered = api.lines(batch["output_file_id"])
    assert [each["custom_id"] for each in answered] == ["first", "last"]
    [failed] = api.lines(batch["error_file_id"])
    assert (failed["custom_id"], failed["error"]) == ("wrong", None)
    response = failed["response"]
    assert response["status_code"] == chat.status_code
    expected = json.loads(chat.content.replace(b"\\u0000", b"?"))["error"]
    error = response["body"]["error"]
    assert error == {**expected, "param": expected["param"] and expected["param"][:200]}

    item = BatchItem.objects.get(custom_id="wrong")
    assert (item.status, item.invalid, item.attempts) == ("failed", True, 0)
    assert_consistent(job_of(batch))


def test_a_number_that_json_does_not_have_is_an_error(api: Api) -> None:
    """The line itself is read, because JSON parsers disagree about NaN."""
    batch = api.run(line("a", temperature=float("nan")), line("b"))
    [failed] = api.lines(batch["error_file_id"])
    error = failed["response"]["body"]["error"]
    assert (failed["response"]["status_code"], error["param"]) == (400, "temperature")


@pytest.mark.parametrize("stream", [True, "yes", 1])
def test_a_line_that_asks_for_a_stream_gets_an_error(api: Api, stream: Any) -> None:
    batch = api.run(line("a", stream=stream), line("b", stream=False))
    [failed] = api.lines(batch["error_file_id"])
    assert failed["response"]["status_code"] == 400
    assert failed["response"]["body"]["error"] == {
        "message": "stream: The answers of a batch are not streamed.",
        "type": "invalid_request_error",
        "param": "stream",
        "code": "streaming_unsupported",
    }
    assert [each["custom_id"] for each in api.lines(batch["output_file_id"])] == ["b"]


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\udfffb"])
def test_a_parameter_that_no_database_can_hold_is_an_error(
    api: Api, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the serializer accepted it."""
    validate = ChatSerializer.run_validation

    def accept(self: ChatSerializer, data: Any) -> Any:
        return {**validate(self, data), "stop": ["fine", {"deep": text}]}

    monkeypatch.setattr(ChatSerializer, "run_validation", accept)
    batch = api.run(line("a"))
    [failed] = api.lines(batch["error_file_id"])
    error = failed["response"]["body"]["error"]
    assert (failed["response"]["status_code"], error["code"]) == (400, "invalid_value")
    assert "cannot be stored" in error["message"]


def test_a_batch_of_invalid_lines_is_completed_without_an_engine(
    api: Api, scripted: ScriptedDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batches.worker.lease.engine_runtime", lambda: pytest.fail("not needed"))
    batch = api.run(line("a", temperature=9), line("b", vocab_lang="xx"))
    assert batch["status"] == "completed"
    assert batch["request_counts"] == {"total": 2, "completed": 0, "failed": 2}
    assert batch["usage"]["total_tokens"] == 0
    assert "output_file_id" not in batch
    failed = api.lines(batch["error_file_id"])
    assert [each["response"]["status_code"] for each in failed] == [400, 404]
    assert scripted.history == []
    job = job_of(batch)
    assert (job.failed_count, job.invalid_count) == (2, 2)
    assert_filed(job)


def test_the_counts_are_zero_until_the_whole_file_is_read(
    api: Api, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BATCH_SLICE_SECONDS = 0
    monkeypatch.setattr(read_input, "CHUNK_LINES", 1)
    batch = api.create(api.file(line("a", temperature=9), line("b")))
    assert advance()
    assert BatchItem.objects.get().invalid
    assert api.batch(batch["id"])["request_counts"] == {"total": 0, "completed": 0, "failed": 0}
    work()
    assert api.batch(batch["id"])["request_counts"] == {"total": 2, "completed": 1, "failed": 1}


def test_an_invalid_line_does_not_save_a_batch_with_an_unreadable_one(api: Api) -> None:
    batch = api.run(line("a", temperature=9), "x")
    assert batch["status"] == "failed"
    assert [error["line"] for error in batch["errors"]["data"]] == [2]
    job = job_of(batch)
    assert (job.total, job.failed_count, job.invalid_count) == (0, 0, 0)
    assert not BatchItem.objects.exists()


def test_the_custom_id_of_an_invalid_line_is_used(api: Api) -> None:
    batch = api.run(line("a", temperature=9), line("a"))
    [error] = batch["errors"]["data"]
    assert (error["code"], error["line"]) == ("duplicate_custom_id", 2)


@pytest.mark.parametrize("place", range(12))
def test_a_worker_killed_at_any_step_loses_and_doubles_no_line(
    api: Api, place: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`place`: the parsing of a line, or the writing of one, at which the worker ends."""
    settings.BATCH_SLICE_SECONDS = 0
    monkeypatch.setattr(read_input, "CHUNK_LINES", 2)
    monkeypatch.setattr(write_output, "CHUNK", 1)
    calls = iter(range(1000))
    parse, write = LineParser.item, openai_line

    def parse_or_die(self: LineParser, content: bytes | None, index: int) -> BatchItem:
        if next(calls) == place:
            raise Killed
        return parse(self, content, index)

    def write_or_die(job: BatchJob, item: BatchItem) -> dict[str, Any]:
        if next(calls) == place:
            raise Killed
        return write(job, item)

    monkeypatch.setattr(LineParser, "item", parse_or_die)
    monkeypatch.setattr(write_output, "openai_line", write_or_die)
    ids = "abcdef"
    lines = [line(id_, **({"temperature": 9} if id_ in "ace" else {})) for id_ in ids]
    batch = api.create(api.file(*lines))
    with pytest.raises(Killed):
        work()
    expire_leases()
    work()
    over = api.batch(batch["id"])
    assert over["status"] == "completed"
    assert over["request_counts"] == {"total": 6, "completed": 3, "failed": 3}
    job = job_of(batch)
    assert list(job.items.order_by("index").values_list("custom_id", flat=True)) == list(ids)
    assert_consistent(job)
    assert_filed(job)


def test_a_retry_leaves_invalid_lines_as_they_are(api: Api, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(InvalidPrompt("No."))
    batch = api.run(line("a"), line("b", temperature=9))
    assert batch["request_counts"]["failed"] == 2
    assert "retry" in actions.possible_actions(job_of(batch))
    assert api.post(f"batch/jobs/{batch['id']}/retry").status_code == 200
    work()
    over = api.batch(batch["id"])
    assert over["request_counts"] == {"total": 2, "completed": 1, "failed": 1}
    [failed] = api.lines(over["error_file_id"])
    assert failed["custom_id"] == "b"
    job = job_of(batch)
    assert (job.failed_count, job.invalid_count) == (1, 1)
    assert "retry" not in actions.possible_actions(job)
    with pytest.raises(actions.Conflict, match="Only invalid items have failed"):
        actions.retry(job)
    assert_consistent(job)


def test_a_wordlist_is_looked_up_once_for_all_lines_with_it(
    api: Api, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("en", ["the", "dog"])

    def queries(count: int) -> int:
        lists = ("en", "xx")
        lines = [
            line(str(n), seed=n, vocab_lang=lists[n % 2], vocab_n_words=2) for n in range(count)
        ]
        api.create(api.file(*lines))
        with CaptureQueriesContext(connection) as found:
            assert advance()
        work()
        return len(found)

    few = queries(4)
    assert queries(40) <= few


def test_more_bodies_and_wordlists_than_are_kept(
    api: Api, make_wordlist: MakeWordlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "CACHED_BODIES", 2)
    monkeypatch.setattr(request_body, "CACHED_WORDLISTS", 2)
    make_wordlist("en", ["the", "dog", "sees", "a", "cat"])
    ns = [1, 2, 3, 4, 5, 1]
    batch = api.run(*(line(str(k), vocab_lang="en", vocab_n_words=n) for k, n in enumerate(ns)))
    assert batch["request_counts"]["completed"] == len(ns)
    assert list(BatchItem.objects.order_by("index").values_list("n_words", flat=True)) == ns
