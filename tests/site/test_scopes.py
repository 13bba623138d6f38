"""Each endpoint needs the scope that docs/api.md gives it."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from generation.auth.api_key import ApiKey
from generation.auth.scopes import Scope
from tests.docs.markdown import ROOT
from tests.site.api_paths import api_paths

pytestmark = pytest.mark.django_db

# Method, path, scope; None for what every key may do.
ENDPOINTS = [
    ("POST", "/v1/chat/completions", "chat"),
    ("POST", "/v1/responses", "chat"),
    ("GET", "/v1/responses/x", "chat"),
    ("DELETE", "/v1/responses/x", "chat"),
    ("POST", "/v1/completions", "chat"),
    ("POST", "/tokenize", "chat"),
    ("POST", "/detokenize", "chat"),
    ("POST", "/v1/tokenize", "chat"),
    ("POST", "/v1/detokenize", "chat"),
    ("GET", "/v1/models", None),
    ("GET", "/v1/models/x", None),
    ("POST", "/v1/batch/jobs", "batch"),
    ("GET", "/v1/batch/jobs/x", "batch"),
    ("POST", "/v1/batch/jobs/x/cancel", "batch"),
    ("GET", "/v1/batch/jobs/x/results", "batch"),
    ("GET", "/v1/batches", "batch"),
    ("POST", "/v1/batches", "batch"),
    ("GET", "/v1/batches/x", "batch"),
    ("POST", "/v1/batches/x/cancel", "batch"),
    ("GET", "/v1/files", "files"),
    ("POST", "/v1/files", "files"),
    ("GET", "/v1/files/x", "files"),
    ("DELETE", "/v1/files/x", "files"),
    ("GET", "/v1/files/x/content", "files"),
    ("GET", "/metrics", "metrics"),
]
# tests/generation/wordlist_api and tests/generation/vocab_api test the scopes of these.
OTHERS = ("/v1/wordlists", "/v1/vocab")
every_endpoint = pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)


def send(user: User, scopes: list[str], method: str, path: str) -> tuple[int, str, str]:
    """Return the status, the code and the message of the error."""
    key = ApiKey(name="k", user=user, scopes=scopes)
    token = key.set_token()
    key.save()
    answer = Client().generic(
        method, path, "{}", "application/json", headers={"Authorization": f"Bearer {token}"}
    )
    if not answer.headers["Content-Type"].startswith("application/json"):
        return answer.status_code, "", ""
    error = answer.json().get("error") or {"code": "", "message": ""}
    return answer.status_code, error["code"], error["message"]


@every_endpoint
def test_a_key_with_all_other_scopes_is_refused(
    user: User, method: str, path: str, scope: str | None
) -> None:
    others = [each.value for each in Scope if each != scope]
    status, code, message = send(user, others if scope else [], method, path)
    if scope is None:
        assert status in (200, 404)
    else:
        assert (status, code) == (403, "insufficient_scope")
        assert f"does not have the scope '{scope}'" in message


@every_endpoint
def test_a_key_with_this_scope_alone_is_not(
    user: User, method: str, path: str, scope: str | None
) -> None:
    status, code, _ = send(user, [scope] if scope else [], method, path)
    assert status in (200, 400, 404, 415), code
    assert code != "insufficient_scope"


def test_every_path_of_the_api_is_here() -> None:
    known = {path for _, path, _ in ENDPOINTS}
    # An action of a job is one of several words.
    found = {re.sub(r"(/jobs/x)/(?!results)\w+$", r"\1/cancel", path) for path in api_paths()}
    assert {path for path in found if not path.startswith(OTHERS)} - known == set()


def test_the_page_names_the_scope_of_each_endpoint() -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `([a-z:]+)` \| (.+) \|$", page, re.MULTILINE))
    assert set(Scope.values) <= set(table)
    for _, path, scope in ENDPOINTS:
        if scope:
            named = re.findall(r"`(/[\w/]+)`", table[scope])
            assert any(f"{path}/".startswith(f"{each}/") for each in named), path


def test_the_migration_gives_old_keys_what_they_could_do(user: User) -> None:
    migration = import_module("wordgen_site.migrations.0004_scopes_of_every_endpoint")
    old = [[], ["lists:read"], ["lists:read", "lists:write"]]
    keys = []
    for scopes in old:
        key = ApiKey(name="old", user=user, scopes=scopes)
        key.set_token()
        key.save()
        keys.append(key)
    migration.add(apps, None)
    for key, scopes in zip(keys, old, strict=True):
        key.refresh_from_db()
        assert key.scopes == ["chat", "batch", "files", "metrics", *scopes]
    migration.remove(apps, None)
    for key, scopes in zip(keys, old, strict=True):
        key.refresh_from_db()
        assert key.scopes == scopes
