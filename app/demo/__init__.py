"""Plays the sample calls through the example township, by the same doors as people: the command `changtong demo`."""

from app.demo.command import run

__all__ = ["run"]
