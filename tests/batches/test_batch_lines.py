"""Reading a batch's file: lines that fail the batch, lines that fail alone, their parameters."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from batches.intake.jsonl_items import LineParser
from batches.intake.line_reader import Line, read_lines
from batches.intake.request_body import NOT_PARAMETERS, wordlists_now
from batches.models import BatchItem, BatchJob, Result
from batches.worker import read_input
from generation.aliases.resolver import snapshot
from generation.engine.contract import Completion, GenerationRequest, NoContinuation, TokenLogprob
from generation.engine.scripted import ScriptedDecoder
from generation.openai.serializers import ChatSerializer
from generation.serving.engine_provider import engine_health
from tests.batches.api_client import PROMPT, Api, jsonl, line, work
from tests.conftest import MakeWordlist
from vocab.models import Wordlist

# --- splitting into lines ------------------------------------------------------------------------


@given(
    data=st.lists(st.sampled_from([b"a", b"bb" * 3, b"\n", b"\r\n", b""]), max_size=30),
    size=st.integers(1, 9),
    skipped=st.integers(0, 5),
)
@hypothesis_settings(max_examples=300, deadline=None, database=None)
def test_lines_are_cut_as_at_once_and_can_be_read_on_from_each_end(
    data: list[bytes], size: int, skipped: int
) -> None:
    whole = b"".join(data)
    expected = whole.split(b"\n")
    if expected[-1] == b"":
        expected.pop()

    def read(start: int) -> list[Line]:
        chunks = (whole[at : at + size] for at in range(start, len(whole), size))
        return list(read_lines(chunks, start, max_bytes=100))

    found = read(0)
    assert [each.content for each in found] == expected
    if found:
        assert found[-1].end == len(whole)
        skipped = min(skipped, len(found) - 1)
        assert read(found[skipped].end) == found[skipped + 1 :]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_line_that_is_too_long_is_passed_without_being_held(size: int) -> None:
    data = b"12345\n" + b"x" * 50 + b"\n123456\nend"
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    found = list(read_lines(chunks, 0, max_bytes=5))
    assert [each.content for each in found] == [b"12345", None, None, b"end"]
    assert [each.end for each in found] == [6, 57, 64, 67]


# --- wrong lines ---------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def without(name: str) -> dict[str, Any]:
    given = line()
    del given[name]
    return given


MISSING = "missing_required_parameter"
INVALID = "invalid_value"
BAD_LINES: list[tuple[str | dict[str, Any], str, str | None, str]] = [
    ('{"custom_id": "a"', "invalid_json_line", None, "not parseable as JSON"),
    ("not json", "invalid_json_line", None, "not parseable as JSON"),
    ("[" * 100_000, "invalid_json_line", None, "nested too deeply"),
    ('{"custom_id": ' + "7" * 5000 + "}", "invalid_json_line", None, "not parseable as JSON"),
    ("[" + "[]," * 100_000 + "1]", "invalid_json_line", None, "more than 100,000 values"),
    ("[1, 2]", "invalid_json_line", None, "not a JSON object"),
    ("null", "invalid_json_line", None, "not a JSON object"),
    (without("custom_id"), MISSING, "custom_id", "Missing required parameter: 'custom_id'"),
    (without("method"), MISSING, "method", "'method'"),
    (without("url"), MISSING, "url", "'url'"),
    (without("body"), MISSING, "body", "'body'"),
    ({**line(), "body": None}, MISSING, "body", "'body'"),
    ({**line(), "custom_id": 7}, "invalid_request", "custom_id", "must be a string"),
    ({**line(), "custom_id": " "}, "invalid_request", "custom_id", "must be a string"),
    ({**line(), "custom_id": "x" * 201}, "invalid_request", "custom_id", "200 characters"),
    ({**line(), "custom_id": "\x00"}, "invalid_request", "custom_id", "must be a string"),
    ({**line(), "custom_id": "\ud800"}, "invalid_request", "custom_id", "must be a string"),
    ({**line(), "method": "GET"}, "invalid_request", "method", "must be 'POST'"),
    ({**line(), "url": "/v1/embeddings"}, "invalid_url", "url", "'/v1/embeddings'"),
    ({**line(), "url": "/v1/completions"}, "invalid_url", "url", "'/v1/completions'"),
    ({**line(), "url": "/v1/responses"}, "invalid_url", "url", "'/v1/responses'"),
    ({**line(), "url": ["x"]}, "invalid_url", "url", "not the batch's endpoint"),
    ({**line(), "customid": "b"}, "unknown_parameter", "customid", "'customid'"),
    ({**line(), "a\x00b\ud800": 1}, "unknown_parameter", "a?b?", "Unrecognized argument"),
    ({**line(), "body": []}, "invalid_request", "body", "must be a JSON object"),
    ('{"temperature": NaN}', MISSING, "custom_id", "'custom_id'"),
]


@pytest.mark.parametrize(("bad", "code", "param", "said"), BAD_LINES)
def test_a_wrong_line_fails_the_batch_with_its_number_and_code(
    api: Api, bad: str | dict[str, Any], code: str, param: str | None, said: str
) -> None:
    batch = api.run(line("first"), "", bad, line("last"))
    assert batch["status"] == "failed"
    assert batch["errors"]["object"] == "list"
    [error] = batch["errors"]["data"]
    assert (error["code"], error["param"], error["line"]) == (code, param, 3)
    assert said in error["message"]
    assert batch["request_counts"] == {"total": 0, "completed": 0, "failed": 0}
    assert "failed_at" in batch
    assert not {"in_progress_at", "output_file_id", "error_file_id"} & set(batch)
    job = BatchJob.objects.get()
    assert (job.status, job.total, job.lease_owner) == ("failed", 0, "")
    assert "line 3: " in job.error
    assert not BatchItem.objects.exists()


def test_bytes_that_are_no_utf8(api: Api) -> None:
    file_id = api.upload(jsonl(line("a")) + b'{"custom_id": "caf\xe9"}\n').json()["id"]
    batch = api.create(file_id)
    work()
    [error] = api.batch(batch["id"])["errors"]["data"]
    assert (error["code"], error["line"]) == ("invalid_json_line", 2)
    assert error["message"] == "This line is not UTF-8 at byte 18."


def test_a_line_that_is_too_long(api: Api, settings: Any) -> None:
    settings.MAX_REQUEST_BYTES = 2000
    batch = api.run(line("a"), line("b", user="x" * 2000), line("c"))
    [error] = batch["errors"]["data"]
    assert (error["code"], error["line"]) == ("request_too_large", 2)


def test_an_id_that_comes_twice(api: Api, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Also when another worker continues, which has not read the first line."""
    monkeypatch.setattr(read_input, "CHUNK_LINES", 2)
    settings.BATCH_SLICE_SECONDS = 0
    batch = api.run(line("a"), line("b"), line("c"), line("d"), line("a"))
    [error] = batch["errors"]["data"]
    assert (error["code"], error["param"], error["line"]) == ("duplicate_custom_id", "custom_id", 5)
    assert "'a'" in error["message"]


def test_every_wrong_line_is_told_up_to_a_hundred(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_input, "CHUNK_LINES", 7)
    wrong_method = {**line("c"), "method": "GET"}
    batch = api.run(line("a"), "x", line("b"), line("a"), wrong_method, line("d", temperature=9))
    found = [(error["line"], error["code"]) for error in batch["errors"]["data"]]
    assert found == [
        (2, "invalid_json_line"),
        (4, "duplicate_custom_id"),
        (5, "invalid_request"),
    ]
    assert BatchJob.objects.get().error.endswith("(and 2 more)")
    batch = api.run(*(["x"] * 250))
    numbers = [error["line"] for error in batch["errors"]["data"]]
    assert numbers == list(range(1, read_input.MAX_ERRORS + 1))


def test_more_lines_than_are_accepted(api: Api, settings: Any) -> None:
    settings.BATCH_MAX_ITEMS = 3
    assert api.run(*(line(str(n)) for n in range(3)), "")["status"] == "completed"
    batch = api.run(*(line(str(n)) for n in range(5)))
    [error] = batch["errors"]["data"]
    assert (error["code"], error["line"]) == ("too_many_tasks", None)
    assert error["message"] == "The input file has more than 3 requests."
    assert BatchItem.objects.filter(job__public_id=batch["id"]).count() == 0


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \r\n"])
def test_a_file_without_lines(api: Api, content: bytes) -> None:
    batch = api.create(api.upload(content).json()["id"])
    work()
    [error] = api.batch(batch["id"])["errors"]["data"]
    assert (error["code"], error["line"]) == ("empty_file", None)


def test_a_mark_at_the_start_blank_lines_and_no_last_newline_are_no_fault(api: Api) -> None:
    content = b"\xef\xbb\xbf" + jsonl(line("a"), "", line("b")).replace(b"\n", b"\r\n").rstrip()
    batch = api.create(api.upload(content).json()["id"])
    work()
    assert api.batch(batch["id"])["request_counts"]["completed"] == 2


# --- parameters ----------------------------------------------------------------------------------


def test_every_line_has_its_own_list_and_parameters(
    api: Api, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    english = make_wordlist("en", ["the", "dog", "sees", "a", "cat"])
    spanish = make_wordlist("es", ["el", "perro"], "es")
    batch = api.run(
        line("free", temperature=0, max_tokens=7),
        line("en", vocab_lang="en", vocab_n_words=3, vocab_numbers="all", seed=5),
        line("es", vocab_lang="es@1", max_completion_tokens=9),
    )
    assert batch["status"] == "completed", batch
    free, en, es = BatchItem.objects.order_by("index")
    assert (free.revision, free.n_words) == (None, None)
    assert (en.revision, en.n_words) == (english, 3)
    assert (es.revision, es.n_words) == (spanish, 2)
    assert free.parameters is not None
    assert en.parameters is not None
    assert es.parameters is not None
    assert (free.parameters["temperature"], free.parameters["max_tokens"]) == (0.0, 7)
    assert (en.parameters["seed"], en.parameters["vocab_numbers"]) == (5, "all")
    assert es.parameters["max_tokens"] == 9
    assert not {"messages", "model", "stream"} & set(free.parameters)
    by_tokens = {request.sampling.max_tokens: request for request in scripted.history}
    assert by_tokens[7].vocabulary is None
    assert by_tokens[7].sampling.temperature == 0
    assert by_tokens[9].vocabulary is not None
    assert by_tokens[9].vocabulary.n_words == 2
    results = {each["custom_id"]: each for each in api.lines(batch["output_file_id"])}
    assert "wordlist" not in results["free"]["response"]["body"]
    wordlist = results["en"]["response"]["body"]["wordlist"]
    assert (wordlist["slug"], wordlist["revision"], wordlist["n_words"]) == ("en", 1, 3)
    assert wordlist["style"]["numbers"] == "all"
    assert results["es"]["response"]["body"]["vocab_report"]["out_of_list"] == []


def test_lists_mean_what_they_were_when_the_batch_came_in(
    api: Api, make_wordlist: MakeWordlist
) -> None:
    """Even if a worker reads the file much later."""
    then = make_wordlist("en", ["the", "dog"])
    file_id = api.file(line("a", vocab_lang="en"), line("b", vocab_lang="en", vocab_case="lower"))
    batch = api.create(file_id)
    now = make_wordlist("en", ["another", "cat", "now"])
    Wordlist.objects.update(numbers="all", case="free")
    work()
    assert api.batch(batch["id"])["status"] == "completed"
    first, second = BatchItem.objects.order_by("index")
    assert (first.revision, first.n_words) == (then, 2)
    assert first.parameters is not None
    assert second.parameters is not None
    assert first.parameters["vocab_numbers"] == second.parameters["vocab_numbers"] == "all"
    assert (first.parameters["vocab_case"], second.parameters["vocab_case"]) == (
        "sentence",
        "lower",
    )
    later = api.create(file_id)
    work()
    item = BatchItem.objects.filter(job__public_id=later["id"], index=0).get()
    assert item.parameters is not None
    assert (item.revision, item.parameters["vocab_numbers"]) == (now, "all")


BODIES = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.sampled_from(
            [
                PROMPT,
                [{"role": "developer", "content": "Be brief."}, *PROMPT],
                [{"role": "user", "content": [{"type": "text", "text": "Hi."}]}],
                [{"role": "user", "content": "Hi.", "name": "bo"}],
                [{"role": "user"}],
                [],
                "Hi.",
            ]
        ),
        "model": st.sampled_from(["SmolLM2-135M-Instruct", None, "gpt-9"]),
        "temperature": st.sampled_from([0, 1.5, 9, "x", None]),
        "max_tokens": st.sampled_from([1, 20, 0, True]),
        "max_completion_tokens": st.just(3),
        "seed": st.sampled_from([1, -5]),
        "user": st.just("me"),
        "vocab_lang": st.just("en"),
        "vocab_n_words": st.sampled_from([1, 2, 10]),
        "vocab_case": st.sampled_from(["lower", "loud"]),
    },
)


def test_a_body_is_read_as_the_chat_endpoint_reads_it(
    user: User, make_wordlist: MakeWordlist
) -> None:
    """Also for a body whose validation is in the cache."""
    make_wordlist("en", ["the", "dog", "sees"])
    job = BatchJob(pk=1, owner=user, wordlists=wordlists_now(user, snapshot(None)))
    parser = LineParser(job, set())
    ids = iter(range(1_000_000))

    @given(body=BODIES)
    @hypothesis_settings(max_examples=300, deadline=None, database=None)
    def compare(body: dict[str, Any]) -> None:
        serializer = ChatSerializer(data=body)
        content = json.dumps({**line(str(next(ids))), "body": body}).encode()
        try:
            serializer.is_valid(raise_exception=True)
            expected: Any = serializer.validated_data
            model_is_known = expected.get("model", "SmolLM2-135M-Instruct") != "gpt-9"
        except ValidationError:
            expected = None
        if expected is None or not model_is_known:
            assert parser.item(content, 0).invalid
            return
        item = parser.item(content, 0)
        assert not item.invalid
        assert item.messages == expected["messages"]
        assert item.parameters is not None
        for name, value in expected.items():
            if name not in {*NOT_PARAMETERS, "model"}:
                assert item.parameters[name] == value
        assert item.n_words == (
            min(expected.get("vocab_n_words", 3), 3) if "vocab_lang" in expected else None
        )

    compare()


# --- several choices -----------------------------------------------------------------------------


def test_a_line_has_the_details_that_the_same_chat_has(
    api: Api, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    make_wordlist("en", ["the", "dog", "sees", "a", "cat"])
    asked = {"seed": 11, "vocab_lang": "en", "vocab_report": "words"}
    one, two = (
        api.post("chat/completions", {"messages": PROMPT, **asked, "n": n}).json() for n in (1, 2)
    )
    batch = api.run(line("a", **asked), line("b", **asked, n=2))
    first, second = (each["response"]["body"] for each in api.lines(batch["output_file_id"]))
    assert first["vocab_report"] == one["vocab_report"]
    assert first["vocab_report"]["details"]["words"]
    assert second["choices"] == two["choices"]
    assert all(choice["vocab_report"]["details"]["words"] for choice in second["choices"])
    assert "details" not in second["vocab_report"]


def test_a_line_has_the_choices_that_the_same_chat_has(
    api: Api, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    make_wordlist("en", ["the", "dog", "sees", "a", "cat"])
    asked = {"n": 3, "seed": 11, "vocab_lang": "en"}
    chat = api.post("chat/completions", {"messages": PROMPT, **asked}).json()
    batch = api.run(line("a", **asked), line("b", seed=11, vocab_lang="en"))
    assert batch["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    three, one = (each["response"]["body"] for each in api.lines(batch["output_file_id"]))
    assert [choice["index"] for choice in three["choices"]] == [0, 1, 2]
    assert three["choices"] == chat["choices"]
    assert three["usage"] == chat["usage"]
    assert three["vocab_report"] == chat["vocab_report"]
    assert len({choice["message"]["content"] for choice in three["choices"]}) == 3
    assert one["choices"][0]["message"] == three["choices"][0]["message"]
    first, second = Result.objects.order_by("item__index")
    assert first.text.split("\n\n") == [c["message"]["content"] for c in chat["choices"]]
    assert second.choices is None


def test_a_line_has_the_best_reply_that_the_same_chat_has(
    api: Api,
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_wordlist("en", ["the", "dog", "sees", "a", "cat"])
    decode, texts = scripted.decode, []

    def weighed(request: GenerationRequest, *rest: Any) -> Completion:
        assert request.sampling.weighs
        completion = decode(request, *rest)
        texts.append(completion.text)
        return replace(completion, weight=-len(completion.text))

    monkeypatch.setattr(scripted, "decode", weighed)
    asked = {"best_of": 4, "seed": 11, "vocab_lang": "en"}
    chat = api.post("chat/completions", {"messages": PROMPT, **asked}).json()
    batch = api.run(line("a", **asked))
    [answered] = api.lines(batch["output_file_id"])
    body = answered["response"]["body"]
    assert body["choices"][0]["message"]["content"] == min(texts, key=len)
    assert body["choices"] == chat["choices"]
    assert body["usage"] == chat["usage"]
    assert chat["usage"]["completion_tokens"] == 4 * 8


def test_a_choice_that_fails_fails_its_line_and_leaves_nothing_behind(
    api: Api, scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["fine"], NoContinuation("The list cannot go on here."), ["fine"], ["other"])
    batch = api.run(line("a", n=3, seed=1), line("b", seed=1))
    assert batch["request_counts"] == {"total": 2, "completed": 1, "failed": 1}
    [failed] = api.lines(batch["error_file_id"])
    assert failed["custom_id"] == "a"
    assert "cannot go on" in failed["response"]["body"]["error"]["message"]
    assert engine_health().state == "ready"


def test_log_probabilities_are_kept_with_the_answer(
    api: Api, scripted: ScriptedDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = scripted.decode
    top = (TokenLogprob(7, b"yes", -0.5), TokenLogprob(8, b"\xff", -9999.0))

    def with_logprobs(request: GenerationRequest, *rest: Any) -> Completion:
        assert request.sampling.logprobs == 2
        return replace(decode(request, *rest), logprobs=(TokenLogprob(7, b"yes", -0.5, top),))

    monkeypatch.setattr(scripted, "decode", with_logprobs)
    batch = api.run(line("a", logprobs=True, top_logprobs=2))
    [answered] = api.lines(batch["output_file_id"])
    [choice] = answered["response"]["body"]["choices"]
    [token] = choice["logprobs"]["content"]
    assert (token["token"], token["logprob"], token["bytes"]) == ("yes", -0.5, [121, 101, 115])
    assert [each["bytes"] for each in token["top_logprobs"]] == [[121, 101, 115], [255]]
    assert choice["message"]["content"] == Result.objects.get().text
