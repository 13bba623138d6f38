"""The admin page about the engine."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from generation.engine.contract import GenerationRequest, Message, ModelUnavailable
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import Decoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import get_engine, set_engine

URL = "/admin/engine/"
WAIT = 10.0


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_only_staff_may_see_it(client: Client, user: User) -> None:
    client.force_login(user)
    response = client.get(URL)
    assert response.status_code == 302
    assert response["location"].startswith("/admin/login/")


@pytest.mark.parametrize("page", ["/admin/", "/admin/batches/batchjob/", URL])
def test_every_admin_page_links_to_it(staff: Client, page: str) -> None:
    response = staff.get(page)
    assert response.status_code == 200
    assert f'<a href="{URL}">Engine</a>' in response.text
    assert 'rel="icon"' in response.text


def test_it_does_not_load_the_model(staff: Client) -> None:
    set_engine(None)
    response = staff.get(URL)
    assert response.status_code == 200
    assert "<strong>idle</strong>" in response.text


def test_it_shows_the_counters(staff: Client, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(["one ", "two"])
    get_engine().submit(GenerationRequest(messages=(Message("user", "hi"),))).result(WAIT)
    response = staff.get(URL)
    assert "<strong>ready</strong>" in response.text
    assert '<tr><th scope="row">Generated tokens</th><td>2</td></tr>' in response.text


def test_a_model_that_cannot_be_loaded_makes_the_server_unready(staff: Client) -> None:
    def load() -> Decoder:
        raise ModelUnavailable("no such model")

    set_engine(ThreadedEngine(load, 8))
    try:
        with pytest.raises(ModelUnavailable):
            get_engine().submit(GenerationRequest(messages=())).result(WAIT)
        assert "no such model" in staff.get(URL).text
        ready = staff.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json() == {
            "status": "unavailable",
            "reason": "engine failed",
            "detail": "The model cannot be loaded; the log says why.",
        }
    finally:
        set_engine(None)
