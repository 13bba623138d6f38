"""A pytest plugin: the files that take longest start first.

A worker takes one file after another. A long file that starts last would leave the other workers
without work until it ends.
"""

from __future__ import annotations

import pytest

SLOWEST_FIRST = [
    "tests/generation/constraint/real/test_definition.py",
    "tests/generation/constraint/real/test_texts.py",
    "tests/process/test_worker_faults.py",
    "tests/generation/constraint/real/test_referee.py",
    "tests/process/test_serve.py",
    "tests/process/test_engine_faults.py",
    "tests/batches/test_interleavings.py",
    "tests/browser/test_playground_page.py",
    "tests/generation/constraint/test_smollm2.py",
    "tests/process/test_files_and_batches.py",
    "tests/generation/constraint/test_lint.py",
    "tests/generation/api/test_lint_command.py",
    "tests/generation/constraint/test_token_automaton.py",
    "tests/generation/engine/test_decoding.py",
    "tests/generation/constraint/real/test_paths.py",
    "tests/generation/constraint/real/test_words.py",
    "tests/generation/engine/test_backtracking.py",
    "tests/vocab/test_admin_lint.py",
    "tests/conformance/clients/test_python_clients.py",
    "tests/process/test_wheel.py",
    "tests/process/test_remote_engine.py",
    "tests/process/test_orphans.py",
    "tests/vocab/test_packs.py",
    "tests/vocab/test_prose.py",
    "tests/vocab/test_report_agreement.py",
    "tests/vocab/test_any_entry.py",
    "tests/generation/engine/test_word_sampling.py",
    "tests/generation/engine/test_particles.py",
    "tests/generation/engine/test_local.py",
    "tests/generation/engine/test_batch.py",
    "tests/process/test_request_bodies.py",
    "tests/process/test_sockets.py",
]


# After pytest-randomly has shuffled the files.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {path: number for number, path in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))
