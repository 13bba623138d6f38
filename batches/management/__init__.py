"""The commands `batch_job`, `watch_batch` and `purge` of `manage.py`."""
