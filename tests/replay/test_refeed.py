"""The inputs of the demonstration's cases, fed into fresh instances, give the same elements, flows and values."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app import create_app
from app.case.models import Notification
from app.db import current_engine, db
from app.demo.calls import PROCESS, read_calls
from app.demo.play import Step, play
from app.expressions import FUNCTIONS
from app.installation import DIAGRAMS, open_example, read_files
from engine import Engine, Event, MovingClock, ProcessDefinition
from engine.errors import NotFound
from engine.replay import ReplayImpossible, first_difference, inputs, refeed
from engine.store.memory import MemoryStore
from engine.surroundings import Surroundings

CALLS = read_calls()
BEGIN = datetime(2026, 10, 9, 0, 0, tzinfo=UTC)
PAUSE = timedelta(minutes=40)
"""Between two acts: long enough for reminders and escalations to fall due."""


@dataclass(frozen=True)
class Played:
    """The histories of the demonstration's cases by the line of their call, and the definition, read anew."""

    histories: Mapping[int, list[Event]]
    ids: Mapping[int, str]
    definition: ProcessDefinition
    around: Surroundings
    notices: int
    verified: Mapping[int, int]

    def refed(self, line: int) -> list[Event]:
        return refeed(self.histories[line], self.definition, self.around, instance_id=self.ids[line])


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    clock = MovingClock(BEGIN)
    data = tmp_path_factory.mktemp("replay")
    app = create_app({"DATA": data, "SQLITE_SYNCHRONOUS": "NORMAL"}, clock=clock)
    with app.app_context():
        open_example()

        def told(step: Step) -> None:
            clock.advance(PAUSE)

        ids = {call.line: play(call, None, 1, told) for call in CALLS}
        engine = current_engine()
        fresh = Engine(MemoryStore("replay"), functions=FUNCTIONS)
        fresh.deploy(read_files([DIAGRAMS]), by="procadmin")
        yield Played(
            histories={line: engine.events(instance_id) for line, instance_id in ids.items()}, ids=ids,
            definition=fresh.latest(PROCESS), around=Surroundings(ZoneInfo("Asia/Shanghai"), FUNCTIONS),
            notices=db.session.scalar(select(func.count()).select_from(Notification)) or 0,
            verified={line: engine.verify(instance_id) for line, instance_id in ids.items()},
        )  # fmt: skip
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("line", [call.line for call in CALLS])
def test_a_case_takes_the_same_course_again(played: Played, line: int) -> None:
    recorded = played.histories[line]
    assert first_difference(recorded, played.refed(line)) is None
    assert played.verified[line] == len(recorded)


def test_the_histories_hold_all_that_a_case_can_live_through(played: Played) -> None:
    kinds = Counter(event.kind for history in played.histories.values() for event in history)
    expected = (
        "instance_started", "instance_completed", "element_entered", "element_left", "element_cancelled", "flow_taken",
        "variable_written", "task_created", "task_claimed", "task_completed", "timer_set", "timer_fired",
        "job_completed", "decision_evaluated", "error_thrown",
    )  # fmt: skip
    assert [kind for kind in expected if not kinds[kind]] == []
    assert kinds["instance_completed"] == kinds["instance_started"] == len(CALLS)
    assert kinds["job_completed"] == kinds["timer_fired"] <= played.notices


def test_another_input_takes_another_course(played: Played) -> None:
    """Without this, a comparison that saw no difference would prove nothing."""
    recorded = played.histories[1]
    at = next(index for index, event in enumerate(recorded) if event.data.get("name") == "acceptance")
    forged = [*recorded]
    forged[at] = replace(recorded[at], values={"acceptance": "refuse"})
    with pytest.raises(ReplayImpossible):
        refeed(forged, played.definition, played.around, instance_id=played.ids[1])


def test_a_changed_value_is_found_at_its_event(played: Played) -> None:
    recorded, again = played.histories[1], played.refed(1)
    at = next(index for index, event in enumerate(recorded) if event.data.get("name") == "due_handling")
    forged = [*recorded]
    forged[at] = replace(recorded[at], values={"due_handling": "2026-10-01T00:00:00Z"})
    assert first_difference(forged, again) == (forged[at], again[at])


def test_a_history_that_ends_early_differs_at_its_end(played: Played) -> None:
    recorded, again = played.histories[24], played.refed(24)
    assert first_difference(recorded[:-1], again) == (None, again[-1])


def test_an_erased_input_cannot_be_fed_and_is_named(played: Played) -> None:
    recorded = played.histories[1]
    erased = [replace(event, values={}) if event.data.get("name") == "phone" else event for event in recorded]
    with pytest.raises(ReplayImpossible, match="phone"):
        inputs(erased)


def test_a_value_that_the_engine_computed_may_be_erased(played: Played) -> None:
    recorded = played.histories[1]
    erased = [replace(event, values={}) if event.data.get("name") == "due_handling" else event for event in recorded]
    assert first_difference(erased, played.refed(1)) is None


def test_what_does_not_begin_with_a_start_is_refused(played: Played) -> None:
    for history in ([], played.histories[1][1:2]):
        with pytest.raises(ReplayImpossible):
            inputs(history)


def test_feeding_again_needs_no_store(played: Played) -> None:
    with pytest.raises(NotFound):
        Engine(MemoryStore("replay")).instance(played.ids[1])
    assert played.refed(1)
