from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from batches.models import BatchJob
from tests.vocab.styles import style_of
from vocab.editing.operations import Add, EditError, Remove
from vocab.models import RevisionIsImmutable, Visibility, Wordlist, WordlistRevision
from vocab.revisions import (
    RevisionConflict,
    WordlistNotFound,
    add_revision,
    resolve,
    revise,
    vocabulary_by_digest,
    vocabulary_of,
)
from vocab.vocabulary_cache import MIN_BASE_ENTRIES
from vocab.words.orthography import Style
from vocab.words.parse import digest

pytestmark = pytest.mark.django_db


def make_list(slug: str = "es", words: tuple[str, ...] = ("uno", "dos"), **fields: Any) -> Wordlist:
    wordlist = Wordlist.objects.create(slug=slug, title=slug, language="es", **fields)
    add_revision(wordlist, words)
    wordlist.refresh_from_db()
    return wordlist


def test_the_first_revision_is_number_one_and_current() -> None:
    user = User.objects.create_user("ana")
    wordlist = Wordlist.objects.create(slug="es", title="Español", language="es")
    revision, created = add_revision(wordlist, ["uno", "dos"], note="primera", user=user)
    assert created
    wordlist.refresh_from_db()
    assert wordlist.current == revision
    row = WordlistRevision.objects.get()
    assert (row.number, row.text, row.word_count) == (1, "uno\ndos", 2)
    assert (row.sha256, row.note, row.created_by) == (digest(["uno", "dos"]), "primera", user)
    assert row.words == ["uno", "dos"]
    assert str(row) == row.reference == "es@1"


def test_numbers_count_per_list() -> None:
    es, fr = make_list("es"), make_list("fr")
    assert add_revision(es, ["tres"])[0].number == 2
    assert add_revision(es, ["cuatro"])[0].number == 3
    assert add_revision(fr, ["trois"])[0].number == 2


def test_another_order_is_another_revision() -> None:
    wordlist = make_list(words=("uno", "dos"))
    revision, created = add_revision(wordlist, ["dos", "uno"])
    assert created
    assert revision.number == 2


def test_known_content_gives_its_revision_back_and_makes_it_current() -> None:
    wordlist = make_list(words=("uno", "dos"))
    add_revision(wordlist, ["tres"])
    revision, created = add_revision(wordlist, ["uno", "dos"], note="not kept")
    assert not created
    assert (revision.number, revision.note) == (1, "")
    assert wordlist.revisions.count() == 2
    wordlist.refresh_from_db()
    assert wordlist.current == revision
    assert add_revision(wordlist, ["cuatro"])[0].number == 3


def test_two_lists_may_have_the_same_entries() -> None:
    first, second = make_list("es"), make_list("es-2")
    assert first.current is not None
    assert second.current is not None
    assert first.current.sha256 == second.current.sha256


def test_a_revision_cannot_be_saved_again() -> None:
    revision = make_list().revisions.get()
    revision.text = "otra"
    with pytest.raises(RevisionIsImmutable, match=r"es@1 exists and cannot be changed"):
        revision.save()
    assert WordlistRevision.objects.get().text == "uno\ndos"


def test_the_database_refuses_a_number_and_a_content_twice() -> None:
    wordlist = make_list()
    for number, text in [(1, "otra"), (2, "uno\ndos")]:
        with pytest.raises(IntegrityError), transaction.atomic():
            WordlistRevision(wordlist=wordlist, number=number, text=text).save()
    assert wordlist.revisions.count() == 1


def test_resolve_finds_the_current_and_a_named_revision() -> None:
    wordlist = make_list()
    add_revision(wordlist, ["tres"])
    assert resolve("es", None).number == 2
    assert resolve("es@1", None).number == 1
    assert resolve("es@2", None).number == 2


def test_resolve_does_not_read_the_text(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_list(slug="es-419_x")
    with django_assert_num_queries(1):
        revision = resolve("es-419_x", None)
        assert revision.wordlist.language == "es"
    assert revision.get_deferred_fields() == {"text"}


def test_a_new_revision_is_used_at_once() -> None:
    wordlist = make_list(words=("uno", "dos"))
    assert vocabulary_of(resolve("es", None)).words == ("uno", "dos")
    add_revision(wordlist, ["tres"])
    assert vocabulary_of(resolve("es", None)).words == ("tres",)
    assert vocabulary_of(resolve("es@1", None)).words == ("uno", "dos")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("fr", "There is no wordlist 'fr'; there are: de, es"),
        ("fr@1", "There is no wordlist 'fr'; there are: de, es"),
        ("es@2", "Wordlist 'es' has no revision 2; its latest is 1"),
        ("es@999999999", "Wordlist 'es' has no revision 999999999; its latest is 1"),
    ],
)
def test_the_message_names_what_is_missing(reference: str, message: str) -> None:
    make_list("es")
    make_list("de")
    with pytest.raises(WordlistNotFound) as caught:
        resolve(reference, None)
    assert str(caught.value) == message


def test_without_any_list_the_message_says_so() -> None:
    with pytest.raises(WordlistNotFound, match="There is no wordlist 'es'; there are none yet"):
        resolve("es", None)


@pytest.mark.parametrize(
    "reference",
    [
        *("", "@1", "es@", "es@0", "es@-1", "es@01", "es@x", "es@1@1", "es@1234567890", "es@1\n"),
        *(" es", "es\n", "-es", "es/1", "ñ", "e" * 65),
    ],
)
def test_a_malformed_reference_is_explained(reference: str) -> None:
    make_list("es")
    with pytest.raises(WordlistNotFound, match="does not name a wordlist: use its slug"):
        resolve(reference, None)


def test_a_list_without_a_revision_is_not_found() -> None:
    Wordlist.objects.create(slug="es", title="es", language="es")
    with pytest.raises(WordlistNotFound, match="there are none yet"):
        resolve("es", None)


def test_vocabulary_of_takes_the_first_n_and_clamps_n() -> None:
    make_list(words=("uno", "dos", "tres"))
    revision = resolve("es", None)
    assert vocabulary_of(revision, 2).words == ("uno", "dos")
    assert vocabulary_of(revision, 2).language == "es"
    assert vocabulary_of(revision).n_words == 3
    assert vocabulary_of(revision, 1000).n_words == 3
    assert vocabulary_of(revision, 1000) is vocabulary_of(revision)
    assert vocabulary_of(revision, 2).lexicon is vocabulary_of(revision).lexicon
    assert vocabulary_of(revision).key == vocabulary_of(revision, 3, Style()).key
    assert vocabulary_of(revision).key != vocabulary_of(revision, 2).key
    assert vocabulary_of(revision).key != vocabulary_of(revision, 3, style_of(numbers="digits")).key
    for n_words in (0, -1):
        with pytest.raises(ValueError, match="n_words must be from 1 to 3"):
            vocabulary_of(revision, n_words)


def test_a_revision_that_a_job_uses_cannot_be_deleted() -> None:
    wordlist = make_list()
    job = BatchJob.objects.create(
        owner=User.objects.create_user("ana"),
        revision=wordlist.current,
        model="m",
        parameters={},
        total=1,
    )
    with pytest.raises(ProtectedError):
        wordlist.delete()
    assert Wordlist.objects.filter(pk=wordlist.pk).exists()
    job.delete()
    wordlist.delete()
    assert WordlistRevision.objects.count() == 0


def test_a_change_makes_the_next_revision_with_a_note() -> None:
    user = User.objects.create_user("ana")
    wordlist = make_list(words=("uno", "dos"))
    revision, edited = revise(wordlist, [Add(["tres"]), Remove(["uno"])], base=1, user=user)
    assert (revision.number, revision.words) == (2, ["dos", "tres"])
    assert (revision.note, revision.created_by) == (
        "added 1 word: tres; removed 1 word: uno",
        user,
    )
    assert edited.added == ["tres"]
    wordlist.refresh_from_db()
    assert wordlist.current == revision


def test_a_change_of_an_unranked_list_leaves_it_unranked() -> None:
    wordlist = Wordlist.objects.create(slug="hsk", title="HSK", language="zh")
    add_revision(wordlist, ["爸爸"], ranked=False)
    assert revise(wordlist, [Add(["妈妈"])])[0].ranked is False


def test_a_change_without_effect_makes_no_revision() -> None:
    wordlist = make_list(words=("uno", "dos"))
    revision, edited = revise(wordlist, [Add(["dos"])])
    assert (revision.number, wordlist.revisions.count()) == (1, 1)
    assert [each.word for each in edited.skipped] == ["dos"]


def test_a_change_for_an_old_revision_or_of_a_missing_word_stores_nothing() -> None:
    wordlist = make_list(words=("uno", "dos"))
    revise(wordlist, [Add(["tres"])])
    with pytest.raises(RevisionConflict, match="its current revision is 2"):
        revise(wordlist, [Add(["cuatro"])], base=1)
    with pytest.raises(EditError):
        revise(wordlist, [Remove(["uno", "dos", "tres"])])
    assert wordlist.revisions.count() == 2


def test_a_private_list_is_for_its_owner_and_for_the_admin() -> None:
    ana, bob = User.objects.create_user("ana"), User.objects.create_user("bob")
    admin = User.objects.create_superuser("admin")
    private = make_list("mine", owner=ana, visibility=Visibility.PRIVATE)
    shared = make_list("ours", owner=ana)
    orphan = make_list("orphan", visibility=Visibility.PRIVATE)
    cases: list[tuple[User | AnonymousUser, set[Wordlist], set[Wordlist]]] = [
        (ana, {private, shared}, {private, shared}),
        (bob, {shared}, set()),
        (admin, {private, shared, orphan}, {private, shared, orphan}),
        (AnonymousUser(), {shared}, set()),
    ]
    for user, usable, changeable in cases:
        assert set(Wordlist.objects.usable_by(user)) == usable
        assert {each for each in (private, shared, orphan) if each.may_use(user)} == usable
        assert {each for each in (private, shared, orphan) if each.may_change(user)} == changeable


def test_a_list_outlives_its_owner() -> None:
    ana = User.objects.create_user("ana")
    make_list("mine", owner=ana, visibility=Visibility.PRIVATE)
    ana.delete()
    assert Wordlist.objects.get().owner is None


def test_an_archived_list_is_not_offered_but_can_be_used() -> None:
    ana = User.objects.create_user("ana")
    wordlist = make_list("old")
    Wordlist.objects.update(archived_at=timezone.now())
    assert list(Wordlist.objects.offered_to(ana)) == []
    assert list(Wordlist.objects.usable_by(ana)) == [wordlist]
    assert resolve("old", None).wordlist == wordlist


def test_an_appended_revision_shares_the_lexicon_of_the_one_before() -> None:
    letters = "abcdefghijk"
    words = [
        f"{first}{second}{third}" for first in letters for second in letters for third in letters
    ]
    assert len(set(words)) == len(words) >= MIN_BASE_ENTRIES
    wordlist = make_list(words=tuple(words))
    before = vocabulary_of(resolve("es", None))
    add_revision(wordlist, [*words, "casa"])
    revision = resolve("es", None)
    appended = vocabulary_of(revision)
    assert appended.lexicon.base is before.lexicon
    assert appended.words == (*words, "casa")
    # Another process names the revision by its content.
    named = vocabulary_by_digest(revision.sha256, "es", len(words) + 1, Style())
    assert named.lexicon is appended.lexicon
    add_revision(wordlist, [*words[1:], "casa"])
    assert vocabulary_of(resolve("es", None)).lexicon.base is None
