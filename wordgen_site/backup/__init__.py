"""Backups of an installation: one file with the database and the secret key.

The database and the settings come in; an archive comes out, or the reverse. Uploaded files, lists,
jobs, users and API keys are rows of the database. The model and the cache can be made again.
"""
