"""The commands `batch_job`, `watch_batch` and `purge_batches` of `manage.py`."""
