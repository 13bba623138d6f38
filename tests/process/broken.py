"""Daphne with the site's patches and an application that fails before it responds."""

from __future__ import annotations

import wordgen_site.asgi

__all__ = ["application", "wordgen_site"]


async def application(scope: object, receive: object, send: object) -> None:
    raise RuntimeError("a detail for the log only")
