"""Lists are made, listed, changed and deleted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from batches.models import BatchJob
from generation.auth.api_key import ApiKey
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import make_alias
from tests.generation.wordlist_api.client import WORDS, ListsApi, body_of, error_of, words_of
from vocab.models import Visibility, Wordlist, WordlistRevision
from vocab.words.segmenting.segmenters import segmenter_for

pytestmark = pytest.mark.django_db


def test_a_list_is_made_of_words_and_is_private(api: ListsApi) -> None:
    body = api.create(title="Español", source="me", licence="CC0", numbers="none", note="first")
    wordlist = Wordlist.objects.get()
    revision = WordlistRevision.objects.get()
    assert wordlist.current == revision
    assert (wordlist.owner, wordlist.visibility) == (api.user, Visibility.PRIVATE)
    assert (wordlist.title, wordlist.source, wordlist.licence) == ("Español", "me", "CC0")
    assert (wordlist.numbers, wordlist.punctuation) == ("none", "plain")
    assert (revision.words, revision.note, revision.created_by) == (WORDS, "first", api.user)
    report = body.pop("report")
    assert report["word_count"] == report["row_count"] == 4
    assert (report["proposal"], report["doubts"]) == (None, [])
    assert body == {
        "id": "es",
        "object": "wordlist",
        "slug": "es",
        "title": "Español",
        "language": "es",
        "source": "me",
        "licence": "CC0",
        "visibility": "private",
        "owned_by": "you",
        "may_change": True,
        "archived": False,
        "created_at": int(wordlist.created_at.timestamp()),
        "revision": 1,
        "word_count": 4,
        "ranked": True,
        "sha256": revision.sha256,
        "numbers": "none",
        "punctuation": "plain",
        "case": "sentence",
        "hyphens": "listed",
        "brackets": "words",
        "units": "characters",
    }
    assert api.get("wordlists/es") == body


def test_the_title_is_the_slug_by_default_and_the_list_may_be_shared(api: ListsApi) -> None:
    body = api.create(visibility="shared", ranked=False)
    assert (body["title"], body["visibility"], body["ranked"]) == ("es", "shared", False)
    assert WordlistRevision.objects.get().ranked is False


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"slug": "es es"}, "slug", "invalid_type"),
        ({"slug": "x" * 65}, "slug", "invalid_type"),
        ({"language": "e"}, "language", "invalid_value"),
        ({"language": None}, "language", "missing_required_parameter"),
        ({"title": ""}, "title", "invalid_value"),
        ({"title": "x" * 201}, "title", "string_above_max_length"),
        ({"visibility": "starter"}, "visibility", "invalid_value"),
        ({"numbers": "some"}, "numbers", "invalid_value"),
        ({"words": None}, "words", "missing_required_parameter"),
        ({"words": []}, "words", "empty_array"),
        ({"words": "hola"}, "words", "invalid_type"),
        ({"words": ["hola", 7]}, "words[1]", "invalid_type"),
        ({"words": ["hola", "a\tb"]}, "words[1]", "invalid_value"),
        ({"words": ["hola", " "]}, "words[1]", "invalid_value"),
        ({"words": ["hola", "x" * 65]}, "words[1]", "invalid_value"),
        ({"words": ["hola", "a\x00b"]}, "words[1]", "invalid_value"),
        ({"words": ["hola", "a\ud800b"]}, "words[1]", "invalid_value"),
        ({"text": "hola"}, "words", "invalid_value"),
        ({"ranking": "count"}, "ranking", "unsupported_parameter"),
        ({"wrods": ["hola"]}, "wrods", "unknown_parameter"),
        ({"owner": "bo"}, "owner", "unknown_parameter"),
        ({"archived": True}, "archived", "unknown_parameter"),
        ({"dry_run": "yes"}, "dry_run", "invalid_type"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_saved(
    api: ListsApi, fields: dict[str, Any], param: str, code: str
) -> None:
    body = {"slug": "es", "language": "es", "words": WORDS, **fields}
    assert error_of(api.call("POST", "wordlists", **body), 400)[:2] == (param, code)
    assert not Wordlist.objects.exists()
    assert not WordlistRevision.objects.exists()


def test_the_error_of_a_word_names_the_word(api: ListsApi) -> None:
    response = api.call("POST", "wordlists", slug="es", language="es", words=["hola", "50%"])
    param, _, message = error_of(response, 400)
    assert param == "words[1]"
    assert message.startswith("words[1]: '50%': it can never be written")


def test_a_slug_is_taken_once_by_any_user(api: ListsApi, other: ListsApi) -> None:
    api.create()
    for client in (api, other):
        response = client.call("POST", "wordlists", slug="es", language="es", words=["otra"])
        assert error_of(response, 409)[:2] == ("slug", "wordlist_exists")
        assert response.headers["x-should-retry"] == "false"
    assert words_of() == WORDS


@pytest.fixture
def no_rjieba(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    segmenter_for.cache_clear()
    yield
    segmenter_for.cache_clear()


@pytest.mark.usefixtures("no_rjieba")
def test_a_style_without_its_segmenter_is_refused(api: ListsApi) -> None:
    fields = {"slug": "zh", "language": "zh", "words": ["你好"], "units": "words"}
    param, code, message = error_of(api.call("POST", "wordlists", **fields), 400)
    assert (param, code) == ("units", "invalid_value")
    assert "rjieba" in message
    assert not Wordlist.objects.exists()


@pytest.fixture
def no_pythainlp(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "pythainlp.tokenize.newmm", None)
    segmenter_for.cache_clear()
    yield
    segmenter_for.cache_clear()


def test_a_thai_list_has_words_as_units_unless_it_says_otherwise(api: ListsApi) -> None:
    words = ["ผม", "กิน", "ข้าว"]
    assert api.create("th", language="th", words=words)["units"] == "words"
    chosen = api.create("th-letters", language="th-TH", words=words, units="characters")
    assert chosen["units"] == "characters"
    assert api.create("zh", language="zh", words=["你好"])["units"] == "characters"
    units = Wordlist.objects.order_by("slug").values_list("units", flat=True)
    assert list(units) == ["words", "characters", "characters"]


@pytest.mark.usefixtures("no_pythainlp")
def test_without_a_segmenter_a_thai_list_has_characters(api: ListsApi) -> None:
    assert api.create("th", language="th", words=["ผม"])["units"] == "characters"


# --- who sees and changes what --------------------------------------------------------------------


def test_users_see_their_own_lists_and_shared_ones(
    api: ListsApi, other: ListsApi, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("server", ["one"])
    api.create("mine")
    api.create("ours", visibility="shared")

    def seen(client: ListsApi) -> dict[str, tuple[str, bool]]:
        data = client.get("wordlists")["data"]
        return {each["id"]: (each["owned_by"], each["may_change"]) for each in data}

    assert seen(api) == {
        "ours": ("you", True),
        "mine": ("you", True),
        "server": ("server", False),
    }
    assert seen(other) == {"ours": ("other", False), "server": ("server", False)}


EVERY_CALL: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "", {}),
    ("PATCH", "", {"title": "x"}),
    ("DELETE", "", {}),
    ("GET", "/words", {}),
    ("POST", "/words", {"words": ["nueva"]}),
    ("POST", "/changes", {"operations": [{"remove": ["hola"]}]}),
    ("GET", "/revisions", {}),
    ("POST", "/revisions", {"words": ["hola", "la", "nueva"]}),
    ("POST", "/restore", {"revision": 1}),
    ("GET", "/compare?from=1", {}),
    ("GET", "/export", {}),
]
every_call = pytest.mark.parametrize(
    ("method", "path", "body"), EVERY_CALL, ids=lambda value: str(value) or "list"
)


def stored() -> list[Any]:
    lists = Wordlist.objects.values_list("pk", "slug", "title", "current", "archived_at")
    return [*lists, *WordlistRevision.objects.values_list("pk", "text")]


@every_call
def test_a_private_list_is_unknown_to_others(
    api: ListsApi, other: ListsApi, method: str, path: str, body: dict[str, Any]
) -> None:
    api.create()
    before = stored()
    error = error_of(other.call(method, f"wordlists/es{path}", **body), 404)
    assert error == ("slug", "wordlist_not_found", "There is no wordlist 'es'.")
    unknown = error_of(other.call(method, f"wordlists/xx{path}", **body), 404)
    assert unknown == ("slug", "wordlist_not_found", "There is no wordlist 'xx'.")
    assert stored() == before


@every_call
def test_a_shared_list_is_read_by_others_and_changed_by_its_owner(
    api: ListsApi, other: ListsApi, method: str, path: str, body: dict[str, Any]
) -> None:
    api.create(visibility="shared")
    before = stored()
    response = other.call(method, f"wordlists/es{path}", **body)
    if method == "GET":
        assert response.status_code == 200
    else:
        assert error_of(response, 403)[:2] == ("slug", "not_the_owner")
    assert stored() == before
    assert api.call(method, f"wordlists/es{path}", **body).status_code == 200


@every_call
def test_a_key_needs_the_scope(
    api: ListsApi, user: User, method: str, path: str, body: dict[str, Any]
) -> None:
    api.create()
    before = stored()
    needed, wrong = ("lists:read", "lists:write")[:: 1 if method == "GET" else -1]
    client = ListsApi(user, scopes=[wrong])
    param, code, message = error_of(client.call(method, f"wordlists/es{path}", **body), 403)
    assert (param, code) == (None, "insufficient_scope")
    assert f"'{needed}'" in message
    assert stored() == before
    right = ListsApi(user, scopes=[needed])
    assert right.call(method, f"wordlists/es{path}", **body).status_code == 200


def test_a_new_key_may_read_and_not_write(user: User) -> None:
    key = ApiKey(name="new", user=user)
    token = key.set_token()
    key.save()
    client = ListsApi(user)
    client.headers = {"Authorization": f"Bearer {token}"}
    assert client.get("wordlists")["data"] == []
    response = client.call("POST", "wordlists", slug="es", language="es", words=WORDS)
    assert error_of(response, 403)[1] == "insufficient_scope"
    assert not Wordlist.objects.exists()


@every_call
def test_a_bound_key_reads_its_list_alone_and_changes_nothing(
    api: ListsApi, other: ListsApi, method: str, path: str, body: dict[str, Any]
) -> None:
    api.create("es")
    api.create("shared", visibility="shared")
    es = Wordlist.objects.get(slug="es")
    alias = make_alias("short", "es", n_words=2)
    before = stored()
    # The scopes are those of a key that was not made in the admin.
    for binding in ({"wordlist": es}, {"alias": alias}):
        client = ListsApi(other.user, **binding)
        response = client.call(method, f"wordlists/es{path}", **body)
        if method == "GET":
            assert response.status_code == 200, response.content
            error_of(client.call(method, f"wordlists/shared{path}", **body), 404)
        else:
            assert error_of(response, 403)[1] == "insufficient_scope"
        assert [each["id"] for each in client.get("wordlists")["data"]] == ["es"]
    assert stored() == before


def test_an_administrator_may_change_every_list(api: ListsApi, other: ListsApi) -> None:
    api.create()
    for name in ("view_wordlist", "change_wordlist"):
        other.user.user_permissions.add(Permission.objects.get(codename=name))
    assert other.get("wordlists/es")["may_change"] is True
    assert body_of(other.call("PATCH", "wordlists/es", title="New"))["title"] == "New"
    assert Wordlist.objects.get().owner == api.user


# --- pages and searches ---------------------------------------------------------------------------


def test_lists_come_in_pages_the_newest_first(api: ListsApi) -> None:
    for slug in ("a", "b", "c"):
        api.create(slug)
    page = api.get("wordlists", limit=2)
    assert (page["object"], page["has_more"]) == ("list", True)
    assert [each["id"] for each in page["data"]] == ["c", "b"]
    assert (page["first_id"], page["last_id"]) == ("c", "b")
    rest = api.get("wordlists", limit=2, after=page["last_id"])
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (["a"], False)
    response = api.call("GET", "wordlists?after=none")
    assert error_of(response, 400)[0] == "after"


@pytest.mark.parametrize(
    ("given", "tag"), [("Spanish", "es"), ("es_mx", "es-MX"), ("cmn", "zh"), ("yue", "zh-yue")]
)
def test_a_language_may_be_a_name_or_another_code(api: ListsApi, given: str, tag: str) -> None:
    response = api.call("POST", "wordlists", slug="x", language=given, words=["hola"], force=True)
    assert response.status_code == 200, response.content
    assert response.json()["language"] == tag
    assert Wordlist.objects.get().language == tag


def test_an_unknown_language_is_refused_with_the_nearest(api: ListsApi) -> None:
    response = api.call("POST", "wordlists", slug="x", language="jp", words=["犬"])
    param, code, message = error_of(response, 400)
    assert (param, code) == ("language", "invalid_value")
    assert "did you mean 'ja'" in message
    assert not Wordlist.objects.exists()


def test_lists_are_found_by_text_and_language(api: ListsApi) -> None:
    api.create("es-a1", title="Principiantes")
    api.create("es-mx", language="es-MX")
    api.create("est", language="et", words=["tere"])

    def found(**query: Any) -> set[str]:
        return {each["id"] for each in api.get("wordlists", **query)["data"]}

    assert found(q="PRINCIP") == {"es-a1"}
    assert found(q="es-") == {"es-a1", "es-mx"}
    assert found(language="ES") == {"es-a1", "es-mx"}
    assert found(language="es-MX") == {"es-mx"}
    assert found(language="et") == {"est"}
    assert found(q="none") == set()


# --- changes and deletion -------------------------------------------------------------------------


def test_details_are_changed_and_others_stay(api: ListsApi) -> None:
    api.create(title="Old", source="me")
    body = body_of(api.call("PATCH", "wordlists/es", title="New", visibility="shared", case="free"))
    assert (body["title"], body["visibility"], body["case"]) == ("New", "shared", "free")
    wordlist = Wordlist.objects.get()
    assert (wordlist.title, wordlist.source, wordlist.case) == ("New", "me", "free")
    assert wordlist.visibility == Visibility.SHARED
    assert body_of(api.call("PATCH", "wordlists/es")) == api.get("wordlists/es") == body


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"slug": "fr"}, "slug", "unsupported_parameter"),
        ({"language": "fr"}, "language", "unsupported_parameter"),
        ({"words": ["x"]}, "words", "unsupported_parameter"),
        ({"titel": "x"}, "titel", "unknown_parameter"),
        ({"title": ""}, "title", "invalid_value"),
        ({"archived": "yes"}, "archived", "invalid_type"),
        ({"units": "letters"}, "units", "invalid_value"),
    ],
)
def test_a_wrong_change_is_named_and_changes_nothing(
    api: ListsApi, fields: dict[str, Any], param: str, code: str
) -> None:
    before = api.create()
    del before["report"]
    response = api.call("PATCH", "wordlists/es", source="new", **fields)
    assert error_of(response, 400)[:2] == (param, code)
    assert api.get("wordlists/es") == before


def test_an_archived_list_is_listed_apart(api: ListsApi) -> None:
    api.create()
    assert body_of(api.call("PATCH", "wordlists/es", archived=True))["archived"] is True
    at = Wordlist.objects.get().archived_at
    assert at is not None
    body_of(api.call("PATCH", "wordlists/es", archived=True))
    assert Wordlist.objects.get().archived_at == at
    assert api.get("wordlists")["data"] == []
    assert [each["id"] for each in api.get("wordlists", archived="true")["data"]] == ["es"]
    assert api.get("wordlists/es/words")["total"] == 4
    assert body_of(api.call("PATCH", "wordlists/es", archived=False))["archived"] is False
    assert Wordlist.objects.get().archived_at is None


def test_a_list_is_deleted_with_its_revisions(api: ListsApi) -> None:
    api.create()
    api.post("wordlists/es/words", words=["gato"])
    body = body_of(api.call("DELETE", "wordlists/es"))
    assert body == {"id": "es", "object": "wordlist", "deleted": True}
    assert not Wordlist.objects.exists()
    assert not WordlistRevision.objects.exists()
    error_of(api.call("DELETE", "wordlists/es"), 404)


def test_a_list_that_is_used_is_not_deleted_and_the_error_says_by_what(
    api: ListsApi, user: User
) -> None:
    api.create()
    wordlist = Wordlist.objects.get()
    alias = make_alias("short", "es")
    ListsApi(user, wordlist=wordlist)
    for _ in range(2):
        BatchJob.objects.create(
            owner=user, revision=wordlist.current, model="m", parameters={}, seed=1, total=1
        )
    param, code, message = error_of(api.call("DELETE", "wordlists/es"), 409)
    assert (param, code) == ("slug", "wordlist_in_use")
    for part in ("2 batch jobs", "1 model alias", "1 API key", "Archive it instead"):
        assert part in message
    assert words_of() == WORDS
    alias.delete()
    ApiKey.objects.filter(wordlist=wordlist).delete()
    BatchJob.objects.all().delete()
    body_of(api.call("DELETE", "wordlists/es"))
