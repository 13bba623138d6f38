"""The tables of batch jobs, their items and results, and of stored files.

The intake, the lifecycle and the workers write the rows; querysets select them by their state. The
database holds the whole state of a job. A queue message only tells a worker to look for work.
"""

from batches.models.drafts import PromptDraft
from batches.models.files import FilePart, RememberedAnswer, StoredFile
from batches.models.items import BatchItem, Result
from batches.models.jobs import (
    IS_VALIDATING,
    IS_WRITING,
    BatchJob,
    BatchJobQuerySet,
    Phase,
    new_public_id,
)

__all__ = [
    "IS_VALIDATING",
    "IS_WRITING",
    "BatchItem",
    "BatchJob",
    "BatchJobQuerySet",
    "FilePart",
    "Phase",
    "PromptDraft",
    "RememberedAnswer",
    "Result",
    "StoredFile",
    "new_public_id",
]
