from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.models.signals import pre_save
from django.test import Client
from django.utils import timezone

from tests.vocab.uploading import (
    ADD,
    DETAILS,
    FIRST,
    LIST,
    add,
    draft_url,
    make_list,
    mended,
    text_file,
)
from vocab.models import Wordlist, WordlistDraft, WordlistRevision
from vocab.uploads.confirm import confirm

pytestmark = pytest.mark.django_db


def test_a_list_is_made_in_two_steps(admin_client: Client, admin_user: User) -> None:
    page = admin_client.get(ADD)
    assert page.status_code == 200
    for name in ("language", "file", "text", "title", "affixes"):
        assert f'name="{name}"' in page.content.decode()

    response = add(admin_client)
    assert response.status_code == 302
    assert response["Location"] == draft_url()
    draft = WordlistDraft.objects.get()
    assert (draft.wordlist, draft.filename) == (None, "lista.txt")
    assert draft.fields == {
        "title": "Español A2",
        "slug": "espanol-a2",
        "language": "es",
        "visibility": "shared",
        "source": "",
        "licence": "",
    }
    assert (bytes(draft.content), draft.created_by) == (b"uno\ndos\ntres\n", admin_user)
    assert not Wordlist.objects.exists()

    report = admin_client.get(draft_url())
    assert report.status_code == 200
    body = report.content.decode()
    assert "looks like a list with one entry on each line" in body
    assert "Nothing is saved yet." in body
    assert 'value="espanol-a2"' in body
    assert "Compared with" not in body

    response = admin_client.post(draft_url(), {**DETAILS, "_save": "1"}, follow=True)
    wordlist = Wordlist.objects.get()
    assert response.redirect_chain == [(f"{LIST}{wordlist.pk}/change/", 302)]
    assert "The wordlist es-a2 was added with 3 entries." in response.content.decode()
    for name, value in DETAILS.items():
        assert getattr(wordlist, name) == value
    assert wordlist.owner == admin_user
    revision = wordlist.revisions.get()
    assert (revision.words, revision.created_by) == (["uno", "dos", "tres"], admin_user)
    assert revision.ranked
    assert wordlist.current == revision
    assert not WordlistDraft.objects.exists()
    assert LogEntry.objects.get().is_addition()


def test_the_report_accounts_for_every_line(admin_client: Client) -> None:
    add(admin_client, text_file("# nota\nuno\n\nuno\nse<b>%\nnin\u0303o\ndos\n"))
    response = admin_client.get(draft_url())
    body = response.content.decode()
    report = response.context["report"]
    assert report.counts == [
        ("changed", 1),
        ("found twice", 1),
        ("left out as comments", 1),
        ("left out as blank", 1),
    ]
    assert report.conversion.rows == 5
    assert report.words == ["uno", "niño", "dos"]
    assert report.refused_share == "20%"
    [refused] = report.conversion.refused
    assert (refused.line, refused.text) == (5, "se<b>%")
    for part in (
        "<dt>rows read</dt><dd>5</dd>",
        "<dt>words</dt><dd>3</dd>",
        "<dd>20%</dd>",
        "Refused: 1",
        "<bdi>se&lt;b&gt;%</bdi>",
        "a word cannot",
        "already on line 2",
        'value="niño"',
        "<li><span>3</span><bdi>dos</bdi></li>",
    ):
        assert part in body, part


def test_long_tables_have_pages(admin_client: Client) -> None:
    lines = [f"p{n}x" for n in range(1234)] + [f"{n}y%z" for n in range(120)]
    add(admin_client, text_file("\n".join(lines)))
    body = admin_client.get(draft_url()).content.decode()
    assert "<dd>1,234</dd>" in body
    assert "The first 50 words" in body
    assert "Refused: 120" in body
    assert "1–40 of 120" in body
    assert "<bdi>39y%z</bdi>" in body
    assert "<bdi>40y%z</bdi>" not in body
    body = admin_client.get(draft_url() + "?refused=3").content.decode()
    assert "81–120 of 120" in body
    assert "<bdi>119y%z</bdi>" in body
    # A page is turned by a button, so that what was typed is kept.
    data = {**DETAILS, **mended(1235, "0y%z", "cero"), "_go": "refused:2"}
    response = admin_client.post(draft_url() + "?changed=1", data)
    assert response.status_code == 302
    assert response["Location"] == f"{draft_url()}?changed=1&refused=2#refused"
    assert WordlistDraft.objects.get().edits == {"1235": {"0y%z": "cero"}}


def test_the_language_becomes_its_tag(admin_client: Client) -> None:
    assert add(admin_client, language="es_mx").status_code == 302
    assert WordlistDraft.objects.get().fields["language"] == "es-MX"


def test_a_language_without_rules_is_told_so(admin_client: Client) -> None:
    add(admin_client, language="Breton")
    assert "There are no rules for Breton (br)" in admin_client.get(draft_url()).content.decode()


def test_every_wrong_field_is_named_and_what_was_typed_stays(admin_client: Client) -> None:
    response = add(admin_client, text_file("# nada"), language="spansh", title="Mi <lista>")
    assert response.status_code == 200
    form = response.context["form"]
    assert form.errors == {
        "language": ["'spansh' is not a language that is known here; did you mean 'es' (Spanish)?"]
    }
    body = response.content.decode()
    for value in ("spansh", "Mi &lt;lista&gt;"):
        assert f'value="{value}"' in body
    response = add(admin_client, text_file("# nada"))
    assert response.context["form"].errors == {"file": ["The file has no entry."]}
    assert not WordlistDraft.objects.exists()
    assert not Wordlist.objects.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"# nothing\n", "The file has no entry."),
        (b"%PDF-1.7", "This is a PDF"),
        (b"x" * 101, "The file has 101\xa0bytes; at most 100\xa0bytes are accepted."),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_at_the_field(
    admin_client: Client, settings: Any, content: bytes, message: str
) -> None:
    settings.WORDLIST_MAX_BYTES = 100
    response = add(admin_client, text_file(content))
    assert response.status_code == 200
    [error] = response.context["form"].errors["file"]
    assert message in error
    assert not WordlistDraft.objects.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("%\n", "The file has no usable entry"),
        ("uno\ndos\ntres\n", "The file gives more than 2 entries"),
    ],
)
def test_a_file_without_a_list_is_reported_and_cannot_be_saved(
    admin_client: Client, settings: Any, content: str, message: str
) -> None:
    settings.WORDLIST_MAX_ENTRIES = 2
    add(admin_client, text_file(content))
    for response in (
        admin_client.get(draft_url()),
        admin_client.post(draft_url(), {**DETAILS, "_save": "1"}),
    ):
        assert response.status_code == 200
        body = response.content.decode()
        assert message in body
        assert 'name="_save"' not in body
        assert 'name="format"' in body, "another format may give a list"
    assert WordlistDraft.objects.count() == 1
    assert not Wordlist.objects.exists()


def test_a_missing_file_is_an_error(admin_client: Client) -> None:
    response = admin_client.post(ADD, FIRST)
    assert response.status_code == 200
    assert response.context["form"].errors == {"file": ["Choose a file, or paste words below."]}
    assert "The browser does not keep the file" not in response.content.decode()


def test_a_good_file_has_to_be_chosen_again_after_another_error(admin_client: Client) -> None:
    response = add(admin_client, language="es a2")
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["language"]
    assert (
        "The browser does not keep the file. Please choose it again." in response.content.decode()
    )


def test_a_slug_that_was_taken_meanwhile_can_be_corrected(admin_client: Client) -> None:
    add(admin_client)
    make_list("es-a2")
    response = admin_client.post(draft_url(), {**DETAILS, "_save": "Save"})
    assert response.status_code == 200
    assert "A wordlist with this slug already exists." in response.content.decode()
    assert WordlistDraft.objects.count() == 1
    response = admin_client.post(draft_url(), {**DETAILS, "slug": "es-b1", "_save": "Save"})
    assert response.status_code == 302
    assert Wordlist.objects.get(slug="es-b1").revisions.count() == 1
    assert Wordlist.objects.get(slug="es-a2").revisions.count() == 1


def test_cancel_saves_nothing(admin_client: Client) -> None:
    add(admin_client)
    response = admin_client.post(draft_url(), {"_cancel": "Cancel"}, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "Nothing was saved." in response.content.decode()
    assert not WordlistDraft.objects.exists()
    assert not Wordlist.objects.exists()


def test_saving_twice_makes_one_list(admin_client: Client) -> None:
    add(admin_client)
    url = draft_url()
    assert admin_client.post(url, {**DETAILS, "_save": "Save"}).status_code == 302
    assert admin_client.post(url, {**DETAILS, "_save": "Save"}).status_code == 404
    assert WordlistRevision.objects.count() == 1


def test_a_slug_that_is_taken_during_the_saving_is_an_error_at_the_field(
    admin_client: Client,
) -> None:
    def rival(**kwargs: object) -> None:
        Wordlist.objects.bulk_create([Wordlist(slug="es-a2", title="otra", language="es")])

    add(admin_client)
    pre_save.connect(rival, sender=Wordlist)
    try:
        response = admin_client.post(draft_url(), {**DETAILS, "_save": "Save"})
    finally:
        pre_save.disconnect(rival, sender=Wordlist)
    assert response.status_code == 200
    assert response.context["form"].errors == {
        "slug": ["A wordlist with this slug already exists."]
    }
    assert WordlistDraft.objects.count() == 1
    assert not WordlistRevision.objects.exists()


def test_a_confirmation_that_comes_too_late_changes_nothing(admin_client: Client) -> None:
    add(admin_client)
    draft = WordlistDraft.objects.get()
    make_list("es-a2")
    # Past the form's own check, as when two people save in the same moment.
    with pytest.raises(IntegrityError):
        confirm(draft, Wordlist(slug="es-a2", title="otra", language="es"))
    assert WordlistDraft.objects.get() == draft
    assert Wordlist.objects.get().title == "es-a2"
    WordlistDraft.objects.all().delete()
    with pytest.raises(WordlistDraft.DoesNotExist):
        confirm(draft, Wordlist(slug="es-b1", title="otra", language="es"))
    assert Wordlist.objects.count() == 1


def test_old_drafts_are_forgotten_when_one_is_made(admin_client: Client) -> None:
    add(admin_client)
    old = WordlistDraft.objects.get()
    WordlistDraft.objects.update(created_at=timezone.now() - dt.timedelta(days=1, seconds=1))
    add(admin_client)
    add(admin_client)
    assert WordlistDraft.objects.count() == 2
    assert not WordlistDraft.objects.filter(pk=old.pk).exists()
