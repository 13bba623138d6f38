"""Jobs whose requests add words to their lists: what they named is fixed when they are accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import work
from tests.batches.test_item_parameters import Jobs, prompt, requests_by_prompt
from tests.conftest import MakeWordlist
from vocab import request_vocabulary
from vocab.models import Visibility, Wordlist
from vocab.vocabulary_cache import VocabularyCache

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs(client: Client, bearer: dict[str, str]) -> Jobs:
    return Jobs(client, bearer)


@pytest.fixture(autouse=True)
def lists(make_wordlist: MakeWordlist) -> None:
    make_wordlist("en", ["the", "dog", "sees"])
    make_wordlist("farm", ["cow", "pig"])


def words_of(scripted: ScriptedDecoder, content: str) -> list[str]:
    vocabulary = requests_by_prompt(scripted)[content].vocabulary
    assert vocabulary is not None
    return list(vocabulary.words)


@pytest.mark.parametrize("allow", ['["cat"]', "cat", " cat , "])
def test_the_query_has_them_as_text(jobs: Jobs, scripted: ScriptedDecoder, allow: str) -> None:
    if allow.endswith(", "):
        response = jobs.post([prompt("a")], vocab_lang="en", vocab_allow=allow)
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "vocab_allow[1]"
        return
    job = jobs.submit(
        [prompt("a"), prompt("b", vocab_allow=["hen"]), prompt("about Ana", vocab_names=["Kim"])],
        vocab_lang="en",
        vocab_allow=allow,
        vocab_lists='[{"name": "farm", "n_words": 1}]',
        vocab_filter='{"max_length": 3}',
        vocab_ban="the",
        vocab_allow_prompt_names="true",
    )
    assert job.parameters["vocab_allow"] == ["cat"]
    assert job.warnings == [
        "vocab_allow: The query string sets vocab_allow, so the value in the file has no effect"
        " (1 item, file[1])."
    ]
    work()
    assert words_of(scripted, "a") == ["dog", "cow", "cat"]
    assert words_of(scripted, "b") == ["dog", "cow", "cat"]
    expected = ["dog", "cow", "cat", "Kim", "Kim's", "Ana", "Ana's"]
    assert words_of(scripted, "about Ana") == expected
    results = json.loads(jobs.results(job))
    prompts = [each["wordlist"]["request_words"]["prompt"] for each in results]
    assert prompts == [[], [], ["Ana"]]
    assert all(each["vocab_report"]["out_of_list"] == [] for each in results)


def test_an_item_of_its_own_error(jobs: Jobs, scripted: ScriptedDecoder) -> None:
    items = [
        prompt("a", vocab_lang="en", vocab_lists=["nowhere"]),
        prompt("b", vocab_lang="en", vocab_allow=["cat"]),
    ]
    job = jobs.submit(items)
    work()
    wrong, right = job.items.order_by("index")
    assert (wrong.status, wrong.error_param) == ("failed", "vocab_lists[0]")
    assert right.status == "succeeded"
    assert words_of(scripted, "b") == ["the", "dog", "sees", "cat"]


def test_later_changes_of_the_lists_do_not_change_the_job(
    jobs: Jobs, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    fields: dict[str, Any] = {"vocab_lang": "en", "vocab_lists": ["farm"]}
    job = jobs.submit(
        [prompt("job"), prompt("own", vocab_ban=["cow"])],
        **{
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in fields.items()
        },
    )
    make_wordlist("en", ["x"])
    make_wordlist("farm", ["y"])
    owner = User.objects.create_user("eva")
    Wordlist.objects.filter(slug="farm").update(owner=owner, visibility=Visibility.PRIVATE)
    work()
    assert words_of(scripted, "job") == ["the", "dog", "sees", "cow", "pig"]
    assert words_of(scripted, "own") == ["the", "dog", "sees", "pig"]
    [first, _] = json.loads(jobs.results(job))
    assert first["wordlist"]["request_words"]["lists"] == [{"name": "farm@1", "n_words": 2}]


def test_a_deleted_list_is_the_error_of_its_items(
    jobs: Jobs, scripted: ScriptedDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.submit(
        [prompt("a", vocab_lang="en", vocab_lists=["farm"]), prompt("b", vocab_lang="en")]
    )
    Wordlist.objects.filter(slug="farm").delete()
    # As in a process that has not used the lists yet.
    monkeypatch.setattr(request_vocabulary, "_cache", VocabularyCache(1))
    work()
    gone, kept = job.items.order_by("index")
    assert (gone.status, gone.error_code) == ("failed", "wordlist_not_found")
    assert gone.error == "The wordlist farm@1 has been deleted in this moment"
    assert kept.status == "succeeded"
    assert json.loads(jobs.results(job))[0]["error"]["message"] == gone.error
