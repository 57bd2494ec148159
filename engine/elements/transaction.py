"""Transactions: sub-processes that can be cancelled as a whole, which undoes what has completed inside."""

from __future__ import annotations

from dataclasses import dataclass

from SpiffWorkflow.util.task import TaskState

from engine.elements import compensation_event
from engine.elements.error_event import Thrown, catcher
from engine.elements.events import EndEvent
from engine.elements.flow_node import Token
from engine.elements.sub_process import SubProcess
from engine.errors import ExecutionFailed


class Transaction(SubProcess):
    """A sub-process whose cancel end events undo what has completed inside; an error leaves it as it is."""

    kind = "transaction"


@dataclass(frozen=True, slots=True)
class Cancel:
    """What a cancel end event does: it stops all in its transaction, undoes it, and leaves by the cancel event."""

    def throw(self, token: Token) -> bool | None:
        """Cancel; the token stays until all is undone."""
        execution = token.workflow
        transaction = token.parent
        while transaction is not None and not isinstance(transaction.task_spec, Transaction):
            transaction = transaction.parent
        assert transaction is not None  # the deploy check has seen to it
        execution.journal.note("transaction_cancelled", transaction.task_spec.element_id, transaction.id)
        if token.parent is not transaction:  # what it stands in is cancelled too
            token = Token(execution, token.task_spec, transaction, state=TaskState.STARTED)
        execution.cancel_children(transaction, but=token)
        execution.disarm(transaction)  # it is no longer active: nothing on its border may leave it half undone
        records = transaction.internal_data.pop(compensation_event.COMPLETED, [])
        if compensation_event.undo(token, records):
            _leave(transaction)
        return None


class CancelEndEvent(EndEvent):
    """An end event that cancels its transaction."""

    def child_ended(self, token: Token) -> None:
        """Leave the transaction when all is undone."""
        transaction = compensation_event.home_of(token)
        if compensation_event.inside_ended(token) and transaction is not None:
            _leave(transaction)


def _leave(transaction: Token) -> None:
    """Leave a transaction in which all is undone, by the cancel event on its border. Raises ExecutionFailed."""
    execution, host = transaction.workflow, transaction
    while host.parent is not None and host.parent.task_spec.inner == host.task_spec.name:
        host = host.parent  # the event is on the border of the whole multi-instance
    found = catcher(map(host.task_spec.spec.node, host.task_spec.boundaries), Thrown("cancel"))
    if found is None or host.parent is None:
        element_id = transaction.task_spec.element_id
        raise ExecutionFailed(f"nothing on the border of {element_id} catches its cancellation", element_id=element_id)
    scope = host.parent
    execution.cancel(host)
    found[0].pass_on(Token(execution, found[0], scope), {})
