"""The page with all words of a revision: search, paging and the next revision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from tests.client_response import ClientResponse
from tests.vocab.admin.conftest import WORDS
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision, resolve


def url_of(reference: str) -> str:
    return f"/admin/vocab/wordlistrevision/{resolve(reference, None).pk}/words/"


def rows(words: Sequence[str] = WORDS, **typed: Any) -> dict[str, Any]:
    """Return the fields of the form as the page shows them, with what was typed instead."""
    fields: dict[str, Any] = {
        "word": list(words),
        "rank": [str(rank) for rank in range(1, len(words) + 1)],
        "spelling": list(words),
        "add": "",
        "at": "",
        "note": "",
    }
    return fields | typed


def post(client: Client, reference: str = "es@1", **typed: Any) -> ClientResponse:
    return client.post(url_of(reference), rows(**typed), follow=True)


def words_now() -> list[str]:
    return WordlistRevision.objects.get(pk=resolve("es", None).pk).words


def test_every_entry_is_on_a_page(admin_client: Client, wordlist: Wordlist) -> None:
    words = [f"p{number}" for number in range(1, 251)]
    add_revision(wordlist, words)
    seen = []
    for number in (1, 2, 3):
        response = admin_client.get(url_of("es@2"), {"p": number})
        assert response.status_code == 200
        seen += [row.word for row in response.context["form"].rows]
        assert f'value="{number}" min="1" max="3"' in response.content.decode()
    assert seen == words
    assert admin_client.get(url_of("es@2"), {"p": "x"}).context["page"].number == 1
    assert admin_client.get(url_of("es@2"), {"p": "99"}).context["page"].number == 3


def test_search_ignores_case_and_accents(admin_client: Client, wordlist: Wordlist) -> None:
    response = admin_client.get(url_of("es@1"), {"q": " ANO "})
    assert response.status_code == 200
    assert "1 entry contains “ANO”" in response.content.decode()
    assert [(row.rank, row.word) for row in response.context["form"].rows] == [("5", "año")]


def test_search_that_finds_nothing_says_so_safely(admin_client: Client, wordlist: Wordlist) -> None:
    body = admin_client.get(url_of("es@1"), {"q": "<b>"}).content.decode()
    assert "No entry contains “&lt;b&gt;”." in body
    assert "<b>" not in body


def test_several_changes_make_one_revision(
    admin_client: Client, admin_user: User, wordlist: Wordlist
) -> None:
    response = post(
        admin_client,
        rank=["4", "2", "3", "1", "5"],
        spelling=["agua", "pan", "sed", "luna", "año"],
        remove=["pan"],
        add="casa\n\n  perro  \n",
        at="2",
        note="clase 3",
    )
    assert response.status_code == 200
    revision = resolve("es", None)
    assert revision.number == 2
    assert words_now() == ["luna", "casa", "perro", "sed", "año", "agua"]
    assert (revision.note, revision.created_by) == ("clase 3", admin_user)
    body = response.content.decode()
    assert "Revision es@2 is the current one now: added 2 words: casa, perro" in body
    assert response.redirect_chain == [(f"{url_of('es@2')}?q=&p=1", 302)]
    entry = LogEntry.objects.get()
    assert entry.change_message.startswith("Revision 2: added 2 words: casa, perro")
    assert entry.object_id == str(wordlist.pk)


def test_the_note_is_a_summary_if_none_is_given(admin_client: Client, wordlist: Wordlist) -> None:
    post(admin_client, remove=["sed"])
    assert resolve("es", None).note == "removed 1 word: sed"


def test_only_shown_rows_are_changed(admin_client: Client, wordlist: Wordlist) -> None:
    data = rows(["año"], rank=["1"])
    response = admin_client.post(url_of("es@1") + "?q=ano&p=1", data)
    assert response.status_code == 302
    assert response["Location"] == f"{url_of('es@2')}?q=ano&p=1"
    assert words_now() == ["año", "agua", "pan", "sed", "Luna"]


def test_skipped_words_are_told(admin_client: Client, wordlist: Wordlist) -> None:
    body = post(admin_client, add="pan\nvino").content.decode()
    assert "Skipped: pan: it is listed already." in body
    assert words_now() == [*WORDS, "vino"]


def test_nothing_is_saved_if_nothing_changes(admin_client: Client, wordlist: Wordlist) -> None:
    body = post(admin_client, add="pan").content.decode()
    assert "Nothing was changed." in body
    assert resolve("es", None).number == 1
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("typed", "where", "message"),
    [
        ({"add": "vino\nmal\u0007o"}, "add", "control character"),
        ({"add": "vino", "at": "9"}, "add", "Rank 9 is not between 1 and 6."),
        ({"add": "vino", "at": "-1"}, "at", "&#x27;-1&#x27; is no rank: use a whole number."),
        ({"at": "3"}, "add", "Type the words that get this rank."),
        (
            {"rank": ["1", "2", "9", "4", "5"]},
            "",
            "&#x27;sed&#x27;: rank 9 is not between 1 and 5.",
        ),
        ({"rank": ["1", "2", "2", "4", "2"]}, "", "cannot both have rank 2."),
        ({"remove": WORDS}, "", "A wordlist needs at least one word."),
    ],
)
def test_an_error_is_beside_its_field_and_nothing_typed_is_lost(
    admin_client: Client, wordlist: Wordlist, typed: dict[str, Any], where: str, message: str
) -> None:
    response = post(admin_client, note="mi <nota>", **typed)
    assert response.status_code == 200
    form = response.context["form"]
    assert list(form.errors) == [where]
    body = response.content.decode()
    assert message in body
    assert "mi &lt;nota&gt;" in body
    assert form.add == typed.get("add", "")
    assert [row.rank for row in form.rows] == typed.get("rank", ["1", "2", "3", "4", "5"])
    assert [row.word for row in form.rows if row.remove] == typed.get("remove", [])
    assert resolve("es", None).number == 1


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"spelling": ["agua", "sed", "sed", "Luna", "año"]}, "listed already, at rank 3"),
        ({"spelling": ["agua", " ", "sed", "Luna", "año"]}, "A word is empty."),
        ({"rank": ["1", "dos", "3", "4", "5"]}, "&#x27;dos&#x27; is no rank"),
    ],
)
def test_an_error_of_a_row_is_in_the_row(
    admin_client: Client, wordlist: Wordlist, typed: dict[str, Any], message: str
) -> None:
    response = post(admin_client, add="vino", **typed)
    assert [row.word for row in response.context["form"].rows if row.error] == ["pan"]
    body = response.content.decode()
    assert message in body
    assert ">vino</textarea>" in body
    assert resolve("es", None).number == 1


def test_a_conflict_keeps_what_was_typed_and_offers_the_current_revision(
    admin_client: Client, wordlist: Wordlist
) -> None:
    add_revision(wordlist, [*WORDS, "rojo"])
    response = post(admin_client, add="vino", remove=["sed"])
    assert response.status_code == 200
    body = response.content.decode()
    assert "its current revision is 2, and this change was made for revision 1" in body
    assert ">vino</textarea>" in body
    assert 'name="base" value="2"' in body
    assert resolve("es", None).number == 2
    post(admin_client, add="vino", remove=["sed"], base="2")
    assert words_now() == ["agua", "pan", "Luna", "año", "rojo", "vino"]


def test_an_old_revision_is_shown_without_a_form(admin_client: Client, wordlist: Wordlist) -> None:
    add_revision(wordlist, ["rojo"])
    response = admin_client.get(url_of("es@1"))
    body = response.content.decode()
    assert "<bdi>Luna</bdi>" in body
    assert 'name="spelling"' not in body
    assert url_of("es@2") in body


def test_rows_that_are_not_those_of_the_form_are_refused(
    admin_client: Client, wordlist: Wordlist
) -> None:
    assert post(admin_client, rank=["1"]).status_code == 400
    assert post(admin_client, base="x").status_code == 400
    assert resolve("es", None).number == 1


def test_a_viewer_reads_and_an_owner_changes(
    client: Client, viewer: User, wordlist: Wordlist
) -> None:
    client.force_login(viewer)
    body = client.get(url_of("es@1")).content.decode()
    assert "<bdi>Luna</bdi>" in body
    assert 'name="spelling"' not in body
    assert post(client, remove=["sed"]).status_code == 403
    assert resolve("es", None).number == 1
    Wordlist.objects.update(owner=viewer)
    assert post(client, remove=["sed"]).status_code == 200
    assert words_now() == ["agua", "pan", "Luna", "año"]


def test_the_order_of_a_list_without_ranks_is_called_its_places(
    admin_client: Client, wordlist: Wordlist
) -> None:
    add_revision(wordlist, ["a", "b"], ranked=False)
    body = admin_client.get(url_of("es@2")).content.decode()
    assert ">Place</th>" in body
    admin_client.post(url_of("es@2"), rows(["a", "b"], remove=["a"]))
    assert not resolve("es", None).ranked
