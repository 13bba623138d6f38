"""Load the model and report the time. This downloads the model, and shows any error."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.engine.contract import EngineError
from generation.serving.engine_provider import engine_serving, get_engine


class Command(BaseCommand):
    help = "Load the model, generate one token and report the time."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        try:
            get_engine().warm_up()
        except EngineError as error:
            raise CommandError(str(error)) from error
        seconds = time.perf_counter() - started
        serving = engine_serving()
        for note in serving.notes if serving else ():
            self.stdout.write(note)
        self.stdout.write(f"{settings.SERVED_MODEL_NAME} is ready after {seconds:.1f} s.")
