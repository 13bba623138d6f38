"""Whether the database lacks migrations of this version of the code."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def are_migrations_pending() -> bool:
    """Raises DatabaseError if the database does not answer."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
