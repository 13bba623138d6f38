"""The admin of jobs and items, on real rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batches.admin.item_admin import COUNTED_ROWS
from batches.models import BatchItem, BatchJob, Result
from generation.auth.api_key import ApiKey
from tests.conftest import MakeWordlist
from vocab.models import WordlistRevision

pytestmark = pytest.mark.django_db

JOBS = "/admin/batches/batchjob/"
ITEMS = "/admin/batches/batchitem/"
PARAMETERS = {"max_tokens": 64, "vocab_lang": "en"}


def make_job(
    user: User,
    statuses: str = "",
    revision: WordlistRevision | None = None,
    **fields: Any,
) -> BatchJob:
    """Make a job with one item for each letter: p(ending), s(ucceeded) or f(ailed)."""
    names = {"p": "pending", "s": "succeeded", "f": "failed"}
    job = BatchJob.objects.create(
        succeeded_count=statuses.count("s"),
        failed_count=statuses.count("f"),
        owner=user,
        model="m",
        parameters=PARAMETERS,
        total=fields.pop("total", len(statuses)),
        revision=revision,
        **fields,
    )
    items = BatchItem.objects.bulk_create(
        BatchItem(
            job=job,
            index=index,
            custom_id=f"lesson-{index}",
            messages=[{"role": "user", "content": "Write <b>this</b>."}],
            status=names[letter],
            error="No such template. " * 10 if letter == "f" else "",
            attempts=1,
        )
        for index, letter in enumerate(statuses)
    )
    Result.objects.bulk_create(
        Result(
            item=item,
            text="The <i>dog</i>\nsees.",
            finish_reason="length",
            prompt_tokens=12,
            completion_tokens=3456,
            vocab_report={"words": 3, "distinct_words": 3, "out_of_list": ["niño"]},
            seed=77,
            seconds=1.25,
        )
        for item in items
        if item.status == BatchItem.Status.SUCCEEDED
    )
    return job


def page(client: Client, url: str, **query: Any) -> str:
    response = client.get(url, query)
    assert response.status_code == 200, response
    return response.content.decode()


def change_url(row: BatchJob | BatchItem) -> str:
    return reverse(f"admin:batches_{type(row).__name__.lower()}_change", args=[row.pk])


# --- jobs ----------------------------------------------------------------------------------------


def test_the_list_of_jobs_shows_each_ones_progress(
    admin_client: Client, user: User, make_wordlist: MakeWordlist
) -> None:
    revision = make_wordlist("en", ["the", "dog"])
    job = make_job(user, "ssfpp", revision, status=BatchJob.Status.IN_PROGRESS)
    fresh = make_job(user, "pp")
    body = page(admin_client, JOBS)
    assert f'<progress max="5" value="3" data-job="{job.pk}"' in body
    assert f'<span data-progress="{job.pk}">3 of 5, 1 failed</span>' in body
    assert f'<span data-progress="{fresh.pk}">0 of 2</span>' in body
    assert job.public_id in body
    assert fresh.public_id in body
    assert "en@1" in body
    assert ">ana<" in body
    assert f'<a href="{ITEMS}?job={job.pk}">5 items</a>' in body


def test_large_numbers_are_readable(admin_client: Client, user: User) -> None:
    job = make_job(user, total=50_000)
    body = page(admin_client, JOBS)
    assert '<progress max="50000" value="0"' in body
    assert f'<span data-progress="{job.pk}">0 of 50,000</span>' in body


def test_jobs_are_filtered_by_status_and_found_by_id_and_owner(
    admin_client: Client, user: User
) -> None:
    done = make_job(user, status=BatchJob.Status.COMPLETED)
    waiting = make_job(User.objects.create_user("berta"))
    for query, shown, hidden in (
        ({"status": "completed"}, done, waiting),
        ({"q": waiting.public_id}, waiting, done),
        ({"q": "berta"}, waiting, done),
    ):
        body = page(admin_client, JOBS, **query)
        assert shown.public_id in body
        assert hidden.public_id not in body


def test_a_jobs_page_shows_it_with_a_link_to_its_items(
    admin_client: Client, user: User, make_wordlist: MakeWordlist
) -> None:
    revision = make_wordlist("en", ["the", "dog"])
    key = ApiKey(name="course", user=user)
    token = key.set_token()
    key.save()
    job = make_job(user, "sf", revision, api_key=key, n_words=2, error="The model is gone.")
    body = page(admin_client, change_url(job))
    assert "1 failed" in body
    assert f'<a href="{ITEMS}?job={job.pk}">2 items</a>' in body
    assert "The model is gone." in body
    assert "&quot;max_tokens&quot;: 64" in body
    assert "en@1" in body
    assert f"course ({key.prefix}…)" in body
    assert token not in body
    assert key.digest not in body


def test_the_link_of_a_job_leads_to_its_items_only(admin_client: Client, user: User) -> None:
    job, other = make_job(user, "ss"), make_job(user, "f")
    body = page(admin_client, ITEMS, job=job.pk)
    assert f"{job.public_id} item 0" in body
    assert f"{job.public_id} item 1" in body
    assert other.public_id not in body


@pytest.mark.parametrize("url", [JOBS, ITEMS])
def test_nothing_can_be_added(admin_client: Client, user: User, url: str) -> None:
    assert admin_client.get(f"{url}add/").status_code == 403
    assert admin_client.post(f"{url}add/", {"total": 1}).status_code == 403
    assert not BatchJob.objects.exists()
    assert not BatchItem.objects.exists()


def test_of_a_job_only_the_priority_can_be_edited(admin_client: Client, user: User) -> None:
    job = make_job(user, "s", lease_owner="worker")
    before = BatchJob.objects.values().get()
    body = page(admin_client, change_url(job))
    assert 'name="priority"' in body
    assert 'name="status"' not in body
    data = {"priority": 7, "status": "failed", "error": "edited", "total": 9, "lease_owner": ""}
    assert admin_client.post(change_url(job), data).status_code == 302
    assert BatchJob.objects.values().get() == {**before, "priority": 7}


def test_saving_a_priority_leaves_what_a_worker_wrote_meanwhile(
    admin_client: Client, user: User, rf: Any
) -> None:
    job = make_job(user, "p")
    stale = BatchJob.objects.get()
    BatchJob.objects.update(lease_owner="worker", succeeded_count=5, status="in_progress")
    stale.priority = 3
    admin.site.get_model_admin(BatchJob).save_model(rf.post("/"), stale, None, True)
    job.refresh_from_db()
    assert (job.priority, job.lease_owner, job.succeeded_count) == (3, "worker", 5)


def test_a_job_cannot_be_deleted(admin_client: Client, user: User) -> None:
    job = make_job(user, "s")
    assert admin_client.post(f"{JOBS}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    delete = {"action": "delete_selected", "_selected_action": [job.pk], "post": "yes"}
    admin_client.post(JOBS, delete)
    assert BatchJob.objects.count() == 1


@pytest.mark.parametrize(
    ("action", "status", "paused"),
    [
        ("cancel", "cancelled", False),
        ("expire", "expired", False),
        ("pause", "validating", True),
        ("retry", "validating", False),
    ],
)
def test_jobs_are_acted_on_from_the_list_and_from_their_page(
    admin_client: Client, user: User, action: str, status: str, paused: bool
) -> None:
    for how in ("list", "page"):
        job = make_job(user, "fp")
        if how == "list":
            data = {"action": f"{action}_jobs", "_selected_action": [job.pk]}
            answer = admin_client.post(JOBS, data, follow=True)
        else:
            assert f"/{job.pk}/act/{action}/" in page(admin_client, change_url(job))
            answer = admin_client.post(f"{JOBS}{job.pk}/act/{action}/", follow=True)
        assert answer.status_code == 200
        assert f"{job.public_id}: " in answer.content.decode()
        job.refresh_from_db()
        assert (job.status, job.paused_at is not None) == (status, paused)
        assert LogEntry.objects.filter(object_id=str(job.pk)).count() == 1


def test_what_cannot_be_done_is_said(admin_client: Client, user: User) -> None:
    job = make_job(user, "s", status="completed")
    answer = admin_client.post(f"{JOBS}{job.pk}/act/cancel/", follow=True)
    said = "Cannot cancel a job with status &#x27;completed&#x27;."
    assert said in answer.content.decode()
    assert not LogEntry.objects.exists()
    assert admin_client.get(f"{JOBS}{job.pk}/act/cancel/").status_code == 405


def test_who_may_only_look_cannot_act(client: Client, user: User) -> None:
    job = make_job(user, "sp")
    user.is_staff = True
    user.save()
    user.user_permissions.add(Permission.objects.get(codename="view_batchjob"))
    client.force_login(user)
    body = page(client, change_url(job))
    assert "/act/" not in body
    assert 'name="priority"' not in body
    assert client.post(f"{JOBS}{job.pk}/act/cancel/").status_code == 403
    client.post(JOBS, {"action": "cancel_jobs", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert job.status == "validating"
    assert client.get(f"{JOBS}{job.pk}/results.csv").status_code == 200


def test_the_progress_of_the_shown_jobs_is_polled(admin_client: Client, user: User) -> None:
    job = make_job(user, "ssfp", status="in_progress")
    other = make_job(user, "s", status="completed")
    answer = admin_client.get(f"{JOBS}progress/", {"ids": f"{job.pk},{other.pk},x,9999"})
    assert answer.json() == {
        str(job.pk): {"done": 3, "text": "3 of 4, 1 failed", "state": "in_progress", "open": True},
        str(other.pk): {"done": 1, "text": "1 of 1", "state": "completed", "open": False},
    }
    anonymous = Client().get(f"{JOBS}progress/", {"ids": job.pk})
    assert anonymous.status_code == 302


def test_an_item_cannot_be_edited_or_deleted(admin_client: Client, user: User) -> None:
    item = make_job(user, "s").items.get()
    before = BatchItem.objects.values().get()
    assert "_save" not in page(admin_client, change_url(item))
    assert admin_client.post(change_url(item), {"status": "pending"}).status_code == 403
    assert admin_client.post(f"{ITEMS}{item.pk}/delete/", {"post": "yes"}).status_code == 403
    assert BatchItem.objects.values().get() == before


def test_without_the_permission_nothing_is_shown(client: Client, user: User) -> None:
    job = make_job(user, "s")
    user.is_staff = True
    user.save()
    client.force_login(user)
    for url in (JOBS, ITEMS, change_url(job), change_url(job.items.get())):
        assert client.get(url).status_code == 403


# --- items ---------------------------------------------------------------------------------------


def test_the_list_of_items_is_filtered_and_searched(admin_client: Client, user: User) -> None:
    make_job(user, "sfp")
    body = page(admin_client, ITEMS)
    assert body.count("lesson-") == 3
    assert "No such template. No such template." in body
    assert "No such template. " * 10 not in body, "the list cuts long errors"
    body = page(admin_client, ITEMS, status="failed")
    assert "lesson-1" in body
    assert "lesson-0" not in body
    body = page(admin_client, ITEMS, q="lesson-2")
    assert "lesson-2" in body
    assert "lesson-0" not in body


def test_an_items_page_shows_the_answer_its_report_and_its_usage(
    admin_client: Client, user: User
) -> None:
    job = make_job(user, "s")
    body = page(admin_client, change_url(job.items.get()))
    assert f'<a href="{change_url(job)}">{job.public_id}</a>' in body
    assert "user: Write &lt;b&gt;this&lt;/b&gt;." in body
    assert "The &lt;i&gt;dog&lt;/i&gt;\nsees." in body
    assert "niño" in body
    assert "12 prompt tokens, 3,456 completion tokens, 1.2 seconds" in body
    assert ">length<" in body
    assert ">77<" in body


@pytest.mark.parametrize("status", ["p", "f"])
def test_an_item_without_a_result_has_a_page_too(
    admin_client: Client, user: User, status: str
) -> None:
    item = make_job(user, status).items.get()
    body = page(admin_client, change_url(item))
    assert ("No such template. " * 9 in body) == (status == "f")
    assert "completion tokens" not in body


def test_a_result_without_a_wordlist_has_no_report(admin_client: Client, user: User) -> None:
    item = make_job(user, "s").items.get()
    Result.objects.update(vocab_report=None)
    body = page(admin_client, change_url(item))
    assert "niño" not in body
    assert "3,456 completion tokens" in body


# --- size ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [JOBS, ITEMS])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    admin_client: Client,
    user: User,
    make_wordlist: MakeWordlist,
    django_assert_num_queries: Any,
    url: str,
) -> None:
    revision = make_wordlist("en", ["the", "dog"])
    make_job(user, "sfp", revision)
    with CaptureQueriesContext(connection) as few:
        page(admin_client, url)
    for number in range(10):
        owner = User.objects.create_user(f"user-{number}")
        make_job(owner, "sfp", make_wordlist(f"list-{number}", ["the"]))
    with django_assert_num_queries(len(few)):
        body = page(admin_client, url)
    assert body.count("<tr>") > 10


def test_lists_do_not_read_the_words_of_a_revision(
    admin_client: Client, user: User, make_wordlist: MakeWordlist
) -> None:
    make_job(user, "s", make_wordlist("en", ["the", "dog"]))
    with CaptureQueriesContext(connection) as queries:
        page(admin_client, JOBS)
    assert not any('"vocab_wordlistrevision"."text"' in query["sql"] for query in queries)


def test_items_are_counted_up_to_a_thousand_past_the_page(admin_client: Client, user: User) -> None:
    job = make_job(user, total=COUNTED_ROWS + 250)
    BatchItem.objects.bulk_create(
        BatchItem(job=job, index=index, messages=[]) for index in range(job.total)
    )
    first = admin_client.get(ITEMS, {"job": job.pk})
    assert first.context["cl"].result_count == COUNTED_ROWS
    assert first.context["cl"].paginator.num_pages == 10
    last = admin_client.get(ITEMS, {"job": job.pk, "p": 10})
    assert last.context["cl"].result_count == job.total
    beyond = admin_client.get(ITEMS, {"job": job.pk, "p": 13})
    assert f"{job.public_id} item {job.total - 1}" in beyond.content.decode()
    for nonsense in ("0", "-1", "x", "9" * 30):
        response = admin_client.get(ITEMS, {"job": f"{job.pk}", "p": nonsense})
        assert response.status_code in (200, 302)


def test_every_count_of_items_has_a_limit(admin_client: Client, user: User) -> None:
    make_job(user, "sfp")
    with CaptureQueriesContext(connection) as queries:
        page(admin_client, ITEMS)
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all(f"LIMIT {COUNTED_ROWS}" in sql for sql in counts)
