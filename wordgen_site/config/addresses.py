"""The address at which a process of this machine reaches the web server."""

from __future__ import annotations


def browsable(host: str) -> str:
    """Return the host for a URL. One that means all addresses is replaced by the local one."""
    if host in ("0.0.0.0", "::"):  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
