"""`vocab_units=words` over HTTP: its requirements, and the fields of the answer."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from batches.models import BatchJob
from generation.engine.scripted import ScriptedDecoder
from tests.conftest import MakeWordlist
from vocab.models import Wordlist
from vocab.words.segmenting.segmenters import segmenter_for

pytestmark = pytest.mark.django_db

URL = "/v1/chat/completions"


def ask(client: Client, bearer: dict[str, str], **fields: object) -> Any:
    body = {"messages": [{"role": "user", "content": "你好"}], "vocab_lang": "zh", **fields}
    return client.post(URL, json.dumps(body), content_type="application/json", headers=bearer)


@pytest.fixture
def no_rjieba(monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter_for.cache_clear()
    monkeypatch.setitem(sys.modules, "rjieba", None)


def test_the_answer_names_the_units_and_is_checked_by_the_segmenter(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("zh", ["我们", "去", "公", "园"], "zh")
    for units, words, missing in (("words", 3, ["公园"]), ("characters", 5, [])):
        scripted.enqueue(["我们去", "公园。"])
        response = ask(client, bearer, vocab_units=units)
        assert response.status_code == 200
        body = response.json()
        assert body["wordlist"]["style"]["units"] == units
        assert body["vocab_report"]["words"] == words
        assert body["vocab_report"]["out_of_list"] == missing
        vocabulary = scripted.history[-1].vocabulary
        assert vocabulary is not None
        assert (vocabulary.segment_verifier is not None) is (units == "words")


@pytest.mark.usefixtures("no_rjieba")
def test_without_the_segmenter_the_error_names_the_package(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("zh", ["我们"], "zh")
    response = ask(client, bearer, vocab_units="words")
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["param"], error["code"]) == ("vocab_units", "segmenter_missing")
    assert "rjieba" in error["message"]
    assert "pip install -e '.[segmenters]'" in error["message"]
    assert scripted.history == []
    scripted.enqueue(["我们"])
    assert ask(client, bearer, vocab_units="characters").status_code == 200


@pytest.mark.usefixtures("no_rjieba")
def test_a_job_that_needs_the_segmenter_is_refused_on_submission(
    client: Client, bearer: dict[str, str], make_wordlist: MakeWordlist
) -> None:
    make_wordlist("zh", ["我们"], "zh")
    items = json.dumps([{"messages": [{"role": "user", "content": "你好"}]}]).encode()
    response = client.post(
        "/v1/batch/jobs?vocab_lang=zh&vocab_units=words",
        {"file": SimpleUploadedFile("prompts.json", items, "application/json")},
        headers=bearer,
    )
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "segmenter_missing"
    assert not BatchJob.objects.exists()


@pytest.mark.usefixtures("no_rjieba")
def test_a_list_whose_default_needs_the_segmenter_is_refused_in_the_admins_form() -> None:
    with pytest.raises(ValidationError, match="rjieba") as refused:
        Wordlist(slug="zh", title="zh", language="zh", units="words").full_clean()
    assert set(refused.value.message_dict) == {"units"}
    Wordlist(slug="zh", title="zh", language="zh", units="characters").full_clean()


@pytest.mark.usefixtures("no_rjieba")
def test_languages_with_spaces_do_not_need_one(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("es", ["hola"], "es")
    scripted.enqueue(["Hola."])
    assert ask(client, bearer, vocab_lang="es", vocab_units="words").status_code == 200
