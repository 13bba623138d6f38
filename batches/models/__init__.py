"""The tables of batch jobs, their items and results, and of stored files.

In: rows that intake, workers and lifecycle write. Out: querysets named by intent. The rows are the
truth; a queue message only says "look again".
"""

from batches.models.files import FilePart, RememberedAnswer, StoredFile
from batches.models.items import BatchItem, Result
from batches.models.jobs import (
    FILING,
    VALIDATING,
    BatchJob,
    BatchJobQuerySet,
    Phase,
    new_public_id,
)

__all__ = [
    "FILING",
    "VALIDATING",
    "BatchItem",
    "BatchJob",
    "BatchJobQuerySet",
    "FilePart",
    "Phase",
    "RememberedAnswer",
    "Result",
    "StoredFile",
    "new_public_id",
]
