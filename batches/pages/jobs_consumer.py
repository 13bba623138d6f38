"""The jobs page's WebSocket: the state of the jobs once a second, read from the database.

Not pushed by the workers: they are other processes, and what they would push is in the database
already.
"""

from __future__ import annotations

import asyncio
import json
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

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

NOT_LOGGED_IN = 4401  # close code
TICK_SECONDS = 1.0

in_thread = partial(database_sync_to_async, thread_sensitive=False)


class Jobs(TypedDict):
    """All that the user may see, newest first; sent at once and whenever something changed."""

    type: Literal["jobs"]
    jobs: list[dict[str, Any]]


class Done(TypedDict):
    type: Literal["done"]
    id: str
    action: str


class Error(TypedDict):
    """id: None if the message that caused it named no job."""

    type: Literal["error"]
    id: str | None
    message: str


class JobsConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """In: {"type": "act", "id": a job's, "action": one of ACTIONS}.

    Out: `jobs`, and for each `act` exactly one of `done` and `error`. Before each of them it is
    looked up anew who the user is and what that one may do.
    """

    _ticker: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        # A refusal before `accept` reaches a browser as a failed connection without a code.
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
            content = json.loads(text_data or "")
        except (ValueError, RecursionError):
            content = None
        match content:
            case {"type": "act", "id": str() as public_id, "action": str() as action}:
                await self._act(public_id, action)
            case _:
                await self._send(
                    Error(type="error", id=None, message="Unknown message. Send 'act'.")
                )

    async def _act(self, public_id: str, action: str) -> None:
        said = await in_thread(act)(self.scope["session"].session_key, public_id, action)
        if said is None:
            await self.close(code=NOT_LOGGED_IN)
            return
        await self._send(said)
        self._changed.set()

    async def _tick(self) -> None:
        """Send the jobs as often as they change, and close when the user is logged out."""
        shown: list[dict[str, Any]] | None = None
        while True:
            self._changed.clear()  # first: what changes while the rows are read is read again
            try:
                jobs = await in_thread(rows)(self.scope["session"].session_key)
            except DatabaseError as error:  # it restarts, perhaps: the page waits for it
                logger.warning("jobs could not be read error=%s", error)
            else:
                if jobs is None:
                    await self.close(code=NOT_LOGGED_IN)
                    return
                if jobs != shown:
                    await self._send(Jobs(type="jobs", jobs=jobs))
                    shown = jobs
            try:
                async with asyncio.timeout(TICK_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _send(self, message: Jobs | Done | Error) -> None:
        await self.send_json(message)


def user_of(session_key: str | None) -> User | None:
    """Who is logged in with a session now: since the handshake that may have ended."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = async_to_sync(get_user)({"session": session})
    return cast("User", user) if user.is_authenticated and user.is_active else None


def rows(session_key: str | None) -> list[dict[str, Any]] | None:
    """Return what the page shows; None if nobody is logged in."""
    user = user_of(session_key)
    if user is None:
        return None
    return [job_row(user, job) for job in jobs_of(user)[:SHOWN_JOBS]]


def act(session_key: str | None, public_id: str, action: str) -> Done | Error | None:
    """Do something to a job; None if nobody is logged in."""
    user = user_of(session_key)
    if user is None:
        return None
    job = jobs_of(user).filter(public_id=public_id).first()
    if job is None or action not in ACTIONS:
        return Error(type="error", id=public_id, message="There is no such job or action.")
    if not may_change(user, job):
        return Error(type="error", id=public_id, message="You may look at this job only.")
    try:
        ACTIONS[action](job)
    except Conflict as error:
        return Error(type="error", id=public_id, message=str(error))
    return Done(type="done", id=public_id, action=action)
