"""The admin of batch jobs, their items and their files."""

from batches.admin.file_admin import StoredFileAdmin
from batches.admin.item_admin import BatchItemAdmin
from batches.admin.job_admin import BatchJobAdmin

__all__ = ["BatchItemAdmin", "BatchJobAdmin", "StoredFileAdmin"]
