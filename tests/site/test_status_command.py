"""`manage.py status`: the state of an installation and its exit status."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from batches.models import BatchJob
from tests.process import server as servers
from tests.process.server import KEY, free_port, manage
from wordgen_site.monitoring import status_report


def status(*, expected: str) -> dict[str, Any]:
    """Return the JSON of the command, which must fail with these reasons."""
    out = StringIO()
    with pytest.raises(CommandError, match=f"^Not well: {expected}\\.$"):
        call_command("status", "--json", stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


@pytest.fixture(autouse=True)
def nobody_listens(settings: Any) -> None:
    settings.PORT = free_port()


@pytest.mark.process
def test_a_running_server_is_well_and_a_stopped_one_is_not(tmp_path: Path) -> None:
    with servers.running(tmp_path, "en", ENGINE="scripted") as server:
        env = servers.environment(tmp_path, int(server.url.rsplit(":", 1)[1]), ENGINE="scripted")
        server.wait_for("] running.")
        ended = manage(env, "status", "--json")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        report = json.loads(ended.stdout)
        assert report["problems"] == []
        assert report["server"] == {"url": server.url, "status": "ok"}
        assert report["workers"]["alive"] == 1
        assert 0 <= report["workers"]["heartbeat_age_seconds"] < 60
        shown = manage(env, "status").stdout
        assert f"server   ok ({server.url})" in shown
        assert "workers  1 alive" in shown
        assert KEY not in shown
    stopped = manage(env, "status")
    assert stopped.returncode == 1
    assert "server" in stopped.stderr
    assert server.url in stopped.stdout


@pytest.mark.django_db
def test_open_jobs_and_leases_are_counted(user: User) -> None:
    now = timezone.now()
    for owner, minutes in (("a" * 32, 1), ("b" * 32, -1), ("", 0)):
        BatchJob.objects.create(
            owner=user,
            model="m",
            parameters={},
            total=10,
            succeeded_count=4,
            status=BatchJob.Status.IN_PROGRESS,
            lease_owner=owner,
            lease_expires_at=now + dt.timedelta(minutes=minutes) if owner else None,
        )
    report = status(expected="server, workers")
    assert report["queue"]["jobs"] == {"in_progress": 3}
    assert report["queue"]["items_pending"] == 18
    assert report["leases"]["held"] == 1
    assert report["leases"]["expired"] == 1
    assert report["server"]["status"] == "unreachable"


@pytest.mark.django_db
def test_a_missing_migration_is_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'batches'")
    report = status(expected="migrations, server")
    assert "batches.0001_initial" in report["problems"][0]["detail"]


@pytest.mark.django_db
def test_little_disk_or_memory_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_report, "LOW_DISK_BYTES", 1 << 60)
    monkeypatch.setattr(status_report, "LOW_MEMORY_BYTES", 1 << 60)
    report = status(expected="server, workers, disk space, memory")
    assert report["disk"]["free_bytes"] > 0
    assert report["memory"]["total_bytes"] >= report["memory"]["available_bytes"] > 0
