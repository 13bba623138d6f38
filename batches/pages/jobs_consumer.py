"""The WebSocket of the jobs page. It reads the state of the jobs from the database every second.

The workers are other processes and push nothing, because the database already has their state.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from asgiref.sync import async_to_sync
from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from batches.lifecycle.actions import ACTIONS, Conflict
from batches.pages.jobs_page import SHOWN_JOBS, job_row, jobs_of, may_change
from generation.openai.bounded_json import loads

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

NOT_LOGGED_IN = 4401  # close code
TICK_SECONDS = 1.0
MAX_ID_CHARS = 100

in_thread = partial(database_sync_to_async, thread_sensitive=False)


class Jobs(TypedDict):
    """The latest jobs that the user may see, newest first. Sent at once and after each change."""

    type: Literal["jobs"]
    jobs: list[dict[str, Any]]


class Done(TypedDict):
    """The action was carried out."""

    type: Literal["done"]
    id: str
    action: str


class Error(TypedDict):
    """The action failed. id: None if the client's message named no job."""

    type: Literal["error"]
    id: str | None
    message: str


class JobsConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Receives {"type": "act", "id": a job's id, "action": one of ACTIONS}.

    Sends `jobs`, and exactly one `done` or `error` for each `act`. The user and the permissions
    are read from the database again before each message.
    """

    _ticker: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        # If the connection were closed before `accept`, the browser would get no close code.
        await self.accept()
        self._changed = asyncio.Event()
        self._ticker = asyncio.create_task(self._tick())

    async def disconnect(self, code: int) -> None:
        if self._ticker is not None:
            self._ticker.cancel()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        try:
            content = loads(text_data or "")
        except (ValueError, RecursionError):
            content = None
        match content:
            case {"type": "act", "id": str() as public_id, "action": str() as action} if (
                is_possible_id(public_id)
            ):
                await self._act(public_id, action)
            case _:
                await self._send(
                    Error(type="error", id=None, message="Unknown message. Send 'act'.")
                )

    async def _act(self, public_id: str, action: str) -> None:
        answer = await in_thread(act)(self.scope["session"].session_key, public_id, action)
        if answer is None:
            await self.close(code=NOT_LOGGED_IN)
            return
        await self._send(answer)
        self._changed.set()

    async def _tick(self) -> None:
        """Send the jobs when they have changed. Close when the user is logged out."""
        sent: list[dict[str, Any]] | None = None
        while True:
            self._changed.clear()  # before reading, so that no change during the reading is missed
            try:
                jobs = await in_thread(rows)(self.scope["session"].session_key)
            except DatabaseError as error:  # the database may be restarting; try again
                logger.warning("jobs could not be read error=%s", error)
            else:
                if jobs is None:
                    await self.close(code=NOT_LOGGED_IN)
                    return
                if jobs != sent:
                    await self._send(Jobs(type="jobs", jobs=jobs))
                    sent = jobs
            try:
                async with asyncio.timeout(TICK_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _send(self, message: Jobs | Done | Error) -> None:
        await self.send_json(message)


def is_possible_id(text: str) -> bool:
    """Return whether the text may be looked up and sent back.

    The database takes neither NUL nor half of a surrogate pair.
    """
    return len(text) <= MAX_ID_CHARS and text.isascii() and text.isprintable()


def user_of(session_key: str | None) -> User | None:
    """Return the user of a session that is still valid; None otherwise."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = async_to_sync(get_user)({"session": session})
    return cast("User", user) if user.is_authenticated and user.is_active else None


def rows(session_key: str | None) -> list[dict[str, Any]] | None:
    """Return the jobs that the page shows; None if the user is logged out."""
    user = user_of(session_key)
    if user is None:
        return None
    return [job_row(user, job) for job in jobs_of(user)[:SHOWN_JOBS]]


def act(session_key: str | None, public_id: str, action: str) -> Done | Error | None:
    """Carry out an action on a job. Return None if the user is logged out."""
    user = user_of(session_key)
    if user is None:
        return None
    job = jobs_of(user).filter(public_id=public_id).first()
    if job is None or action not in ACTIONS:
        return Error(type="error", id=public_id, message="There is no such job or action.")
    if not may_change(user, job):
        return Error(type="error", id=public_id, message="You may view this job but not change it.")
    try:
        ACTIONS[action](job)
    except Conflict as error:
        return Error(type="error", id=public_id, message=str(error))
    return Done(type="done", id=public_id, action=action)
