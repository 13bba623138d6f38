"""The admin of files, and the files of a job in the admin and on the jobs page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from batches import file_store
from batches.models import BatchJob, StoredFile
from batches.pages.jobs_page import job_row
from tests.batches.api_client import Api, line, work
from tests.batches.factories import MakeJob
from tests.batches.test_admin import page

pytestmark = pytest.mark.django_db

FILES = "/admin/batches/storedfile/"
JOBS = "/admin/batches/batchjob/"


def test_files_are_listed_and_linked_with_their_batches(api: Api, admin_client: Client) -> None:
    batch = api.run(line("a"))
    job = BatchJob.objects.get(public_id=batch["id"])
    listed = page(admin_client, FILES)
    for name in (batch["input_file_id"], batch["output_file_id"]):
        assert name in listed
        file = StoredFile.objects.get(public_id=name)
        shown = page(admin_client, f"{FILES}{file.pk}/change/")
        assert f'href="{JOBS}{job.pk}/change/"' in shown
        assert file.filename in shown
        assert '<input type="text"' not in shown
        assert "deletelink" not in shown
        assert f'href="{FILES}{file.pk}/change/"' in page(admin_client, f"{JOBS}{job.pk}/change/")
    only = page(admin_client, FILES, purpose="batch_output")
    assert batch["output_file_id"] in only
    assert batch["input_file_id"] not in only


def test_a_file_of_no_batch_and_files_that_nobody_may_change(
    api: Api, admin_client: Client
) -> None:
    file = StoredFile.objects.get(public_id=api.file(line()))
    url = f"{FILES}{file.pk}/change/"
    assert "batch_" not in page(admin_client, url)
    for path in (f"{FILES}add/", f"{FILES}{file.pk}/delete/"):
        assert admin_client.get(path).status_code == 403
    assert admin_client.post(url, {"filename": "x"}).status_code == 403
    file.refresh_from_db()
    assert file.filename == "in.jsonl"


def test_jobs_say_where_they_came_from_and_which_files_are_gone(
    api: Api, admin_client: Client, make_job: MakeJob
) -> None:
    batch = api.run(line("a"))
    job = BatchJob.objects.get(public_id=batch["id"])
    file_store.delete(StoredFile.objects.get(public_id=batch["output_file_id"]))
    shown = page(admin_client, f"{JOBS}{job.pk}/change/")
    assert "/v1/batches" in shown
    assert f"{batch['output_file_id']} (deleted)" in shown
    other = make_job(1)
    shown = page(admin_client, f"{JOBS}{other.pk}/change/")
    assert "/v1/batch/jobs" in shown
    assert "/v1/batches" not in shown
    listed = page(admin_client, JOBS)
    assert "/v1/batches" in listed
    assert "/v1/batch/jobs" in listed


def test_the_jobs_page_shows_batches_and_why_a_file_was_refused(api: Api) -> None:
    good, wrong = api.create(api.file(line("a"))), api.create(api.file("x"))
    rows = {job.public_id: job_row(job.owner, job) for job in BatchJob.objects.all()}
    assert rows[good["id"]]["state"] == "validating"
    assert rows[good["id"]]["downloads"] == []
    work()
    rows = {job.public_id: job_row(job.owner, job) for job in BatchJob.objects.all()}
    assert rows[good["id"]]["state"] == "completed"
    assert rows[good["id"]]["progress"]["completed"] == 1
    assert rows[good["id"]]["downloads"] == ["json", "jsonl", "csv", "xlsx"]
    assert rows[wrong["id"]]["state"] == "failed"
    assert rows[wrong["id"]]["error"].startswith("The input file is not valid: line 1: ")
    assert rows[wrong["id"]]["actions"] == []
    assert reverse("jobs") == "/jobs/"
