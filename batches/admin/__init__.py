"""The admin of batch jobs, their items and their files.

It shows them read-only, except the priority of a job, and offers the actions of the lifecycle.
"""

from batches.admin.file_admin import StoredFileAdmin
from batches.admin.item_admin import BatchItemAdmin
from batches.admin.job_admin import BatchJobAdmin

__all__ = ["BatchItemAdmin", "BatchJobAdmin", "StoredFileAdmin"]
