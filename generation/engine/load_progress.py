"""The current step of loading the model, for the log and for the health of the engine."""

from __future__ import annotations

import logging
import time

logger = logging.getLogger(__name__)


class LoadProgress:
    """The steps of one load after the other. One thread loads; any thread may read `step`."""

    def __init__(self) -> None:
        self.step = ""
        self._started = 0.0

    def begin(self) -> None:
        self.step, self._started = "", time.monotonic()

    def report(self, step: str) -> None:
        """step: In the words of "Loading the model: ..."."""
        self.step = step
        logger.info("loading the model: %s seconds=%.1f", step, self._seconds)

    def end(self) -> None:
        self.step = ""
        logger.info("the model is ready seconds=%.1f", self._seconds)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started


load_progress = LoadProgress()  # a process loads one model at a time
