from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.vocab.uploading import (
    LIST,
    draft_url,
    make_list,
    new_revision_url,
    text_file,
)
from vocab.models import WordlistDraft
from vocab.revisions import add_revision

pytestmark = pytest.mark.django_db


def test_a_revision_is_made_in_two_steps(admin_client: Client, admin_user: User) -> None:
    wordlist = make_list(words=("uno", "dos"))
    page = admin_client.get(f"{LIST}{wordlist.pk}/change/")
    assert f'href="{new_revision_url(wordlist)}"' in page.content.decode()
    assert admin_client.get(new_revision_url(wordlist)).status_code == 200

    data = {"file": text_file("dos\ntres\ncuatro\n"), "note": "más"}
    response = admin_client.post(new_revision_url(wordlist), data)
    assert response["Location"] == draft_url()
    assert wordlist.revisions.count() == 1

    report = admin_client.get(draft_url())
    body = report.content.decode()
    assert "Compared with revision 1, the current one" in body
    assert "<strong>2 added</strong>" in body
    assert "<strong>1 removed</strong>" in body
    difference = report.context["report"].difference
    assert (difference.added, difference.removed) == (["tres", "cuatro"], ["uno"])
    assert 'name="slug"' not in body

    response = admin_client.post(draft_url(), {"_save": "Save"}, follow=True)
    assert response.redirect_chain == [(f"{LIST}{wordlist.pk}/change/", 302)]
    body = response.content.decode()
    assert "Revision es@2 was saved with 3 entries and is now the current one" in body
    wordlist.refresh_from_db()
    revision = wordlist.current
    assert revision is not None
    assert (revision.number, revision.note, revision.created_by) == (2, "más", admin_user)
    assert not WordlistDraft.objects.exists()


def test_known_content_is_announced_and_made_current_again(admin_client: Client) -> None:
    wordlist = make_list(words=("uno", "dos"))
    add_revision(wordlist, ["uno", "tres"])
    admin_client.post(new_revision_url(wordlist), {"file": text_file("uno\ndos"), "note": ""})
    body = admin_client.get(draft_url()).content.decode()
    assert (
        "The file has exactly the entries of revision 1. Saving makes it the current one again."
        in body
    )
    response = admin_client.post(draft_url(), {"_save": "Save"}, follow=True)
    assert "es@1, which is now the current revision" in response.content.decode()
    wordlist.refresh_from_db()
    assert wordlist.current == wordlist.revisions.get(number=1)
    assert wordlist.revisions.count() == 2


def test_the_current_content_and_another_order_are_told_apart(admin_client: Client) -> None:
    wordlist = make_list(words=("uno", "dos"))
    admin_client.post(new_revision_url(wordlist), {"file": text_file("uno\ndos"), "note": ""})
    body = admin_client.get(draft_url()).content.decode()
    assert "The file has exactly the entries of revision 1, which is the current one" in body
    assert "No difference." in body
    WordlistDraft.objects.all().delete()
    admin_client.post(new_revision_url(wordlist), {"file": text_file("dos\nuno"), "note": ""})
    body = admin_client.get(draft_url()).content.decode()
    assert "This is exactly" not in body
    assert "The same entries in another order." in body


def test_a_bad_file_for_a_revision_keeps_the_note(admin_client: Client) -> None:
    wordlist = make_list()
    data = {"file": text_file("# nada"), "note": "con animales"}
    response = admin_client.post(new_revision_url(wordlist), data)
    assert response.status_code == 200
    assert response.context["form"].errors == {"file": ["The file has no entry."]}
    assert 'value="con animales"' in response.content.decode()
    assert not WordlistDraft.objects.exists()


def test_cancelling_a_revision_leads_back_to_the_list(admin_client: Client) -> None:
    wordlist = make_list()
    admin_client.post(new_revision_url(wordlist), {"file": text_file(), "note": ""})
    response = admin_client.post(draft_url(), {"_cancel": "Cancel"})
    assert response["Location"] == f"{LIST}{wordlist.pk}/change/"
    assert wordlist.revisions.count() == 1
    assert not WordlistDraft.objects.exists()


def test_a_revision_of_an_unknown_list_is_not_found(admin_client: Client) -> None:
    assert admin_client.get(f"{LIST}99/new-revision/").status_code == 404
    assert admin_client.get(f"{LIST}drafts/99/").status_code == 404
