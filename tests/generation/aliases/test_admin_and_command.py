"""Aliases and bound keys in the admin, and `manage.py model_alias`: clear errors, nothing lost."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from generation.aliases.model_alias import ModelAlias
from generation.auth.api_key import ApiKey
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import SERVED, WORDS, bound_headers, make_alias
from vocab.models import Wordlist

pytestmark = pytest.mark.django_db

LIST = "/admin/wordgen_site/modelalias/"
ADD = "/admin/wordgen_site/modelalias/add/"


@pytest.fixture(autouse=True)
def english(make_wordlist: MakeWordlist) -> Wordlist:
    return make_wordlist("en", WORDS).wordlist


def form(of: Wordlist, **fields: Any) -> dict[str, Any]:
    empty = {"revision": "", "n_words": "", "defaults": "{}"}
    return {**empty, "name": "en-3", "wordlist": of.pk, **fields}


# --- the admin -----------------------------------------------------------------------------------


def test_an_alias_is_made_listed_and_changed(admin_client: Client, english: Wordlist) -> None:
    defaults = '{"temperature": 0.7, "stop": "cat", "vocab_case": "free", "repeat_penalty": 2}'
    data = form(english, n_words="3", revision="1", defaults=defaults, allow_override="on")
    response = admin_client.post(ADD, data, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    alias = ModelAlias.objects.get()
    assert (alias.name, alias.revision, alias.n_words, alias.allow_override) == ("en-3", 1, 3, True)
    assert alias.defaults == {
        "temperature": 0.7,
        "stop": ["cat"],
        "vocab_case": "free",
        "repetition_penalty": 2.0,
    }
    body = response.content.decode()
    assert "en@1" in body
    assert "&quot;temperature&quot;: 0.7" in body

    url = reverse("admin:wordgen_site_modelalias_change", args=[alias.pk])
    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, form(english, defaults="")).status_code == 302
    alias.refresh_from_db()
    assert (alias.revision, alias.n_words, alias.defaults) == (None, None, {})


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": SERVED}, "This is the name of the served model."),
        ({"name": "en 3"}, "Use letters, digits, ., - and _, at most 100."),
        ({"name": "-en"}, "Use letters, digits, ., - and _, at most 100."),
        ({"name": "en/3"}, "Use letters, digits, ., - and _, at most 100."),
        ({"name": "niño"}, "Use letters, digits, ., - and _, at most 100."),
        ({"wordlist": ""}, "This field is required."),
        ({"wordlist": "999"}, "Select a valid choice."),
        ({"revision": "2"}, "Wordlist &#x27;en&#x27; has no revision 2; its latest is 1"),
        ({"n_words": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"defaults": "{"}, "Enter a valid JSON."),
        ({"defaults": "[1]"}, "Expected a JSON object of request fields"),
        ({"defaults": '{"vocab_n_word": 1}'}, "vocab_n_word: Unrecognized request argument"),
        ({"defaults": '{"temperature": 9}'}, "temperature: Ensure this value is less than"),
        ({"defaults": '{"temperature": NaN}'}, "temperature: A valid number is required."),
        ({"defaults": '{"messages": []}'}, "messages: Unrecognized request argument"),
        ({"defaults": '{"vocab_case": "no"}'}, "vocab_case: "),
        ({"defaults": '{"vocab_lang": "es"}'}, "vocab_lang: Use the field &#x27;wordlist&#x27;"),
        ({"defaults": '{"vocab_n_words": 3}'}, "Use the field &#x27;number of words&#x27;"),
        ({"defaults": '{"model": "x"}'}, "model: Use the field &#x27;name&#x27;"),
        ({"defaults": '{"num_beam_groups": 3}'}, "num_beam_groups: 1 beams cannot be divided"),
    ],
)
def test_a_wrong_alias_is_refused_by_name_and_the_form_keeps_its_text(
    admin_client: Client, english: Wordlist, fields: dict[str, str], error: str
) -> None:
    response = admin_client.post(ADD, form(english, **fields))
    assert response.status_code == 200
    body = response.content.decode()
    assert error in body
    assert not ModelAlias.objects.exists()
    if "defaults" in fields:
        assert fields["defaults"].replace('"', "&quot;") in body


def test_a_list_that_cannot_answer_is_refused(
    admin_client: Client, make_wordlist: MakeWordlist
) -> None:
    empty = Wordlist.objects.create(slug="empty", title="Empty", language="en")
    body = admin_client.post(ADD, form(empty)).content.decode()
    assert "There is no wordlist &#x27;empty&#x27;" in body
    only_parts = make_wordlist("parts", ["'s", "the"]).wordlist
    body = admin_client.post(ADD, form(only_parts, n_words="1")).content.decode()
    assert "The first word of parts@1 is its entry 2" in body
    assert not ModelAlias.objects.exists()


def test_a_name_is_used_once(admin_client: Client, english: Wordlist) -> None:
    make_alias("en-3", "en")
    body = admin_client.post(ADD, form(english)).content.decode()
    assert "Model alias with this Name already exists." in body
    assert ModelAlias.objects.count() == 1


def test_the_page_that_deletes_a_list_says_that_aliases_use_it(
    admin_client: Client, english: Wordlist
) -> None:
    make_alias("en-3", "en")
    url = reverse("admin:vocab_wordlist_delete", args=[english.pk])
    body = admin_client.get(url).content.decode()
    assert "cannot be deleted, because these use it" in body
    assert "1 model alias" in body
    assert admin_client.post(url, {"post": "yes"}).status_code == 409
    assert Wordlist.objects.filter(pk=english.pk).exists()


def test_a_key_is_bound_in_the_admin(
    admin_client: Client, admin_user: User, english: Wordlist
) -> None:
    alias = make_alias("en-3", "en")
    data = {"name": "class", "user": admin_user.pk, "expires_at_0": "", "expires_at_1": ""}
    add = "/admin/wordgen_site/apikey/add/"
    both = {"alias": alias.pk, "wordlist": english.pk}
    body = admin_client.post(add, data | both).content.decode()
    assert "Choose an alias or a wordlist, not both." in body
    assert not ApiKey.objects.exists()
    response = admin_client.post(add, data | {"alias": alias.pk}, follow=True)
    assert "en-3" in response.content.decode()
    key = ApiKey.objects.get()
    assert (key.alias, key.wordlist, key.is_bound) == (alias, None, True)


# --- manage.py model_alias -----------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("model_alias", *arguments, stdout=out)
    return out.getvalue()


def create(*arguments: str) -> str:
    return run("create", "en-3", "--list", "en", *arguments)


def test_the_command_creates_lists_and_removes_an_alias() -> None:
    said = run(
        "create",
        "en-3",
        *("--list", "en@1", "--words", "3"),
        *("--default", "temperature=0.7", "--default", "stop=cat"),
        *("--default", "vocab_case=free", "--allow-override"),
    )
    line = (
        "en-3  vocab_lang=en@1 vocab_n_words=3 temperature=0.7 stop=['cat'] vocab_case=free"
        " (requests may override)\n"
    )
    assert said == line
    alias = ModelAlias.objects.get()
    assert (alias.revision, alias.n_words, alias.allow_override) == (1, 3, True)
    assert alias.defaults == {"temperature": 0.7, "stop": ["cat"], "vocab_case": "free"}
    assert run("list") == line
    assert run("remove", "en-3") == "en-3 was removed.\n"
    assert not ModelAlias.objects.exists()
    assert run("list") == ""


def test_an_alias_is_changed_only_when_asked_to() -> None:
    create("--words", "3", "--allow-override")
    with pytest.raises(CommandError, match=r"The alias 'en-3' exists\. --replace changes it\."):
        create("--words", "4")
    assert ModelAlias.objects.get().n_words == 3
    create("--replace", "--default", "seed=4")
    alias = ModelAlias.objects.get()
    assert (alias.n_words, alias.allow_override, alias.defaults) == (None, False, {"seed": 4})


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--default", "temperature"], "'temperature' is not FIELD=VALUE, such as temperature=0.7"),
        (["--default", "temperature=hot"], "defaults: temperature: A valid number is required"),
        (["--default", "n=2"], "defaults: n: Unrecognized request argument supplied"),
        (["--words", "0"], "n_words: Ensure this value is greater than or equal to 1"),
        (["--list", "fr"], "--list: There is no wordlist 'fr'"),
        (["--list", "en@"], "--list: 'en@' is not a slug, or a slug@revision"),
        (["--list", "en@7"], "revision: Wordlist 'en' has no revision 7"),
    ],
)
def test_the_command_names_what_is_wrong(arguments: list[str], error: str) -> None:
    with pytest.raises(CommandError, match=error):
        create(*arguments)
    assert not ModelAlias.objects.exists()


def test_an_alias_of_a_key_is_not_removed(user: User) -> None:
    bound_headers(user, alias=make_alias("en-3", "en"))
    with pytest.raises(CommandError, match=r"'en-3' is still used by these API keys: bound \(wg_"):
        run("remove", "en-3")
    with pytest.raises(CommandError, match="There is no alias 'en-4'"):
        run("remove", "en-4")
    assert ModelAlias.objects.count() == 1
