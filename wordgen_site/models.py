"""The site's own table of API keys; its model is part of `generation.auth`, which uses it."""

from generation.auth.api_key import ApiKey

__all__ = ["ApiKey"]
