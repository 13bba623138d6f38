"""The jobs page, its downloads, and its socket driven through the real ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.http import StreamingHttpResponse
from django.test import Client

from batches.lifecycle import actions
from batches.models import BatchJob
from batches.pages import jobs_consumer
from batches.worker.job_slice import advance
from generation.engine.scripted import ScriptedDecoder
from tests.batches.factories import MakeJob, stored_job
from wordgen_site.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

TIMEOUT = 10.0
Message = dict[str, Any]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_consumer, "TICK_SECONDS", 0.02)


@pytest.fixture
def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def socket_of(client: Client | None) -> WebsocketCommunicator:
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
    if client is not None:
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode()))
    return WebsocketCommunicator(application, "/ws/jobs/", headers=headers)


@asynccontextmanager
async def connected(client: Client) -> AsyncIterator[WebsocketCommunicator]:
    socket = socket_of(client)
    assert await socket.connect(TIMEOUT) == (True, None)
    try:
        yield socket
    finally:
        await socket.disconnect(timeout=TIMEOUT)


async def next_of(socket: WebsocketCommunicator, kind: str) -> Message:
    while True:
        message: Message = await socket.receive_json_from(TIMEOUT)
        if message["type"] == kind:
            return message


async def next_row(socket: WebsocketCommunicator, state: str) -> Message:
    """Return the only job's row when it has this state. An older row may still arrive before it."""
    while True:
        [row] = cast("list[Message]", (await next_of(socket, "jobs"))["jobs"])
        if row["state"] == state:
            return row


async def act(socket: WebsocketCommunicator, job: BatchJob, action: str) -> None:
    await socket.send_json_to({"type": "act", "id": job.public_id, "action": action})


# --- the page ------------------------------------------------------------------------------------


def test_the_page_needs_a_login_and_allows_nothing_from_elsewhere(client_of: Client) -> None:
    assert Client().get("/jobs/").status_code == 302
    response = client_of.get("/jobs/")
    assert response.status_code == 200
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert 'href="/jobs/"' in client_of.get("/").content.decode()


@pytest.mark.parametrize(
    ("name", "start"), [("json", "["), ("jsonl", "{"), ("csv", "\ufeffindex"), ("xlsx", "PK")]
)
def test_results_are_downloaded_with_the_session(
    client_of: Client, make_job: MakeJob, scripted: ScriptedDecoder, name: str, start: str
) -> None:
    job = make_job(2)
    advance()
    response = client_of.get(f"/jobs/{job.public_id}/results.{name}")
    assert response.status_code == 200
    assert f'filename="{job.public_id}.{name}"' in response["Content-Disposition"]
    parts = cast("AsyncIterator[bytes]", cast(StreamingHttpResponse, response).streaming_content)

    async def read() -> bytes:
        return b"".join([part async for part in parts])

    assert async_to_sync(read)().startswith(start.encode())
    stranger = Client()
    stranger.force_login(User.objects.create_user("berta"))
    assert stranger.get(f"/jobs/{job.public_id}/results.{name}").status_code == 404
    assert client_of.get(f"/jobs/{job.public_id}/results.xml").status_code == 404


# --- the socket ----------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_an_anonymous_socket_is_closed_with_a_code_that_the_page_can_read() -> None:
    socket = socket_of(None)
    await socket.connect(TIMEOUT)
    assert await socket.receive_output(TIMEOUT) == {"type": "websocket.close", "code": 4401}
    await socket.disconnect(timeout=TIMEOUT)


@pytest.mark.asyncio
async def test_the_jobs_come_at_once_and_whenever_they_change(
    client_of: Client, make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = await sync_to_async(make_job)(2)
    async with connected(client_of) as socket:
        [row] = (await next_of(socket, "jobs"))["jobs"]
        assert (row["id"], row["state"], row["owner"]) == (job.public_id, "validating", "ana")
        assert row["actions"] == ["pause", "cancel", "expire"]
        assert (row["progress"]["pending"], row["downloads"]) == (2, [])
        await sync_to_async(advance)()
        row = await next_row(socket, "completed")
        assert (row["progress"]["completed"], row["progress"]["pending"]) == (2, 0)
        assert row["downloads"] == ["json", "jsonl", "csv", "xlsx"]


@pytest.mark.asyncio
async def test_a_job_is_acted_on_and_a_conflict_is_said(
    client_of: Client, make_job: MakeJob
) -> None:
    job = await sync_to_async(make_job)(2)
    async with connected(client_of) as socket:
        await act(socket, job, "pause")
        done = await next_of(socket, "done")
        assert done == {"type": "done", "id": job.public_id, "action": "pause"}
        row = await next_row(socket, "paused")
        assert row["actions"] == ["resume", "cancel", "expire"]
        await act(socket, job, "cancel")
        await next_of(socket, "done")
        await act(socket, job, "pause")
        error = await next_of(socket, "error")
        assert error["message"] == "Cannot pause a job with status 'cancelled'."
        await job.arefresh_from_db()
        assert job.status == "cancelled"


@pytest.mark.asyncio
async def test_others_jobs_are_neither_seen_nor_touched(client_of: Client) -> None:
    other = await User.objects.acreate_user("berta")
    job = await sync_to_async(stored_job)(other, 1)
    async with connected(client_of) as socket:
        assert (await next_of(socket, "jobs"))["jobs"] == []
        await act(socket, job, "cancel")
        assert (await next_of(socket, "error"))["message"] == "There is no such job or action."
    await job.arefresh_from_db()
    assert job.status == "validating"


@pytest.mark.asyncio
async def test_who_may_view_all_jobs_sees_them_and_changes_none(
    client_of: Client, user: User
) -> None:
    other = await User.objects.acreate_user("berta")
    job = await sync_to_async(stored_job)(other, 1)
    view = await Permission.objects.aget(codename="view_batchjob")
    await user.user_permissions.aadd(view)
    async with connected(client_of) as socket:
        [row] = (await next_of(socket, "jobs"))["jobs"]
        assert (row["owner"], row["actions"]) == ("berta", [])
        await act(socket, job, "cancel")
        error = await next_of(socket, "error")
        assert error["message"] == "You may view this job but not change it."
        # A permission that changes during the connection counts from the next message on.
        change = await Permission.objects.aget(codename="change_batchjob")
        await user.user_permissions.aadd(change)
        await act(socket, job, "cancel")
        await next_of(socket, "done")
    await job.arefresh_from_db()
    assert job.status == "cancelled"


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["logged out", "deactivated"])
async def test_who_is_gone_gets_nothing_more(
    client_of: Client, user: User, make_job: MakeJob, way: str
) -> None:
    job = await sync_to_async(make_job)(1)
    async with connected(client_of) as socket:
        await next_of(socket, "jobs")
        if way == "logged out":
            await sync_to_async(client_of.session.flush)()
        else:
            await User.objects.filter(pk=user.pk).aupdate(is_active=False)
        assert await socket.receive_output(TIMEOUT) == {"type": "websocket.close", "code": 4401}
    await sync_to_async(actions.pause)(job)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"type": "act", "id": 7}',
        r'{"type": "act", "id": "\ud800", "action": "cancel"}',
        r'{"type": "act", "id": "\u0000", "action": "cancel"}',
        f'{{"type": "act", "id": "{"x" * 100_000}", "action": "cancel"}}',
        f"[{'[],' * 200_000}[]]",
    ],
    ids=range(8),
)
async def test_nonsense_is_answered(client_of: Client, text: str) -> None:
    async with connected(client_of) as socket:
        await socket.send_to(text_data=text)
        error = await next_of(socket, "error")
        assert (error["id"], "Unknown message" in error["message"]) == (None, True)
