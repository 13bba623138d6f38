from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from batches.models import BatchJob
from tests.vocab.styles import AS_ANSWERED, style_of
from tests.vocab.uploading import (
    ADD,
    DETAILS,
    LIST,
    add,
    draft_url,
    make_list,
    new_revision_url,
    staff,
    text_file,
)
from vocab.models import Wordlist, WordlistDraft, WordlistRevision
from vocab.revisions import add_revision
from vocab.words.orthography import Style

pytestmark = pytest.mark.django_db


# --- permissions ---------------------------------------------------------------------------------


def test_only_its_owner_sees_a_draft(admin_client: Client, client: Client) -> None:
    add(admin_client)
    client.force_login(staff("add_wordlist", "change_wordlist", "view_wordlist"))
    assert client.get(draft_url()).status_code == 404
    assert client.post(draft_url(), {**DETAILS, "_save": "Save"}).status_code == 404
    assert client.post(draft_url(), {"_cancel": "Cancel"}).status_code == 404
    assert WordlistDraft.objects.count() == 1
    assert not Wordlist.objects.exists()


def test_without_the_permission_no_page_opens(client: Client) -> None:
    wordlist = make_list()
    user = staff("view_wordlist")
    client.force_login(user)
    assert client.get(LIST).status_code == 200
    assert client.get(ADD).status_code == 403
    assert add(client).status_code == 403
    assert client.get(new_revision_url(wordlist)).status_code == 403
    data = {"file": text_file(), "note": ""}
    assert client.post(new_revision_url(wordlist), data).status_code == 403
    page = client.get(f"{LIST}{wordlist.pk}/change/")
    assert new_revision_url(wordlist) not in page.content.decode()
    assert not WordlistDraft.objects.exists()


@pytest.mark.parametrize("of_a_list", [True, False])
def test_a_user_without_the_permission_cannot_confirm(client: Client, of_a_list: bool) -> None:
    wordlist = make_list()
    user = staff("view_wordlist")
    client.force_login(user)
    draft = WordlistDraft.objects.create(
        wordlist=wordlist if of_a_list else None,
        fields={} if of_a_list else DETAILS,
        filename="lista.txt",
        content=b"tres\n",
        created_by=user,
    )
    assert client.get(draft_url()).status_code == 403
    assert client.post(draft_url(), {**DETAILS, "_save": "Save"}).status_code == 403
    assert WordlistDraft.objects.get() == draft
    assert WordlistRevision.objects.count() == 1


def test_strangers_are_asked_to_log_in(client: Client) -> None:
    wordlist = make_list()
    for url in (LIST, ADD, new_revision_url(wordlist), f"{LIST}drafts/1/"):
        response = client.get(url)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


def test_uploads_need_a_csrf_token(admin_user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert add(client).status_code == 403
    assert not WordlistDraft.objects.exists()


# --- the lists -----------------------------------------------------------------------------------


def test_the_changelist_shows_the_current_revision(admin_client: Client) -> None:
    wordlist = make_list("es", tuple(f"p{n}" for n in range(1500)))
    make_list("animales")
    response = admin_client.get(LIST)
    assert response.status_code == 200
    body = response.content.decode()
    assert wordlist.current is not None
    assert f'<a href="{wordlist.current.get_absolute_url()}">es@1</a>' in body
    assert "1,500" in body
    assert ">es@1<" not in admin_client.get(LIST, {"q": "anim"}).content.decode()


def test_the_changelist_reads_no_texts(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        make_list(f"es-{number}")
    with django_assert_max_num_queries(8) as captured:
        assert admin_client.get(LIST).status_code == 200
    assert not any('"text"' in query["sql"] for query in captured.captured_queries)


def test_slug_and_language_cannot_change_and_the_rest_can(admin_client: Client) -> None:
    wordlist = make_list()
    url = f"{LIST}{wordlist.pk}/change/"
    body = admin_client.get(url).content.decode()
    assert 'name="slug"' not in body
    assert 'name="language"' not in body
    data = {"slug": "x", "language": "fr", "title": "Otro", "source": "s", "licence": "l"}
    data["visibility"] = "private"
    style = AS_ANSWERED | {"numbers": "none", "case": "lower"}
    assert admin_client.post(url, data | style).status_code == 302
    wordlist.refresh_from_db()
    assert (wordlist.slug, wordlist.language) == ("es", "es")
    assert (wordlist.title, wordlist.source, wordlist.licence) == ("Otro", "s", "l")
    assert wordlist.style == style_of(numbers="none", case="lower")
    assert wordlist.visibility == "private"
    assert ">private</td>" in admin_client.get(LIST).content.decode()


def test_an_unknown_style_is_refused(admin_client: Client) -> None:
    wordlist = make_list()
    data = {"title": "Otro", **AS_ANSWERED, "numbers": "roman"}
    response = admin_client.post(f"{LIST}{wordlist.pk}/change/", data)
    assert response.status_code == 200
    assert "roman is not one of the available choices" in response.content.decode()
    wordlist.refresh_from_db()
    assert wordlist.style == Style()


def test_deleting_a_list_deletes_its_revisions(admin_client: Client) -> None:
    wordlist = make_list()
    add_revision(wordlist, ["tres"])
    page = admin_client.get(f"{LIST}{wordlist.pk}/delete/")
    assert "es@2" in page.content.decode()
    response = admin_client.post(f"{LIST}{wordlist.pk}/delete/", {"post": "yes"}, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert not Wordlist.objects.exists()
    assert not WordlistRevision.objects.exists()


def test_a_list_that_a_job_uses_cannot_be_deleted(admin_client: Client, admin_user: User) -> None:
    wordlist = make_list()
    BatchJob.objects.create(
        owner=admin_user, revision=wordlist.current, model="m", parameters={}, total=1
    )
    url = f"{LIST}{wordlist.pk}/delete/"
    for response, status in (
        (admin_client.get(url), 200),
        (admin_client.post(url, {"post": "yes"}), 409),
    ):
        assert response.status_code == status
        assert "<li>1 batch job</li>" in response.content.decode()
    action = {"action": "delete_selected", "_selected_action": [wordlist.pk], "post": "yes"}
    admin_client.post(LIST, action)
    assert Wordlist.objects.get().revisions.count() == 1
