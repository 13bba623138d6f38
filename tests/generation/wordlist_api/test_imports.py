"""Lists and revisions are made of texts and files, as people have them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.client_response import ClientResponse
from tests.generation.wordlist_api.client import WORDS, ListsApi, body_of, error_of, words_of
from vocab.models import Wordlist, WordlistRevision
from wordgen_site.http.body_policy import body_limit

pytestmark = pytest.mark.django_db

COUNTS = "de 14459520\nque 14421005\nno 12379505\na 10484372\nla 9425000\n"
LEVELS = "word,level\nhola,A1\nbosque,B2\ncasa,A1\nabogado,B1\ngato,A2\n"
AFFIXES = b"SET UTF-8\nSFX S Y 1\nSFX S 0 s .\n"


def upload(
    api: ListsApi, content: str | bytes, name: str = "list.txt", **form: Any
) -> ClientResponse:
    data = content.encode() if isinstance(content, str) else content
    path = form.pop("path", "wordlists")
    if path == "wordlists":
        form = {"slug": "es", "language": "es", **form}
    response: ClientResponse = api.upload(path, data, name, **form)
    return response


def doubts_of(response: ClientResponse) -> list[str]:
    assert response.status_code == 400, response.content
    body = response.json()
    assert body["error"]["code"] == "import_doubtful"
    doubts: list[str] = body["report"]["doubts"]
    assert all(doubt in body["error"]["message"] for doubt in doubts)
    return doubts


def test_a_text_is_read_as_a_file_is(api: ListsApi) -> None:
    body = api.create(text=COUNTS, language="es")
    assert words_of() == ["de", "que", "no", "a", "la"]
    proposal = body["report"]["proposal"]
    assert proposal["format"] == "delimited"
    assert proposal["ranking"] == "count"
    assert [column["role"] for column in proposal["columns"]] == ["word", "count"]
    assert proposal["sentence"] == "a frequency list: word, count"
    assert proposal["preview"][0]["after"] == ["de"]


def test_a_file_is_uploaded_with_options(api: ListsApi) -> None:
    body = body_of(
        upload(
            api,
            LEVELS,
            "levels.csv",
            title="Nivel A",
            visibility="shared",
            level="A1-A2",
            ranking="level",
            note="first",
        )
    )
    wordlist = Wordlist.objects.get()
    assert (wordlist.title, wordlist.visibility, wordlist.owner) == ("Nivel A", "shared", api.user)
    assert words_of() == ["hola", "casa", "gato"]
    assert WordlistRevision.objects.get().note == "first"
    report = body["report"]
    assert (report["row_count"], report["filtered_row_count"]) == (3, 2)
    assert report["proposal"]["filters"] == ["level=A1-A2"]


def test_options_that_a_form_has_several_times(api: ListsApi) -> None:
    text = "deck,tag,word\nA,x,la casa\nB,x,el sol\nA,y,un gato\n"
    form = {"filters": ["deck=A", "tag=x"], "keep": ["articles", "variants"], "column": "word"}
    body_of(upload(api, text, "deck.csv", **form))
    assert words_of() == ["la casa"]


def test_a_file_in_another_encoding(api: ListsApi) -> None:
    data = "niño\naño\nseñor\n".encode("cp1252")
    body = body_of(upload(api, data, encoding="cp1252", header="false"))
    assert words_of() == ["niño", "año", "señor"]
    assert body["report"]["proposal"]["encoding"] == "cp1252"
    assert body["report"]["proposal"]["header"] is False


def test_affixes_without_a_dictionary_are_refused(api: ListsApi) -> None:
    for dry_run in ("true", "false"):
        affixes = SimpleUploadedFile("es.aff", AFFIXES)
        response = upload(api, "sol\nmar\n", affixes=affixes, dry_run=dry_run)
        param, code, message = error_of(response, 400)
        assert (param, code) == ("affixes", "unsupported_parameter")
        assert "a list with one entry on each line" in message
    assert not Wordlist.objects.exists()


def test_a_dictionary_comes_with_its_affixes(api: ListsApi) -> None:
    form = {"affixes": SimpleUploadedFile("es.aff", AFFIXES)}
    body_of(upload(api, "3\ncasa/S\nsol\nperro/S\n", "es.dic", **form))
    assert set(words_of()) == {"casa", "casas", "sol", "perro", "perros"}
    assert WordlistRevision.objects.get().ranked is False


def test_the_report_has_what_was_changed_and_refused(api: ListsApi) -> None:
    text = "el perro\nla casa\ngato\nsol\nluna\nmar\nperro\n50%\n"
    report = api.create(text=text)["report"]
    assert (report["row_count"], report["refused_row_count"]) == (8, 1)
    [refused] = report["refused"]["data"]
    assert (refused["line"], refused["text"]) == (8, "50%")
    assert refused["reason"] == "it is a number, not a word"
    [duplicate] = report["duplicates"]["data"]
    assert (duplicate["line"], duplicate["text"]) == (7, "perro")
    changed = report["changed"]["data"][0]
    assert (changed["line"], changed["before"], changed["after"]) == (1, "el perro", ["perro"])
    assert changed["reasons"]


@pytest.mark.parametrize("way", ["text", "file", "words"])
def test_what_looks_wrong_needs_force(api: ListsApi, way: str) -> None:
    rows = [f"{number}. palabra" for number in range(30)]
    sentences = ["esto es una frase larga", "y esta es otra frase", "hola", "otra frase más de más"]

    def send(**more: Any) -> ClientResponse:
        match way:
            case "text":
                fields = {"text": "\n".join(rows), "keep": ["numbering"]}
            case "words":
                fields = {"words": sentences}
            case _:
                form = {name: str(value).lower() for name, value in more.items()}
                return upload(api, "\n".join(rows), keep="numbering", **form)
        return api.call("POST", "wordlists", slug="es", language="es", **fields, **more)

    assert doubts_of(send())
    assert not Wordlist.objects.exists()
    report = body_of(send(dry_run=True))
    assert report["object"] == "wordlist.report"
    assert report["doubts"]
    assert not Wordlist.objects.exists()
    body_of(send(force=True))
    assert Wordlist.objects.get().current is not None


def test_a_revision_is_made_of_a_file(api: ListsApi) -> None:
    api.create()
    path = "wordlists/es/revisions"
    assert doubts_of(upload(api, "uno\ndos\n", path=path)) == [
        "4 of the 4 words of the current revision would be lost"
    ]
    body = body_of(upload(api, "hola\nla\ncasa\nuno\n", path=path, base="1", note="file"))
    assert (body["id"], body["note"], body["created"]) == ("es@2", "file", True)
    assert words_of() == ["hola", "la", "casa", "uno"]
    response = upload(api, "hola\nla\ncasa\nuno\ndos\n", path=path, base="1")
    assert error_of(response, 409)[1] == "revision_conflict"
    assert WordlistRevision.objects.count() == 2


@pytest.mark.parametrize(
    ("form", "param", "code"),
    [
        ({"language": ""}, "language", "invalid_value"),
        ({"header": "maybe"}, "header", "invalid_type"),
        ({"format": "pdf"}, "format", "invalid_value"),
        ({"ranking": "fame"}, "ranking", "invalid_value"),
        ({"keep": "dust"}, "keep[0]", "invalid_value"),
        ({"filters": "deck"}, "filters", "invalid_value"),
        ({"words": "hola"}, "words", "unknown_parameter"),
        ({"text": "hola"}, "text", "unknown_parameter"),
        ({"ranked": "true"}, "ranked", "unknown_parameter"),
        ({"title": ["a", "b"]}, "title", "invalid_value"),
        ({"column": "palabra"}, "file", "unusable_wordlist"),
        ({"ranking": "count"}, "file", "unusable_wordlist"),
        ({"encoding": "klingon"}, "file", "unusable_wordlist"),
        ({"base": "1"}, "base", "unknown_parameter"),
    ],
)
def test_a_wrong_field_of_a_form_is_named(
    api: ListsApi, form: dict[str, Any], param: str, code: str
) -> None:
    response = upload(api, "word,level\nhola,A1\ncasa,A2\n", "x.csv", **form)
    assert error_of(response, 400)[:2] == (param, code)
    assert not Wordlist.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", b"%\n%\n"]
)
def test_an_unusable_file_is_explained(api: ListsApi, content: bytes) -> None:
    param, code, message = error_of(upload(api, content), 400)
    assert (param, code) == ("file", "unusable_wordlist")
    assert message.startswith("file: Th")
    assert not Wordlist.objects.exists()


def test_a_form_without_a_file_says_so(api: ListsApi) -> None:
    form = {"slug": "es", "language": "es"}
    response = api.client.post("/v1/wordlists", form, headers=api.headers)
    assert error_of(response, 400)[:2] == ("file", "missing_required_parameter")
    form["file"] = "hola"
    response = api.client.post("/v1/wordlists", form, headers=api.headers)
    assert error_of(response, 400)[:2] == ("file", "missing_required_parameter")


def test_too_large_a_file_or_text_is_413(api: ListsApi, settings: Any) -> None:
    settings.WORDLIST_MAX_BYTES = 10
    text = "hola\ncasa\nsol\n"
    assert error_of(upload(api, text), 413)[:2] == ("file", "request_too_large")
    response = upload(api, "sol\n", affixes=SimpleUploadedFile("es.aff", AFFIXES))
    assert error_of(response, 413)[0] == "affixes"
    response = api.call("POST", "wordlists", slug="es", language="es", text=text)
    assert error_of(response, 413)[:2] == ("text", "request_too_large")
    assert not Wordlist.objects.exists()


def test_too_many_words_are_refused(api: ListsApi, settings: Any) -> None:
    settings.WORDLIST_MAX_ENTRIES = 2
    param, _, message = error_of(
        api.call("POST", "wordlists", slug="es", language="es", words=["a", "y", "o"]), 400
    )
    assert (param, message) == (
        "words",
        "words: the list would have 3 entries; at most 2 are accepted.",
    )
    assert error_of(upload(api, "a\ny\no\n"), 400)[0] == "file"
    assert not Wordlist.objects.exists()


def test_json_may_be_unlabelled_or_compressed(api: ListsApi) -> None:
    def send(slug: str, kind: str, **headers: str) -> ClientResponse:
        body = json.dumps({"slug": slug, "language": "es", "words": WORDS}).encode()
        if headers:
            body = gzip.compress(body)
        return api.client.generic(
            "POST", "/v1/wordlists", body, content_type=kind, headers=api.headers | headers
        )

    body_of(send("a", "application/x-www-form-urlencoded"))  # as `curl -d` labels it
    body_of(send("b", "application/json", **{"Content-Encoding": "gzip"}))
    error_of(send("c", "text/plain"), 415)
    error_of(send("c", "multipart/form-data; boundary=x", **{"Content-Encoding": "gzip"}), 415)
    assert set(Wordlist.objects.values_list("slug", flat=True)) == {"a", "b"}


def test_a_body_may_have_a_dictionary_and_its_affixes(settings: Any) -> None:
    settings.MAX_REQUEST_BYTES, settings.WORDLIST_MAX_BYTES = 1000, 50_000
    for path in ("/v1/wordlists", "/v1/wordlists/es/revisions"):
        assert 100_000 < body_limit(path) < 200_000
    assert body_limit("/v1/chat/completions") == 1000
