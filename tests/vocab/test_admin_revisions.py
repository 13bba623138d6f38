from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision, resolve
from vocab.words.parse import parse

pytestmark = pytest.mark.django_db

LIST = "/admin/vocab/wordlistrevision/"


@pytest.fixture
def wordlist() -> Wordlist:
    wordlist = Wordlist.objects.create(
        slug="es", title="Uno\ndos", language="es", source="la clase", licence="CC0"
    )
    add_revision(wordlist, ["agua", "Paraguay", "AGUA", "día", "sed"], note="primera")
    add_revision(wordlist, ["tres"], note="segunda")
    wordlist.refresh_from_db()
    return wordlist


def url_of(revision: WordlistRevision, view: str = "change") -> str:
    return f"{LIST}{revision.pk}/{view}/"


def viewer() -> User:
    user = User.objects.create_user("berta", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_wordlistrevision"))
    return user


def test_the_changelist_tells_the_revisions_apart(admin_client: Client, wordlist: Wordlist) -> None:
    response = admin_client.get(LIST, {"wordlist__id__exact": wordlist.pk})
    assert response.status_code == 200
    body = response.content.decode()
    for revision in wordlist.revisions.all():
        assert revision.sha256[:12] in body
        assert revision.note in body
    assert body.count('alt="True"') == 1
    assert body.count('alt="False"') == 1
    assert "segunda" not in admin_client.get(LIST, {"q": "primera"}).content.decode()


def test_the_changelist_reads_no_texts(
    admin_client: Client, wordlist: Wordlist, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(8) as captured:
        assert admin_client.get(LIST).status_code == 200
    assert not any('"text"' in query["sql"] for query in captured.captured_queries)


def test_the_page_shows_the_revision_and_changes_nothing(
    admin_client: Client, wordlist: Wordlist
) -> None:
    revision = resolve("es@1", None)
    response = admin_client.get(url_of(revision))
    assert response.status_code == 200
    body = response.content.decode()
    for text in (revision.sha256, "primera", "<span>2</span><bdi>Paraguay</bdi>"):
        assert text in body
    assert 'name="_save"' not in body
    assert admin_client.post(url_of(revision), {"note": "x"}).status_code == 403
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(url_of(revision, "delete"), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [revision.pk], "post": "yes"}
    admin_client.post(LIST, data)
    assert sorted(WordlistRevision.objects.values_list("note", flat=True)) == ["primera", "segunda"]


def test_the_preview_ends_after_fifty(admin_client: Client, wordlist: Wordlist) -> None:
    revision, _ = add_revision(wordlist, [f"p{n}" for n in range(1, 61)])
    body = admin_client.get(url_of(revision)).content.decode()
    assert "The first 50 entries" in body
    assert "<bdi>p50</bdi>" in body
    assert "<bdi>p51</bdi>" not in body


def test_the_download_reads_back_to_the_same_digest(
    admin_client: Client, wordlist: Wordlist
) -> None:
    revision = resolve("es@1", None)
    assert url_of(revision, "download") in admin_client.get(url_of(revision)).content.decode()
    response = admin_client.get(url_of(revision, "download"))
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="es@1.txt"'
    assert response.content.decode().split("\n")[:8] == [
        "# title: Uno dos",
        "# language: es",
        "# revision: es@1",
        "# entries: 5",
        "# source: la clase",
        "# licence: CC0",
        "# note: primera",
        f"# sha256: {revision.sha256}",
    ]
    parsed = parse(response.content)
    assert parsed.words == revision.words
    assert parsed.digest == revision.sha256
    assert (parsed.rejected, parsed.changed, parsed.blanks) == ([], [], 0)


def test_other_formats_are_downloaded_too(admin_client: Client, wordlist: Wordlist) -> None:
    revision = resolve("es@1", None)
    for name, first in (("csv", "\ufeffrank,word\r\n1,agua"), ("tsv", "#separator:tab\n")):
        response = admin_client.get(url_of(revision, "download"), {"format": name})
        assert response.status_code == 200
        assert response["Content-Disposition"] == f'attachment; filename="es@1.{name}"'
        assert response.content.decode().startswith(first)
    assert admin_client.get(url_of(revision, "download"), {"format": "pdf"}).status_code == 404


def test_restoring_says_first_what_changes(admin_client: Client, wordlist: Wordlist) -> None:
    old = resolve("es@1", None)
    assert url_of(old, "restore") in admin_client.get(url_of(old)).content.decode()
    response = admin_client.get(url_of(old, "restore"))
    assert response.status_code == 200
    comparison = response.context["comparison"]
    assert comparison.added == ["agua", "Paraguay", "AGUA", "día", "sed"]
    assert comparison.removed == ["tres"]
    assert "jobs keep the revision that they began with" in response.content.decode()
    assert resolve("es", None).number == 2


def test_an_old_revision_is_restored(admin_client: Client, wordlist: Wordlist) -> None:
    old = resolve("es@1", None)
    response = admin_client.post(url_of(old, "restore"), {"base": "2"}, follow=True)
    assert response.redirect_chain == [(url_of(old), 302)]
    body = response.content.decode()
    assert "Revision es@1 is the current one now." in body
    assert url_of(old, "restore") not in body
    assert resolve("es", None) == old
    assert LogEntry.objects.get().change_message == "Made revision 1 current."


def test_nothing_is_restored_over_a_change_of_another(
    admin_client: Client, wordlist: Wordlist
) -> None:
    add_revision(wordlist, ["cuatro"])
    response = admin_client.post(url_of(resolve("es@1", None), "restore"), {"base": "2"})
    assert response.status_code == 200
    assert "its current revision is 3" in response.content.decode()
    assert resolve("es", None).number == 3
    assert admin_client.post(url_of(resolve("es@1", None), "restore")).status_code == 400


def test_view_permission_does_not_allow_restoring(client: Client, wordlist: Wordlist) -> None:
    client.force_login(viewer())
    old = resolve("es@1", None)
    page = client.get(url_of(old))
    assert page.status_code == 200
    assert "restore" not in page.content.decode()
    assert client.get(url_of(old, "download")).status_code == 200
    assert client.post(url_of(old, "restore"), {"base": "2"}).status_code == 403
    assert resolve("es", None).number == 2


def test_without_view_permission_no_words_are_shown(client: Client, wordlist: Wordlist) -> None:
    client.force_login(User.objects.create_user("carla", is_staff=True))
    old = resolve("es@1", None)
    for view in ("change", "download", "words", "restore"):
        response = client.get(url_of(old, view))
        assert response.status_code == 403
        assert "Paraguay" not in response.content.decode()
    client.logout()
    assert client.get(url_of(old, "download")).status_code == 302


def test_an_unknown_revision_is_not_found(admin_client: Client) -> None:
    assert admin_client.get(f"{LIST}99/download/").status_code == 404
    assert admin_client.post(f"{LIST}99/restore/").status_code == 404
    assert admin_client.get(f"{LIST}99/change/").status_code == 302
