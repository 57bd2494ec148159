"""The worker: runs due jobs, each in a transaction of its own, until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Event

from engine.engine import Engine
from engine.errors import ConcurrentChange, EngineError, JobNotFound, StoreUnavailable
from engine.job import STEP_KINDS, JobFailed

logger = logging.getLogger(__name__)

Transaction = Callable[[], AbstractContextManager[Engine]]


class Worker:
    """Runs jobs of one store: claim, step and delete are one transaction, so a killed worker leaves nothing half done.

    `poll` is the longest it sleeps; `wake` ends the sleep at once. `beside` is asked when no job is due: it does
    something else that waits, in transactions of its own, and tells whether there was anything.
    """

    def __init__(
        self, transaction: Transaction, *, poll: timedelta = timedelta(seconds=1),
        beside: Callable[[], bool] = lambda: False,
    ) -> None:
        self._transaction = transaction
        self._beside = beside
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
                if engine.run_one():
                    return True
            return self._beside()
        except JobFailed as failed:
            self._note(failed)
            return True
        except ConcurrentChange:
            return True  # somebody else changed the instance first: the job is still there and is tried again

    def _note(self, failed: JobFailed) -> None:
        logger.warning("job failed", extra={"job": failed.job.id, "element": failed.job.element_id})
        try:
            with self._transaction() as engine:
                engine.note_failure(failed.job.id, failed.reason)
        except (ConcurrentChange, JobNotFound):
            logger.info("the failed job has changed meanwhile", extra={"job": failed.job.id})
        except StoreUnavailable:
            raise
        except Exception as error:
            # The instance cannot be read or saved. Were the attempt not counted, the job would come first for ever.
            logger.error("failure not in history", extra={"job": failed.job.id, "code": _code_of(error)})
            with self._transaction() as engine:
                engine.note_failure(failed.job.id, failed.reason, in_history=False)

    def _step_safely(self) -> bool:
        try:
            return self.step()
        except Exception as error:
            # The database is gone or full, say: nothing was done, and it is asked again after a rest.
            logger.error("worker cannot work", extra={"code": _code_of(error)})
            return False

    def _rest(self) -> float:
        """Return how many seconds to sleep. What is due and was not run is another worker's, and no reason to hurry."""
        wait = self._poll
        try:
            with self._transaction() as engine:
                due, now = engine.store.next_due(kinds=(*STEP_KINDS, "service")), engine.clock.now()
                if due is not None and due > now:
                    wait = min(wait, due - now)
        except Exception as error:
            logger.error("worker cannot see what is due", extra={"code": _code_of(error)})
        return wait.total_seconds()


def _code_of(error: Exception) -> str:
    """Return what may be logged of an error: its text may be personal."""
    return error.code if isinstance(error, EngineError) else type(error).__name__
