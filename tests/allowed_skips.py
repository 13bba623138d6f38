"""A pytest plugin: with CI=true, a test that is skipped without being on the list below fails."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

LONG_FORM = "takes minutes: `make test-faults` runs it"

# Test or file, without parameters: why it may be skipped.
ALLOWED = {
    "tests/process/test_worker_faults.py::"
    "test_two_thousand_items_with_a_kill_every_five_seconds": LONG_FORM,
    "tests/process/test_worker_faults.py::"
    "test_with_the_usual_settings_a_killed_worker_is_replaced_within_two_minutes": LONG_FORM,
    "tests/process/test_worker_faults.py::"
    "test_a_restart_of_the_database_in_a_slice_is_survived": LONG_FORM,
    "tests/generation/engine/test_loading.py::"
    "test_float16_weights_are_exact_for_bfloat16_files": "the processor may lack float16",
}


def must_run() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


def fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that names the test and the reason of the skip."""
    if not report.skipped or hasattr(report, "wasxfail") or not must_run():
        return
    test = report.nodeid.partition("[")[0]
    if test in ALLOWED:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = (
        f"{report.nodeid} was skipped, which CI does not allow: {reason}\n"
        "Install what it needs, or add it to the list in tests/allowed_skips.py."
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Of a file that skips itself while it is imported."""
    report = yield
    fail_if_skipped(report)
    return report
