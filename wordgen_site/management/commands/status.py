"""`manage.py status`: the web server, the model, the workers, jobs, disk and memory."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from wordgen_site.config.addresses import browsable
from wordgen_site.monitoring.status_report import status_report


class Command(BaseCommand):
    help = "Show the state of the installation. The exit status is 1 if something needs a person."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        own = f"http://{browsable(settings.HOST)}:{settings.PORT}"
        report = status_report(settings.ENGINE_URL or own)
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=1))
        else:
            self._show(report)
        if problems := report["problems"]:
            reasons = ", ".join(problem["reason"] for problem in problems)
            raise CommandError(f"Not well: {reasons}.")

    def _show(self, report: dict[str, Any]) -> None:
        server, workers, queue, leases = (
            report[name] for name in ("server", "workers", "queue", "leases")
        )
        age = workers["heartbeat_age_seconds"]
        jobs = ", ".join(f"{count} {status}" for status, count in queue["jobs"].items())
        lines = {
            "version": report["version"],
            "model": report["model"],
            "server": f"{server['status']} ({server['url']})",
            "workers": f"{workers['alive']} alive"
            + ("" if age is None else f", the last sign of life {age:.0f} s ago"),
            "jobs": jobs or "none",
            "queue": f"{queue['items_pending']:,} items, {queue['paused']} jobs paused,"
            f" the oldest waits for {queue['oldest_waiting_seconds']:.0f} s",
            "leases": f"{leases['held']} held, {leases['expired']} expired",
            "disk": _free(report["disk"]["free_bytes"], report["disk"]["total_bytes"]),
            "memory": _free(report["memory"]["available_bytes"], report["memory"]["total_bytes"]),
        }
        for name, text in lines.items():
            self.stdout.write(f"{name:<9}{text}")
        for problem in report["problems"]:
            self.stdout.write(self.style.ERROR(f"{problem['reason']}: {problem['detail']}"))


def _free(free: int, total: int) -> str:
    return f"{free / 1e9:.1f} of {total / 1e9:.1f} GB free"
