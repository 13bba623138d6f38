"""Daphne as the site sets it up, with an application that breaks before it answers."""

from __future__ import annotations

import wordgen_site.asgi

__all__ = ["application", "wordgen_site"]


async def application(scope: object, receive: object, send: object) -> None:
    raise RuntimeError("a detail for our eyes only")
