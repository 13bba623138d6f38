"""The admin panel that checks a revision against the model, and the panel registry."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client
from django.utils.html import format_html
from django.utils.safestring import SafeString
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from generation.admin import lint_of
from tests.vocab.uploading import make_list, staff
from vocab.admin import panels
from vocab.models import WordlistRevision

pytestmark = pytest.mark.django_db

ASK = {"lint": "1"}
BUTTON = '<input type="submit" value="Check against the model">'
WORDS = ("hola", "casa", "Ñandú", "<i>", "olas", "halcolasa")


def make_model(folder: Path) -> Path:
    """A model folder with a tokenizer of seven tokens: the letters and the space of `hola casa`."""
    backend = Tokenizer(models.BPE(vocab=dict(zip("holacsĠ", range(7), strict=True)), merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def model(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.MODEL_NAME = str(make_model(tmp_path))
    settings.SERVED_MODEL_NAME = "letters"
    lint_of.cache_clear()
    yield tmp_path
    lint_of.cache_clear()


def page_of(revision: WordlistRevision) -> str:
    return f"/admin/vocab/wordlistrevision/{revision.pk}/change/"


def revision_of(words: tuple[str, ...] = WORDS) -> WordlistRevision:
    revision = make_list("es", words).current
    assert revision is not None
    return revision


def test_nothing_is_checked_before_a_user_asks(admin_client: Client, model: Path) -> None:
    (model / "tokenizer.json").unlink()
    body = admin_client.get(page_of(revision_of())).content.decode()
    assert BUTTON in body
    assert "the entries that letters cannot write" in body
    assert 'class="errornote"' not in body
    assert lint_of.cache_info().misses == 0


def test_the_result_is_shown_instead_of_the_button(admin_client: Client, model: Path) -> None:
    body = admin_client.get(page_of(revision_of()), ASK).content.decode()
    assert BUTTON not in body
    assert "How the tokenizer of <strong>letters</strong> writes these 6 entries." in body
    for label, count in [
        ("words it cannot write", "2"),
        ("words of more than 4 tokens", "4"),
        ("tokens in use, all words", "7"),
        ("tokens per running word", "5.45"),  # (5/1 + 5/2 + 5/5 + 10/6) / (1 + 1/2 + 1/5 + 1/6)
    ]:
        assert f"<dt>{label}</dt><dd>{count}</dd>" in body
    assert '<td>3</td><td lang="es"><bdi>Ñandú</bdi></td><td>no token writes &#x27;Ñ' in body
    assert "<bdi>&lt;i&gt;</bdi>" in body
    assert "<span>10</span><bdi>halcolasa</bdi>" in body


def test_a_result_is_kept(admin_client: Client, model: Path) -> None:
    revision = revision_of()
    admin_client.get(page_of(revision), ASK)
    (model / "tokenizer.json").unlink()
    body = admin_client.get(page_of(revision), ASK).content.decode()
    assert "<dt>words it cannot write</dt><dd>2</dd>" in body
    assert (lint_of.cache_info().misses, lint_of.cache_info().hits) == (1, 1)


def test_a_problem_is_shown_and_not_kept(admin_client: Client, model: Path) -> None:
    revision = revision_of()
    (model / "tokenizer.json").rename(model / "away.json")
    response = admin_client.get(page_of(revision), ASK)
    assert response.status_code == 200
    assert 'class="errornote">The tokenizer' in response.content.decode()
    assert BUTTON in response.content.decode()
    (model / "away.json").rename(model / "tokenizer.json")
    assert "words it cannot write" in admin_client.get(page_of(revision), ASK).content.decode()


def test_the_embedded_model_is_not_made_by_a_page(
    admin_client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MODELS_DIR = tmp_path
    body = admin_client.get(page_of(revision_of()), ASK).content.decode()
    assert "SmolLM2-135M-Instruct is not ready yet: run manage.py prepare_model." in body
    assert list(tmp_path.iterdir()) == []


def test_a_user_without_view_permission_starts_no_check(client: Client, model: Path) -> None:
    revision = revision_of()
    client.force_login(User.objects.create_user("carla", is_staff=True))
    assert client.get(page_of(revision), ASK).status_code == 403
    assert lint_of.cache_info().misses == 0
    client.force_login(staff("view_wordlistrevision"))
    assert "words it cannot write" in client.get(page_of(revision), ASK).content.decode()


def test_panels_come_in_their_order(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_panels", [])

    @panels.register
    def first(request: HttpRequest, revision: WordlistRevision) -> SafeString:
        return format_html("<p>first of {}</p>", revision.reference)

    panels.register(lambda request, revision: format_html("<p>{}</p>", "<second>"))
    body = admin_client.get(page_of(revision_of())).content.decode()
    assert "<p>first of es@1</p><p>&lt;second&gt;</p>" in body


WITHOUT_TORCH = """
import sys
import django
django.setup()
from django.core.management import call_command
from django.contrib.auth.models import User
from django.test import Client
call_command("migrate", verbosity=0)
from tests.vocab.uploading import make_list
client = Client()
client.force_login(User.objects.create_superuser("ana"))
page = make_list("es", ("hola", "mar")).current.get_absolute_url()
heavy = {"torch", "transformers", "accelerate", "lmformatenforcer", "gguf"}
for query, expected in ({}, 'value="Check against the model"'), ({"lint": "1"}, "no token writes"):
    body = client.get(page, query).content.decode()
    assert expected in body, body
    assert not heavy & set(sys.modules), (query, heavy & set(sys.modules))
"""


def test_neither_the_page_nor_the_check_imports_torch(tmp_path: Path) -> None:
    folder = tmp_path / "models" / django_settings.EMBEDDED_MODEL
    folder.mkdir(parents=True)
    make_model(folder)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        cwd=Path(django_settings.BASE_DIR),
        env={
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "BROWSER_DATABASE": str(tmp_path / "db.sqlite3"),
            # The test settings remove MODEL_NAME, so this sets the folder of the embedded model.
            "MODELS_DIR": str(tmp_path / "models"),
            "PATH": "",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
