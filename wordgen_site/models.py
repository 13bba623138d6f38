"""The table of API keys belongs to this app. Its model is in `generation.auth`, which uses it."""

from generation.auth.api_key import ApiKey

__all__ = ["ApiKey"]
