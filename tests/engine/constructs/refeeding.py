"""Feeds an instance's history into a fresh one."""

from engine.engine import Engine
from engine.replay import first_difference, refeed
from engine.surroundings import Surroundings


def assert_refed_alike(engine: Engine, instance_id: str) -> None:
    """Compare the history with what comes out when its inputs are given again."""
    events = engine.events(instance_id)
    definition = engine.instance(instance_id).definition
    assert first_difference(events, refeed(events, definition, Surroundings(), instance_id=instance_id)) is None
