"""The pages /lists/ and /uploads/ of ordinary users."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.vocab.importing.files import archive, old_collection, xlsx
from tests.vocab.uploading import (
    DETAILS,
    UPLOADS,
    add,
    make_list,
    mended,
    report_url,
    text_file,
)
from vocab.models import Visibility, Wordlist, WordlistDraft
from vocab.pages.draft_view import OTHER_WINDOW
from vocab.revisions import add_revision
from vocab.uploads.confirm import DraftChanged, confirm
from vocab.uploads.drafts import MAX_DRAFTS, delete_draft

pytestmark = pytest.mark.django_db

LISTS = "/lists/"


@pytest.fixture
def rosa(client: Client) -> User:
    """A user without any permission, logged in."""
    user = User.objects.create_user("rosa")
    client.force_login(user)
    return user


def upload(client: Client, content: str | bytes, name: str = "lista.txt", **fields: object) -> str:
    """Upload a file for a new list and return the address of its report."""
    response = add(client, text_file(content, name), url=UPLOADS, **fields)
    assert response.status_code == 302, response.context["form"].errors
    assert response["Location"] == report_url()
    return report_url()


def save(client: Client, url: str, **fields: object) -> int:
    return client.post(url, {**DETAILS, **fields, "_save": "1"}).status_code


# --- permissions ---------------------------------------------------------------------------------


def test_strangers_are_asked_to_log_in(client: Client) -> None:
    make_list()
    for url in (LISTS, f"{LISTS}es/", f"{LISTS}es/upload/", UPLOADS, f"{UPLOADS}1/"):
        response = client.get(url)
        assert (response.status_code, response["Location"]) == (302, f"/login/?next={url}")


def test_every_page_may_load_only_from_this_server(client: Client, rosa: User) -> None:
    make_list()
    url = upload(client, "uno\n")
    for page in (LISTS, f"{LISTS}es/", UPLOADS, url):
        response = client.get(page)
        assert response.status_code == 200
        assert response["Content-Security-Policy"].startswith("default-src 'self';")
        body = response.content.decode()
        assert " style=" not in body
        assert "<style" not in body


def test_the_lists_are_those_that_the_user_may_use_own_first(client: Client, rosa: User) -> None:
    other = User.objects.create_user("hugo")
    make_list("a-shared")
    for slug, owner, visibility in [
        ("z-own", rosa, Visibility.PRIVATE),
        ("b-private", other, Visibility.PRIVATE),
        ("c-archived", rosa, Visibility.SHARED),
    ]:
        make_list(slug)
        Wordlist.objects.filter(slug=slug).update(owner=owner, visibility=visibility)
    Wordlist.objects.filter(slug="c-archived").update(archived_at=timezone.now())
    response = client.get(LISTS)
    assert response.status_code == 200
    assert [each.slug for each in response.context["own"]] == ["z-own"]
    assert [each.slug for each in response.context["others"]] == ["a-shared"]
    body = response.content.decode()
    assert f'href="{LISTS}z-own/upload/"' in body
    assert f'href="{LISTS}a-shared/upload/"' not in body
    assert client.get(f"{LISTS}b-private/").status_code == 404
    assert client.get(f"{LISTS}a-shared/").status_code == 200
    assert client.get(f"{LISTS}a-shared/upload/").status_code == 403
    assert client.get(f"{LISTS}c-archived/").status_code == 200
    assert "is archived" in client.get(f"{LISTS}c-archived/").content.decode()
    assert client.get(f"{LISTS}c-archived/upload/").status_code == 404


def test_the_lists_for_learners_come_before_those_by_frequency(client: Client, rosa: User) -> None:
    for slug, visibility in [
        ("en", Visibility.STARTER),
        ("es-learner", Visibility.STARTER),
        ("en-learner", Visibility.STARTER),
        ("a-learner", Visibility.SHARED),
        ("z-own", Visibility.PRIVATE),
    ]:
        make_list(slug)
        Wordlist.objects.filter(slug=slug).update(visibility=visibility)
    Wordlist.objects.filter(slug="z-own").update(owner=rosa)
    context = client.get(LISTS).context
    assert [each.slug for each in context["own"]] == ["z-own"]
    assert [each.slug for each in context["for_learners"]] == ["en-learner", "es-learner"]
    assert [each.slug for each in context["others"]] == ["a-learner", "en"]
    assert '<h2 id="learners-title">For learners</h2>' in client.get(LISTS).content.decode()
    menu = client.get("/").context["wordlists"]
    assert [each["slug"] for each in menu] == [
        *("z-own", "en-learner", "es-learner", "a-learner", "en"),
    ]


def test_a_list_shows_all_its_words_on_pages(client: Client, rosa: User) -> None:
    make_list("es", tuple(f"p{n}x" for n in range(1203)))
    body = client.get(f"{LISTS}es/").content.decode()
    assert 'href="/?list=es"' in body
    assert "<li><span>500</span><bdi>p499x</bdi></li>" in body
    assert "p500x" not in body
    body = client.get(f"{LISTS}es/?page=3").content.decode()
    assert "<li><span>1203</span><bdi>p1202x</bdi></li>" in body
    assert "page 3 of 3" in body


def test_a_draft_belongs_to_its_user(client: Client, rosa: User) -> None:
    url = upload(client, "uno\n")
    client.force_login(User.objects.create_user("hugo"))
    assert client.get(url).status_code == 404
    assert save(client, url) == 404
    assert client.post(url, {"_cancel": "1"}).status_code == 404
    assert WordlistDraft.objects.count() == 1


def test_who_may_no_longer_change_a_list_cannot_save_a_revision(client: Client, rosa: User) -> None:
    wordlist = make_list()
    Wordlist.objects.update(owner=rosa)
    client.post(f"{LISTS}es/upload/", {"file": text_file("uno\ntres")})
    url = report_url()
    assert client.get(url).status_code == 200
    Wordlist.objects.update(owner=None)
    assert client.post(url, {"_save": "1"}).status_code == 403
    assert wordlist.revisions.count() == 1


# --- a new list ----------------------------------------------------------------------------------


def test_a_list_belongs_to_its_uploader_and_is_private(client: Client, rosa: User) -> None:
    url = upload(client, "de 14\nque 13\nno 12\n", "es_50k.txt", title="")
    body = client.get(url).content.decode()
    assert "looks like a frequency list: word, count" in body
    assert 'value="es_50k"' in body
    assert not Wordlist.objects.exists()
    fields = {**WordlistDraft.objects.get().fields, "_save": "1"}
    response = client.post(url, fields, follow=True)
    assert response.redirect_chain == [(f"{LISTS}es_50k/", 302)]
    assert "The list was saved with 3 words." in response.content.decode()
    wordlist = Wordlist.objects.get()
    assert (wordlist.owner, wordlist.visibility) == (rosa, "private")
    assert wordlist.current is not None
    assert wordlist.current.words == ["de", "que", "no"]
    assert wordlist.current.created_by == rosa
    assert not WordlistDraft.objects.exists()


def test_a_user_can_share_a_list_but_not_make_a_starter_list(client: Client, rosa: User) -> None:
    url = upload(client, "uno\n")
    assert save(client, url, visibility="starter") == 200
    assert not Wordlist.objects.exists()
    assert save(client, url, visibility="shared") == 302
    assert Wordlist.objects.get().visibility == "shared"


def test_a_short_name_that_is_taken_is_not_proposed(client: Client, rosa: User) -> None:
    make_list("espanol-a2")
    make_list("espanol-a2-2")
    upload(client, "uno\n")
    assert WordlistDraft.objects.get().fields["slug"] == "espanol-a2-3"


def test_pasted_words_are_an_upload(client: Client, rosa: User) -> None:
    data = {"language": "de", "text": "der Hund, -e\r\ndie Katze, -n\r\ndas Haus, ¨-er\r\n"}
    assert client.post(UPLOADS, data).status_code == 302
    response = client.get(report_url())
    assert response.context["report"].words == ["Hund", "Katze", "Haus"]
    assert "article removed" in response.content.decode()


def test_a_file_or_a_text_and_not_both(client: Client, rosa: User) -> None:
    response = add(client, url=UPLOADS, text="uno")
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["text"]
    assert not WordlistDraft.objects.exists()


def test_a_dictionary_comes_with_its_affixes(client: Client, rosa: User) -> None:
    affixes = "SET ISO8859-1\nSFX S Y 1\nSFX S 0 s .\n"
    url = upload(
        client, "2\nni\xf1o/S\nsol/S\n".encode("latin-1"), "es.dic", affixes=text_file(affixes)
    )
    assert client.get(url).context["report"].words == ["niño", "niños", "sol", "sols"]
    assert client.post(url, {**DETAILS, "take": "headwords", "_apply": "1"}).status_code == 302
    assert client.get(url).context["report"].words == ["niño", "sol"]
    assert save(client, url) == 302
    revision = Wordlist.objects.get().current
    assert revision is not None
    assert (revision.words, revision.ranked) == (["niño", "sol"], False)


def test_an_unranked_list_says_so(client: Client, rosa: User) -> None:
    deck = archive(collection__anki2=old_collection(["sol|sun", "mar|sea", "pan|bread"]))
    url = upload(client, deck, "deck.apkg")
    assert "This list is not ranked" in client.get(url).content.decode()
    client.post(url, {**DETAILS, "ranking": "order", "_apply": "1"})
    assert "This list is not ranked" not in client.get(url).content.decode()
    client.post(url, {**DETAILS, "ranking": "", "_apply": "1"})
    assert save(client, url) == 302
    revision = Wordlist.objects.get().current
    assert revision is not None
    assert not revision.ranked
    assert "not ranked" in client.get(f"{LISTS}es-a2/").content.decode()


# --- choices -------------------------------------------------------------------------------------

TABLE = "Wort,english,level\nHund,dog,A1\nKatze,cat,A2\nHaus,house,A1\n"


def test_another_column_is_chosen(client: Client, rosa: User) -> None:
    url = upload(client, TABLE, "a.csv")
    body = client.get(url).content.decode()
    assert "english: dog, cat, house" in body, "a sample of each column"
    response = client.post(url, {**DETAILS, "column": "english", "_apply": "1"})
    assert (response.status_code, response["Location"]) == (302, url)
    assert WordlistDraft.objects.get().options == {"column": "english"}
    assert client.get(url).context["report"].words == ["dog", "cat", "house"]
    client.post(url, {**DETAILS, "_reset": "1"})
    assert client.get(url).context["report"].words == ["Hund", "Katze", "Haus"]


def test_only_some_levels_are_chosen(client: Client, rosa: User) -> None:
    url = upload(client, TABLE, "a.csv")
    body = client.get(url).content.decode()
    assert "A1 (2)" in body
    form = {**DETAILS, "only-level-shown": "2", "only-level": ["A1"], "_apply": "1"}
    client.post(url, form)
    response = client.get(url)
    assert response.context["report"].words == ["Hund", "Haus"]
    assert ("left out by your filter", 1) in response.context["report"].counts
    client.post(url, {**form, "only-level-was": ["A1"], "only-level": ["A1", "A2"]})
    assert client.get(url).context["report"].words == ["Hund", "Katze", "Haus"]


def test_a_cleaning_step_is_turned_off(client: Client, rosa: User) -> None:
    url = upload(client, "la casa\nel sol\nmar\npan\nluz\n")
    assert client.get(url).context["report"].words[0] == "casa"
    shown = [option.value for option in client.get(url).context["report"].choices.steps]
    done = [step for step in shown if step != "articles"]
    client.post(url, {**DETAILS, "cleaning-shown": shown, "clean": done, "_apply": "1"})
    assert WordlistDraft.objects.get().options == {"skip": ["articles"]}
    assert client.get(url).context["report"].words[:2] == ["la casa", "el sol"]


def test_a_sheet_and_an_encoding_are_chosen(client: Client, rosa: User) -> None:
    book = xlsx([["word"], ["casa"]], Otra=[["word"], ["perro"]])
    url = upload(client, book, "a.xlsx")
    client.post(url, {**DETAILS, "sheet": "Otra", "_apply": "1"})
    assert client.get(url).context["report"].words == ["perro"]
    WordlistDraft.objects.all().delete()
    url = upload(client, "ni\xf1o\nsol\n".encode("cp1252"))
    client.post(url, {**DETAILS, "encoding": "cp1251", "_apply": "1"})
    assert client.get(url).context["report"].words[0] == "niсo"


def test_choices_that_do_not_fit_are_an_error_and_lose_nothing(client: Client, rosa: User) -> None:
    url = upload(client, TABLE, "a.csv")
    for choice, message in [
        ({"column": "nada"}, "There is no column &#x27;nada&#x27;"),
        ({"encoding": "nada"}, "is not the name of a text encoding"),
        ({"format": "json"}, "The file is not JSON"),
    ]:
        client.post(url, {**DETAILS, **choice, "_apply": "1"})
        response = client.get(url)
        assert response.status_code == 200
        assert message in response.content.decode(), choice
        assert save(client, url) == 200
        assert not Wordlist.objects.exists()
        client.post(url, {**DETAILS, "_reset": "1"})
    assert client.get(url).context["report"].words == ["Hund", "Katze", "Haus"]


def test_made_up_choices_are_ignored(client: Client, rosa: User) -> None:
    url = upload(client, TABLE, "a.csv")
    client.post(
        url,
        {
            **DETAILS,
            **{"format": "exe", "header": "maybe", "ranking": "luck", "take": "some"},
            **{"cleaning-shown": "everything", "only-level-shown": "x", "interval": "-1"},
            **mended(10**10, "Hund", "x"),
            "_undo": "one two",
            "_go": "refused:9999999999",
        },
    )
    response = client.get(url)
    assert response.status_code == 200
    assert response.context["report"].words == ["Hund", "Katze", "Haus"]
    assert WordlistDraft.objects.get().edits == {}


def test_a_choice_that_was_not_shown_is_not_saved_unseen(client: Client, rosa: User) -> None:
    url = upload(client, TABLE, "a.csv")
    response = client.post(url, {**DETAILS, "column": "english", "_save": "1"}, follow=True)
    assert "Your choices have changed the list." in response.content.decode()
    assert response.context["report"].words == ["dog", "cat", "house"]
    assert not Wordlist.objects.exists()
    assert save(client, url, column="english") == 302
    revision = Wordlist.objects.get().current
    assert revision is not None
    assert revision.words == ["dog", "cat", "house"]


def test_an_unranked_list_is_ranked_by_frequency(client: Client, rosa: User) -> None:
    url = upload(client, "word,level\nabogado,A1\nel,A1\nde,A1\n", "a.csv")
    assert "how common they are" in client.get(url).content.decode()
    client.post(url, {**DETAILS, "ranking": "frequency", "_apply": "1"})
    assert client.get(url).context["report"].words == ["de", "el", "abogado"]
    assert save(client, url) == 302
    revision = Wordlist.objects.get().current
    assert revision is not None
    assert revision.ranked


def test_the_language_is_a_choice_too(client: Client, rosa: User) -> None:
    url = upload(client, "der Hund\ndie Katze\ndas Haus\n")
    assert client.get(url).context["report"].words[0] == "der Hund"
    details = {**DETAILS, "language": "de"}
    assert client.post(url, {**details, "_save": "1"}).status_code == 302
    assert not Wordlist.objects.exists(), "the list is another one now"
    assert client.get(url).context["report"].words[0] == "Hund"
    response = client.post(url, {**details, "language": "!", "_apply": "1"})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["language"]
    assert WordlistDraft.objects.get().fields["language"] == "de"


# --- cells ---------------------------------------------------------------------------------------


def test_a_refused_cell_is_mended_and_saved(client: Client, rosa: User) -> None:
    url = upload(client, "uno\n50%\ndos\n")
    response = client.post(url, {**DETAILS, **mended(2, "50%", "cincuenta"), "_save": "1"})
    assert response.status_code == 302
    revision = Wordlist.objects.get().current
    assert revision is not None
    assert revision.words == ["uno", "cincuenta", "dos"]


def test_what_was_typed_can_be_wrong(client: Client, rosa: User) -> None:
    url = upload(client, "uno\n50%\ndos\n")
    data = {**DETAILS, **mended(2, "50%", "60%"), "_save": "1"}
    response = client.post(url, data, follow=True)
    assert "Line 2: you typed “60%”: it can never be written" in response.content.decode()
    assert 'name="cell-text" value="60%"' in response.content.decode()
    assert not Wordlist.objects.exists()
    # It is not in the way for ever: the row is refused, and that has been seen.
    assert (
        save(client, url, **mended(2, "50%", "60%", was="60%"), doubt=_doubts(client, url)) == 302
    )
    revision = Wordlist.objects.get().current
    assert revision is not None
    assert revision.words == ["uno", "dos"]


def _doubts(client: Client, url: str) -> list[str]:
    return list(client.get(url).context["report"].doubts)


def test_a_change_is_undone_and_redone(client: Client, rosa: User) -> None:
    url = upload(client, "la casa\nsol\nmar\npan\nluz\n")
    response = client.post(url, {**DETAILS, "_undo": "1 la casa"})
    assert response["Location"] == f"{url}#changed"
    report = client.get(url).context["report"]
    assert report.words[0] == "la casa"
    assert [table.name for table in report.tables] == ["edited"]
    client.post(url, {**DETAILS, "_forget": "1 la casa"})
    assert client.get(url).context["report"].words[0] == "casa"
    client.post(url, {**DETAILS, **mended(1, "la casa", "", was="casa"), "_apply": "1"})
    assert client.get(url).context["report"].words[0] == "sol", "an empty box leaves it out"


def test_proposals_are_accepted_one_by_one_or_all(client: Client, rosa: User) -> None:
    url = upload(client, "uno\nhola%\n50%\nsol%\n" + "".join(f"p{n}x\n" for n in range(20)))
    body = client.get(url).content.decode()
    assert "Accept all proposals (2)" in body
    client.post(url, {**DETAILS, "_use": "2 hola%"})
    assert WordlistDraft.objects.get().edits == {"2": {"hola%": "hola"}}
    client.post(url, {**DETAILS, "_accept": "1"})
    assert WordlistDraft.objects.get().edits == {"2": {"hola%": "hola"}, "4": {"sol%": "sol"}}
    report = client.get(url).context["report"]
    assert report.words[:3] == ["uno", "hola", "sol"]
    assert [issue.text for issue in report.conversion.refused] == ["50%"]


def test_a_cell_with_two_lines_comes_back_from_the_browser(client: Client, rosa: User) -> None:
    url = upload(client, xlsx([["word", "count"], ["sol%\nmar%", 2], ["pan", 1]]), "a.xlsx")
    refused = client.get(url).context["report"].conversion.refused
    assert [issue.text for issue in refused] == ["sol%", "mar%"]
    client.post(url, {**DETAILS, **mended(2, "sol%\r\nmar%", "sol, mar"), "_apply": "1"})
    assert client.get(url).context["report"].words == ["sol", "mar", "pan"]


def test_too_many_mended_cells_are_refused(
    client: Client, rosa: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vocab.uploads.drafts.MAX_EDITS", 1)
    url = upload(client, "uno\nhola%\nsol%\n")
    response = client.post(url, {**DETAILS, "_accept": "1"}, follow=True)
    assert "At most 1 cells of an upload can be mended here." in response.content.decode()
    assert WordlistDraft.objects.get().edits == {}


# --- doubts --------------------------------------------------------------------------------------


def test_a_doubtful_list_needs_a_tick_that_names_the_doubt(client: Client, rosa: User) -> None:
    url = upload(client, "uno\ndos\n%\n")
    doubt = "1 of 3 rows (33%) were refused"
    body = client.get(url).content.decode()
    assert f"Save it although {doubt}." in body
    for ticked in ([], ["something else"]):
        response = client.post(url, {**DETAILS, "doubt": ticked, "_save": "1"})
        assert response.status_code == 200
        assert "tick each doubt" in response.content.decode()
        assert not Wordlist.objects.exists()
    assert save(client, url, doubt=[doubt]) == 302
    revision = Wordlist.objects.get().current
    assert revision is not None
    assert revision.words == ["uno", "dos"]


def test_a_revision_that_loses_most_words_needs_a_tick(client: Client, rosa: User) -> None:
    wordlist = make_list(words=("uno", "dos", "tres"))
    Wordlist.objects.update(owner=rosa)
    client.post(f"{LISTS}es/upload/", {"file": text_file("uno\ncinco"), "note": "corta"})
    url = report_url()
    doubt = "2 of the 3 words of the current revision would be lost"
    assert doubt in client.get(url).content.decode()
    assert client.post(url, {"_save": "1"}).status_code == 200
    assert wordlist.revisions.count() == 1
    # The doubt that was seen is not the one that the list has now.
    add_revision(wordlist, ["uno", "dos", "tres", "cuatro"])
    assert client.post(url, {"doubt": doubt, "_save": "1"}).status_code == 200
    assert wordlist.revisions.count() == 2
    doubt = "3 of the 4 words of the current revision would be lost"
    response = client.post(url, {"doubt": doubt, "_save": "1"}, follow=True)
    assert response.redirect_chain == [(f"{LISTS}es/", 302)]
    assert "Revision 3 was saved with 2 words" in response.content.decode()
    wordlist.refresh_from_db()
    assert wordlist.current is not None
    assert (wordlist.current.words, wordlist.current.note) == (["uno", "cinco"], "corta")


def test_a_ranked_list_that_loses_its_order_says_so(client: Client, rosa: User) -> None:
    make_list(words=("ala", "boca"))
    Wordlist.objects.update(owner=rosa)
    words = "\n".join(["ala", "boca", "casa", "dedo", "enero", "faro", "gato", "hoja", "isla"])
    client.post(f"{LISTS}es/upload/", {"file": text_file(words)})
    assert "The current revision is ranked" in client.get(report_url()).content.decode()


# --- the end -------------------------------------------------------------------------------------


def test_cancel_saves_nothing(client: Client, rosa: User) -> None:
    url = upload(client, "uno\n")
    response = client.post(url, {"_cancel": "1"}, follow=True)
    assert response.redirect_chain == [(LISTS, 302)]
    assert "Nothing was saved." in response.content.decode()
    assert not WordlistDraft.objects.exists()
    assert client.get(url).status_code == 404


def test_saving_twice_makes_one_list(client: Client, rosa: User) -> None:
    url = upload(client, "uno\n")
    assert save(client, url) == 302
    assert save(client, url) == 404
    assert Wordlist.objects.get().revisions.count() == 1


def test_a_user_has_a_few_drafts_and_takes_none_from_others(client: Client, rosa: User) -> None:
    hugo = User.objects.create_user("hugo")
    other = WordlistDraft.objects.create(filename="a.txt", content=b"uno", created_by=hugo)
    for number in range(MAX_DRAFTS + 2):
        assert add(client, text_file(name=f"{number}.txt"), url=UPLOADS).status_code == 302
    names = WordlistDraft.objects.filter(created_by=rosa).values_list("filename", flat=True)
    assert sorted(names) == sorted(f"{number}.txt" for number in range(2, MAX_DRAFTS + 2))
    assert WordlistDraft.objects.filter(pk=other.pk).exists()


def test_a_cancel_after_the_saving_does_not_say_that_nothing_was_saved(
    client: Client, rosa: User
) -> None:
    url = upload(client, "uno\n")
    draft = WordlistDraft.objects.get()
    assert save(client, url) == 302
    with pytest.raises(WordlistDraft.DoesNotExist):
        delete_draft(draft)
    assert client.post(url, {"_cancel": "1"}).status_code == 404


def test_a_draft_that_is_changed_during_the_saving_is_not_saved(rosa: User) -> None:
    draft = WordlistDraft.objects.create(
        filename="a.txt", content=b"uno\n50%\ndos\ntres\n", created_by=rosa
    )
    WordlistDraft.objects.update(edits={"2": {"50%": "cincuenta"}})
    with pytest.raises(DraftChanged):
        confirm(draft, Wordlist(slug="es", title="es", language="es"))
    assert not Wordlist.objects.exists()
    draft.refresh_from_db()
    revision, created = confirm(draft, Wordlist(slug="es", title="es", language="es"))
    assert created
    assert revision.words == ["uno", "cincuenta", "dos", "tres"]


def seen_on(client: Client, url: str) -> dict[str, str]:
    """Return the field of the report that says which state of the upload it shows."""
    found = re.search(r'name="seen" value="(\w+)"', client.get(url).content.decode())
    assert found is not None
    return {"seen": found[1]}


def test_a_cell_that_was_mended_in_another_window_is_not_saved_unseen(
    client: Client, rosa: User
) -> None:
    url = upload(client, "uno\n50%\ndos\ntres\n")
    seen = seen_on(client, url)
    client.post(url, {**DETAILS, **seen, **mended(2, "50%", "cincuenta"), "_apply": "1"})
    response = client.post(url, {**DETAILS, **seen, "_save": "1"}, follow=True)
    assert OTHER_WINDOW in response.content.decode()
    assert not Wordlist.objects.exists()
    assert save(client, url, **seen_on(client, url)) == 302
    revision = Wordlist.objects.get().current
    assert revision is not None
    assert revision.words == ["uno", "cincuenta", "dos", "tres"]


def test_what_was_typed_is_saved_with_the_report_that_it_was_typed_into(
    client: Client, rosa: User
) -> None:
    url = upload(client, "uno\n50%\ndos\ntres\n")
    fields = {**seen_on(client, url), **mended(2, "50%", "cincuenta")}
    assert save(client, url, **fields) == 302
    assert Wordlist.objects.get().current is not None


def test_a_revision_that_was_saved_meanwhile_is_not_replaced_unseen(
    client: Client, rosa: User
) -> None:
    wordlist = make_list()
    Wordlist.objects.update(owner=rosa)
    assert client.post("/lists/es/upload/", {"text": "uno\ndos\ntres\n"}).status_code == 302
    url = report_url()
    seen = seen_on(client, url)
    add_revision(wordlist, ["uno", "dos", "cuatro"])
    response = client.post(url, {**seen, "_save": "1"}, follow=True)
    body = response.content.decode()
    assert OTHER_WINDOW in body
    assert "Compared with revision 2, the current one" in body
    assert wordlist.revisions.count() == 2
    assert save(client, url, **seen_on(client, url)) == 302
    assert wordlist.revisions.count() == 3


def test_a_revision_that_is_saved_during_the_saving_is_not_replaced(rosa: User) -> None:
    wordlist = make_list()
    draft = WordlistDraft.objects.create(
        filename="a.txt", content=b"uno\ndos\ntres\n", created_by=rosa, wordlist=wordlist
    )
    add_revision(wordlist, ["uno", "dos", "cuatro"])
    with pytest.raises(DraftChanged):
        confirm(draft)
    assert wordlist.revisions.count() == 2


def test_the_playground_offers_the_lists_that_the_user_may_use(client: Client, rosa: User) -> None:
    make_list("a-shared")
    make_list("b-private")
    Wordlist.objects.filter(slug="b-private").update(visibility="private")
    body = client.get("/").content.decode()
    assert 'value="a-shared"' in body
    assert "b-private" not in body
    Wordlist.objects.filter(slug="b-private").update(owner=rosa)
    assert 'value="b-private"' in client.get("/").content.decode()


def test_uploads_that_wait_are_on_the_page_of_lists(client: Client, rosa: User) -> None:
    url = upload(client, "uno\n", "mis palabras.txt")
    body = client.get(LISTS).content.decode()
    assert f'href="{url}"' in body
    assert "mis palabras.txt" in body
    client.force_login(User.objects.create_user("hugo"))
    assert "mis palabras.txt" not in client.get(LISTS).content.decode()


def test_no_nul_is_stored_in_a_draft(client: Client, rosa: User) -> None:
    """PostgreSQL would refuse it."""
    url = upload(client, "uno\n")
    fields = {"title": "\0", "column": "\0", **mended(3, "d\0os", "d\0s"), "_apply": "1"}
    assert client.post(url, {**DETAILS, **fields}).status_code == 200
    draft = WordlistDraft.objects.get()
    assert "\\u0000" not in json.dumps([draft.fields, draft.options, draft.edits])
    assert draft.edits == {"3": {"d\ufffdos": "d\ufffds"}}
