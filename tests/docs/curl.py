"""Stands before curl on the PATH of a snippet, so that the snippet can run as it is printed.

It puts the test's address, key and ids in the place of the printed ones, repeats a request while
the response says that a job is still at work, and adds each request to $CURL_LOG as a line of JSON.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

PRINTED_ADDRESS = "http://127.0.0.1:8010"
AT_WORK = {"pending", "processing", "validating", "in_progress", "finalizing"}
ATTEMPTS = 600
PAUSE = threading.Event()  # never set: `wait` is a pause


def last_id(seen: str, kind: str) -> str:
    """Return the last id of that kind in earlier responses; the printed placeholder if none."""
    found = re.findall(rf'"({kind}[0-9A-Za-z]+)"', seen)
    return found[-1] if found else f"{kind}..."


def run(arguments: list[str]) -> tuple[int, str]:
    written = subprocess.run(
        [os.environ["REAL_CURL"], "--silent", "--write-out", "\n%{http_code}", *arguments],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout
    body, _, status = written.rpartition("\n")
    return int(status), body


def at_work(body: str) -> bool:
    try:
        found: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("status") in AT_WORK


if __name__ == "__main__":
    log = Path(os.environ["CURL_LOG"])
    seen = log.read_text() if log.exists() else ""
    seen = seen.replace('\\"', '"')
    places = {
        PRINTED_ADDRESS: os.environ["SERVER"],
        "wg_...": os.environ["KEY"],
        "batch_...": last_id(seen, "batch_"),
        "file-...": last_id(seen, "file-"),
    }
    arguments = sys.argv[1:]
    for printed, real in places.items():
        arguments = [each.replace(printed, real) for each in arguments]
    status, body = run(arguments)
    reads = not {"-d", "-F", "-X", "--data", "--form"} & set(arguments)
    for _ in range(ATTEMPTS):
        if not (reads and at_work(body)):
            break
        PAUSE.wait(0.1)
        status, body = run(arguments)
    with log.open("a") as lines:
        lines.write(json.dumps({"arguments": arguments, "status": status, "body": body}) + "\n")
    sys.stdout.write(body + "\n")
