"""`vocab_tell_model`: the prompt says which words to use, and the reply says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from batches.models import BatchJob
from generation.engine.contract import Message
from generation.engine.scripted import ScriptedDecoder
from generation.serving.model_tokenizer import message_ids
from tests.batches.api_client import Api, content_of, line, work
from tests.client_response import ClientResponse
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import bound_headers, error_of, make_alias
from tests.generation.engine import tiny
from vocab.instructions.instruction import Instruction
from vocab.instructions.purpose import Purpose
from vocab.models import Wordlist, WordlistRevision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spanish")]

USER = {"role": "user", "content": "¿Qué tal?"}
RULE = "Usa solo palabras sencillas y comunes."


CHATS: list[tuple[dict[str, Any], list[tuple[str, str]], bool | None]] = [
    ({"messages": [USER], "vocab_lang": "es"}, [("system", RULE)], True),
    (
        {"messages": [{"role": "system", "content": "Sé breve."}, USER], "vocab_lang": "es"},
        [("system", "Sé breve.")],
        False,
    ),
    (
        {"messages": [{"role": "developer", "content": "Sé breve."}, USER], "vocab_lang": "es"},
        [("system", "Sé breve.")],
        False,
    ),
    (
        {
            "messages": [
                {"role": "system", "content": "Uno."},
                USER,
                {"role": "system", "content": "Dos."},
            ],
            "vocab_lang": "es",
            "vocab_tell_model": True,
        },
        [("system", "Uno."), ("system", f"Dos.\n\n{RULE}")],
        True,
    ),
    ({"messages": [USER], "vocab_lang": "es", "vocab_tell_model": False}, [], False),
    ({"messages": [USER], "vocab_lang": "es", "vocab_tell_model": None}, [("system", RULE)], True),
    ({"messages": [USER]}, [], None),
]


@pytest.mark.parametrize(("body", "systems", "told"), CHATS)
def test_the_rule_is_in_the_system_message(
    post: Any,
    scripted: ScriptedDecoder,
    body: dict[str, Any],
    systems: list[tuple[str, str]],
    told: bool | None,
) -> None:
    response = post(**body)
    assert response.status_code == 200, response.content
    [request] = scripted.history
    sent = [(each.role, each.content) for each in request.messages]
    assert [each for each in sent if each[0] == "system"] == systems
    assert [each for each in sent if each[0] != "system"] == [("user", "¿Qué tal?")]
    assert response.json().get("wordlist", {}).get("told_model") is told


def test_a_stream_says_it_with_its_last_chunk(post: Any, scripted: ScriptedDecoder) -> None:
    stream = content_of(post(messages=[USER], vocab_lang="es", stream=True)).decode()
    assert stream.count('"told_model": true') == 1
    assert scripted.history[0].messages[0] == Message("system", RULE)


def test_instructions_of_a_response_are_a_system_message(
    post: Any, scripted: ScriptedDecoder
) -> None:
    alone = post("/v1/responses", input="Hola", vocab_lang="es").json()
    beside = post("/v1/responses", input="Hola", instructions="Sé breve.", vocab_lang="es").json()
    assert (alone["wordlist"]["told_model"], beside["wordlist"]["told_model"]) == (True, False)
    systems = [request.messages[0].content for request in scripted.history]
    assert systems == [RULE, "Sé breve."]


def test_an_unranked_list_has_another_rule_and_the_admin_may_replace_it(
    post: Any, scripted: ScriptedDecoder, spanish: WordlistRevision
) -> None:
    type(spanish).objects.filter(pk=spanish.pk).update(ranked=False)
    assert post(messages=[USER], vocab_lang="es").status_code == 200
    Instruction.objects.create(language="es", purpose=Purpose.UNRANKED, text="Di poco.")
    assert post(messages=[USER], vocab_lang="es").status_code == 200
    systems = [request.messages[0].content for request in scripted.history]
    assert systems == ["Usa solo unas pocas palabras sencillas.", "Di poco."]


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/v1/chat/completions", {"messages": [USER], "vocab_tell_model": True}),
        ("/v1/chat/completions", {"messages": [USER], "vocab_tell_model": "so"}),
        ("/v1/responses", {"input": "Hola", "vocab_tell_model": True}),
        ("/v1/completions", {"prompt": "Hola", "vocab_lang": "es", "vocab_tell_model": True}),
        ("/v1/tokenize", {"prompt": "Hola", "vocab_tell_model": True}),
        ("/v1/tokenize", {"messages": [USER], "vocab_tell_model": True}),
    ],
)
def test_it_is_refused_by_name_where_it_has_no_meaning(
    post: Any, scripted: ScriptedDecoder, settings: Any, tmp_path: Any, url: str, body: Any
) -> None:
    tiny.tokenizer().save_pretrained(tmp_path)
    settings.MODEL_NAME = str(tmp_path)
    assert error_of(post(url, **body), 400)[0] == "vocab_tell_model"
    assert scripted.history == []


def test_a_continued_text_is_not_told(post: Any, scripted: ScriptedDecoder) -> None:
    bodies: list[dict[str, Any]] = [{}, {"vocab_tell_model": False}]
    for body in bodies:
        answer = post("/v1/completions", prompt="Hola", vocab_lang="es", **body)
        assert (answer.status_code, "told_model" in answer.json()["wordlist"]) == (200, False)
    assert {(request.prompt, request.messages) for request in scripted.history} == {("Hola", ())}


def test_lines_and_items_are_told_each_for_itself(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    api = Api(client, bearer)
    system = {"role": "system", "content": "Sé breve."}
    bodies: list[dict[str, Any]] = [
        {"messages": [USER]},
        {"messages": [system, USER]},
        {"messages": [system, USER], "vocab_tell_model": True},
        {"messages": [USER], "vocab_tell_model": False},
    ]
    lines = [line(str(n), **body, vocab_lang="es") for n, body in enumerate(bodies)]
    created = api.post(
        "batches",
        {
            "input_file_id": api.file(*lines),
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
        },
    )
    assert created.status_code == 200, created.content
    work()
    batch = client.get(f"/v1/batches/{created.json()['id']}", headers=bearer).json()
    url = f"/v1/files/{batch['output_file_id']}/content"
    output = content_of(client.get(url, headers=bearer)).decode()
    answers = {each["custom_id"]: each for each in map(json.loads, output.splitlines())}
    told = [
        answers[str(n)]["response"]["body"]["wordlist"]["told_model"] for n in range(len(bodies))
    ]
    assert told == [True, False, True, False]
    systems = {
        tuple(each.content for each in request.messages if each.role == "system")
        for request in scripted.history
    }
    assert systems == {(RULE,), ("Sé breve.",), (f"Sé breve.\n\n{RULE}",), ()}


def test_a_job_of_an_earlier_version_tells_nothing(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    upload = {"file": SimpleUploadedFile("in.json", json.dumps([{"messages": [USER]}]).encode())}
    answer = client.post("/v1/batch/jobs?vocab_lang=es", upload, headers=bearer)
    assert answer.status_code == 200, answer.content
    job = BatchJob.objects.get()
    del job.parameters["vocab_tell_model"]
    job.save()
    work()
    assert [each.role for each in scripted.history[0].messages] == ["user"]
    results = client.get(f"/v1/batch/jobs/{job.public_id}/results", headers=bearer)
    [result] = json.loads(content_of(results))
    assert result["wordlist"]["told_model"] is False


@pytest.mark.parametrize(
    "fields",
    [
        {"vocab_lang": "es"},
        {"vocab_lang": "es", "vocab_tell_model": False},
        {"model": "es-2"},
        {},
    ],
)
def test_tokenize_counts_what_is_sent(
    post: Any, scripted: ScriptedDecoder, settings: Any, tmp_path: Any, fields: dict[str, Any]
) -> None:
    tiny.tokenizer().save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 512}')
    settings.MODEL_NAME = str(tmp_path)
    make_alias("es-2", "es", n_words=2)
    assert post(messages=[USER], **fields).status_code == 200
    [request] = scripted.history
    answer = post("/v1/tokenize", messages=[USER], **fields)
    assert answer.status_code == 200, answer.content
    assert answer.json()["tokens"] == message_ids(request.messages, begin_answer=True)


def test_tokenize_knows_the_list_of_a_bound_key_and_no_private_one(
    client: Client, user: Any, settings: Any, tmp_path: Any, make_wordlist: MakeWordlist
) -> None:
    tiny.tokenizer().save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 512}')
    settings.MODEL_NAME = str(tmp_path)
    headers = bound_headers(user, wordlist=Wordlist.objects.get(slug="es"))
    make_wordlist("de", ["und"], "de")

    def tokens(**body: Any) -> ClientResponse:
        content = json.dumps({"messages": [USER], **body})
        url = "/v1/tokenize"
        return client.post(url, content, content_type="application/json", headers=headers)

    told = message_ids((Message("system", RULE), Message("user", "¿Qué tal?")), begin_answer=True)
    assert tokens().json()["tokens"] == told
    assert error_of(tokens(vocab_lang="de"), 400)[:2] == ("vocab_lang", "fixed_by_model")
