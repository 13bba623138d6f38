"""The health checks, which need no key."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def test_live_needs_no_database(client: Client) -> None:
    # Without the db mark, pytest-django refuses every query.
    response = client.get("/health/live")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_the_short_path_is_that_of_readiness(client: Client) -> None:
    response = client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'batches'")
    assert client.get("/health").status_code == 503


@pytest.mark.django_db
def test_ready_when_all_migrations_are_applied(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert any("django_migrations" in query["sql"] for query in queries)


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'batches'")
    response = client.get("/health/ready")
    assert response.status_code == 503
    body = response.json()
    assert (body["status"], body["reason"]) == ("unavailable", "migrations")
    assert "first batches.0001_initial: run manage.py migrate" in body["detail"]


@pytest.mark.django_db
def test_not_ready_while_the_database_does_not_answer(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError("connection refused at secret-host")

    with connection.execute_wrapper(refuse):
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "reason": "database",
        "detail": "The database does not answer.",
    }


@pytest.mark.django_db
def test_health_checks_are_logged_and_have_request_ids(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "wordgen.access"):
        response = client.get("/health/live")
    assert f"request_id={response['x-request-id']}" in caplog.text
