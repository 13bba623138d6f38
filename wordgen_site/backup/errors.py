"""The error of a backup or of a restore."""

from __future__ import annotations


class BackupError(Exception):
    """It cannot be done. The message is for the operator."""
