"""The worker: runs due jobs, each in a transaction of its own, until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Event

from engine.engine import STEP_KINDS, Engine, JobFailed
from engine.errors import ConcurrentChange, EngineError, JobNotFound

logger = logging.getLogger(__name__)

Transaction = Callable[[], AbstractContextManager[Engine]]


class Worker:
    """Runs jobs of one store: claim, step and delete are one transaction, so a killed worker leaves nothing half done.

    `poll` is the longest it sleeps; `wake` ends the sleep at once.
    """

    def __init__(self, transaction: Transaction, *, poll: timedelta = timedelta(seconds=1)) -> None:
        self._transaction = transaction
        self._poll = poll
        self._wake = Event()
        self._stopping = False

    def run(self) -> None:
        """Work until `stop` is called."""
        while not self._stopping:
            if not self._step_safely():
                self._wake.wait(self._rest())
                self._wake.clear()

    def wake(self) -> None:
        """Look for work at once."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the job at hand and return from `run`."""
        self._stopping = True
        self._wake.set()

    def step(self) -> bool:
        """Run one due job and return whether there was one; a failure is noted in a transaction of its own."""
        try:
            with self._transaction() as engine:
                return engine.run_one()
        except JobFailed as failed:
            if isinstance(failed.__cause__, ConcurrentChange):
                return True  # somebody else changed the instance first: the job is still there and is tried again
            self._note(failed)
            return True
        except ConcurrentChange:
            return True

    def _note(self, failed: JobFailed) -> None:
        logger.warning("job failed", extra={"job": failed.job.id, "element": failed.job.element_id})
        try:
            with self._transaction() as engine:
                engine.note_failure(failed.job.id, failed.reason)
        except (ConcurrentChange, JobNotFound):
            logger.info("the failed job has changed meanwhile", extra={"job": failed.job.id})

    def _step_safely(self) -> bool:
        try:
            return self.step()
        except EngineError as error:
            # The database is gone or full: nothing was done, and it is asked again after a rest.
            logger.error("worker cannot work", extra={"code": error.code})
            return False

    def _rest(self) -> float:
        try:
            with self._transaction() as engine:
                due = engine.store.next_due(kinds=(*STEP_KINDS, "service"))
                wait = self._poll if due is None else min(self._poll, due - engine.clock.now())
        except EngineError:
            wait = self._poll
        # A job for an outside worker may be due for long: the rest is never shorter than a moment.
        return max(wait.total_seconds(), 0.05)
