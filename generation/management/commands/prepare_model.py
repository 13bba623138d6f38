"""Convert the embedded model to an ordinary model folder, unless the folder exists."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generation.engine.contract import ModelUnavailable
from generation.serving.embedded_model import prepare_embedded_model


class Command(BaseCommand):
    help = "Convert the embedded SmolLM2-135M-Instruct to a folder in MODELS_DIR."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            folder = prepare_embedded_model(show_progress=True)
        except ModelUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The embedded model is in {folder}.")
