"""The example township with its diagrams, for what its people are told."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app import errands
from app.case.models import Notification
from app.db import db
from tests.app.pages.conftest import seeded, township

__all__ = ["seeded", "township"]


def told(app: Flask, user: str) -> list[Notification]:
    """Return what somebody was told, the oldest first."""
    with app.app_context():
        own = select(Notification).where(Notification.user == user).order_by(Notification.id)
        return list(db.session.scalars(own))


def do_errands(app: Flask) -> int:
    """Do what is to be done later, as the worker does; return how much there was."""
    with app.app_context():
        return sum(1 for _ in iter(errands.step, False))
