"""The admin panel that checks the words of a revision, and its buttons."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from tests.vocab.uploading import staff
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision

pytestmark = pytest.mark.django_db

WORDS = ["i", "the", "1984", "monday", "<b", "sees"]


def revision_of(words: list[str], *, ranked: bool = True) -> WordlistRevision:
    wordlist, _ = Wordlist.objects.get_or_create(slug="en", title="en", language="en")
    return add_revision(wordlist, words, ranked=ranked)[0]


def page_of(revision: WordlistRevision) -> str:
    return f"/admin/vocab/wordlistrevision/{revision.pk}/change/"


def fix_of(revision: WordlistRevision) -> str:
    return f"/admin/vocab/wordlistrevision/{revision.pk}/fix/"


def test_nothing_is_checked_before_a_user_asks(admin_client: Client) -> None:
    body = admin_client.get(page_of(revision_of(WORDS))).content.decode()
    assert '<input type="submit" value="Check the words">' in body
    assert "finding-" not in body


def test_each_finding_has_its_words_and_a_button(admin_client: Client) -> None:
    revision = revision_of(WORDS)
    body = admin_client.get(page_of(revision), {"check": "1"}).content.decode()
    assert "<h3>Capitals: 2</h3>" in body
    assert "<bdi>i → I</bdi> · <bdi>monday → Monday</bdi></p>" in body
    assert f'action="{fix_of(revision)}"' in body
    assert 'name="kind" value="casing">Change the capitals</button>' in body
    assert 'name="kind" value="numbers">Remove them</button>' in body
    assert "finding-names" not in body
    assert "Not checked: 1" in body or "Not checked" not in body, "only hunspell may be missing"


def test_words_are_text(admin_client: Client) -> None:
    revision = revision_of(["<i>1</i>", "<1>", "the"])
    body = admin_client.get(page_of(revision), {"check": "1"}).content.decode()
    assert "<bdi>&lt;1&gt;</bdi>" in body


def test_a_list_without_findings_says_so(admin_client: Client) -> None:
    body = admin_client.get(page_of(revision_of(["the", "of"])), {"check": "1"}).content.decode()
    assert "Nothing was found in 2 entries." in body


def test_a_click_makes_the_next_revision(admin_client: Client) -> None:
    revision = revision_of(WORDS)
    response = admin_client.post(fix_of(revision), {"kind": "casing"}, follow=True)
    wordlist = Wordlist.objects.get()
    new = wordlist.current
    assert new is not None
    assert response.redirect_chain == [(f"{page_of(new)}?check=1#word-check", 302)]
    assert (new.number, new.words) == (2, ["I", "the", "1984", "Monday", "<b", "sees"])
    assert (new.note, new.created_by) == ("Fixed: capitals (2)", User.objects.get())
    assert revision.words == WORDS
    body = response.content.decode()
    assert "Fixed: capitals (2). en@2 has 6 entries and is now the current one." in body
    assert "finding-casing" not in body
    assert "finding-numbers" in body
    assert LogEntry.objects.get().get_change_message() == "Fixed: capitals (2), in revision 2."


def test_a_list_without_ranks_is_ranked_by_a_click(admin_client: Client) -> None:
    revision = revision_of(["monkey", "school", "the"], ranked=False)
    admin_client.post(fix_of(revision), {"kind": "order"})
    new = Wordlist.objects.get().current
    assert new is not None
    assert (new.words, new.ranked) == (["the", "school", "monkey"], True)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            "names",
            "Nothing was changed: the list has nothing to fix of the kind &#x27;names&#x27;.",
        ),
        ("", "Nothing was changed: there is no kind &#x27;&#x27;"),
    ],
)
def test_a_fix_that_cannot_be_made(admin_client: Client, kind: str, message: str) -> None:
    revision = revision_of(WORDS)
    response = admin_client.post(fix_of(revision), {"kind": kind}, follow=True)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert WordlistRevision.objects.count() == 1


def test_a_second_click_does_not_undo_the_first(admin_client: Client) -> None:
    revision = revision_of(WORDS)
    admin_client.post(fix_of(revision), {"kind": "casing"})
    response = admin_client.post(fix_of(revision), {"kind": "numbers"}, follow=True)
    body = response.content.decode()
    assert "Wordlist &#x27;en&#x27; has been changed: its current revision is 2" in body
    assert "A fix starts from the current revision." in body
    assert 'name="kind"' not in body
    assert WordlistRevision.objects.count() == 2


def test_a_fix_needs_the_permission_to_change_lists(client: Client) -> None:
    revision = revision_of(WORDS)
    client.force_login(staff("view_wordlistrevision"))
    body = client.get(page_of(revision), {"check": "1"}).content.decode()
    assert "finding-casing" in body
    assert 'name="kind"' not in body
    assert client.post(fix_of(revision), {"kind": "casing"}).status_code == 403
    assert client.get(fix_of(revision)).status_code == 405
    assert WordlistRevision.objects.count() == 1
    client.logout()
    assert client.post(fix_of(revision), {"kind": "casing"}).status_code == 302
    assert WordlistRevision.objects.count() == 1
