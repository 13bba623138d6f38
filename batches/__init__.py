"""Batch jobs: lists of prompts that workers answer in the background.

Jobs and files come in through the HTTP API; results go out as JSON, JSON lines, CSV or files. The
database holds the whole state. The import order of the sub-packages is checked by import-linter.
"""
