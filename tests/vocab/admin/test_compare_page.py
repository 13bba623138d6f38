from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.vocab.admin.conftest import WORDS
from vocab.admin import compare_page
from vocab.editing.compare import Moved
from vocab.models import Wordlist
from vocab.revisions import add_revision


@pytest.fixture
def url(wordlist: Wordlist) -> str:
    add_revision(wordlist, ["pan", "agua", "sed", "luna", "vino"])
    add_revision(wordlist, ["pan"])
    return f"/admin/vocab/wordlist/{wordlist.pk}/compare/"


def test_any_two_revisions_are_compared(admin_client: Client, url: str) -> None:
    response = admin_client.get(url, {"before": 1, "after": 2})
    assert response.status_code == 200
    comparison = response.context["comparison"]
    assert comparison.added == ["vino"]
    assert comparison.removed == ["año"]
    assert comparison.recased == [("Luna", "luna")]
    assert comparison.moved in ([Moved("pan", 2, 1)], [Moved("agua", 1, 2)])
    body = response.content.decode()
    for text in ("<bdi>vino</bdi>", "<bdi>año</bdi>", "<bdi>Luna</bdi> → <bdi>luna</bdi>"):
        assert text in body


def test_the_last_two_are_compared_if_none_is_named(admin_client: Client, url: str) -> None:
    context = admin_client.get(url).context
    assert (context["before"].number, context["after"].number) == (2, 3)
    context = admin_client.get(url, {"after": 2}).context
    assert (context["before"].number, context["after"].number) == (1, 2)


def test_the_same_entries_are_said_to_be_the_same(admin_client: Client, url: str) -> None:
    body = admin_client.get(url, {"before": 3, "after": 3}).content.decode()
    assert "Both have the same entries in the same order." in body


def test_long_differences_are_cut_until_all_are_asked_for(
    admin_client: Client, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_page, "SHOWN_CHANGES", 2)
    first = admin_client.get(url, {"before": 3, "after": 1}).content.decode()
    assert "At most 2 of each kind are shown." in first
    assert "<dd>4</dd>" in first
    assert "<bdi>año</bdi>" not in first
    every = admin_client.get(url, {"before": 3, "after": 1, "all": 1}).content.decode()
    for word in WORDS:
        assert word == "pan" or f"<bdi>{word}</bdi>" in every


@pytest.mark.parametrize("number", ["9", "x", "-1"])
def test_an_unknown_revision_is_not_found(admin_client: Client, url: str, number: str) -> None:
    assert admin_client.get(url, {"before": number}).status_code == 404


def test_a_user_without_the_permission_sees_nothing(client: Client, url: str) -> None:
    client.force_login(User.objects.create_user("carla", is_staff=True))
    assert client.get(url).status_code == 403
